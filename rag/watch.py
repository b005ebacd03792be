"""Folders that a library is kept in step with: new, changed, moved and deleted files.

Knows a library and its worker; what a file is to the library is decided there.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Literal

from watchfiles import watch

from rag.errors import RagError
from rag.ingest import hidden
from rag.jobs import Job, Worker
from rag.library import Library
from rag.types import FileReport

QUIET_MS = 800  # a copy that is still being written is looked at when it has come to rest
LOOK_MS = 2000  # between two looks at whether to end, and at a folder that is missing
FEW = 3  # documents that may all vanish at once without being taken for an unmounted disk

log = logging.getLogger(__name__)


class Watcher:
    """Keeps one collection in step with one folder, while `run` runs."""

    def __init__(
        self,
        library: Library,
        worker: Worker,
        folder: Path,
        tell: Callable[[FileReport], None] = lambda report: None,
        tell_gone: Callable[[str], None] = lambda path: None,
    ) -> None:
        """Follow `folder`; `tell` hears what became of each file that was looked at.

        `tell_gone` hears the path of each file that is there no longer and whose document went with it.
        """
        self._library = library
        self._tell = tell
        self._tell_gone = tell_gone
        self._worker = worker
        self.folder = folder.expanduser().absolute()
        self.state: Literal["watching", "missing"] = "watching"
        self.reason = ""

    def run(self, stopped: threading.Event) -> None:
        """Bring the library in step, and keep it there until `stopped` is set."""
        while not stopped.is_set():
            try:
                self.sync(stopped)
                if self.state == "watching":
                    self._follow(stopped)
            except (RagError, OSError) as exc:
                log.warning("watching %s: %s", self.folder, exc)
                self.state, self.reason = "missing", str(exc)
            stopped.wait(LOOK_MS / 1000)

    def sync(self, stopped: threading.Event | None = None) -> Job | None:
        """Compare folder and library once; return the job that added what is new, when it is done.

        A folder that is not there, or is empty where it was not, is most likely a disk that is not
        mounted: then nothing is removed.
        """
        if not self.folder.is_dir():
            self.state, self.reason = "missing", f"There is no folder {self.folder}. Nothing was removed."
            return None
        job = self._worker.submit([self.folder], self._library.collection)
        if not self._done(job, stopped):
            return job
        gone = [path for path in self._known() if not Path(path).exists()]
        if len(gone) > FEW and len(gone) == len(self._known()):
            self.state = "missing"
            self.reason = f"Every file of {self.folder} is gone. Nothing was removed; is its disk there?"
            return job
        self.state, self.reason = "watching", ""
        self._leave(gone)
        return job

    def _known(self) -> list[str]:
        """Return the paths below the folder that lead to a document."""
        return self._library.paths(self.folder)

    def _leave(self, paths: Iterable[str]) -> None:
        for path in paths:
            if not Path(path).exists() and self._library.departed(path) is not None:
                self._tell_gone(path)

    def _done(self, job: Job, stopped: threading.Event | None) -> bool:
        """Wait for the job; False where watching is to end first."""
        while not job.wait(0.2):
            if stopped is not None and stopped.is_set():
                return False
        for report in job.reports:
            self._tell(report)
        if not job.counts.refused:
            self._worker.put_away(job)
        return True

    def _follow(self, stopped: threading.Event) -> None:
        skipped = self._library.home.root
        for changes in watch(
            self.folder,
            watch_filter=lambda _, path: not hidden(Path(path), self.folder, skipped),
            debounce=QUIET_MS,
            rust_timeout=LOOK_MS,
            stop_event=stopped,
            yield_on_timeout=True,
            raise_interrupt=False,
        ):
            if not self.folder.is_dir():
                return
            if changes:
                self._take({Path(path) for _, path in changes}, stopped)

    def _take(self, paths: set[Path], stopped: threading.Event) -> None:
        """Add what is there, then let go of what is not: a moved file is found before it is missed."""
        there = sorted(path for path in paths if path.exists())
        if there and not self._done(self._worker.submit(there, self._library.collection), stopped):
            return
        gone = [path for path in paths if not path.exists()]
        below = [known for known in self._known() if any(Path(known).is_relative_to(path) for path in gone)]
        if len(below) > FEW and not any(self.folder.iterdir()):
            return  # as in `sync`, which looks again
        self._leave(below)


class Watchers:
    """Watches the folders that the catalog names, for all collections; each in a thread of its own."""

    def __init__(self, library: Library, worker: Worker) -> None:
        self._library = library
        self._worker = worker
        self._stopped = threading.Event()
        self._running: dict[tuple[str, str], tuple[Watcher, threading.Event, threading.Thread]] = {}
        self._thread = threading.Thread(target=self._work, name="docent-watchers", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop watching, and return once every thread has ended."""
        self._stopped.set()
        self._thread.join()

    def _work(self) -> None:
        while True:
            wanted = set() if self._stopped.is_set() else self._wanted()
            for key in set(self._running) - wanted:
                self._end(key)
            for key in wanted - set(self._running):
                self._begin(key)
            for key, (watcher, _, _) in self._running.items():
                self._library.note_watched(*key, watcher.state, watcher.reason)
            if self._stopped.wait(LOOK_MS / 1000) and not self._running:
                return

    def _wanted(self) -> set[tuple[str, str]]:
        try:
            return {(one.collection, one.folder) for one in self._library.watched()}
        except RagError:
            log.warning("the watched folders could not be read", exc_info=True)
            return set(self._running)

    def _begin(self, key: tuple[str, str]) -> None:
        collection, folder = key
        watcher, stopped = (
            Watcher(self._library.within(collection), self._worker, Path(folder)),
            threading.Event(),
        )
        thread = threading.Thread(target=watcher.run, args=(stopped,), name="docent-watch", daemon=True)
        self._running[key] = (watcher, stopped, thread)
        thread.start()

    def _end(self, key: tuple[str, str]) -> None:
        _, stopped, thread = self._running.pop(key)
        stopped.set()
        thread.join()
