"""Words to segments (stretches of a line without a gap) and lines (rows of segments)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import median

from rag.load.pdf.words import Word

_GAP = 0.75
"""A gap wider than this many letter heights parts two segments: a column's gutter or a table's cell."""
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
_LEADERS = re.compile(r"(?:\s*[.·…]){5,}\s*")  # dots that lead the eye to a page number
_BLANKS = re.compile(r"([_-])\1{4,}")
_CURRENCY = re.compile(r"^[$€£¥₹]$")
_FIGURE = re.compile(r"^[(\d—–-]")
_AFTER = re.compile(r"^[%)]+$")
_FORMS = re.compile("[\ufb00-\ufdff\ufe70-\ufefc]")  # ligatures, Arabic and Hebrew presentation forms


@dataclass(frozen=True, slots=True)
class Segment:
    """Words that stand together on a line; or, with `rows`, a whole table."""

    text: str
    x0: float
    top: float
    x1: float
    bottom: float
    size: float = 0.0
    bold: bool = False
    lead: float = 0.0
    """Width of the first word: would it have fitted on the line above?"""
    rows: Sequence[Sequence[str]] = ()
    repeats: bool = False
    """True for the first of a running head or foot: text to be kept, but no heading."""


@dataclass(frozen=True, slots=True)
class Line:
    """Segments side by side, in reading order."""

    parts: tuple[Segment, ...]

    @property
    def text(self) -> str:
        return " ".join(part.text for part in self.parts)

    @property
    def x0(self) -> float:
        return min(part.x0 for part in self.parts)

    @property
    def x1(self) -> float:
        return max(part.x1 for part in self.parts)

    @property
    def top(self) -> float:
        return min(part.top for part in self.parts)

    @property
    def bottom(self) -> float:
        return max(part.bottom for part in self.parts)

    @property
    def size(self) -> float:
        return max(self.parts, key=lambda part: len(part.text)).size

    @property
    def bold(self) -> bool:
        return all(part.bold for part in self.parts)


def segments(words: Sequence[Word]) -> list[Segment]:
    """The words of a page, in drawing order, as segments."""
    groups: list[list[Word]] = []
    for word in words:
        if groups and _continues(groups[-1][-1], word):
            groups[-1].append(word)
        else:
            groups.append([word])
    return [_segment(group) for group in groups]


def _continues(before: Word, word: Word) -> bool:
    if before.line != word.line:
        return False
    size = max(before.size, word.size, 1.0)
    gap = max(word.x0 - before.x1, before.x0 - word.x1)
    level = min(before.bottom, word.bottom) - max(before.top, word.top)
    return gap <= _GAP * size and level > 0


def _segment(words: Sequence[Word]) -> Segment:
    letters = sum(len(word.text) for word in words)
    bold = sum(len(word.text) for word in words if word.bold)
    return Segment(
        text=spelled(words),
        x0=min(word.x0 for word in words),
        top=min(word.top for word in words),
        x1=max(word.x1 for word in words),
        bottom=max(word.bottom for word in words),
        size=median(word.size for word in words),
        bold=bold > 0.8 * letters,
        lead=words[0].x1 - words[0].x0,
    )


def spelled(words: Iterable[Word]) -> str:
    """The words with the spaces that stood between them, ligatures taken apart, dot leaders short."""
    text = "".join((" " if word.spaced else "") + word.text for word in words).strip()
    text = _BLANKS.sub(lambda match: match.group()[0] * 4, _LEADERS.sub(" … ", text))
    return _FORMS.sub(lambda match: unicodedata.normalize("NFKC", match.group()), text)


def lines(parts: Iterable[Segment]) -> list[Line]:
    """Segments as lines from top to bottom, each in the reading direction of its letters."""
    rows: list[list[Segment]] = []
    for part in sorted(parts, key=lambda part: (part.top + part.bottom) / 2):
        if rows and _level(rows[-1][0], part):
            rows[-1].append(part)
        else:
            rows.append([part])
    return [Line(tuple(_with_signs(_in_order(row)))) for row in rows]


def _level(first: Segment, second: Segment) -> bool:
    """Whether two segments stand on one line: their middles are closer than half the smaller height."""
    if first.rows or second.rows:
        return False
    middles = abs(first.top + first.bottom - second.top - second.bottom) / 2
    return middles < 0.5 * min(first.bottom - first.top, second.bottom - second.top)


def _in_order(row: list[Segment]) -> list[Segment]:
    letters = "".join(part.text for part in row)
    backwards = len(_RIGHT_TO_LEFT.findall(letters)) * 2 > sum(letter.isalpha() for letter in letters) > 0
    return sorted(row, key=lambda part: part.x0, reverse=backwards)


def _with_signs(row: list[Segment]) -> list[Segment]:
    """The line with currency and percent signs that stand apart joined to their figures."""
    kept: list[Segment] = []
    for part in row:
        sign = kept and _CURRENCY.match(kept[-1].text) and _FIGURE.match(part.text)
        if sign or (kept and _AFTER.match(part.text) and kept[-1].text[-1].isdigit()):
            before = kept.pop()
            place = part if sign else before  # the figure's own, so that columns of figures stay in line
            part = replace(place, text=f"{before.text}{part.text}")
        kept.append(part)
    return kept


def joined(words: Sequence[Word]) -> str:
    """The words of a table's cell: its lines from top to bottom, on one line."""
    return " ".join(line.text for line in lines(segments(words)))
