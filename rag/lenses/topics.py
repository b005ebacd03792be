"""Topics: what the documents (or passages, or rows of a table) are about, where they lie, how that moves.

Ward's hierarchical clustering (1963) on unit vectors, each first moved towards its neighbours, so that a few
texts more or less change little; then each text goes to the topic whose middle is nearest. Nothing in it is
drawn by chance: the same texts give the same topics in whatever order they come. Names by class TF-IDF
(Grootendorst 2022, arXiv:2203.05794). Knows no model and no library.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
from scipy.cluster.hierarchy import fcluster, linkage  # type: ignore[import-untyped]
from sklearn.feature_extraction.text import CountVectorizer  # type: ignore[import-untyped]

from rag import words
from rag.lenses.batch import Items
from rag.lenses.export import Cell
from rag.lenses.space import centres, unit
from rag.types import Vectors
from rag.words import counted

MOST_CLUSTERED = 4000  # texts clustered at once (memory grows with the square); others join the nearest topic
MOST_TOPICS = 60
# Texts that each is moved towards, and how often; on 2,000 sentences of Banking77 other than those measured
# it takes the likeness of topics after a tenth of the texts is left out from 0.75 to 0.86.
NEIGHBOURS = 5
MOVES = 2
SHARE = 5  # fewer neighbours where a topic has fewer texts: one in so many
SETTLED = 20  # rounds after which texts stay where they are
NAME_WORDS = 4
FAR = 2.5  # standard deviations below the mean nearness to its topic that make a text an outlier
FEW = 20
RECENT = 0.25  # the last quarter of the dated texts is "now"
LEAST_MOVING = 3

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic: its name, size, most typical texts (rows of the items), and how its share moved lately.

    `change` is its share among the latest quarter of dated texts less that before; `emerging` where it has
    more than doubled.
    """

    number: int
    name: str
    size: int
    typical: tuple[int, ...]
    change: float
    emerging: bool


@dataclass(frozen=True, slots=True)
class Topics:
    """Topics by size; `member` is the topic number of each text, `near` its cosine to the centre."""

    topics: tuple[Topic, ...]
    member: tuple[int, ...]
    near: tuple[float, ...]
    outliers: tuple[int, ...]
    drift: float
    note: str

    def rows(self, items: Items) -> list[dict[str, Cell]]:
        """Return one row a text for a table or CSV."""
        names = {topic.number: topic.name for topic in self.topics}
        out = set(self.outliers)
        return [
            {
                "topic": number,
                "topic name": names[number],
                "name": items.names[at],
                "day": str(items.days[at] or ""),
                "day from": items.sources[at],
                "outlier": at in out,
                "near": self.near[at],
                "text": items.texts[at],
            }
            for at, number in enumerate(self.member)
        ]

    def summary(self) -> list[dict[str, Cell]]:
        """Return one row a topic."""
        return [
            {
                "topic": topic.number,
                "topic name": topic.name,
                "size": topic.size,
                "change": topic.change,
                "emerging": topic.emerging,
            }
            for topic in self.topics
        ]


def topics(items: Items, count: int = 0) -> Topics:
    """Find topics; `count` 0 takes about the square root of half the texts."""
    total = len(items.texts)
    if total < 2:
        return Topics((), (0,) * total, (1.0,) * total, (), 0.0, "Topics need at least two texts.")
    wanted = min(count or max(2, round((total / 2) ** 0.5)), MOST_TOPICS if not count else total)
    member = cluster(items.vectors, wanted)
    near = np.einsum("nd,nd->n", items.vectors, _middles(items.vectors, member)[member])
    names = named(items.texts, member)
    recent = _recent(items.days)
    found = [
        _topic(at, names[at], np.flatnonzero(member == at), near, recent) for at in range(member.max() + 1)
    ]
    return Topics(
        topics=tuple(found),
        member=tuple(member.tolist()),
        near=tuple(near.tolist()),
        outliers=tuple(np.flatnonzero(near < near.mean() - FAR * near.std()).tolist()),
        drift=_drift(member, recent),
        note=_note(total, recent is not None),
    )


