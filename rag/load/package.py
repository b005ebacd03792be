"""ZIP packages (Office, OpenDocument, EPUB): how far they unfold, and Office's strict dialect made usual."""

from __future__ import annotations

import io
import re
import zipfile
import zlib

from rag.errors import UnreadableFile
from rag.load.limits import Limits

_STRICT = b"http://purl.oclc.org/ooxml/"
_URI = re.compile(_STRICT + rb"(\w+)/")
DAMAGE = (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError)
"""What Python's zipfile raises on damaged and truncated archives."""
BROKEN = (*DAMAGE, RuntimeError)
"""The same, and for encrypted ones; for zipfile alone, as nesting too deep is a RuntimeError as well."""


def checked(data: bytes, limits: Limits) -> bytes:
    """The package, refused where it is damaged or unfolds too far.

    Sizes are the archive's own word; Python's zipfile reads no more of an entry than that.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except BROKEN as error:
        raise UnreadableFile("is damaged and cannot be unpacked; save or download it again.") from error
    if size > limits.unpacked_bytes:
        raise UnreadableFile(
            f"unpacks to {size / 1_000_000:,.0f} MB and the limit is "
            f"{limits.unpacked_bytes / 1_000_000:,.0f} MB; "
            "split it, or raise RAG_MAX_FILE_MB and RAG_READ_MEMORY_MB."
        )
    return data


def entry(data: bytes, name: str) -> bytes:
    """One entry of a package that was checked; UnreadableFile where it is missing or damaged."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return archive.read(name)
    except (*BROKEN, KeyError) as error:
        raise UnreadableFile("is damaged: a part of it is missing; save or download it again.") from error


def usual(data: bytes) -> bytes:
    """An Office package in the dialect that libraries read; as it is unless written in the strict one."""
    if _STRICT not in entry(data, "_rels/.rels"):
        return data
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as strict, zipfile.ZipFile(out, "w") as plain:
        for name in strict.namelist():
            part = strict.read(name)
            if name.endswith((".xml", ".rels")):
                part = _URI.sub(rb"http://schemas.openxmlformats.org/\1/2006/", part)
            plain.writestr(name, part)
    return out.getvalue()
