"""Reads files in a child process that can be killed, so that no file takes the program down with it.

Knows no format and no library of one: those live in the child.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Self

import rag
from rag.errors import UnreadableFile
from rag.load.limits import Limits, clean_name
from rag.load.parse import too_heavy
from rag.load.wire import unpack, unpack_sign
from rag.types import Document


class FileReader:
    """Reads one file at a time in a child process, kept for the next file unless it had to be killed.

    May be shared by threads: they take turns. `close()` may be called while another thread reads; that
    read then ends with UnreadableFile.
    """

    def __init__(self, limits: Limits, scratch: Path | None = None) -> None:
        """`scratch` is where the child may put files for a moment; by default the system's folder for it."""
        self._limits = limits
        self._scratch = scratch
        # Ours to delete: a child that is killed leaves behind what it was reading.
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._turn = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self.recognising = (0, 0)
        """Which page of how many is being recognised in the file that is being read; 0 of 0: none."""

    def read(self, path: Path, name: str) -> Document:
        """The document in the file at `path`, shown to people as `name`.

        Raises UnsupportedFile, UnreadableFile or EmptyDocument with one sentence for the person.
        """
        request = {"path": str(path.absolute()), "name": name, "limits": asdict(self._limits)}
        with self._turn:
            line, late = self._ask(json.dumps(request).encode() + b"\n")
        if not line.endswith(b"\n"):
            raise UnreadableFile(f"{clean_name(name)} {self._why(late)}")
        return unpack(line)

    def close(self) -> None:
        """End the child process; a later read starts another."""
        child = self._child
        if child is not None:
            _kill(child)  # first, so that a thread that waits for its answer gives up its turn
            with self._turn:
                self._forget(child)
            with self._turn:  # a read in another thread ends now that its child is dead
                self._forget(child)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, request: bytes) -> tuple[bytes, bool]:
        """The child's answer line, cut short or empty if it died; and whether it was killed for its time."""
        child = self._living()
        late = threading.Event()
        line = b""
        try:
            assert child.stdin is not None
            child.stdin.write(request)
            child.stdin.flush()
            line = self._line(child, late)
            while (sign := unpack_sign(line)) is not None:
                self.recognising = sign
                line = self._line(child, late)
        except (OSError, ValueError):  # the child is gone, or close() came between
            line = b""
        finally:
            self.recognising = (0, 0)
        if not line.endswith(b"\n"):
            self._forget(child)
        return line, late.is_set()

    def _line(self, child: subprocess.Popen[bytes], late: threading.Event) -> bytes:
        """The next line of the child, which is killed where none comes in time."""

        def give_up() -> None:
            late.set()
            _kill(child)

        timer = threading.Timer(self._limits.seconds, give_up)
        timer.daemon = True
        timer.start()
        try:
            assert child.stdout is not None
            return child.stdout.readline()
        finally:
            timer.cancel()
            timer.join()

    def _living(self) -> subprocess.Popen[bytes]:
        if self._child is not None and self._child.poll() is not None:
            self._forget(self._child)
        if self._child is None:
            self._folder = tempfile.TemporaryDirectory(
                prefix="docent-read-", dir=self._scratch, ignore_cleanup_errors=True
            )
            self._child = _start(self._folder.name)
        return self._child

    def _forget(self, child: subprocess.Popen[bytes]) -> None:
        _kill(child)
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with suppress(OSError):  # what was written to it and never read
                    pipe.close()
        if self._child is child:
            self._child = None
            if self._folder is not None:
                self._folder.cleanup()

    def _why(self, late: bool) -> str:
        if late:
            return (
                f"took longer than {self._limits.seconds:g} s to read; "
                "split it into smaller files or raise RAG_READ_SECONDS."
            )
        return f"made the reading process end, most likely because it is damaged or {too_heavy(self._limits)}"


def _kill(child: subprocess.Popen[bytes]) -> None:
    """Kill the process and what it started."""
    if os.name == "posix" and child.returncode is None:  # not polled: what it started outlives a dead one
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
    child.kill()


def _start(folder: str) -> subprocess.Popen[bytes]:
    """A reading process with this folder for temporary files.

    `-P` keeps modules in the current folder from shadowing those it imports.
    """
    package = str(Path(rag.__file__).parents[1])
    search = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH", "")]))
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "rag.load"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # so that what it started (LibreOffice) is killed with it
        env={**os.environ, "PYTHONPATH": search, "TMPDIR": folder, "TEMP": folder, "TMP": folder},
    )
