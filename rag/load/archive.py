"""ZIP archives of files: each that has a reader is read, the others are told of."""

from __future__ import annotations

import io
import zipfile
from pathlib import PurePosixPath

from rag.errors import UnreadableFile
from rag.load.draft import Draft
from rag.load.limits import Limits
from rag.load.package import BROKEN, checked
from rag.load.parts import add, holding, shown_path, spend
from rag.types import Document

_LITTER = {"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini"}
_ENCRYPTED = 1
"""Bit of an entry's flags."""


def read(data: bytes, limits: Limits) -> Document:
    """The files of the archive in its order, each below its name."""
    if limits.nesting < 1:
        raise UnreadableFile(
            "is an archive too deep in others; take it out of them, or raise RAG_MAX_NESTING."
        )
    checked(data, limits)
    draft = Draft()
    with holding(limits), zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = [entry for entry in archive.infolist() if _wanted(entry)]
        spend(len(entries), sum(entry.file_size for entry in entries), limits)
        for entry in entries:
            _entry(draft, archive, entry, limits)
    document = draft.document("application/zip")
    if not document.text:
        why = f": {document.notes[0].rstrip('.')}" if document.notes else ""
        raise UnreadableFile(
            f"is an archive in which no file could be read{why}; unpack it and add its files."
        )
    return document


def _wanted(entry: zipfile.ZipInfo) -> bool:
    return not entry.is_dir() and not _LITTER & set(PurePosixPath(entry.filename).parts)


def _entry(draft: Draft, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limits: Limits) -> None:
    shown = shown_path(entry.filename)
    if entry.flag_bits & _ENCRYPTED:
        draft.note(f"{shown} is encrypted; unpack the archive and add the file itself.")
        return
    try:
        data = archive.read(entry)
    except BROKEN:
        draft.note(f"{shown} is damaged and cannot be unpacked; save or download the archive again.")
        return
    add(draft, entry.filename, data, 1, limits)
