"""Text of documents and models as blocks of runs, which the page draws letter by letter.

Nothing in the text is ever markup for a browser: a run is shown as the characters it holds, so a script,
an image or a link in a document is read, not run. Knows strings and spans; no screen, no library.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from itertools import pairwise
from typing import Literal, TypedDict

from rag.types import Span

ROW = re.compile(r"^[ \t]*\|.*\|[ \t]*$")
RULE = re.compile(r"^[ \t]*\|[\s:|-]+\|[ \t]*$")
TITLE = re.compile(r"^#{1,6}[ \t]+(?=\S)")
ITEM = re.compile(r"^[ \t]*(?:[-*•]|\d{1,2}[.)])[ \t]+")
INLINE = re.compile(r"\[(?P<cite>\d{1,3})\]|\*\*(?P<strong>[^*\n]+)\*\*|`(?P<code>[^`\n]+)`")


class Run(TypedDict):
    """Characters drawn alike; `cite` names the source that a click opens."""

    text: str
    kind: Literal["plain", "mark", "strong", "code", "cite"]


class Block(TypedDict):
    """A paragraph, title or list item (one cell in one row), or a table (rows of cells of runs)."""

    kind: Literal["text", "title", "item", "table"]
    rows: list[list[list[Run]]]


def passage(text: str, marks: Sequence[Span] = ()) -> list[Block]:
    """Set a passage as it stands, line breaks kept; `marks` are offsets in `text`.

    Tables become tables, and Markdown titles lose their signs.
    """
    blocks: list[Block] = []
    goes_on = False  # an empty line ends a paragraph
    for start, end in _lines(text):
        line = text[start:end]
        if RULE.match(line):
            continue
        if ROW.match(line):
            _add_row(blocks, [_marked(text, cell, marks) for cell in _cells(text, start, end)])
        elif title := TITLE.match(line):
            runs = _marked(text, (start + title.end(), end), marks)
            blocks.append({"kind": "title", "rows": [[runs]]})
        elif line.strip():
            runs = _marked(text, (start, end), marks)
            if goes_on and blocks[-1]["kind"] == "text":
                blocks[-1]["rows"][0][0].extend([{"text": "\n", "kind": "plain"}, *runs])
            else:
                blocks.append({"kind": "text", "rows": [[runs]]})
        goes_on = bool(line.strip())
    return blocks


def flat(text: str) -> str:
    """Return a passage as one run of words: cells without their bars, titles without their signs."""
    rows = [row for block in passage(text) for row in block["rows"]]
    return " ".join(" ".join(run["text"] for cell in row for run in cell).strip() for row in rows)


def answer(text: str, numbers: Collection[int] = ()) -> list[Block]:
    """Set an answer: paragraphs, lists, bold, code and tables; only `numbers` become citations."""
    blocks: list[Block] = []
    for start, end in _lines(text):
        line = text[start:end]
        if RULE.match(line) or not line.strip():
            continue
        if ROW.match(line):
            _add_row(blocks, [_inline(text[slice(*cell)], numbers) for cell in _cells(text, start, end)])
        elif item := ITEM.match(line):
            blocks.append({"kind": "item", "rows": [[_inline(line[item.end() :], numbers)]]})
        else:
            blocks.append({"kind": "text", "rows": [[_inline(line.strip(), numbers)]]})
    return blocks


def spots(text: str, wanted: Collection[str], stems: Callable[[str], list[str]]) -> list[Span]:
    """Return where `text` has words of which `stems` says that they are among `wanted`."""
    known = set(wanted)
    return [match.span() for match in re.finditer(r"\w+", text) if known & set(stems(match.group()))]


def stretches(text: str, length: int = 6000) -> list[Span]:
    """Cut a text into stretches of about `length` letters, at line breaks where there are any near."""
    cuts = [0]
    while len(text) - cuts[-1] > 1.3 * length:
        start = cuts[-1]
        cut = text.rfind("\n", start + length // 2, start + length)
        cuts.append(cut + 1 if cut > 0 else start + length)
    return list(pairwise([*cuts, max(len(text), 1)]))


def plain(text: str) -> str:
    """Escape a short text (a file name, a title) for the places where Streamlit reads Markdown."""
    words = " ".join(text.split())
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", words)


def _lines(text: str) -> list[Span]:
    spans, start = [], 0
    for line in text.split("\n"):
        spans.append((start, start + len(line)))
        start += len(line) + 1
    return spans


def _cells(text: str, start: int, end: int) -> list[Span]:
    bars = [start + match.start() for match in re.finditer(r"(?<!\\)\|", text[start:end])]
    return [_trimmed(text, left + 1, right) for left, right in pairwise(bars)]


def _trimmed(text: str, start: int, end: int) -> Span:
    piece = text[start:end]
    left = start + len(piece) - len(piece.lstrip())
    return left, max(left, start + len(piece.rstrip()))


def _marked(text: str, span: Span, marks: Sequence[Span]) -> list[Run]:
    """Cut the span at the edges of the marks."""
    start, end = span
    inside = [(max(a, start), min(b, end)) for a, b in marks if a < end and b > start]
    edges = sorted({start, end, *(edge for mark in inside for edge in mark)})
    runs: list[Run] = []
    for a, b in pairwise(edges):
        marked = any(left <= a and b <= right for left, right in inside)
        runs.append({"text": text[a:b], "kind": "mark" if marked else "plain"})
    return runs


def _inline(text: str, numbers: Collection[int]) -> list[Run]:
    runs: list[Run] = []
    last = 0
    for match in INLINE.finditer(text):
        if match["cite"] and int(match["cite"]) not in numbers:
            continue
        runs.append({"text": text[last : match.start()], "kind": "plain"})
        for kind in ("cite", "strong", "code"):
            if match[kind]:
                runs.append({"text": match[kind], "kind": kind})
        last = match.end()
    runs.append({"text": text[last:], "kind": "plain"})
    return [run for run in runs if run["text"]]


def _add_row(blocks: list[Block], row: list[list[Run]]) -> None:
    if not blocks or blocks[-1]["kind"] != "table":
        blocks.append({"kind": "table", "rows": []})
    blocks[-1]["rows"].append(row)
