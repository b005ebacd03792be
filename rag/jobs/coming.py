"""Files on their way into a collection, and the questions that wait for them.

A question to a library whose first files are being read would be refused, though they may hold its answer. So
it waits for them. Where documents answer already it is asked at once, and what came in since is told.

Knows jobs and documents; no screen and no session.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from rag.catalog.chats import ChatTurn
from rag.errors import RagError
from rag.jobs.job import Job
from rag.jobs.worker import Worker
from rag.remote import AnyLibrary
from rag.types import DocumentInfo

FEW = 20  # files left of the first ones for which a question waits; of more it is asked of what is in
LOOK = 0.5  # seconds between two looks at the jobs
CAME = ("storing", "done")  # stages from which on a file may be a document

PAUSED = "Adding your files is paused, and none is in yet. Let it go on in the Library, then try again."
NOTHING = "None of your files could be added, so there is nothing to ask yet. The Library says why."


@dataclass(frozen=True, slots=True)
class Coming:
    """Files on their way: how many there are, and how many of them are settled (in, or refused)."""

    total: int = 0
    settled: int = 0

    @property
    def left(self) -> int:
        """Those that are not settled."""
        return self.total - self.settled


def coming(worker: Worker, collection: str) -> Coming:
    """Return the files on their way into a collection; those of a paused job are not."""
    counts = [job.counts for job in _moving(worker, collection)]
    return Coming(sum(each.total for each in counts), sum(each.total - each.waiting for each in counts))


def paused(worker: Worker, collection: str) -> list[Job]:
    """Return the jobs of a collection that wait for a person."""
    return [job for job in _unfinished(worker, collection) if job.paused]


def since(turn: ChatTurn, documents: Sequence[DocumentInfo]) -> int:
    """Return how many documents were added since the question of a turn was asked."""
    took = timedelta(milliseconds=turn.answer.timings.total_ms)
    asked = datetime.fromisoformat(turn.created) - took
    return sum(datetime.fromisoformat(info.added) > asked for info in documents)


class Wait:
    """What one question waits for: the first files of its collection; `whole`, all that are on their way."""

    def __init__(self, worker: Worker, library: AnyLibrary, *, whole: bool = False) -> None:
        self._worker = worker
        self._library = library
        self._whole = whole
        self._over = threading.Event()

    def end(self) -> None:
        """Ask of what is in."""
        self._over.set()

    def hold(self, stopped: threading.Event) -> None:
        """Return when the question can be asked, or was stopped; raise RagError where nothing came in."""
        while self.due and not stopped.wait(LOOK):
            pass
        if not (stopped.is_set() or self._library.documents()):
            raise RagError(PAUSED if paused(self._worker, self._library.collection) else NOTHING)
        self._over.set()

    @property
    def over(self) -> bool:
        """True once nothing is waited for."""
        return self._over.is_set()

    @property
    def files(self) -> Coming:
        """How far the files are."""
        return coming(self._worker, self._library.collection)

    @property
    def some(self) -> bool:
        """Whether there is something to ask already."""
        return bool(self._library.documents())

    @property
    def due(self) -> bool:
        """Whether there is something to wait for."""
        left, there = self.files.left, len(self._library.documents())
        if not left or (there and self._over.is_set()):
            return False
        return self._whole or not there or (left <= FEW and there <= self._came())

    def _came(self) -> int:
        """Return how many documents the jobs that still run have brought or are just storing."""
        jobs = _moving(self._worker, self._library.collection)
        return sum(file.stage in CAME for job in jobs for file in job.progress.values())


def _moving(worker: Worker, collection: str) -> list[Job]:
    return [job for job in _unfinished(worker, collection) if not job.paused]


def _unfinished(worker: Worker, collection: str) -> list[Job]:
    return [job for job in worker.jobs() if job.collection == collection and not job.finished]
