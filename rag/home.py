"""A home: the folder that holds one library, and the lock by which one process owns it.

Knows file names and nothing of what is in the files. Chroma's embedded client serves one process, so
whoever opens a home holds its lock until it closes or dies; the kernel frees the lock of a dead one.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from filelock import FileLock, Timeout

from rag.errors import HomeInUse, RagError


class Home:
    """The folders and files of a home; creates what is missing."""

    def __init__(self, root: Path) -> None:
        self.root = root.expanduser().resolve()
        self.catalog = self.root / "catalog.sqlite"
        self.vectors = self.root / "vectors"
        self.files = self.root / "files"
        self.incoming = self.root / "incoming"
        self.queue = self.root / "queue"
        self.cache = self.root / "cache"
        self.owner = self.root / "owner.json"
        self.chosen = self.root / "settings.json"
        self.models = self.root / "models"
        self.log = self.root / "docent.log"
        self._lock = FileLock(self.root / "owner.lock", timeout=0)

    def acquire(self) -> None:
        """Own this home, or raise HomeInUse at once."""
        try:
            for folder in (self.root, self.files, self.incoming, self.queue, self.cache):
                folder.mkdir(parents=True, exist_ok=True)
            self._lock.acquire()
        except Timeout:
            raise HomeInUse(
                f"The library in {self.root} is open in another process. Close it, or use the "
                "command line, which hands its work to that process."
            ) from None
        except OSError as exc:
            raise RagError(
                f"The library folder {self.root} cannot be written ({exc.strerror}). Choose another "
                "with RAG_HOME or --home."
            ) from exc

    def release(self) -> None:
        """Give the home up; safe to call twice."""
        self._lock.release()

    def stored(self, sha256: str, name: str) -> Path:
        """Where the bytes of an added file are kept; the suffix lets readers and viewers know it."""
        return self.files / f"{sha256}{Path(name).suffix.lower()[:12]}"


def write_atomically(path: Path, data: bytes) -> None:
    """Write all of `data` or nothing: a crash leaves the old file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
