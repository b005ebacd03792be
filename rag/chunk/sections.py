"""A document cut at its headings. Knows no tokens: what is too small or too large is for `rag.chunk`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.types import Document, Heading


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with the text up to the next one; `path` holds the titles from the top down.

    `file` is where the file begins that the text lies in, -1 for the document itself.
    """

    start: int
    end: int
    path: tuple[str, ...] = ()
    file: int = -1


def sections(document: Document) -> list[Section]:
    """The document cut at its headings; a heading without text of its own goes with the next section."""
    text = document.text
    starts = [_line_start(text, heading.start) for heading in document.headings]
    ends = [*starts, len(text)][1:]
    start = starts[0] if starts else len(text)
    found = [Section(0, start)] if text[:start].strip() else []
    above: list[Heading] = []
    for heading, end in zip(document.headings, ends, strict=True):
        above = [*(one for one in above if one.level < heading.level), heading]
        if re.search(r"\w", text[heading.end : end]) or end == len(text):
            file = max((one.start for one in above if one.file), default=-1)
            found.append(Section(start, end, tuple(one.title for one in above), file))
            start = end
    return found


def _line_start(text: str, position: int) -> int:
    """Where the heading's line starts, with its marks; the heading itself where other words precede it."""
    start = text.rfind("\n", 0, position) + 1
    return position if re.search(r"\w", text[start:position]) else start
