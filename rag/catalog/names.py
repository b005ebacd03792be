"""Names of documents: no two ready ones of a collection are shown under the same."""

from __future__ import annotations

from pathlib import PurePath

from sqlalchemy import Connection, select

from rag.catalog.tables import documents


def free_name(connection: Connection, collection: str, filename: str, key: int) -> str:
    """Return the file name, or "name (2).txt" where another ready document is shown as "name.txt"."""
    others = (documents.c.collection == collection) & (documents.c.status == "ready")

    def taken(name: str) -> bool:
        query = select(documents.c.key).where(others, documents.c.name == name, documents.c.key != key)
        return connection.execute(query).first() is not None

    path = PurePath(filename)
    name, number = filename, 2
    while taken(name):
        name, number = f"{path.stem} ({number}){path.suffix}", number + 1
    return name
