"""Is the catalog whole? One sentence for each thing that is not as it should be."""

from __future__ import annotations

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from rag.catalog.database import Database

_COUNTS = text("""
    SELECT name, chunks, (SELECT count(*) FROM chunks WHERE document = documents.key) AS found,
        EXISTS (SELECT 1 FROM texts WHERE document = documents.key) AS text
    FROM documents WHERE status = 'ready'
""")
_INDEX = "INSERT INTO chunk_index (chunk_index, rank) VALUES ('integrity-check', 1)"


class Health:
    """Checks the file, the references between rows, and the keyword index against the chunks."""

    _database: Database

    def problems(self) -> list[str]:
        """Return what is wrong, a sentence each; reads everything, so it takes seconds on a large library."""
        with self._database.write() as connection:
            damaged = connection.exec_driver_sql("PRAGMA quick_check").scalars().all()
            loose = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            counts = connection.execute(_COUNTS).all()
            index = _index_problems(connection)
        found = [f"The catalog file is damaged: {line}." for line in damaged if line != "ok"]
        found += [f"A row of {row[0]} belongs to no {row[2]}." for row in loose]
        found += [f"{row.name} has no text." for row in counts if not row.text]
        return (
            found
            + index
            + [
                f"{row.name} should have {row.chunks} passages and has {row.found}."
                for row in counts
                if row.chunks != row.found
            ]
        )


def _index_problems(connection: Connection) -> list[str]:
    try:
        connection.exec_driver_sql(_INDEX)
    except DBAPIError as exc:
        return [f"The keyword index does not match the passages ({exc.orig})."]
    return []
