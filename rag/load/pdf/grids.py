"""Tables drawn with lines: the grids that rules form, and which words stand in which cell."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from rag.load.pdf.lines import joined
from rag.load.pdf.rules import SHORTEST, Rule
from rag.load.pdf.words import Word

_NEAR = 3.0
"""Points within which two rules are one, or touch."""
_MOST_PAIRS = 400_000
"""More pairs of rules than this are a drawing."""
_FIGURE = re.compile(r"^[\W\d_]+[A-Za-z]?$")


@dataclass(frozen=True, slots=True)
class Grid:
    """A ruled table: its place, and the texts of its cells by rows."""

    x0: float
    top: float
    x1: float
    bottom: float
    rows: list[list[str]]

    def holds(self, word: Word) -> bool:
        """Whether the middle of the word lies in the table."""
        x, y = (word.x0 + word.x1) / 2, (word.top + word.bottom) / 2
        return self.x0 <= x < self.x1 and self.top <= y < self.bottom


def _merged(found: Sequence[Rule], upright: bool) -> list[Rule]:
    """Rules of one direction; those on one line that touch are one."""
    merged: list[Rule] = []
    at = float("-inf")
    snapped = []
    for rule in sorted((rule for rule in found if rule.upright is upright), key=lambda rule: rule.at):
        at = at if rule.at - at <= _NEAR else rule.at
        snapped.append((at, rule.start, rule.end))
    for at, start, end in sorted(snapped):
        if merged and merged[-1].at == at and start <= merged[-1].end + _NEAR:
            merged[-1] = Rule(upright, at, merged[-1].start, max(end, merged[-1].end))
        else:
            merged.append(Rule(upright, at, start, end))
    return merged


def grids(found: Sequence[Rule], words: Sequence[Word]) -> list[Grid]:
    """The tables that rules and words form: at least two rows and two columns with words in them."""
    upright, flat = _merged(found, True), _merged(found, False)
    if len(upright) * len(flat) > _MOST_PAIRS:
        return []
    groups = _touching(upright, flat)
    return [grid for ups, flats in groups if (grid := _grid(ups, flats, words))]


def _touching(upright: list[Rule], flat: list[Rule]) -> list[tuple[list[Rule], list[Rule]]]:
    """Rules that hang together, each group as uprights and flats."""
    owner = list(range(len(upright) + len(flat)))

    def root(index: int) -> int:
        while owner[index] != index:
            owner[index] = owner[owner[index]]
            index = owner[index]
        return index

    for i, up in enumerate(upright):
        for j, row in enumerate(flat, start=len(upright)):
            across = row.start - _NEAR <= up.at <= row.end + _NEAR
            if across and up.start - _NEAR <= row.at <= up.end + _NEAR:
                owner[root(i)] = root(j)
    groups: dict[int, tuple[list[Rule], list[Rule]]] = {}
    for index, rule in enumerate([*upright, *flat]):
        groups.setdefault(root(index), ([], []))[0 if rule.upright else 1].append(rule)
    return [group for group in groups.values() if len(group[0]) > 0 and len(group[1]) > 1]


def _grid(upright: list[Rule], flat: list[Rule], words: Sequence[Word]) -> Grid | None:
    """The table of these rules, None where it is a frame, a chart or an empty form."""
    xs, ys = _marks(upright, flat), _marks(flat, upright)
    if len(xs) < 3 or len(ys) < 3:
        return None
    inside = [
        (
            bisect_right(ys, (word.top + word.bottom) / 2) - 1,
            bisect_right(xs, (word.x0 + word.x1) / 2) - 1,
            word,
        )
        for word in words
    ]
    cells: dict[tuple[int, int], list[Word]] = {}
    home = _joined_cells(xs, ys, upright, flat)
    for row, column, word in inside:
        if 0 <= row < len(ys) - 1 and 0 <= column < len(xs) - 1:
            cells.setdefault(home[row, column], []).append(word)
    used_rows, used_columns = ({place[axis] for place in cells} for axis in (0, 1))
    if len(used_rows) < 2 or len(used_columns) < 2 or _frames(cells):
        return None
    if _labelled_beside(cells, ys, xs, words):
        return None
    rows = [
        [joined(cells.get((row, column), [])) for column in sorted(used_columns)] for row in sorted(used_rows)
    ]
    return Grid(xs[0], ys[0], xs[-1], ys[-1], rows)


def _marks(along: list[Rule], across: list[Rule]) -> list[float]:
    """Where rows or columns begin and end: at the rules, and where the rules across them end."""
    marks = sorted({rule.at for rule in along})
    ends = (min(rule.start for rule in across), max(rule.end for rule in across))
    if not marks or ends[0] < marks[0] - SHORTEST:
        marks.insert(0, ends[0])
    if ends[1] > marks[-1] + SHORTEST:
        marks.append(ends[1])
    return marks


def _joined_cells(
    xs: list[float], ys: list[float], upright: list[Rule], flat: list[Rule]
) -> dict[tuple[int, int], tuple[int, int]]:
    """For each place in the grid the first place of its cell: no rule between two places makes them one."""
    home: dict[tuple[int, int], tuple[int, int]] = {}
    for row in range(len(ys) - 1):
        for column in range(len(xs) - 1):
            middle_x, middle_y = (xs[column] + xs[column + 1]) / 2, (ys[row] + ys[row + 1]) / 2
            if row and not _divides(flat, ys[row], middle_x):
                home[row, column] = home[row - 1, column]
            elif column and not _divides(upright, xs[column], middle_y):
                home[row, column] = home[row, column - 1]
            else:
                home[row, column] = (row, column)
    return home


def _divides(along: list[Rule], at: float, middle: float) -> bool:
    return any(abs(rule.at - at) < 0.01 and rule.start <= middle <= rule.end for rule in along)


def _labelled_beside(
    cells: dict[tuple[int, int], list[Word]], ys: list[float], xs: list[float], words: Sequence[Word]
) -> bool:
    """Whether these are figures whose labels stand outside: shaded columns of a table that is larger."""
    figures = sum(all(_FIGURE.match(word.text) for word in cell) for cell in cells.values())
    if figures < 0.7 * len(cells):
        return False
    beside = {
        bisect_right(ys, (word.top + word.bottom) / 2)
        for word in words
        if ys[0] < (word.top + word.bottom) / 2 < ys[-1] and not xs[0] < word.x0 < xs[-1]
    }
    return len(beside) >= 0.5 * len({row for row, _ in cells})


def _frames(cells: dict[tuple[int, int], list[Word]]) -> bool:
    """Whether the rules frame running text rather than cells: one of them holds most of many words."""
    sizes = [len(words) for words in cells.values()]
    return max(sizes) > 100 and max(sizes) > 0.5 * sum(sizes)
