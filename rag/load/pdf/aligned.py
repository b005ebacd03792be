"""Tables without rules: lines whose segments stand in columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from statistics import median

from rag.load.pdf.lines import Line

_FEWEST_ROWS = 3
_MOST_SINGLE = 2
"""Lines of one part that may follow each other within a table: labels that wrap, titles of a group."""
_SHORT = 28
"""Letters; in a table of two columns most cells of the second are shorter."""
_FIGURE = re.compile(r"^[\W_]*[\d(][\d\s.,%()–—-]*[\w%)]{0,3}\W*$|^[—–-]$")
_GUTTER_OF_FIGURES, _GUTTER_OF_WORDS = 0.5, 1.2
"""In letter heights; words that are spaced out to fill their line leave gaps too, but narrow ones."""


Edges = list[float]
"""Where a table's columns after the first begin."""


def find(lines: Sequence[Line]) -> dict[int, tuple[int, Edges]]:
    """The tables among the lines of a column: first line to last (excluded) line and edges."""
    found: dict[int, tuple[int, Edges]] = {}
    earliest = 0
    start = 0
    while start < len(lines):
        end = _run(lines, start)
        edges = _table_edges(lines[start:end]) if end - start >= _FEWEST_ROWS else []
        if edges:
            found[_with_head(lines, start, edges[0], earliest)] = (end, edges)
            start = earliest = end
        else:
            start += 1
    return found


def _run(lines: Sequence[Line], start: int) -> int:
    """The end of the lines from `start` that could be one table: close together, most with several parts."""
    if len(lines[start].parts) < 2:
        return start
    end, last = start + 1, start
    width = lines[start].x1 - lines[start].x0
    while end < len(lines) and end - last <= _MOST_SINGLE + 1:
        line = lines[end]
        prose = any(part.x1 - part.x0 > 0.7 * width for part in line.parts)
        if line.parts[0].rows or prose or line.top - lines[end - 1].bottom > 2.0 * line.size:
            break
        if len(line.parts) > 1:
            last, width = end, max(width, line.x1 - line.x0)
        end += 1
    return last + 1


def _with_head(lines: Sequence[Line], start: int, edge: float, earliest: int) -> int:
    """The table's first line with lines above it that stand over its later columns alone."""
    while start > earliest and start > 0:
        above = lines[start - 1]
        near = lines[start].top - above.bottom < above.size
        if above.parts[0].rows or not near or above.x0 < edge:
            break
        start -= 1
    return start


def _table_edges(lines: Sequence[Line]) -> Edges:
    """The columns of these lines, if later cells are figures, or short and well apart; else none."""
    several = [line for line in lines if len(line.parts) > 1]
    if len(several) < _FEWEST_ROWS or len(several) < 0.4 * len(lines):
        return []
    edges = _edges(lines, _GUTTER_OF_FIGURES)
    cells = [cell for line in several for cell in _cells(line, edges)[1:] if cell]
    if sum(bool(_FIGURE.match(cell)) for cell in cells) > 0.5 * len(cells):
        return edges
    edges = _edges(lines, _GUTTER_OF_WORDS)
    cells = [cell for line in several for cell in _cells(line, edges)[1:] if cell]
    return edges if len(edges) > 1 and cells and median(map(len, cells)) <= _SHORT else []


def _edges(lines: Sequence[Line], gutter: float) -> Edges:
    """Behind each gap of `gutter` letter heights or more that nearly all lines of several parts share."""
    several = [line for line in lines if len(line.parts) > 1]
    left, right = int(min(line.x0 for line in several)), int(max(line.x1 for line in several)) + 1
    covered = [0] * (right - left + 1)
    for line in several:
        for part in line.parts:
            for x in range(int(part.x0) - left, int(part.x1) - left + 1):
                covered[x] += 1
    most = len(several) // 8  # a title over two columns crosses their gutter
    least = gutter * median(line.size for line in several)
    edges: Edges = []
    gap = 0
    for x, count in enumerate(covered):
        if count > most and gap > least and x > gap:
            edges.append(left + x - 1.0)
        gap = 0 if count > most else gap + 1
    return edges


def rows(lines: Sequence[Line], edges: Edges) -> list[list[str]]:
    """The lines as rows of cells; the head is one row, and what goes on below a cell joins it."""
    table: list[list[str]] = []
    headed = False
    previous: Line | None = None
    for line in lines:
        cells = _cells(line, edges)
        near = previous is not None and line.top - previous.bottom < 0.4 * line.size
        figures = any(_FIGURE.match(cell) for cell in cells)
        if table and not cells[0] and (not headed or (near and not figures)):
            table[-1] = [f"{above} {cell}".strip() for above, cell in zip(table[-1], cells, strict=True)]
        else:
            table.append(cells)
        headed = headed or bool(cells[0])
        previous = line
    return table


def _cells(line: Line, edges: Sequence[float]) -> list[str]:
    cells = [""] * (len(edges) + 1)
    for part in line.parts:
        place = part.x0 if not edges or part.x0 < edges[0] else (part.x0 + part.x1) / 2
        column = sum(place >= edge for edge in edges)
        cells[column] = f"{cells[column]} {part.text}".strip()
    return cells
