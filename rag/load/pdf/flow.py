"""Lines to running text: wrapped lines joined, hyphens at line ends repaired, headings told."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from rag.load.pdf import aligned
from rag.load.pdf.lines import Line

_LIST = re.compile(r"^(?:[-*•·▪◦‣●○■–—]|\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,4})[.)])(?:\s+|$)")
_NUMBERED = re.compile(
    r"^(?:(?:section|article|chapter|part|appendix|annex)\s+)?((?:\d+\.)*\d+|[IVX]+)[.)]?\s+\S", re.I
)
_ENTRY = re.compile(r"… \S{1,6}$")  # of a table of contents
_CAPTION = re.compile(
    r"^(?:table|figure|fig|tabelle|abbildung|tableau|tabla|figura)\b\.?\s*[\dA-Z]", re.IGNORECASE
)
_STOP = re.compile(r"[.!?:;…。！？][\"'”’)\]]*$")
_LARGER = 1.15
"""Of the body's size, from where on a line is a heading."""
_LONGEST_HEADING = 150
_EARLY = 0.55
"""A line that ends before this share of the column's width was ended on purpose, as in a listing."""
_CJK = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff]")


Look = tuple[float, bool, bool, int]
"""How a heading looks: its size in body sizes, not capitals, not bold, depth of its number.

The size is negative, so that what sorts first ranks higher.
"""


@dataclass(frozen=True, slots=True)
class Style:
    """What holds for a whole document.

    The body's size, whether it is bold, outline levels by bare title, every word in lower case.
    """

    size: float
    bold: bool
    titles: Mapping[str, int]
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a heading (with a `look`, and a `level` where the outline gives it) or a table (`rows`).

    `gap` is what stands before it. `open` holds for a paragraph that ends within a sentence.
    """

    text: str
    gap: str = "\n\n"
    look: Look | None = None
    level: int = 0
    rows: Sequence[Sequence[str]] = ()
    open: bool = False
    first: bool = False
    """True at the head of a column, where a sentence of the column before may go on."""
    aside: bool = False
    """True for text that runs another way than the page's, such as a stamp in the margin."""


def bare(text: str) -> str:
    """Letters and figures alone, in lower case: what outline entries and lines are compared by."""
    return re.sub(r"[\W_]+", "", text.lower())


def glued(text: str, following: str, words: frozenset[str]) -> str:
    """Two lines as one text; a word that was parted by a hyphen is whole again.

    A hyphen stays where the document writes the word with one elsewhere (`words` holds both sorts).
    """
    head, tail = re.search(r"([^\W\d_]+)-$", text), re.match(r"[^\W\d_]+", following)
    if head and tail and tail.group()[0].islower():
        compound = f"{head.group(1)}-{tail.group()}".lower()
        return text + following if compound in words else text[:-1] + following
    if text.endswith("-") and not text.endswith(" -"):
        return text + following
    return text + ("" if _CJK.match(text[-1:]) and _CJK.match(following) else " ") + following


def blocks(lines: Sequence[Line], style: Style) -> list[Block]:
    """The blocks of one column, read from top to bottom."""
    found = _Column(lines, style).blocks()
    return [replace(block, first=number == 0) for number, block in enumerate(found)]