def cluster(vectors: Vectors, count: int) -> Numbers:
    """Return a topic number for each row, 0 for the largest."""
    chosen = _chosen(vectors)
    moved = _towards_neighbours(vectors[chosen], min(NEIGHBOURS, len(chosen) // count // SHARE))
    labels = fcluster(linkage(moved.astype(np.float64), "ward"), count, "maxclust") - 1
    labels = _settled(moved, labels)
    if len(chosen) < len(vectors):
        labels = (vectors @ _middles(vectors[chosen], labels).T).argmax(axis=1)
    return _by_size(labels)


def _towards_neighbours(vectors: Vectors, count: int) -> Vectors:
    if not count:
        return vectors
    for _ in range(MOVES):
        cosines = vectors @ vectors.T
        np.fill_diagonal(cosines, -np.inf)
        nearest = np.argpartition(-cosines, count, axis=1)[:, :count]
        vectors = unit(vectors + vectors[nearest].mean(axis=1))
    return vectors


def _settled(vectors: Vectors, labels: Numbers) -> Numbers:
    """Give each row to the cluster whose middle is nearest, until nothing changes."""
    for _ in range(SETTLED):
        nearest = (vectors @ _middles(vectors, labels).T).argmax(axis=1)
        if np.array_equal(nearest, labels):
            break
        labels = np.unique(nearest, return_inverse=True)[1]
    return labels


def _middles(vectors: Vectors, labels: Numbers) -> Vectors:
    return centres(vectors, [np.flatnonzero(labels == at) for at in range(labels.max() + 1)])


def _chosen(vectors: Vectors) -> Numbers:
    """Return the rows that are clustered: all, or those a fixed projection draws, whatever their order."""
    if len(vectors) <= MOST_CLUSTERED:
        return np.arange(len(vectors))
    direction = np.random.default_rng(0).normal(size=vectors.shape[1])
    spread = np.argsort(vectors @ direction, kind="stable")
    return spread[np.linspace(0, len(vectors) - 1, MOST_CLUSTERED).astype(np.int64)]


def _by_size(labels: Numbers) -> Numbers:
    """Renumber clusters by size; equal sizes by where they first occur."""
    kept, first, counts = np.unique(labels, return_index=True, return_counts=True)
    order = sorted(range(len(kept)), key=lambda at: (-counts[at], first[at]))
    number = {int(kept[at]): rank for rank, at in enumerate(order)}
    return np.array([number[int(label)] for label in labels])


def named(texts: Sequence[str], member: Numbers) -> list[str]:
    """Return a name for each topic: the words that stand in it and not in the others."""
    groups = (np.flatnonzero(member == one).tolist() for one in range(member.max() + 1))
    joined = [" ".join(texts[at] for at in rows) for rows in groups]
    try:
        counter = CountVectorizer(
            stop_words=sorted(words.STOP),
            token_pattern=r"(?u)\b[^\W\d_]{3,}\b",
            ngram_range=(1, 2),
            max_features=50_000,
        )
        counts = counter.fit_transform(joined).toarray().astype(np.float64)
    except ValueError:  # no words at all, as in tables of numbers
        return [f"topic {one + 1}" for one in range(len(joined))]
    terms = counter.get_feature_names_out()
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    rare = np.log(1 + counts.sum(axis=1).mean() / np.maximum(counts.sum(axis=0), 1))
    return [_name(terms, row) or f"topic {one + 1}" for one, row in enumerate(share * rare)]


def _name(terms: npt.NDArray[np.str_], weight: npt.NDArray[np.float64]) -> str:
    kept: list[str] = []
    for at in np.argsort(-weight, kind="stable")[: 5 * NAME_WORDS]:
        term = str(terms[at])
        stems = set(words.content(term))
        if weight[at] > 0 and not any(stems & set(words.content(other)) for other in kept):
            kept.append(term)
    return ", ".join(kept[:NAME_WORDS])


def _recent(days: Sequence[date | None]) -> npt.NDArray[np.int64] | None:
    """Return 1 for the latest quarter, 0 for older, -1 for undated texts; None where it cannot be told."""
    known = sorted(day for day in days if day is not None)
    if len(known) < FEW or known[0] == known[-1]:
        return None
    edge = known[int(len(known) * (1 - RECENT))]
    return np.array([-1 if day is None else int(day >= edge) for day in days])


def _topic(
    number: int, name: str, rows: Numbers, near: npt.NDArray[np.float32], recent: npt.NDArray[np.int64] | None
) -> Topic:
    typical = rows[np.argsort(-near[rows], kind="stable")[:3]]
    change, emerging = 0.0, False
    if recent is not None:
        now, before = (
            float((recent[rows] == part).sum() / max((recent == part).sum(), 1)) for part in (1, 0)
        )
        change = now - before
        emerging = now > 2 * before and int((recent[rows] == 1).sum()) >= LEAST_MOVING
    return Topic(number, name, len(rows), tuple(typical.tolist()), change, emerging)


def _drift(member: Numbers, recent: npt.NDArray[np.int64] | None) -> float:
    """Return how much of the latest quarter lies in other topics than before (total variation, 0 to 1)."""
    if recent is None:
        return 0.0
    size = member.max() + 1
    now, before = (np.bincount(member[recent == part], minlength=size) for part in (1, 0))
    return float(np.abs(now / max(now.sum(), 1) - before / max(before.sum(), 1)).sum() / 2)


def _note(total: int, dated: bool) -> str:
    if total < FEW:
        return f"Only {counted(total, 'text')}: topics of so few are accidents as often as not."
    moving = "" if dated else " Too few different days are known to say what moves."
    return (
        "Texts of one topic lie near each other; its name is words that stand there and not elsewhere. "
        f"Outliers are far from the middle of their topic.{moving}"
    )
