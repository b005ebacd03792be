"""Which documents there are and in what state; adding and removing them in single commits.

A document is `adding` until one commit makes it ready with its text, chunks and keyword rows, and
`removing` from one commit on until nothing of it is left. Only ready ones answer. Knows no file, no
vector and no reader.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select, update

from rag.catalog.database import Database, now
from rag.catalog.language import language
from rag.catalog.names import free_name
from rag.catalog.passages import chunk_row, structure_json
from rag.catalog.removals import note_removal, redact
from rag.catalog.tables import chunks, documents, job_files, sources, texts
from rag.catalog.watched import lead, renamed
from rag.errors import NotFound
from rag.types import Chunk, Document, DocumentInfo

_INFO = [documents.c[field.name] for field in fields(DocumentInfo)]


class Documents:
    """The documents of a home."""

    _database: Database
    _leaving: set[str]
    """Documents whose removal waits for its commit: left out of what is read already."""

    def collections(self) -> list[str]:
        """Return the names of the collections that hold documents."""
        query = select(documents.c.collection).where(documents.c.status == "ready").distinct()
        with self._database.read() as connection:
            return sorted(connection.execute(query).scalars())

    def documents(self, collection: str) -> list[DocumentInfo]:
        """Return the documents of the collection that answer, by name."""
        query = select(*_INFO).where(documents.c.collection == collection, documents.c.status == "ready")
        with self._database.read() as connection:
            rows = [_info(row) for row in connection.execute(query) if row.id not in self._leaving]
        return sorted(rows, key=lambda info: (info.name.casefold(), info.name))

    def answering(self, collection: str, id: str) -> DocumentInfo | None:
        """Return one document of the collection that answers, None where there is none of that id."""
        query = select(*_INFO).where(
            documents.c.id == id, documents.c.collection == collection, documents.c.status == "ready"
        )
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None or row.id in self._leaving else _info(row)

    def document(self, id: str) -> DocumentInfo:
        """Return one document in whatever state; raise NotFound."""
        with self._database.read() as connection:
            return _one(connection, id)

    def stored(self) -> list[DocumentInfo]:
        """Return every document of every collection in whatever state, in the order they came."""
        with self._database.read() as connection:
            return [_info(row) for row in connection.execute(select(*_INFO).order_by(documents.c.key))]

    def holders(self, sha256: str) -> list[DocumentInfo]:
        """Return the documents, in whatever state and collection, that have these bytes."""
        query = select(*_INFO).where(documents.c.sha256 == sha256)
        with self._database.read() as connection:
            return [_info(row) for row in connection.execute(query)]

    def at(self, collection: str, source: str) -> str | None:
        """Return the id of the ready document that this path leads to."""
        with self._database.read() as connection:
            row = _at(connection, collection, source)
        return None if row is None else str(row.id)

    def chunk_ids(self, collection: str) -> dict[str, str]:
        """Return the id of every chunk of ready documents, with its document's."""
        query = (
            select(chunks.c.id, documents.c.id)
            .join(documents, documents.c.key == chunks.c.document)
            .where(documents.c.collection == collection, documents.c.status == "ready")
        )
        with self._database.read() as connection:
            return {chunk: document for chunk, document in connection.execute(query)}

    # --- changes -----------------------------------------------------------------------------

    def begin(self, *infos: DocumentInfo) -> None:
        """Note in one commit that documents are being added, so that a killed add is found and undone."""
        rows = [asdict(info) | {"status": "adding", "filename": info.name, "added": now()} for info in infos]
        with self._database.write() as connection:
            connection.execute(insert(documents), [row | {"tags": "\n".join(row["tags"])} for row in rows])

    def finish(
        self, id: str, document: Document, pieces: Sequence[Chunk], *, replaces: str | None = None
    ) -> tuple[DocumentInfo, list[str]]:
        """Make a begun document ready, in one commit; return it, and the ids now to be removed.

        Removed is the document it `replaces`, and the one its path led to unless another path still does.
        """
        return self.finish_all([(id, document, pieces)], replaces=replaces)[0]

    def finish_all(
        self, begun: Sequence[tuple[str, Document, Sequence[Chunk]]], *, replaces: str | None = None
    ) -> list[tuple[DocumentInfo, list[str]]]:
        """Make begun documents ready, all in one commit, each as `finish` does."""
        with self._database.write() as connection:
            return [_finished(connection, *parts, replaces) for parts in begun]

    def rechunk(self, id: str, pieces: Sequence[Chunk]) -> None:
        """Give a ready document other chunks, in one commit; raise NotFound."""
        with self._database.write() as connection:
            key = connection.execute(select(documents.c.key).where(_ready(id))).scalar()
            if key is None:
                raise NotFound(f"There is no document {id} in this library.")
            connection.execute(delete(chunks).where(chunks.c.document == key))
            _store_chunks(connection, key, pieces)
            change = update(documents).where(documents.c.key == key)
            connection.execute(change.values(chunks=len(pieces)))

    def link(self, id: str, source: str, *, replaces: str | None = None) -> list[str]:
        """Note that `source` holds a ready document's bytes now; return the ids now to be removed.

        Raise NotFound where it is no longer there.
        """
        with self._database.write() as connection:
            row = connection.execute(select(documents).where(_ready(id))).one_or_none()
            if row is None:
                raise NotFound(f"There is no document {id} in this library.")
            return [gone.id for gone in _make_way(connection, row, source, replaces)]

    def mark_removing(self, id: str) -> None:
        """From this commit on the document never answers, nor do stored answers that quote it.

        The document itself stops at once, though the commit may wait for a long one. Raise NotFound where
        none is ready; where the commit fails, it answers as before.
        """
        self._leaving.add(id)
        try:
            with self._database.write(hurry=True) as connection:
                if not _retire(connection, id):
                    raise NotFound(f"There is no document {id} in this library.")
                redact(connection, id)
        finally:
            self._leaving.discard(id)

    def tag(self, id: str, tags: Sequence[str]) -> DocumentInfo:
        """Give a ready document these tags and no others; raise NotFound."""
        with self._database.write() as connection:
            change = update(documents).where(_ready(id)).values(tags="\n".join(sorted(set(tags))))
            if not connection.execute(change).rowcount:
                raise NotFound(f"There is no document {id} in this library.")
            return _one(connection, id)

    def forget(self, id: str) -> None:
        """Delete every row of a document, keyword rows too, in whatever state; unknown is no error."""
        with self._database.write() as connection:
            connection.execute(delete(job_files).where(job_files.c.document == id))
            connection.execute(delete(documents).where(documents.c.id == id))


