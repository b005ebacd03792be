"""One call of `add`: its files read ahead in one thread, whom to tell how far it is, and when to stop.

Knows no store and no model.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rag.errors import RagError
from rag.ingest.sources import Candidate, Staged, discard, sha256_of, stage_path
from rag.types import Document, Progress, Stage

AHEAD = 64  # files in hand at once: some being embedded together, the others read ahead
LETTERS = 2_000_000  # of text in hand, from which no other file is read ahead
TOGETHER = 64_000  # letters of text that are embedded together: some 64 passages
LOOK = 0.2  # seconds between two looks at cancel while a file is read
CANCELLED = "Cancelled before it was added."

OnProgress = Callable[[Progress], None]


class Reads(Protocol):
    """Reads files in a process that can be killed; `FileReader` is one."""

    @property
    def recognising(self) -> tuple[int, int]: ...
    def read(self, path: Path, name: str, /) -> Document: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file that was hashed, and read unless its bytes were known (then `document` is None), or why not."""

    seconds: float
    sha256: str = ""
    staged: Staged | None = None
    document: Document | None = None
    problem: Exception | None = None

    @property
    def letters(self) -> int:
        """How much text it has."""
        return 0 if self.document is None else len(self.document.text)


class Batch:
    """The files of one `add` and the person who waits for them."""

    def __init__(
        self,
        collection: str,
        tell: OnProgress | None,
        cancelled: threading.Event | None,
        replace: str | None = None,
    ) -> None:
        self.collection = collection
        self.replace = replace
        self._tell = tell
        self._cancelled = cancelled

    def tick(self, file: str, stage: Stage, done: int = 0, total: int = 0, left: float | None = None) -> None:
        """Report progress; `left` in seconds."""
        if self._tell is not None:
            self._tell(Progress(file, stage, done, total, left))

    @property
    def stopped(self) -> bool:
        """True once nothing more shall be added."""
        return self._cancelled is not None and self._cancelled.is_set()

    def go_on(self) -> None:
        """Raise RagError once nothing more shall be added."""
        if self.stopped:
            raise RagError(CANCELLED)

    def read(
        self, files: Sequence[Candidate], reader: Reads, incoming: Path, known: Callable[[str], bool]
    ) -> Iterator[list[Prepared]]:
        """Yield the files in their order, in handfuls, each read while the one before it is used.

        A handful is what has been read already, as far as it is small. `known` tells by its hash whether a
        file's bytes are in the library: it is not read then.
        """
        room = _Room()

        def prepare(file: Candidate) -> Prepared:
            room.enter()
            prepared = self._prepare(file, reader, incoming, known)
            room.hold(prepared.letters)
            return prepared

        pool = ThreadPoolExecutor(1, "docent-reader")
        futures: list[Future[Prepared]] = []
        try:
            futures += [pool.submit(prepare, file) for file in files]
            for handful in self._handfuls(files, futures, reader):
                yield handful
                room.leave(handful)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            room.open()
            reader.close()  # ends a read that nobody waits for any more
            pool.shutdown()
            reader.close()
            _discard_unused(futures)

    def _handfuls(
        self, files: Sequence[Candidate], futures: Sequence[Future[Prepared]], reader: Reads
    ) -> Iterator[list[Prepared]]:
        handful: list[Prepared] = []
        for number, (file, future) in enumerate(zip(files, futures, strict=True), 1):
            self.tick(file.name, "reading")
            handful.append(self._wait(file, future, reader))
            following = futures[number] if number < len(futures) else None
            large = sum(prepared.letters for prepared in handful) >= TOGETHER
            if large or following is None or not following.done():
                yield handful
                handful = []

    def _prepare(
        self, file: Candidate, reader: Reads, incoming: Path, known: Callable[[str], bool]
    ) -> Prepared:
        began, staged = time.perf_counter(), file.staged
        try:
            self.go_on()
            if file.problem:
                raise RagError(file.problem)
            sha256 = staged.sha256 if staged else sha256_of(_path(file), file.name)
            if known(sha256):
                return Prepared(time.perf_counter() - began, sha256, staged)
            document = reader.read(staged.path if staged else _path(file), file.name)
            # Copied only now: what is refused is not, however large it is.
            staged = staged or stage_path(_path(file), file.name, incoming)
            if staged.sha256 != sha256:
                raise RagError(f"{file.name} changed while it was read. Add it again.")
            return Prepared(time.perf_counter() - began, sha256, staged, document)
        except Exception as exc:  # told with the other reports; one bad file never stops the others
            discard(staged)
            return Prepared(time.perf_counter() - began, problem=exc)

    def _wait(self, file: Candidate, future: Future[Prepared], reader: Reads) -> Prepared:
        told = (0, 0)
        while True:
            try:
                return future.result(timeout=LOOK)
            except NotYet:
                if self.stopped:
                    reader.close()
                if (page := reader.recognising) not in (told, (0, 0)):
                    self.tick(file.name, "recognising page", *page)
                    told = page


class _Room:
    """How much may be in hand: so many files, so much text, whichever is less."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._files = 0
        self._letters = 0
        self._open = False

    def enter(self) -> None:
        """Wait until another file may be read."""
        with self._changed:
            self._changed.wait_for(lambda: self._open or (self._files < AHEAD and self._letters < LETTERS))
            self._files += 1

    def hold(self, letters: int) -> None:
        """Note what was read."""
        with self._changed:
            self._letters += letters

    def leave(self, handful: Sequence[Prepared]) -> None:
        """Let go of files that were used."""
        with self._changed:
            self._files -= len(handful)
            self._letters -= sum(prepared.letters for prepared in handful)
            self._changed.notify_all()

    def open(self) -> None:
        """Let everybody in: what they do is thrown away."""
        with self._changed:
            self._open = True
            self._changed.notify_all()


def _path(file: Candidate) -> Path:
    assert file.path is not None, "a file without a path is an upload, and those are staged"
    return file.path


def _discard_unused(futures: Sequence[Future[Prepared]]) -> None:
    for future in futures:
        if future.done() and not future.cancelled():
            discard(future.result().staged)
