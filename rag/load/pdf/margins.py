"""Running heads, feet and page numbers: a head that repeats is told once, a page number never."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from rag.load.pdf.lines import Line, Segment, lines

_MARGIN = 0.1
"""Share of a page's height at its top and bottom where running heads stand."""
_PAGE_NUMBER = "#"
_FEWEST_PAGES = 3
_SHARE = 0.4  # left and right pages may have heads of their own
_NUMBER = re.compile(
    r"^[\W_]*(?:(?:page|p\.|seite|página)\s*)?(?:\d{1,4}|[ivxlc]{1,6})(?:\s*(?:of|/|von|de)\s*\d{1,4})?[\W_]*$",
    re.IGNORECASE,
)


def without_repeats(pages: Sequence[list[Segment]], heights: Sequence[float]) -> list[list[Segment]]:
    """The pages without running heads and numbers; a head stays where it stands first."""
    edges = [_edge_lines(page, height) for page, height in zip(pages, heights, strict=True)]
    counts = Counter(key for page in edges for key in {_key(line) for line in page})
    least = max(_FEWEST_PAGES, _SHARE * len(pages))
    numbered = counts[_PAGE_NUMBER] >= max(2, _SHARE * len(pages))
    seen = _told(pages, edges)
    kept: list[list[Segment]] = []
    for page, edge in zip(pages, edges, strict=True):
        gone: set[int] = set()
        first: set[int] = set()
        for line in edge:
            key = _key(line)
            if key == _PAGE_NUMBER:
                gone.update(id(part) for part in line.parts if numbered)
            elif counts[key] >= least:
                (gone if key in seen else first).update(id(part) for part in line.parts)
                seen.add(key)
        left = [part for part in page if id(part) not in gone]
        kept.append([replace(part, repeats=True) if id(part) in first else part for part in left])
    return kept


def _edge_lines(page: Sequence[Segment], height: float) -> list[Line]:
    """Lines in the top and bottom margin, counted from the highest and lowest text of the page."""
    if not page:
        return []
    first, last = min(part.top for part in page), max(part.bottom for part in page)
    margin = _MARGIN * max(height, last - first)
    near = [part for part in page if part.bottom <= first + margin or part.top >= last - margin]
    return lines(part for part in near if not part.rows)


def _told(pages: Sequence[list[Segment]], edges: Sequence[list[Line]]) -> set[str]:
    """Keys of heads that say nothing that is not said in the text as well: they are not told even once."""
    margin = {id(part) for edge in edges for line in edge for part in line.parts}
    words = {word for page in pages for part in page if id(part) not in margin for word in _words(part.text)}
    return {_key(line) for edge in edges for line in edge if _words(line.text) <= words}


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"[^\W\d_]+", text.lower()) if len(word) > 2}


def _key(line: Line) -> str:
    """The line's words with figures masked, so that page numbers do not tell two heads apart."""
    if _NUMBER.match(line.text):
        return _PAGE_NUMBER
    return re.sub(r"\d+", "#", line.text.lower()).strip()
