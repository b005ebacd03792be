"""A person's own questions with the place that answers each; they hold words of a document and go with it."""

from __future__ import annotations

from sqlalchemy import delete, insert, select, update

from rag.catalog.database import Database
from rag.catalog.tables import documents, questions
from rag.errors import NotFound
from rag.types import GoldenQuestion


class Golden:
    """The questions of every collection."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self, collection: str) -> list[GoldenQuestion]:
        """Return the questions about ready documents of the collection, oldest first."""
        query = (
            select(questions.c.id, questions.c.question, documents.c.id, questions.c.start, questions.c.end)
            .join(documents, documents.c.key == questions.c.document)
            .where(documents.c.collection == collection, documents.c.status == "ready")
            .order_by(questions.c.id)
        )
        with self._database.read() as connection:
            return [GoldenQuestion(*row) for row in connection.execute(query)]

    def keep(self, question: str, document: str, start: int, end: int) -> int:
        """Keep a question that [start, end) of the document answers; return its id; raise NotFound."""
        ready = (documents.c.id == document) & (documents.c.status == "ready")
        with self._database.write() as connection:
            key = connection.execute(select(documents.c.key).where(ready)).scalar()
            if key is None:
                raise NotFound(f"There is no document {document} in this library.")
            row = insert(questions).values(document=key, question=question, start=start, end=end)
            return int(connection.execute(row.returning(questions.c.id)).scalar_one())

    def reword(self, id: int, question: str) -> None:
        """Ask the same in other words; an unknown id is no error."""
        with self._database.write() as connection:
            connection.execute(update(questions).where(questions.c.id == id).values(question=question))

    def drop(self, id: int) -> None:
        """Forget a question; an unknown id is no error."""
        with self._database.write() as connection:
            connection.execute(delete(questions).where(questions.c.id == id))
