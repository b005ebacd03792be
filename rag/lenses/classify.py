"""Few-shot classification: a handful of labelled texts a class, logistic regression on their vectors.

The names of the classes count as examples too, because a label like "lost card" says what it means.
Probabilities are calibrated on examples held out in turn (one temperature, Guo et al. 2017,
arXiv:1706.04599). Knows no model: vectors come in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar  # type: ignore[import-untyped]
from scipy.special import log_softmax, softmax  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
from sklearn.model_selection import StratifiedKFold  # type: ignore[import-untyped]

from rag.errors import RagError
from rag.lenses.export import Cell
from rag.protocols import LibraryView
from rag.types import Vectors

STRENGTH = 10.0  # inverse regularisation; unit vectors of few examples want little (1: three points worse)
NAMED = 2  # how many examples the name of a class is worth
FOLDS = 4
FEW = 4  # examples of a class below which its probability means little
UNSURE_BELOW = 0.5

Labels = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text with its label."""

    text: str
    label: str


@dataclass(frozen=True, slots=True)
class Prediction:
    """The label of a text with its probability; `nearest` is the example most like it, and why it got it.

    `unsure` predictions should be looked at by a person; `second` is the label they may want instead.
    """

    text: str
    label: str
    probability: float
    unsure: bool
    second: str
    nearest: str
    nearest_label: str
    similarity: float

    def row(self) -> dict[str, Cell]:
        """Return it for a table or CSV."""
        return {
            "text": self.text,
            "label": "" if self.unsure else self.label,
            "probability": self.probability,
            "suggestion": self.label,
            "second": self.second,
            "nearest example": self.nearest,
            "its label": self.nearest_label,
            "similarity": self.similarity,
        }


@dataclass(frozen=True, slots=True)
class Classifier:
    """What was learned: `weights` (classes, dimension) and `bias`, a temperature, and the examples.

    `accuracy` is that of examples held out in turn, None where there are too few to hold any out.
    """

    labels: tuple[str, ...]
    weights: Vectors
    bias: npt.NDArray[np.float64]
    temperature: float
    examples: tuple[Labelled, ...]
    vectors: Vectors
    accuracy: float | None
    note: str

    def probabilities(self, vectors: Vectors) -> npt.NDArray[np.float64]:
        """Return shape (n, classes), rows that sum to 1, calibrated."""
        logits = (vectors @ self.weights.T + self.bias) / self.temperature
        return np.asarray(softmax(logits, axis=1), dtype=np.float64)

    def predict(
        self, texts: Sequence[str], vectors: Vectors, *, unsure_below: float = UNSURE_BELOW
    ) -> list[Prediction]:
        """Label texts, by their vectors; below `unsure_below` it says so."""
        if not len(texts):
            return []
        chances = self.probabilities(vectors)
        order = np.argsort(-chances, axis=1)
        cosines = vectors @ self.vectors.T
        nearest = cosines.argmax(axis=1)
        return [
            Prediction(
                text=text,
                label=self.labels[order[at, 0]],
                probability=float(chances[at, order[at, 0]]),
                unsure=bool(chances[at, order[at, 0]] < unsure_below),
                second=self.labels[order[at, 1]],
                nearest=self.examples[nearest[at]].text,
                nearest_label=self.examples[nearest[at]].label,
                similarity=float(cosines[at, nearest[at]]),
            )
            for at, text in enumerate(texts)
        ]

    def ask_next(self, vectors: Vectors, count: int = 5) -> list[int]:
        """Return the rows worth labelling next: unsure between two classes, and unlike each other."""
        chances = np.sort(self.probabilities(vectors), axis=1)
        doubt = 1 - (chances[:, -1] - chances[:, -2])
        chosen: list[int] = []
        for _ in range(min(count, len(vectors))):
            best = int(doubt.argmax())
            chosen.append(best)
            doubt = doubt * (1 - np.clip(vectors @ vectors[best], 0, 1))
            doubt[chosen] = -1
        return chosen


def learn(view: LibraryView, examples: Sequence[Labelled], unlabelled: Vectors | None = None) -> Classifier:
    """Learn from examples, with the library's embedder; raise RagError where two classes are not there."""
    kept = [Labelled(one.text.strip(), one.label.strip()) for one in examples]
    kept = [one for one in dict.fromkeys(kept) if one.text and one.label]
    labels = sorted({one.label for one in kept})
    if len(labels) < 2:
        raise RagError("Give labelled examples of at least two classes: a text and its label on each line.")
    names = view.embed([label.replace("_", " ") for label in labels])
    return fit(kept, view.embed([one.text for one in kept]), labels, names)


def fit(
    examples: Sequence[Labelled],
    vectors: Vectors,
    labels: Sequence[str],
    names: Vectors,
) -> Classifier:
    """Learn from vectors of the examples and of the names of the classes."""
    number = {label: at for at, label in enumerate(labels)}
    truth = np.array([number[one.label] for one in examples])
    weights, bias = regression(vectors, truth, names)
    temperature, accuracy = _calibrated(vectors, truth, names)
    return Classifier(
        labels=tuple(labels),
        weights=weights,
        bias=bias,
        temperature=temperature,
        examples=tuple(examples),
        vectors=vectors,
        accuracy=accuracy,
        note=_note(examples, accuracy),
    )


def regression(vectors: Vectors, truth: Labels, names: Vectors) -> tuple[Vectors, npt.NDArray[np.float64]]:
    """Return a row of weights and a bias for each class."""
    known = np.concatenate([vectors, *[names] * NAMED])
    labels = np.concatenate([truth, *[np.arange(len(names))] * NAMED])
    model = LogisticRegression(C=STRENGTH, max_iter=1000).fit(known, labels)
    weights, bias = np.asarray(model.coef_), np.asarray(model.intercept_)
    if len(weights) == 1:  # for two classes scikit-learn keeps one row
        weights, bias = np.concatenate([0 * weights, weights]), np.concatenate([0 * bias, bias])
    return weights.astype(np.float32), bias.astype(np.float64)


def _calibrated(vectors: Vectors, truth: Labels, names: Vectors) -> tuple[float, float | None]:
    """Return the temperature and the accuracy of examples held out in turn; 1 and None for too few."""
    least = min(Counter(truth.tolist()).values())
    if least < 2:
        return 1.0, None
    logits = np.zeros((len(truth), len(names)))
    for train, test in StratifiedKFold(min(FOLDS, least), shuffle=True, random_state=0).split(vectors, truth):
        weights, bias = regression(vectors[train], truth[train], names)
        logits[test] = vectors[test] @ weights.T + bias

    def loss(temperature: float) -> float:
        return -float(log_softmax(logits / temperature, axis=1)[np.arange(len(truth)), truth].mean())

    found = minimize_scalar(loss, bounds=(0.2, 20), method="bounded")
    return float(found.x), float((logits.argmax(axis=1) == truth).mean())


def _note(examples: Sequence[Labelled], accuracy: float | None) -> str:
    counts = Counter(one.label for one in examples)
    if accuracy is None:
        lone = ", ".join(sorted(label for label, count in counts.items() if count < 2))
        return f"Too few examples to check the result: give at least two of {lone}, better eight of each."
    few = sorted(label for label, count in counts.items() if count < FEW)
    checked = f"Of the examples held out in turn, {accuracy:.0%} got their own label."
    if few:
        return f"{checked} Few examples, so read the probabilities with care: {', '.join(few)}."
    return f"{checked} A probability of 0.8 means: about 8 of 10 such texts get the right label."
