"""One page of a PDF as it is read: its words, tables and rules, or what was recognised in its picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import pypdfium2  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]
from PIL.Image import Image

from rag.load.ocr import Sheet
from rag.load.pdf.grids import Grid, grids
from rag.load.pdf.lines import Segment, segments
from rag.load.pdf.rules import rules
from rag.load.pdf.words import Word, words

_FEW = 30
"""Letters of a page that may be a stamp or a page number on a scan."""
_MOST = 0.5
"""Share of the page that a picture covers on a scan."""
_SCALE = 200 / 72
"""Pixels a point at which a page is recognised: 200 dots an inch."""
_LARGEST = 2600
"""Pixels of the longer side of a page that is recognised."""
_HEIGHT = 842.0
"""Points that a recognised page counts as high: A4."""
_ALIKE = 1.35
"""Lines up to this much higher or lower than the usual are taken for as high: boxes are not that exact."""


@dataclass(frozen=True, slots=True)
class PageText:
    """Upright segments of a page, tables among them; segments of text that runs otherwise; the words.

    `confidence` is None but for recognised pages; `blind` holds for pages with a picture and no text.
    """

    segments: list[Segment]
    turned: list[list[Segment]]
    words: list[Word]
    height: float
    confidence: float | None = None
    blind: bool = False


def typed(page: pypdfium2.PdfPage) -> PageText:
    """The page's text as the file has it."""
    textpage = page.get_textpage()
    try:
        by_turn = words(textpage)
        first = next(iter(by_turn), 0)
        upright = by_turn.pop(first, [])
        tables = grids(rules(page, first), upright) if upright else []
        return PageText(
            segments=[*segments(_outside(upright, tables)), *map(_as_segment, tables)],
            turned=[segments(others) for others in by_turn.values()],
            words=upright,
            height=page.get_width() if first % 2 else page.get_height(),
            blind=_blind(page, [*upright, *(word for others in by_turn.values() for word in others)]),
        )
    finally:
        textpage.close()


def _outside(upright: Sequence[Word], tables: Sequence[Grid]) -> list[Word]:
    """The words that stand in no table: those in one are told by its rows."""
    return [word for word in upright if not any(table.holds(word) for table in tables)]


def _as_segment(table: Grid) -> Segment:
    return Segment("", table.x0, table.top, table.x1, table.bottom, rows=table.rows)


def _blind(page: pypdfium2.PdfPage, found: Sequence[Word]) -> bool:
    """Whether the page says something that is no text: letters drawn, or a picture of the page."""
    letters = sum(character.isalnum() for word in found for character in word.text)
    if letters >= _FEW:
        return False
    if not letters:
        return bool(pdfium.FPDFPage_CountObjects(page.raw))
    area = page.get_width() * page.get_height()
    pictures = page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=4)
    bounds = [picture.get_bounds() for picture in pictures]
    return any((right - left) * (top - bottom) > _MOST * area for left, bottom, right, top in bounds)


def picture(page: pypdfium2.PdfPage) -> Image:
    """The page as it is recognised."""
    longest = max(page.get_width(), page.get_height(), 1.0)
    drawn: Image = page.render(scale=min(_SCALE, _LARGEST / longest)).to_pil()
    return drawn


def recognised(sheet: Sheet) -> PageText | None:
    """What was recognised as a page, in points; None where that is nothing."""
    if not sheet.lines:
        return None
    width = _HEIGHT * sheet.ratio
    usual = median(line.bottom - line.top for line in sheet.lines) * _HEIGHT
    found: list[Segment] = []
    for line in sorted(sheet.lines, key=lambda line: (line.top, line.x0)):
        x0, x1, high = line.x0 * width, line.x1 * width, (line.bottom - line.top) * _HEIGHT
        size = usual if usual / _ALIKE < high < usual * _ALIKE else high
        first = len(line.text.split()[0]) / len(line.text) * (x1 - x0)
        top, bottom = line.top * _HEIGHT, line.bottom * _HEIGHT
        found.append(Segment(line.text, x0, top, x1, bottom, size=size, lead=first))
    read = [
        Word(part.text, part.x0, part.top, part.x1, part.top + part.size, False, number, False)
        for number, part in enumerate(found)
    ]
    return PageText(found, [], read, _HEIGHT, confidence=sheet.sure)
