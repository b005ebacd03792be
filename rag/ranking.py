"""Rankings made one, and kept free of repetition: the parts of a long query, the wordings of one question.

Knows no model and no store.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from rag.types import Hit

LONG = 180  # words up to which a query is searched whole; MiniLM reads about 190
PART = 75  # words of a part of a longer one, at most; 150 finds less where each part is about something else
LACKING = 0.9  # share of a ranking's last score that a passage beyond its end counts with
ALIKE = 0.9  # share of common words from which two passages are one fact

_WORD = re.compile(r"\w+")


def pieces(query: str) -> list[str]:
    """Return the query, cut into parts of nearly one length where it is long; a part may cut a sentence."""
    words = query.split()
    if len(words) <= LONG:
        return [query]
    count = -(-len(words) // PART)
    cuts = [index * len(words) // count for index in range(count + 1)]
    return [" ".join(words[start:end]) for start, end in pairwise(cuts)]


def averaged(lists: Sequence[Sequence[Hit]]) -> list[Hit]:
    """Make one ranking of those of several wordings of a question: by the mean score of each passage.

    A list that lacks a passage counts with a little less than its last score. The scores are then raised
    alike, until the first passage has the best that a wording gave it: an earlier question about something
    else must not make a passage look as if it fitted less.
    """
    if len(lists) == 1:
        return list(lists[0])
    scores = [{hit.chunk.id: hit.score for hit in hits} for hits in lists]
    floors = [LACKING * min(known.values(), default=0.0) for known in scores]
    merged = []
    for id, hit in {hit.chunk.id: hit for hits in lists for hit in hits}.items():
        total = sum(known.get(id, floor) for known, floor in zip(scores, floors, strict=True))
        merged.append(replace(hit, score=total / len(lists)))
    ranked = distinct(sorted(merged, key=lambda hit: (-hit.score, hit.chunk.id)), len(merged))
    if not ranked or ranked[0].score <= 0:
        return ranked
    lift = max(known.get(ranked[0].chunk.id, 0.0) for known in scores) / ranked[0].score
    return [replace(hit, score=lift * hit.score) for hit in ranked]


def distinct(hits: Sequence[Hit], k: int) -> list[Hit]:
    """Return the first k hits that say something new; of near-duplicates the better one stays.

    Two passages with different numbers are never the same: a copy with another date is another fact.
    """
    kept: list[tuple[Hit, frozenset[str]]] = []
    for hit in hits:
        words = frozenset(_WORD.findall(hit.text.lower()))
        if not any(_alike(words, other) for _, other in kept):
            kept.append((hit, words))
        if len(kept) == k:
            break
    return [hit for hit, _ in kept]


def _alike(words: frozenset[str], other: frozenset[str]) -> bool:
    common, either = len(words & other), len(words | other)
    return common >= ALIKE * either and not any(
        any(letter.isdigit() for letter in word) for word in words ^ other
    )
