"""Pages to one running text: segments in reading order become paragraphs, headings and tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from rag.load.draft import Draft
from rag.load.pdf.columns import regions
from rag.load.pdf.flow import Block, Style, blocks
from rag.load.pdf.headings import levels, with_numbered
from rag.load.pdf.lines import Segment, lines
from rag.load.pdf.margins import without_repeats
from rag.load.pdf.page import PageText
from rag.load.pdf.words import body_size

_MUCH = 600
"""Letters of a page that make its own body size plain."""
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


def _nothing(number: int) -> str:
    return ""


def compose(
    draft: Draft,
    pages: Sequence[PageText],
    titles: Mapping[str, int],
    otherwise: Callable[[int], str] = _nothing,
) -> None:
    """Write the pages; `titles` are the outline's with their level, `otherwise` reads pages without text."""
    style = _style(pages, titles)
    upright = without_repeats([page.segments for page in pages], [page.height for page in pages])
    composed: list[list[Block]] = []
    for number, (page, kept) in enumerate(zip(pages, upright, strict=True), start=1):
        if sum(len(word.text) for word in page.words) > _MUCH:  # an annex may be set larger than the rest
            style = replace(style, size=body_size(page.words))
        found = list(_composed(kept, style))
        aside = [replace(block, aside=True) for group in page.turned for block in _composed(group, style)]
        found[1:1] = aside  # not at the page's end, where a sentence may go on over it
        composed.append(found or [Block(otherwise(number))])
    _write(draft, with_numbered(composed), pages)


def _style(pages: Sequence[PageText], outline: Mapping[str, int]) -> Style:
    everything = [word for page in pages for word in page.words]
    letters = sum(len(word.text) for word in everything)
    bold = sum(len(word.text) for word in everything if word.bold)
    seen = {match.group().lower() for word in everything for match in _WORD.finditer(word.text)}
    return Style(body_size(everything), bold > 0.5 * letters, outline, frozenset(seen))


def _composed(parts: Sequence[Segment], style: Style) -> Iterator[Block]:
    for region in regions(parts):
        yield from blocks(lines(region), style)


def _write(draft: Draft, pages: Sequence[Sequence[Block]], texts: Sequence[PageText]) -> None:
    """The blocks of all pages as one text; a paragraph goes on over the end of its column or page."""
    level = levels([block for page in pages for block in page])
    pending: Block | None = None
    for number, (page, text) in enumerate(zip(pages, texts, strict=True), start=1):
        draft.page(number, text.confidence)
        for block in page:
            if block.rows:
                draft.table(block.rows)
            elif block.look:
                draft.heading(block.level or level[block.look], block.text)
            else:
                goes_on = block.first and not block.aside and block.text[:1].islower()
                draft.block(block.text, " " if goes_on and pending and pending.open else block.gap)
            pending = replace(block, open=False) if block.aside else block
