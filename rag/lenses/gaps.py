"""Gaps: what people ask that the documents do not answer, grouped and named, for whoever writes them.

A question is unserved where it was refused, where its answer was marked as bad, or where no passage comes
near it. Unserved questions that lie together are one gap, and so is what lies nearer to them than to any
passage. Knows no model: the library embeds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.cluster.hierarchy import fcluster, linkage  # type: ignore[import-untyped]

from rag.lenses.export import Cell
from rag.lenses.space import unit
from rag.lenses.topics import named
from rag.protocols import LibraryView
from rag.types import Asked, Passages, Vectors

Reason = Literal["refused", "marked as bad", "nothing near", "like a gap"]

# Of many values of these three, those that find most of what belongs together at a purity of 0.95, on 23
# SQuAD articles of other files than those measured.
NEAR = 0.42  # cosine to the nearest passage below which it likely says nothing about the question
SPREAD = 0.84  # mean cosine distance at which gaps are cut apart
LEAD = 0.05  # how much nearer the nearest passage may be than the middle of a gap to which a question belongs
LEAST = 2  # questions of a gap; single ones are listed as such
DRAWING = 3  # questions of a gap that further ones may belong to
FEW = 10

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Unserved:
    """A question that was not answered: why it counts, and the passage nearest to it all the same."""

    question: str
    reason: Reason
    created: str
    similarity: float
    nearest: str
    file: str


@dataclass(frozen=True, slots=True)
class Gap:
    """Unserved questions about one thing; `name` is made of their words, the most central one comes first."""

    name: str
    questions: tuple[Unserved, ...]

    @property
    def similarity(self) -> float:
        """The mean cosine of its questions to their nearest passages: the lower, the emptier."""
        return float(np.mean([one.similarity for one in self.questions]))


@dataclass(frozen=True, slots=True)
class Gaps:
    """Gaps, the largest first, out of `asked` questions, and a sentence on how far to trust them."""

    gaps: tuple[Gap, ...]
    asked: int
    note: str

    def rows(self) -> list[dict[str, Cell]]:
        """Return one row a question for a table or CSV."""
        return [
            {
                "gap": gap.name,
                "questions": len(gap.questions),
                "question": one.question,
                "reason": one.reason,
                "asked": one.created[:10],
                "similarity": one.similarity,
                "nearest file": one.file,
                "nearest passage": one.nearest,
            }
            for gap in self.gaps
            for one in gap.questions
        ]


def gaps(view: LibraryView, questions: Sequence[Asked], *, documents: Sequence[str] | None = None) -> Gaps:
    """Find the gaps in what these questions ask; equal questions count each time they were asked."""
    if not questions:
        return Gaps((), 0, "No question has been asked yet.")
    vectors = view.embed([one.question for one in questions], queries=True)
    return grouped(questions, vectors, view.passages(documents))


def grouped(questions: Sequence[Asked], vectors: Vectors, passages: Passages) -> Gaps:
    """Group the unserved ones among questions, by their vectors, against the passages."""
    nearest, cosine = _nearest(vectors, passages.vectors)
    reasons = [_reason(one, float(near)) for one, near in zip(questions, cosine, strict=True)]
    member = np.full(len(questions), -1)
    alone = np.array([reason is not None for reason in reasons])
    member[alone] = clustered(vectors[alone])
    open_to = ~alone & np.array([one.rating <= 0 for one in questions])
    _draw_in(vectors, cosine, member, open_to)
    kept = np.flatnonzero(member >= 0).tolist()
    names = named([questions[at].question for at in kept], member[kept]) if kept else []
    found = []
    for number, name in enumerate(names):
        rows = np.flatnonzero(member == number)
        order = rows[np.argsort(-(vectors[rows] @ unit(vectors[rows].mean(axis=0))), kind="stable")]
        inside = (
            _unserved(questions[at], reasons[at] or "like a gap", float(cosine[at]), nearest[at], passages)
            for at in order.tolist()
        )
        found.append(Gap(name, tuple(inside)))
    found.sort(key=lambda gap: -len(gap.questions))
    return Gaps(tuple(found), len(questions), _note(len(questions), len(kept)))


def clustered(vectors: Vectors) -> Numbers:
    """Return the gap of each row, numbered from 0."""
    if len(vectors) < 2:
        return np.zeros(len(vectors), dtype=np.int64)
    tree = linkage(vectors.astype(np.float64), "average", metric="cosine")
    return np.asarray(fcluster(tree, SPREAD, "distance"), dtype=np.int64) - 1


def _draw_in(
    vectors: Vectors, cosine: npt.NDArray[np.float32], member: Numbers, open_to: npt.NDArray[np.bool_]
) -> None:
    """Add to the gaps, in `member`, the rows that lie nearer to one than to their nearest passage."""
    kept, sizes = np.unique(member[member >= 0], return_counts=True)
    drawing = kept[sizes >= DRAWING]
    if not len(drawing):
        return
    near = vectors @ unit(np.stack([vectors[member == gap].mean(axis=0) for gap in drawing])).T
    taken = open_to & (near.max(axis=1) >= cosine - LEAD)
    member[taken] = drawing[near[taken].argmax(axis=1)]


def _nearest(vectors: Vectors, stored: Vectors) -> tuple[Numbers, npt.NDArray[np.float32]]:
    if not len(stored):
        return np.full(len(vectors), -1), np.zeros(len(vectors), np.float32)
    cosines = vectors @ stored.T
    return cosines.argmax(axis=1), cosines.max(axis=1)


def _reason(asked: Asked, near: float) -> Reason | None:
    if asked.refused:
        return "refused"
    if asked.rating < 0:
        return "marked as bad"
    return "nothing near" if near < NEAR and not asked.rating else None


def _unserved(asked: Asked, reason: Reason, near: float, row: int, passages: Passages) -> Unserved:
    text, file = (passages.chunks[row].text, passages.files[row]) if row >= 0 else ("", "")
    return Unserved(asked.question, reason, asked.created, near, text, file)


def _note(asked: int, unserved: int) -> str:
    share = f"{unserved} of {asked} questions are unserved"
    if asked < FEW:
        return f"{share}; so few questions show single wishes, not gaps."
    return (
        f"{share}: refused, marked as bad, with no passage nearer than {NEAR}, or as like such questions as "
        "any passage. Where the nearest passages of a gap are far, nothing is written about it; where they "
        "are near, it is, but does not answer."
    )
