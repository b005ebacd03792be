"""Removing for good: the answers that quoted a document, what still waits to be scrubbed, and the scrubbing.

Knows the catalog's file; knows no vector and no upload.
"""

from __future__ import annotations

import json
import time

from sqlalchemy import Connection, delete, func, insert, select, text, update

from rag.catalog.database import Database, now
from rag.catalog.tables import chats, documents, job_files, removals, sources, turns
from rag.errors import RagError

NOTICE = "This answer was erased, because a document that it quoted has been removed."
CHECKPOINTS = 5  # tries to empty the log while readers look at it
PAUSE_SECONDS = 0.1
MERGED = 64  # pages of the keyword index that are merged in one transaction: some tenths of a second
BREATH_SECONDS = 0.02  # between two of them, so that whoever waits to write gets its turn

_QUOTING = text("SELECT id, answer FROM turns WHERE instr(answer, :document)")


class Removals:
    """What was removed since the disk was last scrubbed."""

    _database: Database

    def unscrubbed(self) -> tuple[int, int]:
        """Return how many removed documents may still be readable on the disk, and the last one's number."""
        query = select(func.count(), func.coalesce(func.max(removals.c.key), 0))
        with self._database.read() as connection:
            count, last = connection.execute(query).one()
        return int(count), int(last)

    def scrubbed(self, last: int) -> None:
        """Note that a scrub which began after removal number `last` is done."""
        with self._database.write() as connection:
            connection.execute(delete(removals).where(removals.c.key <= last))

    def own_words(self) -> list[str]:
        """Return what the person wrote: questions, titles, reasons, tags, and the names of documents."""
        queries = (
            select(turns.c.question),
            select(turns.c.reason),
            select(chats.c.title),
            select(documents.c.name),
            select(documents.c.tags),
            select(sources.c.path),
            select(job_files.c.path),
        )
        with self._database.read() as connection:
            return [str(words) for query in queries for words in connection.execute(query).scalars()]

    def vacuum(self) -> None:
        """Leave no removed word in the file, its free pages and its log; takes seconds to minutes.

        FTS5 keeps the terms of deleted rows until its segments are merged, which `optimize` does. Writers get
        their turn between the steps of that, and who removes a document does not wait for the rest either.
        """
        pages = -MERGED  # the first call, being negative, makes one merge of all there is
        while self._merged(pages):
            pages = MERGED
            time.sleep(BREATH_SECONDS)
        with self._database.write() as connection:  # nothing is left to do, unless somebody wrote meanwhile
            connection.exec_driver_sql("INSERT INTO chunk_index (chunk_index) VALUES ('optimize')")
        while not self._database.vacuum():
            time.sleep(PAUSE_SECONDS)
        for _ in range(CHECKPOINTS):
            if self._database.checkpoint():
                return
            time.sleep(PAUSE_SECONDS)
        raise RagError("The catalog was read all the time, so that its log could not be emptied.")

    def _merged(self, pages: int) -> bool:
        """Merge so many pages more of the keyword index, in a transaction; False where none was left."""
        with self._database.write() as connection:
            before = connection.exec_driver_sql("SELECT total_changes()").scalar_one()
            connection.exec_driver_sql(
                "INSERT INTO chunk_index (chunk_index, rank) VALUES ('merge', ?)", (pages,)
            )
            after = connection.exec_driver_sql("SELECT total_changes()").scalar_one()
        return bool(after - before >= 2)  # SQLite's documentation: fewer say that nothing was done


def note_removal(connection: Connection, document: str) -> None:
    """Note in this transaction that a document is removed and is to be scrubbed."""
    connection.execute(insert(removals).values(document=document, removed=now()))


def redact(connection: Connection, document: str) -> None:
    """Put a notice in the place of every answer that cites the document or holds its passages."""
    for id, answer in connection.execute(_QUOTING, {"document": document}).all():
        fields = json.loads(answer)
        quoted = [citation["document"] for citation in fields["citations"]]
        quoted += [hit["chunk"]["document"] for hit in fields["hits"]]
        if document in quoted:
            gone = fields | {"text": NOTICE, "short": "", "citations": [], "hits": []}
            kept = json.dumps(gone, ensure_ascii=False)
            connection.execute(update(turns).where(turns.c.id == id).values(answer=kept))
