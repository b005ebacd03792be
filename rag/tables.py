"""Markdown tables as they stand in a document's text: columns, rows, and where each row stands.

Knows no question and no unit: the number of a cell is the first number in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.types import Span

_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")
_ROW = re.compile(r"^\|", re.MULTILINE)
_RULE = re.compile(r"^\|?[\s:|-]+\|?$")


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: column names, rows of cells, and where each row stands in the document's text."""

    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    spans: tuple[Span, ...]

    def numeric(self, column: int) -> bool:
        """Tell whether most cells of the column hold a number."""
        return sum(number(row[column]) is not None for row in self.rows) * 2 > len(self.rows)


def number(cell: str) -> float | None:
    """Return the first number of a cell, or None."""
    match = _NUMBER.search(cell)
    return float(match.group().replace(",", "")) if match else None


def cells(row: str) -> list[str]:
    """Return the cells of a Markdown table's row."""
    return [cell.strip() for cell in row.strip().strip("|").split("|")]


def grids_in(text: str, start: int, end: int) -> list[Grid]:
    """Return the tables that [start, end) of the text touches, each whole."""
    found: list[Grid] = []
    for match in _ROW.finditer(text, max(start, 0), end):
        if found and match.start() < found[-1].spans[-1][1]:
            continue
        grid = grid_at(text, match.start())
        if grid and grid.rows:
            found.append(grid)
    return found


def grid_at(text: str, offset: int) -> Grid | None:
    """Return the table around `offset`: the unbroken run of lines that start with a bar."""
    start = offset = min(max(offset, 0), len(text))
    while start > 0:
        line = text.rfind("\n", 0, start - 1) + 1
        if not text.startswith("|", line):
            break
        start = line
    lines: list[tuple[str, int]] = []
    while start < len(text) and text.startswith("|", start):
        end = text.find("\n", start) % (len(text) + 1)
        lines.append((text[start:end], start))
        start = end + 1
    if len(lines) < 3 or not _RULE.match(lines[1][0]):
        return None
    names = tuple(cells(lines[0][0]))
    rows = [(cells(line), (at, at + len(line))) for line, at in lines[2:] if not _RULE.match(line)]
    fitting = [(tuple(row), span) for row, span in rows if len(row) == len(names)]
    return Grid(names, tuple(row for row, _ in fitting), tuple(span for _, span in fitting))
