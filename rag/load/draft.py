"""A document in the making: text grows block by block, and spans are taken down as it grows.

Every reader that composes text (all but plain text and Markdown, whose text is the file's own) writes
into a Draft. It knows no file format.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from rag.errors import UnreadableFile
from rag.types import Document, Heading, Page, Table

# C0 and C1 controls but tab and newline, soft hyphen, BOM, noncharacters, lone surrogates: NUL ends text
# in SQLite, surrogates cannot be written as UTF-8, and none of them is anything to read.
_UNWANTED = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\ufeff\ufffe\uffff\ud800-\udfff]")
_NEWLINE = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_MOST_CELLS = 5_000_000
_SPACES = re.compile(r"\s+")


def clean(text: str) -> str:
    """The text with every line end as a newline and without characters that cannot be kept or read."""
    return _UNWANTED.sub("", _NEWLINE.sub("\n", text))


def one_line(text: str) -> str:
    """The cleaned text on one line, with single spaces."""
    return _SPACES.sub(" ", clean(text)).strip()


def markdown_row(cells: Iterable[str]) -> str:
    """The cells as a row of a Markdown pipe table."""
    return "| " + " | ".join(one_line(cell).replace("|", "\\|") for cell in cells) + " |"


class Draft:
    """Collects blocks of text with their headings, tables and pages; `document()` closes it."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._headings: list[Heading] = []
        self._tables: list[Table] = []
        self._pages: list[Page] = []
        self._notes: list[str] = []
        self._open = False  # whether what is added stands on the last page

    def block(self, text: str, gap: str = "\n\n") -> None:
        """Add a paragraph; `gap` stands between it and what came before. Blank text adds nothing."""
        self._append(clean(text).strip("\n").rstrip(), gap)

    def heading(self, level: int, title: str) -> None:
        """Add a heading line; `level` counts from 1."""
        title = one_line(title)
        if title:
            start = self._append(title, "\n\n")
            self._headings.append(Heading(max(level, 1), title, start, self._length))

    def include(self, name: str, level: int, document: Document) -> None:
        """Add a file that lies within this one: its name as a heading of this level, then all that it is."""
        title = one_line(name)
        self._open = False
        start = self._append(title, "\n\n")
        self._headings.append(Heading(level, title, start, self._length, file=True))
        by = self._append(document.text, "\n\n")
        self._headings += [
            replace(one, level=one.level + level, start=one.start + by, end=one.end + by)
            for one in document.headings
        ]
        self._tables += [Table(one.start + by, one.header_end + by, one.end + by) for one in document.tables]
        pages = [replace(one, start=one.start + by, end=one.end + by) for one in document.pages]
        self._pages += [replace(one, start=start) for one in pages[:1]] + pages[
            1:
        ]  # the name is on the first
        self._notes += [f"{title}: {note}" for note in document.notes]

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """Add a table as Markdown rows, the first its header; blank rows and columns go."""
        rows = [row for row in rows if any(cell.strip() for cell in row)]
        if not rows:
            return
        width = max(len(row) for row in rows)
        if width * len(rows) > _MOST_CELLS:
            raise UnreadableFile(
                f"has a table of {len(rows):,} rows and {width:,} columns, more than {_MOST_CELLS:,} cells; "
                "split it into smaller files."
            )
        full = [[*row, *[""] * (width - len(row))] for row in rows]
        used = [column for column in range(width) if any(row[column].strip() for row in full)]
        lines = [markdown_row(row[column] for column in used) for row in full]
        header = lines[0] + "\n|" + " --- |" * len(used)
        start = self._append("\n".join([header, *lines[1:]]), "\n\n")
        self._tables.append(Table(start, start + len(header), self._length))

    def page(self, number: int, confidence: float | None = None) -> None:
        """What follows stands on this page (slide, sheet), counted from 1; `confidence` as `Page` has it."""
        self._pages.append(Page(number, self._length, self._length, confidence))
        self._open = True

    def note(self, *sentences: str) -> None:
        """Add sentences for the person who added the file."""
        self._notes += sentences

    def document(self, media_type: str) -> Document:
        """All that was added."""
        return Document(
            text="".join(self._parts),
            media_type=media_type,
            pages=tuple(self._pages),
            headings=tuple(self._headings),
            tables=tuple(self._tables),
            notes=tuple(self._notes),
        )

    def _append(self, text: str, gap: str) -> int:
        """Add text after the gap (none at the very start); returns where the text starts."""
        if not text.strip():
            return self._length
        if self._length:
            self._parts.append(gap)
            self._length += len(gap)
        start = self._length
        self._parts.append(text)
        self._length += len(text)
        if self._open:
            page = self._pages[-1]  # starts with its first text, not with the gap before it
            first = start if page.start == page.end else page.start
            self._pages[-1] = replace(page, start=first, end=self._length)
        return start
