"""Measures of answers: right words, right refusals, right citations, and how long they took.

Exact match and F1 follow SQuAD's normalisation (Rajpurkar et al. 2016, arXiv:1606.05250; with right refusals
as in SQuAD 2.0, arXiv:1806.03822) and are taken on `Answer.short`. Knows no model and no library.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.evaluate.index import Gold, overlapping
from rag.evaluate.report import Row, Table, measured, median, ratio
from rag.evaluate.sets import Evidence, Question
from rag.types import Answer, Citation
from rag.words import overlap

_ARTICLE = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)
HALF = 0.5  # share of the shorter span's words from which a clause is found, and of a mark in its sentence


@dataclass(frozen=True, slots=True)
class Outcome:
    """A question, what was answered, and where the answer stands."""

    question: Question
    answer: Answer
    golds: tuple[Gold, ...] = ()

    @property
    def answerable(self) -> bool:
        """True where an answer is what is wanted."""
        return self.question.expects == "answer"

    @property
    def answered(self) -> bool:
        """True where there is an answer, right or wrong."""
        return self.answer.kind == "answer"


def normalised(text: str) -> list[str]:
    """Return the words as SQuAD compares them: lower case, no punctuation, no articles."""
    return _ARTICLE.sub(" ", text.lower().translate(_PUNCTUATION)).split()


def exact(short: str, answers: Sequence[str]) -> float:
    """Return 1 where the answer is one of the accepted ones, else 0."""
    return float(any(normalised(short) == normalised(answer) for answer in answers))


def f1(short: str, answers: Sequence[str]) -> float:
    """Return the best F1 of words against the accepted answers, 0 to 1."""
    said = normalised(short)
    return max((overlap(said, normalised(answer)) for answer in answers), default=0.0)


def holds(citation: Citation, outcome: Outcome, kind: Evidence) -> bool:
    """Tell whether the cited passage is evidence, by what the set calls evidence."""
    if kind == "clause":
        return any(shared(citation.text, label) >= HALF for label in outcome.question.answers)
    if kind == "section":
        return bool(overlapping(outcome.golds, citation.document, citation.start, citation.end))
    if kind == "sentence":
        return any(_inside(mark, outcome.golds, citation.document) for mark in citation.marks)
    passage = f" {' '.join(normalised(citation.text))} "
    return any(f" {' '.join(normalised(answer))} " in passage for answer in outcome.question.answers)


def shared(one: str, other: str) -> float:
    """Return the share of the shorter text's words that the other holds, 0 to 1."""
    words = sorted((normalised(one), normalised(other)), key=len)
    if not words[0]:
        return 0.0
    return overlap(*words) * (len(words[0]) + len(words[1])) / 2 / len(words[0])


def _inside(mark: tuple[int, int], golds: Sequence[Gold], document: str) -> bool:
    start, end = mark
    return any(
        min(end, gold.end) - max(start, gold.start) >= HALF * max(end - start, 1)
        for gold in overlapping(golds, document, start, end)
    )


def rows(name: str, outcomes: Sequence[Outcome], kind: Evidence, seed: int) -> list[Row]:
    """Return every measure that the questions allow."""

    def row(measure: str, *columns: Sequence[float], by: Callable[[Table], float] = ratio) -> list[Row]:
        return [measured(name, measure, columns, seed, by)] if columns[0] else []

    wanted = [outcome for outcome in outcomes if outcome.answerable]
    answered = [outcome for outcome in wanted if outcome.answered]
    ones = [1.0] * len(answered)
    found = row("answered", [float(o.answered) for o in wanted], [1.0] * len(wanted))
    if kind == "answer":
        found += row("exact match of answered", [_exact(o) for o in answered], ones)
        found += row("F1 of answered", [_f1(o) for o in answered], ones)
        found += row("citation precision", [_precision(o, kind) for o in answered], ones)
    found += _refusals(row, outcomes)
    found += _evidence(row, outcomes, kind)
    found += _back(row, outcomes)
    return found + _times(row, outcomes)


Rows = Callable[..., list[Row]]


