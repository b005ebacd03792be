"""Markdown: the text stays as it is; markdown-it-py says where headings and tables stand in it."""

from __future__ import annotations

import re
from itertools import accumulate

from markdown_it import MarkdownIt
from markdown_it.token import Token

from rag.load.limits import Limits
from rag.load.plain import text_of
from rag.types import Document, Heading, Table

_MARKS = re.compile(r"^[\s>]*(?:#{1,6}[ \t]+)?|[ \t]+#+[ \t]*$|[ \t]+$")
_INLINE = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|[*`]+|<[^>]+>")


def read(data: bytes, limits: Limits) -> Document:
    """The text as it is, with ATX and setext headings and pipe tables marked."""
    text = text_of(data, "Markdown")
    lines = text.split("\n")  # splitlines would also split at characters that Markdown does not
    starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
    headings, tables = [], []
    for token in MarkdownIt("commonmark", {"maxNesting": 20}).enable("table").parse(text):
        if token.type == "heading_open" and token.map:
            headings.append(_heading(token, lines, starts))
        elif token.type == "table_open" and token.map:
            tables.append(_table(token, lines, starts))
    return Document(
        text=text, media_type="text/markdown", headings=tuple(filter(None, headings)), tables=tuple(tables)
    )


def _heading(token: Token, lines: list[str], starts: list[int]) -> Heading | None:
    """The heading with the span of its words alone, without marks; None where it has no words."""
    first = (token.map or [0, 0])[0]
    line = lines[first]
    front = _MARKS.match(line)
    start = front.end() if front else 0
    words = _MARKS.sub("", line[start:])
    title = " ".join(_INLINE.sub(r"\1", words).split())
    if not title:
        return None
    begin = starts[first] + start
    return Heading(int(token.tag[1:]), title, begin, begin + len(words))


def _table(token: Token, lines: list[str], starts: list[int]) -> Table:
    first, last = token.map or [0, 0]
    while last > first + 2 and not lines[last - 1].strip():
        last -= 1
    return Table(starts[first], starts[first + 1] + len(lines[first + 1]), starts[last] - 1)
