"""One measured figure, and a table of them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

BENCH_ONLY = "not measured: {} is not installed (pip install -r requirements-bench.txt)"


@dataclass(frozen=True, slots=True)
class Result:
    """A figure with its unit; `note` says against what, or why there is none (value None)."""

    name: str
    value: float | None
    unit: str
    note: str = ""


def table(results: list[Result]) -> str:
    """Return the figures in columns, a line each."""
    name = max(len(result.name) for result in results)
    return "\n".join(
        f"{result.name:<{name}}  {figure(result.value):>9} {result.unit:<9} {result.note}".rstrip()
        for result in results
    )


def figure(value: float | None) -> str:
    """Return a value in three to four digits, one just below 1 in as many as tell it from 1."""
    if value is None:
        return "-"
    if 0.99 < value < 1:
        return f"{value:.5f}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def seconds(task: Callable[[], object]) -> float:
    """Return how long the task took."""
    start = time.perf_counter()
    task()
    return time.perf_counter() - start


def alternate(sides: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Run every side once a round, after one run of each that does not count; return what they return."""
    for side in sides.values():
        side()
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            taken[name].append(side())
    return taken


def ratio(slow: list[float], fast: list[float]) -> float:
    """Return the median over the rounds of slow / fast."""
    return statistics.median(one / other for one, other in zip(slow, fast, strict=True))
