"""Folders that collections are kept in step with, and the paths that lead to documents."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from rag.catalog.database import Database
from rag.catalog.names import free_name
from rag.catalog.tables import documents, sources, watched
from rag.types import DocumentInfo


class Watched:
    """What the catalog knows of places outside of the home."""

    _database: Database

    def watched(self) -> list[tuple[str, str]]:
        """Return collection and folder of each watched folder."""
        with self._database.read() as connection:
            rows = connection.execute(select(watched).order_by(watched.c.collection, watched.c.folder))
            return [(row.collection, row.folder) for row in rows]

    def watch(self, collection: str, folder: str) -> None:
        """Note that a collection is to be kept in step with a folder; once more is nothing."""
        row = insert(watched).values(collection=collection, folder=folder).prefix_with("OR REPLACE")
        with self._database.write() as connection:
            connection.execute(row)

    def unwatch(self, collection: str, folder: str) -> None:
        """Note that it no longer is; its documents stay."""
        chosen = (watched.c.collection == collection) & (watched.c.folder == folder)
        with self._database.write() as connection:
            connection.execute(delete(watched).where(chosen))

    def paths(self, collection: str, folder: Path) -> list[str]:
        """Return the paths in or below a folder that lead to ready documents of the collection."""
        query = (
            select(sources.c.path)
            .join(documents, documents.c.key == sources.c.document)
            .where(sources.c.collection == collection, documents.c.status == "ready")
        )
        with self._database.read() as connection:
            found = connection.execute(query.order_by(sources.c.path)).scalars()
            return [path for path in found if PurePath(path).is_relative_to(folder)]

    def leave(self, collection: str, path: str) -> str | None:
        """Note that no file is at `path` any more; return the document that no other path leads to."""
        with self._database.write() as connection:
            row = _lose(connection, collection, path)
            return None if row is None or renamed(connection, row) else str(row.id)

    def moved(self, info: DocumentInfo, path: str) -> None:
        """Note that the file of a document is at `path` now; it takes its name from there."""
        with self._database.write() as connection:
            row = _lose(connection, info.collection, info.source)
            if row is not None:
                lead(connection, info.collection, path, row.key)
                renamed(connection, row)


def lead(connection: Connection, collection: str, path: str, key: int) -> None:
    """Let a path lead to a document, and to no other."""
    row = insert(sources).values(collection=collection, path=path, document=key)
    connection.execute(row.prefix_with("OR REPLACE"))


def renamed(connection: Connection, row: Row[Any]) -> bool:
    """Give a document that lost its path the name of another path that holds the same bytes, if any."""
    paths = select(sources.c.path).where(sources.c.document == row.key).order_by(sources.c.path)
    path = connection.execute(paths.limit(1)).scalar()
    if path is None:
        return False
    values = {"source": path}
    name = PurePath(path).name
    # The stored file is found by the name's suffix, so a name with another one stays as it is.
    if PurePath(name).suffix.lower() == PurePath(row.name).suffix.lower():
        values |= {"name": free_name(connection, row.collection, name, row.key), "filename": name}
    connection.execute(update(documents).where(documents.c.key == row.key).values(values))
    return True


def _lose(connection: Connection, collection: str, path: str) -> Row[Any] | None:
    chosen = (sources.c.collection == collection) & (sources.c.path == path)
    query = select(documents).join(sources, sources.c.document == documents.c.key)
    row = connection.execute(query.where(chosen, documents.c.status == "ready")).one_or_none()
    if row is not None:
        connection.execute(delete(sources).where(chosen))
    return row
