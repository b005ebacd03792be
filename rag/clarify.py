"""Asking back: whether several documents answer a question, each in its own way.

Goes by what was read, not by the question's form: documents answer about as surely, in different words, and
nothing the question says tells them apart. Within one document nothing is asked back. Knows no model.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.types import Evidence
from rag.words import content, tokens

SURE = 0.75  # probability from which a document answers
BEHIND = 0.1  # how far behind the surest another may be
SAME = 0.6  # share of the shorter answer's words in the longer from which they say the same
MOST = 4  # documents named in one question back


def readings(question: str, evidence: Sequence[Evidence]) -> list[int]:
    """Return the indices of the passages that answer differently, one a document; fewer than two: none."""
    best = max((item.reading.answers for item in evidence), default=0.0)
    floor = max(SURE, best - BEHIND)
    documents: dict[str, int] = {}
    for index, item in enumerate(evidence):
        if item.reading.answers >= floor:
            documents.setdefault(item.hit.chunk.document, index)
    meant = _meant(question, evidence, list(documents.values()))
    kept: list[int] = []
    for index in meant:
        if all(_differ(evidence[index], evidence[other]) for other in kept):
            kept.append(index)
    return kept[:MOST] if len(kept) > 1 else []


def _meant(question: str, evidence: Sequence[Evidence], among: Sequence[int]) -> list[int]:
    """Keep the passages that hold most of the question's words; a word that only one holds decides."""
    asked = set(content(question))
    shared = {i: len(asked & set(content(f"{evidence[i].hit.title}\n{evidence[i].passage}"))) for i in among}
    return [index for index in among if shared[index] == max(shared.values())]


def _differ(one: Evidence, other: Evidence) -> bool:
    """Tell whether two answers say different things; the shorter may be a part of the longer."""
    short, long = sorted((tokens(words(one)), tokens(words(other))), key=len)
    held = [word in long for word in short]
    if any(word[0].isdigit() and not inside for word, inside in zip(short, held, strict=True)):
        return True
    return sum(held) < SAME * len(short)


def words(item: Evidence) -> str:
    """Return the words that answer."""
    return " ".join(item.text[slice(*item.reading.span)].split())
