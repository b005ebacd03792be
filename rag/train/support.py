"""The probability that an answer is supported: a logistic regression for each way an answer comes about.

Knows cases only, not where they come from; `rag.evaluate.support` collects them from a library.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from rag.errors import RagError
from rag.ground import Features, SupportModel
from rag.home import write_atomically

FEWEST = 40  # cases of a way, right and wrong together, under which a fit says nothing
STRENGTH = 0.1  # inverse of the penalty; a few articles are not the world, and weaker ones did not carry over
BINS = 5
QUOTED = ("agreement", "share")  # inputs that are the same for every quotation
WRITTEN = ("logprob", "opening")  # inputs that only a local generator gives


@dataclass(frozen=True, slots=True)
class Case:
    """An answer about to be shown: how it came about, what it was judged by, whether it was right.

    `counts` is how much it counts beside the others when weights are fitted.
    """

    way: str
    inputs: Features
    right: bool
    counts: float = 1.0


@dataclass(frozen=True, slots=True)
class Bin:
    """Cases with a probability in [low, high): the mean that was said and the share that was right."""

    low: float
    high: float
    said: float
    right: float
    n: int


@dataclass(frozen=True, slots=True)
class Reliability:
    """How well probabilities keep their word: Brier score, mean gap between said and right, and the bins."""

    n: int
    brier: float
    gap: float
    bins: tuple[Bin, ...]


def fit(cases: Sequence[Case]) -> SupportModel:
    """Fit the weights of each way; raise RagError where there are too few cases to learn from."""
    generated = [case for case in cases if case.way == "generated"]
    # A server gives no log-probabilities: the same answers, judged without them
    ways = {
        "quoted": ([case for case in cases if case.way == "quoted"], (*QUOTED, *WRITTEN)),
        "declined": ([case for case in cases if case.way == "declined"], QUOTED),
        "generated": (generated, ()),
        "remote": (generated, WRITTEN),
    }
    return SupportModel({way: _fitted(way, some, without) for way, (some, without) in ways.items()})


def _fitted(way: str, cases: Sequence[Case], without: Sequence[str]) -> dict[str, float]:
    truth = np.array([case.right for case in cases])
    if len(cases) < FEWEST or truth.all() or not truth.any():
        raise RagError(f"{len(cases)} cases of {way} answers, {truth.sum()} right, are too few to fit.")
    names = [name for name in cases[0].inputs.row() if name not in without]
    rows = np.array([[case.inputs.row()[name] for name in names] for case in cases])
    centre, spread = rows.mean(axis=0), rows.std(axis=0)
    used = spread > 1e-6  # an input that never changes tells nothing
    model = LogisticRegression(C=STRENGTH, max_iter=1000).fit(
        (rows - centre)[:, used] / spread[used], truth, sample_weight=[case.counts for case in cases]
    )
    scaled = model.coef_[0] / spread[used]
    kept = [name for name, use in zip(names, used, strict=True) if use]
    weights = {name: float(weight) for name, weight in zip(kept, scaled, strict=True)}
    bias = float(model.intercept_[0] - (scaled * centre[used]).sum())
    return {name: round(weight, 4) for name, weight in {"bias": bias, **weights}.items()}


def crossed(halves: Sequence[Sequence[Case]]) -> dict[str, Reliability]:
    """Return the reliability of each way, every half judged by weights fitted on the other."""
    one, other = halves
    models = (fit(other), fit(one))
    pairs = [(model, case) for model, half in zip(models, halves, strict=True) for case in half]
    found = {}
    for way in sorted({case.way for _, case in pairs}):
        judged = [
            (model.probability(way, case.inputs), case.right) for model, case in pairs if case.way == way
        ]
        found[way] = reliability(*zip(*judged, strict=True))
    return found


def reliability(said: Sequence[float], truth: Sequence[bool]) -> Reliability:
    """Hold probabilities against what was right; they come from weights not fitted on these answers."""
    saying, right = np.array(said, dtype=np.float64), np.array(truth, dtype=np.float64)
    places = np.minimum((saying * BINS).astype(int), BINS - 1)
    bins = [
        Bin(
            number / BINS,
            (number + 1) / BINS,
            float(saying[places == number].mean()),
            float(right[places == number].mean()),
            int((places == number).sum()),
        )
        for number in range(BINS)
        if (places == number).any()
    ]
    gap = sum(abs(one.said - one.right) * one.n for one in bins) / max(len(said), 1)
    return Reliability(len(said), float(((saying - right) ** 2).mean()) if said else 0.0, gap, tuple(bins))


def write(model: SupportModel, path: Path, notes: Mapping[str, object]) -> None:
    """Write the weights with what they were made from."""
    written = {"weights": {way: dict(weights) for way, weights in model.weights.items()}, **notes}
    write_atomically(path, (json.dumps(written, indent=2) + "\n").encode())
