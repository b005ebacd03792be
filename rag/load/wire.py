"""What crosses between the reading process and its parent: one JSON object a line, never a pickle."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from rag import errors
from rag.types import Document, Heading, Page, Table

_ERRORS = {
    error.__name__: error
    for error in (errors.UnsupportedFile, errors.UnreadableFile, errors.LockedFile, errors.EmptyDocument)
}


def pack_sign(page: int = 0, pages: int = 0) -> bytes:
    """A line that is no answer: the file is still being read, and its seconds count anew.

    It says which page of how many is being recognised, 0 of 0 where none is.
    """
    return b"%d %d\n" % (page, pages)


def unpack_sign(line: bytes) -> tuple[int, int] | None:
    """What a sign of life says; None for an answer, which is a JSON object, and for what was cut short."""
    if line.startswith(b"{") or not line.endswith(b"\n"):
        return None
    page, pages = map(int, line.split())
    return page, pages


def pack(result: Document | errors.RagError) -> bytes:
    """A line of ASCII JSON, newline included; any text survives it."""
    if isinstance(result, Document):
        return json.dumps(asdict(result)).encode() + b"\n"
    return json.dumps({"error": type(result).__name__, "message": str(result)}).encode() + b"\n"


def unpack(line: bytes) -> Document:
    """The Document of a line; raises the error that the line carries."""
    fields: dict[str, Any] = json.loads(line)
    if "error" in fields:
        raise _ERRORS.get(fields["error"], errors.UnreadableFile)(fields["message"])
    return Document(
        text=fields["text"],
        media_type=fields["media_type"],
        pages=tuple(Page(**page) for page in fields["pages"]),
        headings=tuple(Heading(**heading) for heading in fields["headings"]),
        tables=tuple(Table(**table) for table in fields["tables"]),
        notes=tuple(fields["notes"]),
    )