class _Column:
    def __init__(self, lines: Sequence[Line], style: Style) -> None:
        self._lines = lines
        self._style = style
        text = [line for line in lines if not line.parts[0].rows]
        widest = max((line.x1 - line.x0 for line in text), default=0.0)
        ends = sorted(line.x1 for line in text if line.x1 - line.x0 > 0.6 * widest)
        self._right = ends[len(ends) * 4 // 5] if ends else 0.0  # a few stick out
        pitches = [b.top - a.top for a, b in pairwise(text) if 0 < b.top - a.top < 3 * a.size]
        self._looks: dict[int, Look | None] = {}
        self._pitch = median(pitches) if pitches else 0.0

    def blocks(self) -> list[Block]:
        tables = aligned.find(self._lines)
        found: list[Block] = []
        gathered: list[Line] = []
        index = 0
        while index < len(self._lines):
            line = self._lines[index]
            end, edges = tables.get(index, (index + 1, []))
            rows = line.parts[0].rows or (aligned.rows(self._lines[index:end], edges) if edges else ())
            gap = self._gap(gathered, line) if gathered and not rows else "\n\n"
            if gap or rows:
                found += self._closed(gathered, found)
                gathered = []
            if rows:
                found.append(Block("", rows=rows))
            else:
                gathered.append(line)
            index = end
        return found + self._closed(gathered, found)

    def _gap(self, before: Sequence[Line], line: Line) -> str:
        """What parts the line from the paragraph so far: nothing, a line end, or a blank line."""
        last, first = before[-1], before[0]
        size = max(last.size, 1.0)
        if self._look(last) != self._look(line) or abs(line.size - last.size) > 0.15 * size:
            return "\n\n"
        if line.top - last.top > max(1.3 * self._pitch, 1.2 * size) or line.top < last.top:
            return "\n\n"
        fits = last.x1 + line.parts[0].lead + 0.4 * size < self._right
        if self._look(line):
            return "\n\n" if fits and line.size <= _LARGER * self._style.size else ""
        if _LIST.match(line.text) or _ENTRY.search(last.text):
            return "\n"
        indented = line.x0 - last.x0 > 0.8 * size and not _LIST.match(first.text)
        if indented and _STOP.search(last.text):
            return "\n\n"
        early = last.x1 - first.x0 < _EARLY * (self._right - first.x0)
        meant = fits and (early or not line.text[:1].islower()) and not _RIGHT_TO_LEFT.search(line.text)
        return "\n" if meant else ""

    def _closed(self, lines: Sequence[Line], found: Sequence[Block]) -> list[Block]:
        """The gathered lines as a block, or none."""
        if not lines:
            return []
        text = lines[0].text
        for line in lines[1:]:
            text = glued(text, line.text, self._style.words)
        look = self._look(lines[0])
        if look and len(text) <= _LONGEST_HEADING:
            return [Block(text, look=look, level=self._style.titles.get(bare(text), 0))]
        before = self._lines[self._lines.index(lines[0]) - 1] if lines[0] is not self._lines[0] else None
        gap = self._gap([before], lines[0]) if before and not before.parts[0].rows and found else ""
        return [Block(text, gap=gap or "\n\n", open=not _STOP.search(text))]

    def _look(self, line: Line) -> Look | None:
        """How the line looks as a heading, None where it looks like body text."""
        if id(line) not in self._looks:
            self._looks[id(line)] = self._seen(line)
        return self._looks[id(line)]

    def _seen(self, line: Line) -> Look | None:
        text, style = line.text, self._style
        larger = line.size > _LARGER * style.size
        bold = line.bold and not style.bold
        known = bare(text) in style.titles if style.titles else False
        if not (larger or bold or known or text.isupper()):
            return None
        letters = sum(map(str.isalpha, text))
        if (
            line.parts[0].repeats
            or _CAPTION.match(text)
            or letters < 3
            or letters < 0.4 * len(text)
            or len(text) > _LONGEST_HEADING
        ):
            return None
        number = _NUMBERED.match(text)
        depth = number.group(1).count(".") + 1 if number else 0
        ratio = round(line.size / style.size * 8) / 8 if style.size else 1.0
        if known or (larger and not _LIST.match(text[:2])):
            return (-ratio, not text.isupper(), not bold, depth)
        ended = text.endswith((".", ",", ";", ":")) or len(text.split()) > 14
        capitals = text.isupper() and letters > 3 and len(line.parts) == 1
        if ended or not (bold or (capitals and number)):
            return None
        return (-ratio, not capitals, not bold, depth)
