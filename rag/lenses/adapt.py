"""Adapting search by meaning to a library's own terms: a linear map on the vectors of questions.

Learned from pairs of a question and its passage, against all other passages (InfoNCE, van den Oord et al.
2018, arXiv:1807.03748) in both directions, and held close to doing nothing, the closer the fewer pairs there
are. Passages keep their vectors, so nothing is indexed again, and taking it back is taking a file away. It is
judged on halves that it did not learn from, and is not used where the gain may be none. Knows vectors; no
model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rag.errors import RagError
from rag.home import write_atomically
from rag.lenses.space import unit
from rag.protocols import Embedder, LibraryView
from rag.types import GoldenQuestion, Passages, Vectors
from rag.weights import on_model_thread
from rag.words import counted

FILE = "adapter.npz"  # in the home
SPLITS = 5  # into halves, each of which judges what was learned from the other
LEAST = 20  # pairs; half of them are learned from, half judge
ROUNDS = 30
RATE = 2e-3
# How strongly the map is held to doing nothing, over the number of pairs; chosen with the temperature on 25
# to 434 pairs of a public-health FAQ.
HOLD = 20.0
TEMPERATURE = 0.1
MOST_PAIRS = 1000  # learned from at once, and
MOST_PASSAGES = 2000  # told apart, so that it takes minutes for any library
DEPTH = 10
RESAMPLES = 1000

Targets = Sequence[frozenset[int]]
Scores = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Adapter:
    """A map of question vectors of one embedder: v + v @ matrix, to unit length."""

    embedder: str
    matrix: Vectors

    def apply(self, vectors: Vectors) -> Vectors:
        """Return the adapted vectors."""
        return unit(vectors + vectors @ self.matrix)

    def save(self, path: Path) -> None:
        """Write it whole or not at all."""
        import io

        held = io.BytesIO()
        np.savez(held, embedder=np.array(self.embedder), matrix=self.matrix)
        write_atomically(path, held.getvalue())

    @classmethod
    def load(cls, path: Path) -> Adapter | None:
        """Read it; None where there is none; RagError where the file is damaged."""
        if not path.is_file():
            return None
        try:
            with np.load(path, allow_pickle=False) as held:
                return cls(str(held["embedder"]), held["matrix"])
        except (OSError, ValueError, KeyError) as exc:
            raise RagError(f"{path} is damaged. Take the adapter back and learn it again.") from exc


@dataclass(frozen=True, slots=True)
class Trial:
    """nDCG@10 on held-out halves without and with the map; the gain has a 95 % interval over questions."""

    before: float
    after: float
    low: float
    high: float
    pairs: int

    @property
    def helps(self) -> bool:
        """True where the whole interval of the gain lies above 0."""
        return self.low > 0

    @property
    def note(self) -> str:
        """Say what was found."""
        said = (
            f"On held-out halves of {self.pairs} pairs, {SPLITS} times: nDCG@10 {self.before:.3f} as it is, "
            f"{self.after:.3f} adapted, gain {self.low:+.3f} to {self.high:+.3f}."
        )
        return said if self.helps else f"{said} That may be no gain, so nothing was changed."


class AdaptedEmbedder:
    """An embedder whose question vectors go through an adapter; passages are as they were."""

    def __init__(self, embedder: Embedder, adapter: Adapter) -> None:
        self._embedder, self._adapter = embedder, adapter
        self.name, self.dimension, self.max_tokens = embedder.name, embedder.dimension, embedder.max_tokens
        self.count_tokens, self.embed_documents = embedder.count_tokens, embedder.embed_documents

    def embed_queries(self, texts: Sequence[str], /) -> Vectors:
        """Return adapted vectors of questions."""
        return self._adapter.apply(self._embedder.embed_queries(texts))


def adapted(embedder: Embedder, path: Path) -> Embedder:
    """Return the embedder with the adapter at `path`, where there is one that was learned for it."""
    adapter = Adapter.load(path)
    return AdaptedEmbedder(embedder, adapter) if adapter and adapter.embedder == embedder.name else embedder


def pairs_of(passages: Passages, given: Sequence[tuple[str, str]] = ()) -> list[tuple[str, frozenset[int]]]:
    """Return questions with the rows of the passages that answer them.

    From the headings of the library, each with the passages below it, and from pairs that a person gives: a
    question, and words that stand in its passage.
    """
    below: dict[str, set[int]] = {}
    for row, chunk in enumerate(passages.chunks):
        if chunk.heading:
            below.setdefault(chunk.heading.rpartition(" > ")[2], set()).add(row)
    found = [(heading, frozenset(rows)) for heading, rows in below.items() if len(rows) <= DEPTH]
    for question, words in given:
        wanted = " ".join(words.split()).casefold()
        rows = {
            row
            for row, chunk in enumerate(passages.chunks)
            if wanted in " ".join(chunk.text.split()).casefold()
        }
        if rows and wanted:
            found.append((question, frozenset(rows)))
    return found


def kept(questions: Sequence[GoldenQuestion], text: Callable[[str], str]) -> list[tuple[str, str]]:
    """Return questions that a person keeps for measuring as pairs; `text` gives that of a document."""
    return [(one.question, text(one.document)[one.start : one.end]) for one in questions]


def learn(name: str, questions: Vectors, stored: Vectors, targets: Targets) -> Adapter:
    """Learn the map for the embedder of that name; `targets` are the rows of `stored` for each question.

    Of many pairs some are drawn, and each is told apart from the answers and the passages nearest to it.
    """
    kept = np.random.default_rng(0).permutation(len(targets))[:MOST_PAIRS].tolist()
    asked, wanted = questions[kept], [targets[at] for at in kept]
    rows = _rivals(asked, stored, wanted)
    number = {row: at for at, row in enumerate(rows.tolist())}
    right = np.zeros((len(wanted), len(rows)), np.float32)
    for at, found in enumerate(wanted):
        right[at, [number[row] for row in found]] = 1
    return Adapter(name, on_model_thread(partial(_descend, asked, stored[rows], right)))


def _rivals(questions: Vectors, stored: Vectors, targets: Targets) -> npt.NDArray[np.int64]:
    """Return the rows of `stored` to tell apart: all where they are few, else all answers and the nearest."""
    if len(stored) <= MOST_PASSAGES:
        return np.arange(len(stored))
    answers = np.unique([row for rows in targets for row in rows])
    nearest = np.argsort(-(questions @ stored.T).max(axis=0), kind="stable")[:MOST_PASSAGES]
    return np.union1d(answers, nearest)


def _descend(questions: Vectors, stored: Vectors, wanted: Vectors) -> Vectors:
    import torch
    import torch.nn.functional as F

    with torch.inference_mode(False), torch.enable_grad():  # the model thread computes no gradients
        asked, passages, right = torch.tensor(questions), torch.tensor(stored), torch.tensor(wanted)
        answers = right.sum(dim=0) > 0
        by_question = right / right.sum(dim=1, keepdim=True)
        by_passage = right[:, answers] / right[:, answers].sum(dim=0)
        matrix = torch.zeros(questions.shape[1], questions.shape[1], requires_grad=True)
        steps = torch.optim.Adam([matrix], lr=RATE)
        for _ in range(ROUNDS):
            near = F.normalize(asked + asked @ matrix, dim=1) @ passages.T / TEMPERATURE
            loss = -(by_question * F.log_softmax(near, dim=1)).sum(dim=1).mean()
            loss = loss - (by_passage * F.log_softmax(near[:, answers], dim=0)).sum(dim=0).mean()
            loss = loss + HOLD / len(asked) * matrix.pow(2).sum()
            steps.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            steps.step()
        found: Vectors = matrix.detach().numpy()
        return found


def judge(questions: Vectors, stored: Vectors, targets: Targets, *, seed: int = 0) -> Trial:
    """Learn on each half of the pairs and measure on the other, several times; raise RagError for too few."""
    if len(targets) < LEAST:
        raise RagError(
            f"Only {counted(len(targets), 'pair')} of a question and its passage: at least {LEAST} are "
            "needed to learn and to judge. Documents with headings give some, and a CSV of questions with "
            "words that answer."
        )
    before = ndcg(questions, stored, targets)
    after = np.zeros(len(targets))
    for split in range(SPLITS):
        order = np.random.default_rng([seed, split]).permutation(len(targets))
        halves = order[: len(order) // 2], order[len(order) // 2 :]
        for train, test in (halves, halves[::-1]):
            adapter = learn("", questions[train], stored, [targets[at] for at in train])
            held_out = [targets[at] for at in test]
            after[test] += ndcg(adapter.apply(questions[test]), stored, held_out) / SPLITS
    gains = after - before
    rng = np.random.default_rng(seed)
    drawn = [gains[rng.integers(0, len(gains), len(gains))].mean() for _ in range(RESAMPLES)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Trial(float(before.mean()), float(after.mean()), float(low), float(high), len(targets))


def ndcg(questions: Vectors, stored: Vectors, targets: Targets) -> Scores:
    """Return nDCG@10 of each question (Järvelin and Kekäläinen 2002), every target of grade 1."""
    order = np.argsort(-(questions @ stored.T), axis=1, kind="stable")[:, :DEPTH]
    worth = 1 / np.log2(np.arange(2, DEPTH + 2))
    return np.array(
        [
            sum(worth[rank] for rank, at in enumerate(found.tolist()) if at in rows)
            / worth[: len(rows)].sum()
            for found, rows in zip(order, targets, strict=True)
        ]
    )


def adapt(
    view: LibraryView, name: str, given: Sequence[tuple[str, str]] = ()
) -> tuple[Trial, Adapter | None]:
    """Learn and judge a map for this library; the adapter is None where it does not help."""
    passages = view.passages()
    pairs = pairs_of(passages, given)
    questions = np.zeros((0, 0), np.float32)
    if pairs:
        questions = view.embed([question for question, _ in pairs], queries=True)
    targets = [rows for _, rows in pairs]
    trial = judge(questions, passages.vectors, targets)
    return trial, learn(name, questions, passages.vectors, targets) if trial.helps else None