def _finished(
    connection: Connection, id: str, document: Document, pieces: Sequence[Chunk], replaces: str | None
) -> tuple[DocumentInfo, list[str]]:
    begun = connection.execute(select(documents).where(documents.c.id == id)).one()
    retired = _make_way(connection, begun, begun.source, replaces)
    values = {
        "status": "ready",
        "name": _name(connection, begun, retired),
        "media_type": document.media_type,
        "pages": len(document.pages),
        "chunks": len(pieces),
        "added": now(),
        "tags": _tags(begun, *retired),
        "language": language(document.text),
    }
    connection.execute(update(documents).where(documents.c.key == begun.key).values(values))
    _store(connection, begun.key, document, pieces)
    return _one(connection, id), [row.id for row in retired]


def _make_way(connection: Connection, row: Row[Any], source: str, replaces: str | None) -> list[Row[Any]]:
    """Retire what `row` takes the place of, and let `source` lead to it; return the retired rows."""
    wanted = [replaces] if replaces and replaces != row.id else []
    led = _at(connection, row.collection, source) if source else None
    if source:
        lead(connection, row.collection, source, row.key)
    if led is not None and led.id != row.id and not renamed(connection, led):
        wanted.append(led.id)
    return [gone for id in dict.fromkeys(wanted) if (gone := _retire(connection, id)) is not None]


def _retire(connection: Connection, id: str) -> Row[Any] | None:
    row = connection.execute(select(documents).where(_ready(id))).one_or_none()
    if row is not None:
        connection.execute(update(documents).where(_ready(id)).values(status="removing"))
        note_removal(connection, id)
    return row


def _ready(id: str) -> ColumnElement[bool]:
    return (documents.c.id == id) & (documents.c.status == "ready")


def _name(connection: Connection, begun: Row[Any], retired: Sequence[Row[Any]]) -> str:
    """Return the name of a new document: that of its old version, else one that is free."""
    kept = next((row.name for row in retired if row.filename == begun.filename), None)
    return kept or free_name(connection, begun.collection, begun.filename, begun.key)


def _store(connection: Connection, key: int, document: Document, pieces: Sequence[Chunk]) -> None:
    structure = structure_json(document)
    connection.execute(insert(texts).values(document=key, text=document.text, structure=structure))
    _store_chunks(connection, key, pieces)


def _store_chunks(connection: Connection, key: int, pieces: Sequence[Chunk]) -> None:
    if pieces:
        connection.execute(insert(chunks), [chunk_row(key, piece) for piece in pieces])


def _at(connection: Connection, collection: str, source: str) -> Row[Any] | None:
    query = (
        select(documents)
        .join(sources, sources.c.document == documents.c.key)
        .where(sources.c.collection == collection, sources.c.path == source, documents.c.status == "ready")
    )
    return connection.execute(query).one_or_none()


def _one(connection: Connection, id: str) -> DocumentInfo:
    row = connection.execute(select(*_INFO).where(documents.c.id == id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no document {id} in this library.")
    return _info(row)


def _tags(*rows: Row[Any]) -> str:
    """Return the tags of a new version: its own and those of the ones it takes the place of."""
    return "\n".join(sorted({tag for row in rows for tag in row.tags.splitlines()}))


def _info(row: Row[Any]) -> DocumentInfo:
    values: dict[str, Any] = dict(row._mapping)
    return DocumentInfo(**values | {"tags": tuple(values["tags"].splitlines())})
