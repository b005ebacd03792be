"""The index that answers and the one that is being built: what made each, and one commit that swaps them.

Knows chunks and names of embedders; knows no vector.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, delete, insert, select, text

from rag.catalog.database import Database
from rag.catalog.passages import chunk_row
from rag.catalog.removals import note_removal
from rag.catalog.tables import active_index, documents, next_chunks, next_documents
from rag.errors import NotFound
from rag.types import Chunk

_COLUMNS = ", ".join(f'"{column.name}"' for column in next_chunks.columns)
_WAITING = text("""
    SELECT count(*) FROM documents WHERE status = 'ready' AND NOT EXISTS (
        SELECT 1 FROM next_documents WHERE document = documents.key AND fingerprint = :fingerprint
    )
""")
_SWAP = (
    "DELETE FROM chunks WHERE document IN (SELECT document FROM next_documents)",
    f"INSERT INTO chunks ({_COLUMNS}) SELECT {_COLUMNS} FROM next_chunks",
    """UPDATE documents SET chunks = (SELECT chunks FROM next_documents WHERE document = documents.key)
        WHERE key IN (SELECT document FROM next_documents)""",
    "DELETE FROM next_chunks",
    "DELETE FROM next_documents",
)


@dataclass(frozen=True, slots=True)
class Made:
    """What makes an index: the embedder as it was set and by its name, and the chunk settings."""

    embedder: str
    name: str
    chunk_tokens: int
    chunk_overlap: int

    @property
    def fingerprint(self) -> str:
        """What tells two indexes apart: vectors of different make must never stand side by side."""
        return f"{self.name}|{self.chunk_tokens}|{self.chunk_overlap}"


class Building:
    """Two indexes of one home."""

    _database: Database

    def active(self) -> Made | None:
        """Return what made the index that answers, None where nobody has written it down."""
        with self._database.read() as connection:
            row = connection.execute(select(active_index)).one_or_none()
        return None if row is None else Made(row.embedder, row.name, row.chunk_tokens, row.chunk_overlap)

    def activate(self, made: Made) -> None:
        """Note what makes the index that answers from now on."""
        with self._database.write() as connection:
            _activate(connection, made)

    def staged(self, fingerprint: str) -> set[str]:
        """Return the ids of the documents that the next index has whole."""
        query = select(documents.c.id).join(next_documents, next_documents.c.document == documents.c.key)
        with self._database.read() as connection:
            return set(connection.execute(query.where(next_documents.c.fingerprint == fingerprint)).scalars())

    def stage(self, fingerprint: str, id: str, pieces: Sequence[Chunk]) -> None:
        """Note that the next index has a document whole, cut so; raise NotFound where it is not ready."""
        chosen = (documents.c.id == id) & (documents.c.status == "ready")
        with self._database.write() as connection:
            key = connection.execute(select(documents.c.key).where(chosen)).scalar()
            if key is None:
                raise NotFound(f"There is no document {id} in this library.")
            connection.execute(delete(next_documents).where(next_documents.c.document == key))
            row = {"document": key, "fingerprint": fingerprint, "chunks": len(pieces)}
            connection.execute(insert(next_documents).values(row))
            if pieces:
                connection.execute(insert(next_chunks), [chunk_row(key, piece) for piece in pieces])

    def unstage(self, fingerprint: str) -> None:
        """Forget what was built for any other index than this next one."""
        with self._database.write() as connection:
            connection.execute(delete(next_documents).where(next_documents.c.fingerprint != fingerprint))

    def switch(self, made: Made) -> bool:
        """Let the next index answer, in one commit; False, and nothing is done, while it lacks a document."""
        with self._database.write() as connection:
            if connection.execute(_WAITING, {"fingerprint": made.fingerprint}).scalar_one():
                return False
            for statement in _SWAP:
                connection.exec_driver_sql(statement)
            _activate(connection, made)
            note_removal(connection, "")  # the old index is still on the disk
            return True


def _activate(connection: Connection, made: Made) -> None:
    connection.execute(delete(active_index))
    connection.execute(insert(active_index).values(asdict(made) | {"one": 1}))
