"""Retrieval measures: which places answer a question, against the order in which they were found.

The measures themselves are those of trec_eval, through ir-measures (MIT) and pytrec-eval-terrier; ranx would
do too, but compiles with numba at each first run and does not name its measures as the literature does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

import ir_measures
from ir_measures import RR, R, Success, nDCG

from rag.evaluate.index import Gold, Index, overlapping
from rag.evaluate.sets import Question
from rag.library import Library
from rag.ranking import averaged
from rag.retrieve import READ
from rag.rewrite import rewrite, wordings
from rag.types import Hit, Mode, Turn

DEPTH = 30  # chunks taken for each question; several may belong to one unit

MEASURES = {
    "recall@1": R @ 1,
    "recall@5": R @ 5,
    "recall@10": R @ 10,
    "hit@1": Success @ 1,
    "hit@5": Success @ 5,
    "MRR@10": RR @ 10,
    "nDCG@5": nDCG @ 5,
    "nDCG@10": nDCG @ 10,
}

Scores = Mapping[str, Mapping[str, float]]
"""Measure name -> question id -> value."""

Search = Callable[[Index, Question], Sequence[Hit]]


def _search(mode: Mode) -> Search:
    """Search one way; a follow-up in the words that it is read with."""

    def search(index: Index, question: Question) -> Sequence[Hit]:
        query = rewrite(question.text, question.history)
        return index.library.search(query, mode, DEPTH, index.scope(question))

    return search


def fused(
    library: Library, question: str, history: Sequence[Turn], documents: Sequence[str] | None
) -> list[Hit]:
    """Search as an answer does: a follow-up by itself and with the question before it."""
    queries = wordings(question, history)
    return averaged([library.search(query, "hybrid", DEPTH, documents) for query in queries])


def _hybrid(index: Index, question: Question) -> Sequence[Hit]:
    return fused(index.library, question.text, question.history, index.scope(question))


def _read(index: Index, question: Question) -> Sequence[Hit]:
    hits = _hybrid(index, question)
    evidence = index.library.read(rewrite(question.text, question.history), hits[:READ])
    return [item.hit for item in evidence] + list(hits[READ:])


def _last_turn(index: Index, question: Question) -> Sequence[Hit]:
    return index.library.search(question.text, "hybrid", DEPTH, index.scope(question))


def _two_turns(index: Index, question: Question) -> Sequence[Hit]:
    *_, joined = wordings(question.text, question.history)
    return index.library.search(joined, "hybrid", DEPTH, index.scope(question))


MODES: dict[str, Search] = {
    "semantic": _search("semantic"),
    "keyword": _search("keyword"),
    "hybrid": _hybrid,
    "reader": _read,
    "last turn": _last_turn,
    "two turns": _two_turns,
}
"""How to search, by name: the three modes, hybrid with the evidence reader as second stage, and hybrid with a
follow-up left as it is or joined to the question before it."""


def ranked(index: Index, hits: Sequence[Hit], golds: Sequence[Gold]) -> list[str]:
    """Return the keys of the units found, each once, in order.

    A hit counts for the units whose answer it overlaps; one without an answer for the unit it covers most. So
    several chunks of one paragraph are one find, as if whole paragraphs had been ranked.
    """
    keys: list[str] = []
    for hit in hits:
        document, start, end = hit.chunk.document, hit.chunk.start, hit.chunk.end
        answering = [gold_key(index, gold) for gold in overlapping(golds, document, start, end)]
        keys += answering or [index.unit(document, start, end) or hit.chunk.id]
    return list(dict.fromkeys(keys))


def relevant(index: Index, golds: Sequence[Gold]) -> dict[str, int]:
    """Return the grade of each unit that answers."""
    grades: dict[str, int] = defaultdict(int)
    for gold in golds:
        key = gold_key(index, gold)
        grades[key] = max(grades[key], gold.grade)
    return dict(grades)


def gold_key(index: Index, gold: Gold) -> str:
    """Return the unit that holds the answer; where a document has none, the answer is one itself."""
    unit = index.unit(gold.document, gold.start, gold.end)
    return unit or f"{gold.document}:{gold.start}-{gold.end}"


def scores(qrels: Mapping[str, Mapping[str, int]], runs: Mapping[str, Sequence[str]]) -> Scores:
    """Return each measure of each question in `qrels`; a question that found nothing counts 0."""
    run = {
        question: {key: float(len(keys) - rank) for rank, key in enumerate(keys)}
        for question, keys in runs.items()
    }
    graded = {question: dict(grades) for question, grades in qrels.items()}
    names = {measure: name for name, measure in MEASURES.items()}
    values: dict[str, dict[str, float]] = {name: dict.fromkeys(qrels, 0.0) for name in MEASURES}
    for metric in ir_measures.iter_calc(list(names), graded, run):
        values[names[metric.measure]][metric.query_id] = float(metric.value)
    return values
