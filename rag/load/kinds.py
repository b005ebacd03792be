"""Which reader reads a file: by its first bytes, then by its extension.

This is the registry: a new format is one line in `KINDS` and one module with `read(data, limits)`.
Bytes win over the extension where they say what they are; text formats cannot be told apart by bytes,
so there the extension decides.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import PurePath

from rag.errors import UnreadableFile, UnsupportedFile
from rag.load import legacy
from rag.load.decode import decode
from rag.load.package import BROKEN


@dataclass(frozen=True, slots=True)
class Kind:
    """A format: what people call it, its media type, extensions, the module in `rag.load` that reads it."""

    title: str
    media_type: str
    suffixes: tuple[str, ...]
    module: str
    text: bool = False
    """True where any text could pass for it, so that only the extension tells."""
    mark: str = ""
    """The entry (or the content of `mimetype`) that tells this kind of ZIP from others."""


KINDS = (
    Kind("a PDF", "application/pdf", (".pdf",), "pdf"),
    Kind(
        "a Word document",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        (".docx", ".docm", ".dotx"),
        "docx",
        mark="word/",
    ),
    Kind(
        "a presentation",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        (".pptx", ".pptm", ".ppsx"),
        "pptx",
        mark="ppt/",
    ),
    Kind(
        "a workbook",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        (".xlsx", ".xlsm"),
        "xlsx",
        mark="xl/",
    ),
    Kind(
        "an OpenDocument text",
        "application/vnd.oasis.opendocument.text",
        (".odt",),
        "odt",
        mark="application/vnd.oasis.opendocument.text",
    ),
    Kind("an EPUB book", "application/epub+zip", (".epub",), "epub", mark="application/epub+zip"),
    Kind("a ZIP archive", "application/zip", (".zip",), "archive"),
    Kind("a rich text file", "application/rtf", (".rtf",), "rtf"),
    Kind("an Outlook message", "application/vnd.ms-outlook", (".msg",), "msg"),
    Kind(
        "a picture",
        "image/*",
        (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp"),
        "image",
    ),
    Kind("an old Office file", "application/x-ole-storage", (".doc", ".ppt", ".xls"), "legacy"),
    Kind("a web page", "text/html", (".html", ".htm", ".xhtml"), "html", text=True),
    Kind("Markdown", "text/markdown", (".md", ".markdown", ".mdown"), "markdown", text=True),
    Kind("a CSV table", "text/csv", (".csv",), "delimited", text=True),
    Kind("a TSV table", "text/tab-separated-values", (".tsv", ".tab"), "delimited", text=True),
    Kind("reStructuredText", "text/x-rst", (".rst",), "rst", text=True),
    Kind("JSON", "application/json", (".json", ".jsonl", ".ndjson"), "json", text=True),
    Kind("XML", "application/xml", (".xml",), "xml", text=True),
    Kind("a mail", "message/rfc822", (".eml",), "eml", text=True),
    Kind("plain text", "text/plain", (".txt", ".text", ".log"), "plain", text=True),
)
_PLAIN = KINDS[-1]
_BY_SUFFIX = {suffix: kind for kind in KINDS for suffix in kind.suffixes}

_REMEDY = "convert it to PDF, DOCX, HTML, Markdown or plain text."
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")
_OTHERS = {
    b"\x1f\x8b": "a gzip archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"\x7fELF": "a program",
    b"MZ": "a program",
    b"SQLite format 3": "a database",
    b"ID3": "a sound file",
    b"OggS": "a sound file",
}


def readable() -> tuple[str, ...]:
    """Every extension that has a reader, for the file picker."""
    return tuple(_BY_SUFFIX)


def kind_of(name: str, data: bytes) -> Kind:
    """The kind of these bytes; raises UnsupportedFile or UnreadableFile, worded to follow the file's name."""
    suffix = PurePath(name).suffix.lower()
    named = _BY_SUFFIX.get(suffix)
    known = _signed(data, suffix)
    if known:
        return known
    if named and named.text:
        return named
    text = decode(data)
    if text is None:
        raise _unknown(named, suffix)
    if "<html" in text[:2000].lower() or "<!doctype html" in text[:2000].lower():
        return _BY_SUFFIX[".html"]
    if named:
        raise UnreadableFile(
            f"is named {suffix} but holds plain text, not {named.title}; "
            "rename it to .txt, or add the original file."
        )
    return _PLAIN


def _signed(data: bytes, suffix: str) -> Kind | None:
    """The kind whose signature the bytes carry, if there is a reader; UnsupportedFile if there is none."""
    if data.startswith(_COMPOUND):
        return _compound(data, suffix)
    if data[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return _packed(data, suffix)
    if data[:5] == b"{\\rtf":
        return _BY_SUFFIX[".rtf"]
    if b"%PDF-" in data[:1024]:
        return _BY_SUFFIX[".pdf"]
    if _is_picture(data):
        return _BY_SUFFIX[".png"]
    for signature, title in _OTHERS.items():
        if data.startswith(signature) and (len(signature) > 2 or decode(data) is None):
            raise UnsupportedFile(_mismatch(suffix, title))
    return None


def _is_picture(data: bytes) -> bool:
    if data[:4] == b"RIFF":
        return data[8:12] == b"WEBP"
    return data.startswith(_PICTURES) and (data[:2] != b"BM" or decode(data) is None)


def _compound(data: bytes, suffix: str) -> Kind:
    """Microsoft's container of old: mail, encrypted packages, documents of before 2007."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise UnreadableFile("is encrypted with a password; save it without one and add it again.")
    if "__properties_version1.0".encode("utf-16-le") in data:
        return _BY_SUFFIX[".msg"]
    if legacy.known(data):
        return _BY_SUFFIX[".doc"]
    raise UnsupportedFile(_mismatch(suffix, "an old Office file of a kind without a reader"))


def _packed(data: bytes, suffix: str) -> Kind:
    """Which of the ZIP-based formats this is."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            stated = _stated(archive) if "mimetype" in names else ""
    except BROKEN as error:
        title = _BY_SUFFIX[suffix].title if suffix in _BY_SUFFIX else "a ZIP archive"
        raise UnreadableFile(
            f"is a damaged file and cannot be opened as {title}; save or download it again."
        ) from error
    for kind in KINDS:
        if kind.mark and (kind.mark in stated or any(entry.startswith(kind.mark) for entry in names)):
            return kind
    if stated or "[Content_Types].xml" in names:
        raise UnsupportedFile(_mismatch(suffix, "a packed document of a kind without a reader"))
    return _BY_SUFFIX[".zip"]


def _stated(archive: zipfile.ZipFile) -> str:
    """What the package says it is; no more of it is unpacked than a name is long."""
    with archive.open("mimetype") as entry:
        return entry.read(200).decode("ascii", "replace")


def _mismatch(suffix: str, title: str) -> str:
    if suffix in _BY_SUFFIX:
        return f"is named {suffix} but holds {title}; {_REMEDY}"
    return f"is {title}, which cannot be read; {_REMEDY}"


def _unknown(named: Kind | None, suffix: str) -> UnreadableFile | UnsupportedFile:
    if named:
        return UnreadableFile(
            f"is named {suffix} but holds binary data that is not {named.title}, "
            "or is damaged; save or download it again."
        )
    return UnsupportedFile(
        f"holds binary data of a kind without a reader; convert it to one of {', '.join(sorted(_BY_SUFFIX))}."
    )
