"""One job: the files of one `add`, how far each is, and what became of it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rag.errors import RagError
from rag.ingest import CANCELLED, Upload, files_of
from rag.remote import AnyLibrary, RemoteLibrary
from rag.types import Counts, FileReport, Progress

if TYPE_CHECKING:
    from rag.catalog.queue import Entry, Queue, StoredJob
    from rag.ingest import Source

logger = logging.getLogger(__name__)

UNEXPECTED = "Adding these files failed for a reason that is ours to mend; the log has it."
SAVED = 32  # settled files of one commit: one each would take as long as embedding it

State = Literal["waiting", "running", "paused", "finished"]


class Job:
    """The files of one `add`. Any thread may read it while it runs."""

    def __init__(
        self, id: str, collection: str, replace: str | None, sources: Sequence[Source], kept: Queue | None
    ) -> None:
        self.id = id
        self.collection = collection
        self.replace = replace
        self.sources = list(sources)
        self.error: RagError | None = None
        self.cancelled = threading.Event()
        self.paused = False
        self.running = False
        self._queue = kept
        self._entries: tuple[Entry, ...] = ()
        self._reports: dict[int, FileReport] = {}  # by key, or by place where nothing is kept
        self._unsaved: dict[int, FileReport] = {}
        self._halt = threading.Event()
        self._finished = threading.Event()
        self._progress = {name: Progress(name, "waiting") for name in map(_name, self.sources)}
        self._began = (0.0, 0)  # when it began to run, and how many files were settled then
        self._lock = threading.Lock()

    @classmethod
    def kept(cls, stored: StoredJob, kept: Queue) -> Job:
        """Return a job as the queue has it."""
        job = cls(stored.id, stored.collection, stored.replaces, [], kept)
        job.paused = stored.paused
        job.take(stored.entries)
        if not job.counts.waiting:
            job._finished.set()
        return job

    @property
    def refused(self) -> list[Entry]:
        """The files that were refused."""
        return [
            entry
            for entry in self._entries
            if (found := self._reports.get(entry.key)) and found.status == "refused"
        ]

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the files; a folder's own until it is opened."""
        with self._lock:
            return tuple(self._progress)

    @property
    def state(self) -> State:
        """What it does now."""
        if self._finished.is_set():
            return "finished"
        return "running" if self.running else "paused" if self.paused else "waiting"

    @property
    def finished(self) -> bool:
        """True once its reports are whole."""
        return self._finished.is_set()

    @property
    def progress(self) -> dict[str, Progress]:
        """How far each file is, by name."""
        with self._lock:
            return dict(self._progress)

    @property
    def reports(self) -> list[FileReport]:
        """What became of the files that are settled, in their order."""
        with self._lock:
            return [self._reports[key] for key in sorted(self._reports)]

    @property
    def counts(self) -> Counts:
        """How many files are where."""
        with self._lock:
            settled = [report.status for report in self._reports.values()]
            total = max(len(self._entries), len(self._progress), len(settled))
        refused = settled.count("refused")
        return Counts(total, len(settled) - refused, refused, total - len(settled))

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the last file is done, as fast as so far; None while that is unknown."""
        counts, (began, before) = self.counts, self._began
        settled = counts.total - counts.waiting - before
        if not self.running or settled < 1:
            return None
        return (time.monotonic() - began) / settled * counts.waiting

    def cancel(self) -> None:
        """End it soon; files that are stored stay."""
        self.cancelled.set()
        self._halt.set()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it is finished; False where the time was too short."""
        return self._finished.wait(seconds)

    def run(self, library: AnyLibrary) -> None:
        """Add the files that are not settled; the worker calls this."""
        self.running, self._began = True, (time.monotonic(), len(self._reports))
        halt = self._halt
        try:
            self._run(library, halt)
        except RagError as exc:
            self._fail(exc)
        except Exception:
            logger.exception("job %s failed", self.id)
            self._fail(RagError(UNEXPECTED))
        finally:
            self._save()
            self.running = False
            halted = halt.is_set() and not self.cancelled.is_set()
            if self.error or not (halted and self.counts.waiting):
                self._finished.set()

    def release(self) -> None:
        """Let nobody wait any longer: what is left goes on in another process."""
        self._finished.set()

    def halt(self) -> None:
        """Stop soon; what is not settled goes on when the job is run again."""
        self.paused = True
        self._halt.set()

    def go_on(self) -> None:
        """Let a halted job be run again."""
        self.paused = False
        self._halt = threading.Event()

    def _run(self, library: AnyLibrary, halt: threading.Event) -> None:
        opened = library.within(self.collection)
        if self._queue is None or isinstance(opened, RemoteLibrary):
            self._run_unkept(opened, halt)
            return
        self._open_folders(self._queue, library.home.root)
        waiting = [entry for entry in self._entries if entry.key not in self._reports]
        opened.add(
            [Upload(entry.name, Path(entry.path)) if entry.upload else entry.path for entry in waiting],
            on_progress=self._note,
            replace=self.replace,
            cancelled=halt,
            on_report=lambda place, report: self._settle(waiting[place], report),
        )

    def _run_unkept(self, library: AnyLibrary, halt: threading.Event) -> None:
        try:
            reports = library.add(self.sources, on_progress=self._note, replace=self.replace, cancelled=halt)
            self._reports = dict(enumerate(reports))
        finally:
            for source in self.sources:
                if isinstance(source, Upload):
                    source.discard()

    def _fail(self, error: RagError) -> None:
        """Refuse what is not settled: it would fail again after a restart."""
        self.error = error
        for entry in self._entries:
            if entry.key not in self._reports:
                self._settle(entry, FileReport(entry.name, "refused", None, 0, 0, str(error), 0.0))

    def _open_folders(self, kept: Queue, home: Path) -> None:
        """Put the files of folders in their place, so that each is kept by itself."""
        for entry in self._entries:
            if not entry.upload and entry.key not in self._reports and Path(entry.path).is_dir():
                files = [(name, path, False) for name, path in files_of(entry.path, home)]
                if files:
                    self.take(kept.swap(self.id, entry.key, files))

    def take(self, entries: tuple[Entry, ...]) -> None:
        with self._lock:
            self._entries = entries
            self._reports = {entry.key: entry.report for entry in entries if entry.report}
            self._progress = {
                entry.name: Progress(entry.name, _stage(entry.report) if entry.report else "waiting")
                for entry in entries
            }

    def _note(self, progress: Progress) -> None:
        with self._lock:
            self._progress[progress.file] = progress

    def _settle(self, entry: Entry, report: FileReport) -> None:
        if report.reason == CANCELLED and not self.cancelled.is_set() and not self.error:
            return  # halted: it goes on later
        with self._lock:
            self._reports[entry.key] = self._unsaved[entry.key] = report
        if entry.upload and report.status != "refused":  # a refused one may be tried again
            Path(entry.path).unlink(missing_ok=True)
        if len(self._unsaved) >= SAVED:
            self._save()

    def _save(self) -> None:
        with self._lock:
            unsaved, self._unsaved = self._unsaved, {}
        if self._queue is not None and unsaved:
            try:
                self._queue.settle(unsaved)
            except RagError:  # settled again after a restart, at no cost
                logger.warning("the queue could not be written", exc_info=True)


def _stage(report: FileReport) -> Literal["done", "refused"]:
    return "refused" if report.status == "refused" else "done"


def _name(source: Source) -> str:
    return Path(str(getattr(source, "name", source))).name
