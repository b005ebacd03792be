"""Files that are being added: one thread takes jobs in turn, others watch, pause and cancel them.

What waits is kept in the library's queue, so that the next process goes on with it. Knows a library's `add`
and queue; knows no server and no screen.
"""

from __future__ import annotations

import os
import queue
import secrets
import shutil
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from rag.errors import RagError
from rag.ingest import Upload, unwritable
from rag.jobs.job import Job
from rag.load import clean_name
from rag.remote import AnyLibrary

if TYPE_CHECKING:
    from rag.catalog.queue import Queue
    from rag.ingest import Source

KEPT = 50  # finished jobs that stay listed


class Worker:
    """Runs jobs one after another: one group of files at a time is in memory.

    With a queue, jobs outlive the process; `resume` takes up those that an earlier one left.
    """

    def __init__(self, library: AnyLibrary, kept: Queue | None = None, *, resume: bool = False) -> None:
        self._library = library
        self._queue = kept
        self._todo: queue.Queue[Job | None] = queue.Queue()
        self._jobs: list[Job] = []
        self._lock = threading.Lock()
        self._closed = False
        if kept is not None and resume:
            self._resume(kept)
        self._thread = threading.Thread(target=self._work, name="docent-worker", daemon=True)
        self._thread.start()

    def submit(self, sources: Iterable[Source], collection: str, replace: str | None = None) -> Job:
        """Queue files; open files are copied to disk before this returns, so their reader may close them."""
        id, kept = secrets.token_hex(4), self._queue
        if kept is None:
            job = Job(id, collection, replace, _on_disk(sources, self._library.home.incoming, id), None)
        else:
            rows = _rows(_on_disk(sources, self._library.home.queue, id))
            job = Job(id, collection, replace, [], kept)
            job.take(kept.put(id, collection, replace, rows))
        self._list(job)
        self._todo.put(job)
        return job

    def jobs(self) -> list[Job]:
        """Return the running, waiting, paused and lately finished jobs, oldest first."""
        with self._lock:
            return list(self._jobs)

    def pause(self, job: Job) -> None:
        """Stop a job after the files in hand, until it is resumed; other jobs go on."""
        job.halt()
        if self._queue is not None:
            self._queue.pause(job.id, True)

    def resume(self, job: Job) -> None:
        """Let a paused job go on where it was."""
        if job.paused:
            job.go_on()
            if self._queue is not None:
                self._queue.pause(job.id, False)
            self._todo.put(job)

    def retry(self, job: Job) -> Job:
        """Add the refused files of a finished job once more, as a new job in its place."""
        assert self._queue is not None, "only kept jobs can be tried again"
        again = Job(secrets.token_hex(4), job.collection, job.replace, [], self._queue)
        rows = [(entry.name, entry.path, entry.upload) for entry in job.refused]
        again.take(self._queue.put(again.id, job.collection, job.replace, rows))
        with self._lock:
            self._jobs = [other for other in self._jobs if other is not job]
        self._queue.drop(job.id)
        self._list(again)
        self._todo.put(again)
        return again

    def put_away(self, job: Job) -> None:
        """Forget a finished job, with the refused uploads it keeps."""
        with self._lock:
            self._jobs = [other for other in self._jobs if other is not job]
        self._forget(job)

    def close(self, *, cancel: bool = False) -> None:
        """Stop what runs and return once the thread has ended; kept jobs wait, unless they are cancelled."""
        self._closed = True
        for job in self.jobs():
            if not job.finished:
                job.cancel() if cancel or self._queue is None else job.halt()
        self._todo.put(None)
        self._thread.join()
        for job in self.jobs():
            job.release()

    def _work(self) -> None:
        while (job := self._todo.get()) is not None:
            if not (job.paused or job.finished or (self._closed and not job.cancelled.is_set())):
                job.run(self._library)

    def _resume(self, kept: Queue) -> None:
        for stored in kept.jobs():
            job = Job.kept(stored, kept)
            if job.finished and not job.counts.refused:
                kept.drop(job.id)  # its files are in the library, and nobody needs to be told of a failure
                continue
            self._jobs.append(job)
            if not job.finished and not job.paused:
                self._todo.put(job)

    def _list(self, job: Job) -> None:
        with self._lock:
            done = [old for old in self._jobs if old.finished]
            forgotten = done[: max(len(done) - KEPT, 0)]
            self._jobs = [old for old in self._jobs if old not in forgotten] + [job]
        for old in forgotten:
            self._forget(old)

    def _forget(self, job: Job) -> None:
        if self._queue is not None:
            self._queue.drop(job.id)
            for entry in job.refused:
                if entry.upload:
                    Path(entry.path).unlink(missing_ok=True)


def _rows(sources: Iterable[Source]) -> list[tuple[str, str, bool]]:
    rows = []
    for source in sources:
        if isinstance(source, Upload):
            rows.append((source.name, str(source.path), True))
        else:
            path = Path(str(source)).expanduser().absolute()
            rows.append((clean_name(path.name or str(path)), str(path), False))
    return rows


def _on_disk(sources: Iterable[Source], folder: Path, job: str) -> list[Source]:
    """Copy open files into `folder`, so that they outlive their reader; leave paths as they are.

    Raise RagError, with no copy left, where one cannot be written.
    """
    kept: list[Source] = []
    copies: list[Upload] = []
    for number, source in enumerate(sources):
        if isinstance(source, Path | str | Upload):
            kept.append(source)
            continue
        name = clean_name(str(getattr(source, "name", "") or "unnamed"))
        path = folder / f"{job}-{number}{Path(name).suffix.lower()[:12]}"
        copies.append(Upload(name, path))
        try:
            _copy(source, path)
        except OSError as exc:
            for copy in copies:
                copy.discard()
            raise RagError(unwritable(exc, name)) from exc
        kept.append(copies[-1])
    return kept


def _copy(source: BinaryIO, path: Path) -> None:
    with path.open("wb") as copy:
        shutil.copyfileobj(source, copy)
        copy.flush()
        os.fsync(copy.fileno())