def _refusals(row: Rows, outcomes: Sequence[Outcome]) -> list[Row]:
    judged = [outcome for outcome in outcomes if outcome.question.expects != "question"]
    should = [float(not outcome.answerable) for outcome in judged]
    did = [float(outcome.answer.refused) for outcome in judged]
    right = [a * b for a, b in zip(should, did, strict=True)]
    if not any(should):
        return []
    found = row("refusal precision", right, did)
    found += row("refusal recall", right, should)
    found += row(
        "refusal F1", [2 * both for both in right], [a + b for a, b in zip(should, did, strict=True)]
    )
    whole = [_f1(o) if o.answerable else float(o.answer.refused) for o in judged]
    return found + row("F1 over all", whole, [1.0] * len(whole))


def _evidence(row: Rows, outcomes: Sequence[Outcome], kind: Evidence) -> list[Row]:
    """Return how often an answerable question came back with its evidence; a refusal is a miss."""
    wanted = [outcome for outcome in outcomes if outcome.answerable]
    first = [float(any(holds(c, o, kind) for c in o.answer.citations[:1])) for o in wanted]
    some = [float(any(holds(c, o, kind) for c in o.answer.citations)) for o in wanted]
    ones = [1.0] * len(wanted)
    if kind == "section":
        return row("section cited first", first, ones) + row("section cited", some, ones)
    if kind == "sentence":
        reached = [float(any(holds(c, o, "section") for c in o.answer.citations)) for o in wanted]
        return row("evidence sentence marked", some, ones) + row("passage with it cited", reached, ones)
    if kind == "clause":
        empty = [o for o in outcomes if o.question.expects == "refusal"]
        refused = [float(o.answer.refused) for o in empty]
        found = row("clause found", some, ones) + row("absent clause refused", refused, [1.0] * len(refused))
        if not empty or not wanted:
            return found
        parts = [(hit, 1.0, 0.0, 0.0) for hit in some] + [(0.0, 0.0, hit, 1.0) for hit in refused]
        return found + row("balanced accuracy", *zip(*parts, strict=True), by=balanced)
    return []


def balanced(table: Table) -> float:
    """Return the mean of two shares, each given as a column of hits and one of cases."""
    hit, cases, other, others = table.sum(axis=0)
    return float(hit / max(cases, 1) + other / max(others, 1)) / 2


def _back(row: Rows, outcomes: Sequence[Outcome]) -> list[Row]:
    """Return how a set with unclear questions was met: asked back there, and not elsewhere."""
    unclear = [o for o in outcomes if o.question.expects == "question"]
    if not unclear:
        return []
    wanted = [o for o in outcomes if o.answerable]
    right = [float(o.answer.kind == o.question.expects) for o in outcomes]
    found = row("kind of reply right", right, [1.0] * len(right))
    for measure, among in (("asked back, unclear", unclear), ("asked back, answerable", wanted)):
        found += row(measure, [float(o.answer.kind == "question") for o in among], [1.0] * len(among))
    return found


def _times(row: Rows, outcomes: Sequence[Outcome]) -> list[Row]:
    def times(among: Sequence[Outcome]) -> list[float]:
        return [outcome.answer.timings.total_ms for outcome in among]

    answered = [outcome for outcome in outcomes if outcome.answered]
    refused = [outcome for outcome in outcomes if outcome.answer.refused]
    found = row("milliseconds, answer", times(answered), by=median)
    found += row("milliseconds, refusal", times(refused), by=median)
    first = [outcome.answer.timings.first_token_ms for outcome in answered]
    return found + row("milliseconds, first word", first, by=median)


def _exact(outcome: Outcome) -> float:
    return exact(outcome.answer.short, outcome.question.answers)


def _f1(outcome: Outcome) -> float:
    return f1(outcome.answer.short, outcome.question.answers) if outcome.answered else 0.0


def _precision(outcome: Outcome, kind: Evidence) -> float:
    """Return the share of the answer's citations that hold the evidence."""
    cited = outcome.answer.citations
    return sum(holds(citation, outcome, kind) for citation in cited) / len(cited) if cited else 0.0
