"""A person's own questions measured on their own library: which way of searching is better, and how surely.

Knows a library by what it searches and reads with; asks no generator.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from rag.evaluate.report import Report, Row, difference, measured
from rag.types import Evidence, GoldenQuestion, Hit, Mode

DEPTH = 10
WAYS = {
    "semantic": "by meaning",
    "keyword": "by words",
    "hybrid": "by both",
    "reader": "by both, then read",
}
MEASURES = ("first", "in the first 3", "in the first 5", "in the first 10")
_CUTS = (1, 3, 5, 10)


class Searched(Protocol):
    """What is measured: `rag.library.Library` is one."""

    def search(self, query: str, mode: Mode = "hybrid", k: int = 10) -> list[Hit]: ...
    def read(self, question: str, hits: Sequence[Hit]) -> list[Evidence]: ...


@dataclass(frozen=True, slots=True)
class Comparison:
    """The measures of each way, how far each is above the best other one, and the ranks behind them.

    `ranks` holds, by way, the place (from 1) of the right passage for each question; 0: not found.
    """

    report: Report
    ranks: Mapping[str, Sequence[int]]
    verdict: str


def compare(
    library: Searched,
    questions: Sequence[GoldenQuestion],
    on_progress: Callable[[int], object] = lambda _: None,
) -> Comparison:
    """Search every question in every way and compare; a passage is right that overlaps the kept place."""
    ranks: dict[str, list[int]] = {way: [] for way in WAYS}
    for number, question in enumerate(questions, 1):
        both = library.search(question.question, "hybrid", DEPTH)
        found = {
            "semantic": library.search(question.question, "semantic", DEPTH),
            "keyword": library.search(question.question, "keyword", DEPTH),
            "hybrid": both,
            "reader": [item.hit for item in library.read(question.question, both)],
        }
        for way, hits in found.items():
            ranks[way].append(rank(hits, question))
        on_progress(number)
    rows = [
        measured("own questions", f"{way} {name}", [_within(ranks[way], cut)], 0)
        for way in WAYS
        for name, cut in zip(MEASURES, _CUTS, strict=True)
    ]
    return Comparison(Report((*rows, *_differences(ranks))), ranks, verdict(ranks))


def rank(hits: Sequence[Hit], question: GoldenQuestion) -> int:
    """Return the place, from 1, of the first hit that overlaps the answer; 0 where none does."""
    for place, hit in enumerate(hits, 1):
        chunk = hit.chunk
        overlaps = chunk.start < question.end and question.start < chunk.end
        if chunk.document == question.document and overlaps:
            return place
    return 0


def verdict(ranks: Mapping[str, Sequence[int]]) -> str:
    """Return in a sentence which way puts the right passage first most often, and whether that is sure."""
    shares = {way: _within(found, 1) for way, found in ranks.items()}
    means = {way: sum(values) / max(len(values), 1) for way, values in shares.items()}
    best, second = sorted(means, key=lambda way: -means[way])[:2]
    if not shares[best]:
        return "There is nothing to compare yet."
    gap = difference("", "", shares[best], shares[second], 0)
    told = (
        f"Searching {WAYS[best]} puts the right passage first for {means[best]:.0%} of these {gap.n} "
        f"questions, searching {WAYS[second]} for {means[second]:.0%}."
    )
    if gap.low > 0:
        return f"{told} The difference is sure: at least {gap.low:.0%} in 95 of 100 samples."
    return f"{told} That is too close to tell apart with so few questions."


def _differences(ranks: Mapping[str, Sequence[int]]) -> list[Row]:
    """Return how far the default is above each other way, with paired bootstrap intervals."""
    return [
        difference(
            "own questions", f"hybrid above {way}, first", _within(ranks["hybrid"], 1), _within(found, 1), 0
        )
        for way, found in ranks.items()
        if way != "hybrid"
    ]


def _within(ranks: Sequence[int], cut: int) -> list[float]:
    return [float(0 < place <= cut) for place in ranks]
