"""What an evaluation found: rows of one measure each, as a table for people or one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

Table = npt.NDArray[np.float64]
"""Shape (n, columns): one row a question."""

RESAMPLES = 1000
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Row:
    """One measure on one set: its value, the bounds of its 95 % interval, and over how many questions."""

    set: str
    measure: str
    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Report:
    """The rows of one evaluation, in the order in which they are read."""

    rows: tuple[Row, ...]

    def table(self) -> str:
        """Return the rows as lines of text, grouped by set."""
        lines: list[str] = []
        for name in dict.fromkeys(row.set for row in self.rows):
            rows = [row for row in self.rows if row.set == name]
            width = max(len(row.measure) for row in rows)
            lines.append(f"{name}")
            lines += [
                f"  {row.measure:<{width}}  {_number(row.value)}  "
                f"({_number(row.low)} to {_number(row.high)}, n={row.n})"
                for row in rows
            ]
        return "\n".join(lines)

    def lines(self) -> list[str]:
        """Return one JSON object a row, with the keys set, measure, value, low, high, n."""
        return [json.dumps(asdict(row), ensure_ascii=False) for row in self.rows]

    def value(self, measure: str) -> float:
        """Return the value of a measure; raise KeyError where it was not taken."""
        for row in self.rows:
            if row.measure == measure:
                return row.value
        raise KeyError(measure)


def _number(value: float) -> str:
    return f"{value:9.1f}" if abs(value) >= 10 else f"{value:9.3f}"


def mean(table: Table) -> float:
    """Return the mean of the first column."""
    return float(table[:, 0].mean())


def ratio(table: Table) -> float:
    """Return the sum of the first column over that of the second; 0 where nothing was counted."""
    above, below = table[:, 0].sum(), table[:, 1].sum()
    return float(above / below) if below else 0.0


def median(table: Table) -> float:
    """Return the median of the first column."""
    return float(np.median(table[:, 0]))


def measured(
    name: str,
    measure: str,
    columns: Sequence[Sequence[float]],
    seed: int,
    statistic: Callable[[Table], float] = mean,
) -> Row:
    """Return the statistic of the columns with its percentile bootstrap interval over the questions.

    Efron and Tibshirani 1993. Columns stay paired, so a difference of two systems is a paired bootstrap.
    """
    table = np.array(columns, dtype=np.float64).T.reshape(-1, len(columns))
    count = len(table)
    if not count:
        return Row(name, measure, 0.0, 0.0, 0.0, 0)
    rng = np.random.default_rng(seed)
    drawn = [statistic(table[rng.integers(0, count, count)]) for _ in range(RESAMPLES)]
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return Row(name, measure, statistic(table), float(low), float(high), count)


def difference(name: str, measure: str, one: Sequence[float], other: Sequence[float], seed: int) -> Row:
    """Return how far `one` is above `other` on the same questions; an interval without 0 tells them apart."""
    return measured(name, measure, [[a - b for a, b in zip(one, other, strict=True)]], seed)
