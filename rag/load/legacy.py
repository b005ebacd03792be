"""Word, PowerPoint and Excel files of before 2007: LibreOffice, where installed, makes them new ones."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rag.errors import UnreadableFile, UnsupportedFile
from rag.load.limits import Limits
from rag.types import Document

_PROGRAMS = ("soffice", "libreoffice", "/Applications/LibreOffice.app/Contents/MacOS/soffice")


@dataclass(frozen=True, slots=True)
class _Old:
    """The stream that marks a format, what people call it, its extension, and that of what it becomes."""

    stream: str
    title: str
    suffix: str
    becomes: str


_FORMATS = (
    _Old("WordDocument", "an old Word document (.doc)", ".doc", ".docx"),
    _Old("PowerPoint Document", "an old presentation (.ppt)", ".ppt", ".pptx"),
    _Old("Workbook", "an old workbook (.xls)", ".xls", ".xlsx"),
    _Old("Book", "an old workbook (.xls)", ".xls", ".xlsx"),
)


def known(data: bytes) -> bool:
    """Whether this is one of the formats that LibreOffice turns into what is read here."""
    return _format(data) is not None


def _format(data: bytes) -> _Old | None:
    """The format, by the name of its stream in the file's directory: UTF-16, ended by a zero."""
    return next((one for one in _FORMATS if f"{one.stream}\0".encode("utf-16-le") in data), None)


def read(data: bytes, limits: Limits) -> Document:
    """What LibreOffice makes of the file, read as that."""
    from rag.load.parse import parsed  # which knows this reader

    old = _format(data)
    if old is None:
        raise UnsupportedFile("is an old Office file of a kind without a reader; save it as DOCX or PDF.")
    program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if program is None:
        raise UnsupportedFile(
            f"is {old.title}, which only LibreOffice can read; install LibreOffice and add it again, "
            f"or save it as {old.becomes[1:].upper()}."
        )
    return parsed(_turned(program, data, old), f"turned{old.becomes}", limits)


def _turned(program: str, data: bytes, old: _Old) -> bytes:
    """The file in today's format. LibreOffice is killed with the process that waits here."""
    with tempfile.TemporaryDirectory(prefix="docent-office-") as folder:
        source = Path(folder) / f"turned{old.suffix}"
        source.write_bytes(data)
        profile = (Path(folder) / "profile").as_uri()  # its own: another LibreOffice may be open
        subprocess.run(
            [
                *(program, "--headless", "--norestore", f"-env:UserInstallation={profile}"),
                *("--convert-to", old.becomes[1:], "--outdir", folder, str(source)),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        result = source.with_suffix(old.becomes)
        if not result.is_file():
            raise UnreadableFile(
                f"is {old.title} that LibreOffice could not open, and is most likely damaged or locked; "
                f"save it as {old.becomes[1:].upper()}."
            )
        return result.read_bytes()
