"""What was handed to `add`, as single files; their bytes into the home, hashed on the way.

Knows file systems and no format, no catalog and no model.
"""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from rag.errors import RagError, UnreadableFile
from rag.load import clean_name


class Upload:
    """A file without a path of its own: its bytes lie at `path`, put there by whoever kept them."""

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self.path = path
        self._file: BinaryIO | None = None

    def read(self, size: int = -1) -> bytes:
        """Read on, as from an open file."""
        if self._file is None:
            self._file = self.path.open("rb")
        return self._file.read(size)

    def discard(self) -> None:
        """Delete the bytes."""
        if self._file is not None:
            self._file.close()
        self.path.unlink(missing_ok=True)


Source = Path | str | BinaryIO | Upload
"""A file or folder by its path, or an upload: an open binary file with a `name`, or one that was kept."""

BLOCK = 1 << 20  # bytes read at once
_HIDDEN = (".", "~$")  # also the lock files that Office leaves beside an open document


@dataclass(frozen=True, slots=True)
class Staged:
    """A file whose bytes lie in the home's incoming folder."""

    path: Path
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """One file to be added. `path` is where it lies (None for an upload), `staged` its bytes in the home.

    `problem` says why it cannot be added, where that is known already; `uploaded`, that its path is where
    somebody kept it and not where it belongs.
    """

    name: str
    path: Path | None = None
    staged: Staged | None = None
    problem: str = ""
    uploaded: bool = False

    @property
    def source(self) -> str:
        """The absolute path that identifies the file, "" for an upload."""
        return str(self.path) if self.path and not self.uploaded else ""


def candidates(sources: Iterable[Source], incoming: Path, skip: Path) -> list[Candidate]:
    """Return the single files in their order; uploads are on disk when this returns.

    A folder is walked without hidden files and without `skip` (the home, which may lie inside it).
    """
    found: list[Candidate] = []
    for source in sources:
        if isinstance(source, Upload):
            found.append(Candidate(clean_name(source.name), source.path, uploaded=True))
        elif isinstance(source, Path | str):
            found += _at(Path(source).expanduser(), skip)
        else:
            found.append(_upload(source, incoming))
    return found


def files_of(folder: Path | str, skip: Path) -> list[tuple[str, str]]:
    """Return name and path of the files in a folder, as `candidates` finds them; none where it holds none."""
    found = _at(Path(folder), skip)
    return [(file.name, str(file.path)) for file in found if file.path is not None]


def hidden(path: Path, folder: Path, skip: Path) -> bool:
    """Tell whether a walk through `folder` leaves `path` out; `skip` is the home."""
    inside = path.relative_to(folder).parts if path.is_relative_to(folder) else path.parts
    return any(part.startswith(_HIDDEN) for part in inside) or path.is_relative_to(skip)


def stage(file: BinaryIO, name: str, incoming: Path) -> Staged:
    """Copy the rest of an open file into `incoming`; nothing stays there where that fails."""
    try:
        handle, path = tempfile.mkstemp(dir=incoming)
    except OSError as exc:
        raise RagError(unwritable(exc, name)) from exc
    try:
        with os.fdopen(handle, "wb") as copy:  # closing it writes too, and may fail
            digest, size = _copied(file, copy)
    except BaseException as exc:
        Path(path).unlink(missing_ok=True)
        if isinstance(exc, OSError):
            raise RagError(unwritable(exc, name)) from exc
        raise
    return Staged(Path(path), digest, size)


def stage_path(path: Path, name: str, incoming: Path) -> Staged:
    """Copy the file at `path` into `incoming`."""
    with _opened(path, name) as file:
        return stage(file, name, incoming)


def sha256_of(path: Path, name: str) -> str:
    """Return the hash of a file that may be known already, without copying it."""
    with _opened(path, name) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def settle(staged: Staged) -> None:
    """Wait until staged bytes are on the disk: what is reported as added survives a power cut.

    Of several one after another all but the first cost little: the file system writes its journal once.
    """
    handle = os.open(staged.path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def discard(staged: Staged | None) -> None:
    """Delete staged bytes that were not taken; nothing where they were."""
    if staged is not None:
        staged.path.unlink(missing_ok=True)


def unwritable(exc: OSError, name: str) -> str:
    """Return the sentence for a file that the home could not take."""
    if exc.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"There is no room left on the disk for {name}. Free some space and add it again."
    if exc.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return f"{name} cannot be stored: the library's folder cannot be written. Check its permissions."
    return f"{name} could not be stored ({exc.strerror or exc}). Check the disk and add it again."


def _at(path: Path, skip: Path) -> list[Candidate]:
    name = clean_name(path.name or str(path))
    if path.is_dir():
        files = [Candidate(clean_name(file.name), file) for file in _walk(path, skip)]
        return files or [Candidate(name, problem=f"The folder {name} holds no file that is not hidden.")]
    if path.is_file():
        return [Candidate(name, path.resolve())]
    if path.exists():
        return [Candidate(name, problem=f"{name} is neither a file nor a folder.")]
    return [Candidate(name, problem=f"There is no file {name} at {path.absolute().parent}. Check the path.")]


def _walk(folder: Path, skip: Path) -> Iterator[Path]:
    for at, folders, files in os.walk(folder.resolve()):
        folders[:] = sorted(
            name for name in folders if not name.startswith(_HIDDEN) and Path(at, name) != skip
        )
        for name in sorted(files):
            path = Path(at, name)
            # A pipe or device would never end.
            if not name.startswith(_HIDDEN) and path.is_file():
                yield path.resolve()


def _upload(file: BinaryIO, incoming: Path) -> Candidate:
    name = clean_name(str(getattr(file, "name", "") or "unnamed"))
    try:
        return Candidate(name, staged=stage(file, name, incoming))
    except RagError as exc:
        return Candidate(name, problem=str(exc))


def _opened(path: Path, name: str) -> BufferedReader:
    try:
        return path.open("rb")
    except OSError as exc:
        raise UnreadableFile(f"{name} cannot be opened ({exc.strerror}). Check its permissions.") from exc


def _copied(file: BinaryIO, copy: BinaryIO) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while block := file.read(BLOCK):
        digest.update(block)
        size += copy.write(block)
    return digest.hexdigest(), size
