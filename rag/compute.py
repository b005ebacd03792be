"""Questions that count, sum, sort or compare the rows of a table: computed, or refused, never guessed.

A question is understood only when every word that carries meaning is an operation, a column, a cell, a
number or part of a row's name (`filters`); where a word is left over nothing is computed. Knows no units
and no model.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rag.filters import Meaning, mean
from rag.tables import Grid, number

SHOWN = 12  # names listed in a sentence; more is a table again

_HIGHEST = (
    r"most expensive|dearest|costliest|highest|largest|biggest|greatest|heaviest|longest|maximum|max|most|"
    r"top|slowest|priciest|best|heavier|more expensive|dearer|longer|larger|bigger|higher"
)
_LOWEST = (
    r"cheapest|least expensive|lowest|smallest|lightest|shortest|minimum|min|fewest|least|fastest|worst|"
    r"cheaper|lighter|shorter|smaller|lower|less expensive"
)
_OPERATIONS = {
    "difference": r"how much (?:more|less|longer|heavier|cheaper|lighter)|difference",
    "average": r"average|mean",
    "sum": r"total|sum|altogether|combined|in all|together|add up",
    "sorted": r"sort(?:ed)?|order(?:ed)?|rank(?:ed)?",
    "count": r"how many|number of|count",
    "highest": _HIGHEST,
    "lowest": _LOWEST,
    "list": r"list|which|what|name|show|how much|how long",
}
_PATTERNS = {name: re.compile(rf"\b(?:{text})\b") for name, text in _OPERATIONS.items()}
_EVERY = re.compile("|".join(pattern.pattern for pattern in _PATTERNS.values()))
_HELD = re.compile(r"\b(?:in stock|available|units)\b")
_COUNTED = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "ten": 10}
_HOW_MANY = re.compile(rf"\b({'|'.join(_COUNTED)}|[2-9]|10)\b(?=\s+(?:\w+\s+)?(?:{_HIGHEST}|{_LOWEST})\b)")


@dataclass(frozen=True, slots=True)
class Computed:
    """A computed answer: the sentence, the words that carry it, and the rows it rests on.

    Of several tables that answer, the one with the highest `fit` is meant: what is asked for names its rows,
    and it has most of them.
    """

    text: str
    short: str
    rows: tuple[int, ...]
    fit: tuple[int, int] = (0, 0)


def tabular(question: str) -> bool:
    """Tell whether a table may answer by its rows: all that `asks`, counting, and what compares a number."""
    lowered = question.lower()
    return asks(question) or bool(_PATTERNS["count"].search(lowered) or re.search(r"\d", lowered))


def asks(question: str) -> bool:
    """Tell whether the question asks for a computation over rows, understood or not."""
    lowered = question.lower()
    return any(_PATTERNS[name].search(lowered) for name in _PATTERNS if name not in ("list", "count"))


def compute(question: str, grid: Grid, about: str) -> Computed | None:
    """Return the computed answer, or None where the question is not wholly understood.

    `about` names the rows: the table's file and headings.
    """
    lowered = question.lower()
    operation = next((name for name, pattern in _PATTERNS.items() if pattern.search(lowered)), None)
    if operation is None or not grid.rows:
        return None
    wanted = 1
    if match := _HOW_MANY.search(lowered):
        wanted = _COUNTED.get(match.group(1)) or int(match.group(1))
        lowered = lowered.replace(match.group(), " ", 1)
    meaning = mean(lowered, grid, about, _EVERY)
    if meaning.unknown:
        return None
    found = _ANSWERS[operation](_Table(grid, meaning, wanted, operation))
    return found and replace(found, fit=(_heads(meaning), len(grid.rows)))


def _heads(meaning: Meaning) -> int:
    """Tell whether a column in words that is named tells the rows apart (1), or groups them (-1)."""
    grid = meaning.grid
    worded = [c for c in meaning.columns if not grid.numeric(c) and c not in meaning.cells]
    if any(len({row[c] for row in grid.rows}) < len(grid.rows) for c in worded):
        return -1
    return int(0 in worded)


@dataclass(frozen=True, slots=True)
class _Table:
    """A table with what the question means of it."""

    grid: Grid
    meaning: Meaning
    wanted: int
    operation: str

    @property
    def rows(self) -> list[int]:
        return self.meaning.rows()

    @property
    def column(self) -> int | None:
        """The numeric column that is named, by most words, and not only compared."""
        closest = self.meaning.closest
        named = [c for c in closest if self.grid.numeric(c) and c not in self.meaning.compared]
        best = [c for c in named if closest[c] == max(closest[other] for other in named)]
        best = [c for c in best if c] if len(best) > 1 else best  # the first column names the rows
        return best[0] if len(best) == 1 else None

    def values(self, column: int) -> dict[int, float]:
        numbers = {row: number(self.grid.rows[row][column]) for row in self.rows}
        return {row: value for row, value in numbers.items() if value is not None}

    def listed(self, rows: Sequence[int]) -> str:
        names = [label(row, self.grid) for row in rows[:SHOWN]]
        return ", ".join(names) + (f" and {len(rows) - SHOWN} more" if len(rows) > SHOWN else "")

    def told(self, row: int, column: int) -> str:
        return f"{label(row, self.grid)} ({self.grid.names[column]}: {self.grid.rows[row][column]})"


def label(index: int, grid: Grid) -> str:
    """Return what a row is called: its first cell in words that is not a code."""
    row = grid.rows[index]
    worded = [cell for cell in row if re.search(r"[a-z]", cell)]
    return (worded or list(row))[0]


def _count(table: _Table) -> Computed | None:
    if table.column is not None and _HELD.search(table.meaning.question):
        return _sum(table)  # the column holds the count
    rows = table.rows
    told = f" ({table.listed(rows)})" if rows and table.meaning.filtered else ""
    return Computed(f"{len(rows)}{told}.", str(len(rows)), tuple(rows))


def _sum(table: _Table) -> Computed | None:
    return _over(table, "Total", sum)


def _average(table: _Table) -> Computed | None:
    return _over(table, "Average", lambda values: sum(values) / len(values))


def _over(table: _Table, name: str, reckon: Callable[[list[float]], float]) -> Computed | None:
    if table.column is None or not (values := table.values(table.column)):
        return None
    shown = f"{reckon(list(values.values())):,.2f}".rstrip("0").rstrip(".")
    of = table.grid.names[table.column]
    if len(values) == 1:
        (row,) = values
        return Computed(f"{table.told(row, table.column)}.", table.grid.rows[row][table.column], (row,))
    return Computed(f"{name} of {of} over {len(values)} rows: {shown}.", shown, tuple(values))


def _extreme(table: _Table) -> Computed | None:
    if table.column is None or not (values := table.values(table.column)):
        return None
    sign = -1 if table.operation == "highest" else 1
    ordered = sorted(values, key=lambda row: sign * values[row])
    edge = sign * values[ordered[min(table.wanted, len(ordered)) - 1]]
    best = [row for row in ordered if sign * values[row] <= edge]  # equals are all named
    told = "; ".join(table.told(row, table.column) for row in best)
    return Computed(f"{told}.", table.listed(best), tuple(best))


def _sorted(table: _Table) -> Computed | None:
    if table.column is None or not (values := table.values(table.column)):
        return None
    down = bool(re.search(rf"\b(?:{_HIGHEST}|descending)\b", table.meaning.question))
    ordered = sorted(values, key=lambda row: values[row], reverse=down)
    told = "; ".join(table.told(row, table.column) for row in ordered[:SHOWN])
    return Computed(f"{told}.", table.listed(ordered), tuple(ordered))


def _difference(table: _Table) -> Computed | None:
    if table.column is None or len(values := table.values(table.column)) != 2:
        return None
    (first, one), (second, other) = values.items()
    shown = f"{abs(one - other):,.2f}".rstrip("0").rstrip(".")
    told = f"{table.told(first, table.column)}, {table.told(second, table.column)}"
    return Computed(f"A difference of {shown}: {told}.", shown, tuple(values))


def _list(table: _Table) -> Computed | None:
    """Return the one value asked for, or the names of the rows that a comparison picks."""
    rows = table.rows
    named = [column for column in table.meaning.columns if column not in table.meaning.compared]
    if len(rows) == 1 and len(named) == 1 and table.meaning.cells:
        value = table.grid.rows[rows[0]][named[0]]
        return Computed(f"{table.told(rows[0], named[0])}.", value, (rows[0],))
    if not rows or not table.meaning.compared or any(table.grid.numeric(column) for column in named):
        return None  # a list that no comparison narrows is a matter of reading, not of reckoning
    return Computed(f"{table.listed(rows)}.", table.listed(rows), tuple(rows))


_ANSWERS: dict[str, Callable[[_Table], Computed | None]] = {
    "difference": _difference,
    "average": _average,
    "sum": _sum,
    "sorted": _sorted,
    "count": _count,
    "highest": _extreme,
    "lowest": _extreme,
    "list": _list,
}
