"""One score from several: how near a passage is in meaning, and how well it holds the words of the query.

Weights were fitted on one half of seven question sets (softmax over each question's candidates) and rounded;
README gives the figures on the other half. Knows no model and no store.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence

from rag.types import Chunk, Scored
from rag.words import STOP

MEANING = 0.4  # weight of the passage's cosine
DOCUMENT = (
    0.25  # weight of the best cosine among the candidates of its document: is the subject there at all?
)
WORDS = 0.2  # weight of BM25, which knows stems and lengths
WORDING = 0.15  # weight of the share of the query's very words, rare ones counting more

_WORD = re.compile(r"\d[\d.,]*\d|\d|[^\W\d_]+")


def fuse(
    query: str, near: Sequence[Scored], worded: Sequence[Scored], found: Mapping[str, tuple[Chunk, str]]
) -> list[Scored]:
    """Weigh the scores of each candidate in `found` into one in 0 to 1, best first.

    `near` holds cosines, `worded` BM25, which has no upper bound and is divided by the best of this query.
    Linear fusion: Bruch et al. 2023, https://arxiv.org/abs/2210.11934.
    """
    cosine = {scored.chunk: max(scored.score, 0.0) for scored in near}
    top = max((scored.score for scored in worded), default=0.0) or 1.0
    words = {scored.chunk: max(scored.score, 0.0) / top for scored in worded}
    wording = covered(query, {id: chunk.context for id, (chunk, _) in found.items()})
    best: dict[str, float] = {}
    for id, (chunk, _) in found.items():
        best[chunk.document] = max(best.get(chunk.document, 0.0), cosine.get(id, 0.0))
    fused = [
        Scored(
            id,
            MEANING * cosine.get(id, 0.0)
            + DOCUMENT * best[chunk.document]
            + WORDS * words.get(id, 0.0)
            + WORDING * wording[id],
        )
        for id, (chunk, _) in found.items()
    ]
    # Equal scores fall back on the id, so that the order never depends on a store's mood.
    return sorted(fused, key=lambda scored: (-scored.score, scored.chunk))


def pooled(lists: Sequence[Sequence[Scored]], owners: Mapping[str, str], *, shares: bool) -> list[Scored]:
    """Make one ranking of those of the parts of a long query, best first.

    Half of a passage's score is the best of its scores, half the vote of the parts for its document: the mean
    of one by the rank at which each finds it. So a passage that one part is about is found, and a document
    that many parts are about comes first. `owners` is chunk to document; `shares` divides the scores of each
    list by its best, since those of BM25 compare within one query only.
    """
    best: dict[str, float] = {}
    votes: dict[str, float] = {}
    for scores in lists:
        top = max((scored.score for scored in scores), default=0.0) if shares else 1.0
        voted: set[str] = set()
        for rank, scored in enumerate(scores, 1):
            best[scored.chunk] = max(best.get(scored.chunk, 0.0), scored.score / (top or 1.0))
            owner = owners.get(scored.chunk, "")
            if owner not in voted:
                votes[owner] = votes.get(owner, 0.0) + 1 / (rank * len(lists))
                voted.add(owner)
    merged = [Scored(id, (score + votes[owners.get(id, "")]) / 2) for id, score in best.items()]
    return sorted(merged, key=lambda scored: (-scored.score, scored.chunk))


def covered(query: str, texts: Mapping[str, str]) -> dict[str, float]:
    """Return for each text which share (0 to 1) of the query's words it holds, as they are written.

    A word counts the more the fewer of the texts hold it; one that none holds does not count.
    """
    wanted = {word for word in _WORD.findall(query.lower()) if word not in STOP}
    held = {id: wanted.intersection(_WORD.findall(text.lower())) for id, text in texts.items()}
    counts = Counter(word for words in held.values() for word in words)
    weights = {word: math.log(1 + (len(texts) - n + 0.5) / (n + 0.5)) for word, n in counts.items()}
    whole = sum(weights.values()) or 1.0
    # In the order of the query: a sum over a set would differ in its last digits from run to run.
    return {id: sum(weights[word] for word in sorted(words)) / whole for id, words in held.items()}
