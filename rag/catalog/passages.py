"""Chunks and texts as they are read back; only of documents that are ready. Knows no index."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, select

from rag.catalog.database import Database
from rag.catalog.tables import chunks, documents, texts
from rag.errors import NotFound
from rag.types import Chunk, Document, Heading, Page, Table

POSITIONS = 20  # bits of a chunk's key that hold its position; `schema` and `keywords` shift by as many

_CHUNK = (
    chunks.c.id,
    documents.c.id.label("owner"),
    chunks.c.position,
    chunks.c.text,
    chunks.c.start,
    chunks.c.end,
    chunks.c.page,
    chunks.c.heading,
    chunks.c.header,
    chunks.c.outer_start,
    chunks.c.outer_end,
    documents.c.name,
)


class Passages:
    """Hands out what `Documents` stored."""

    _database: Database
    _leaving: set[str]

    def chunks(self, ids: Sequence[str], /) -> Mapping[str, tuple[Chunk, str]]:
        """Return chunk and file name by chunk id, in the order of the ids; unknown ones are left out."""
        with self._database.read() as connection:
            rows = connection.execute(_BY_ID, {"ids": json.dumps(list(ids))}).all()
        found = {row.id: (_chunk(row), row.name) for row in rows if row.owner not in self._leaving}
        return {id: found[id] for id in ids if id in found}

    def span(self, document: str, first: int = 0, last: int | None = None) -> list[Chunk]:
        """Return the chunks at positions first to last (inclusive; None: the end), in order.

        So `span(c.document, c.position - 1, c.position + 1)` is a chunk with its neighbours.
        """
        query = _chunks().where(documents.c.id == document, chunks.c.position >= first)
        if last is not None:
            query = query.where(chunks.c.position <= last)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(chunks.c.position)).all()
        return [] if document in self._leaving else [_chunk(row) for row in rows]

    def text(self, document: str, start: int = 0, end: int | None = None, /) -> str:
        """Return that stretch of the document's text, by default all; raise NotFound."""
        # Cut here: SQLite's substr also reads the whole value, and then counts through it.
        return self._stored(document)[0][start:end]

    def read(self, document: str) -> Document:
        """Return the document as its reader made it: text, pages, headings, tables; raise NotFound."""
        text, structure, media_type = self._stored(document)
        spans: dict[str, list[list[Any]]] = json.loads(structure)
        return Document(
            text=text,
            media_type=media_type,
            pages=tuple(Page(*values) for values in spans["pages"]),
            headings=tuple(Heading(*values) for values in spans["headings"]),
            tables=tuple(Table(*values) for values in spans["tables"]),
        )

    def _stored(self, document: str) -> tuple[str, str, str]:
        query = (
            select(texts.c.text, texts.c.structure, documents.c.media_type)
            .join(documents, documents.c.key == texts.c.document)
            .where(documents.c.id == document, documents.c.status == "ready")
        )
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        if row is None or document in self._leaving:
            raise NotFound(f"There is no document {document} in this library.")
        return row.text, row.structure, row.media_type


def structure_json(document: Document) -> str:
    """Return pages, headings and tables as JSON lists of their fields; `Passages.read` turns them back."""
    return json.dumps(
        {
            "pages": [(page.number, page.start, page.end, page.confidence) for page in document.pages],
            "headings": [
                (item.level, item.title, item.start, item.end, item.file) for item in document.headings
            ],
            "tables": [(table.start, table.header_end, table.end) for table in document.tables],
        },
        ensure_ascii=False,
    )


def chunk_row(key: int, piece: Chunk) -> dict[str, Any]:
    """Return the row of a chunk of the document with this key."""
    outer_start, outer_end = piece.outer or (None, None)
    return {
        "key": key << POSITIONS | piece.position,
        "id": piece.id,
        "document": key,
        "position": piece.position,
        "start": piece.start,
        "end": piece.end,
        "page": piece.page,
        "heading": piece.heading,
        "header": piece.header,
        "outer_start": outer_start,
        "outer_end": outer_end,
        "text": piece.text,
    }


def _chunks() -> Select[Any]:
    joined = select(*_CHUNK).join(documents, documents.c.key == chunks.c.document)
    return joined.where(documents.c.status == "ready")


# As JSON: any number of ids is one value, and one statement that is compiled once.
_BY_ID = _chunks().where(
    chunks.c.id.in_(select(func.json_each(bindparam("ids")).table_valued("value").c.value))
)


def _chunk(row: Row[Any]) -> Chunk:
    values: tuple[Any, ...] = tuple(row)
    id, owner, position, text, start, end, page, heading, header, *outer, _ = values
    whole = None if outer[0] is None else (outer[0], outer[1])
    return Chunk(id, owner, position, text, start, end, page, heading, header, whole)
