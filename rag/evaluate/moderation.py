"""Moderation by example on HateCheck (Röttger et al. 2021, arXiv:2012.15606), function by function.

A draw learns from some templates and is asked about the others. Intervals are drawn over templates, because
the cases of one differ in a word only. Knows no library.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from rag.evaluate.kept import Kept
from rag.evaluate.report import Row, measured, ratio
from rag.lenses.classify import STRENGTH, regression

SHOTS, DRAWS = 64, 10
NAMES = ["not hateful", "hateful"]

Numbers = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float64]


def moderation(path: Path, embed: Kept, seed: int) -> Iterator[Row]:
    """Accuracy in all, of either label and by function, on templates that no example is made from.

    HateCheck derives templates from others ("I do not hate …" from "I hate …"). The row "families" learns
    from no template that the tested one is derived from, or that is derived from the same.
    """
    with path.open(encoding="utf-8", newline="") as lines:
        cases = list(csv.DictReader(lines))
    truth = np.array([int(case["label_gold"] == "hateful") for case in cases])
    templates = np.array([int(case["templ_id"]) for case in cases])
    functions = np.array([case["functionality"] for case in cases])
    shares = _shares(cases, truth, templates, embed, seed)
    everywhere = np.full(len(cases), True)

    def row(measure: str, share: Shares, within: npt.NDArray[np.bool_]) -> Row:
        return _row(measure, share, templates, within & ~np.isnan(share), seed)

    yield row("all functions", shares["examples"], everywhere)
    yield row("plain: words (TF-IDF), logistic regression", shares["words"], everywhere)
    yield row("plain: hateful, whatever the text", truth.astype(np.float64), everywhere)
    yield row("all functions, families never seen", shares["families"], everywhere)
    for label, name in enumerate(NAMES):
        yield row(f"cases that are {name}", shares["examples"], truth == label)
    for function in dict.fromkeys(functions.tolist()):
        yield row(function, shares["examples"], functions == function)


def _shares(
    cases: list[dict[str, str]], truth: Numbers, templates: Numbers, embed: Kept, seed: int
) -> dict[str, Shares]:
    """Return of each case the share of draws that got it right, nan where none asked about it."""
    texts = [case["test_case"] for case in cases]
    vectors, names = embed(texts), embed(NAMES)

    def by_examples(rows: Numbers) -> Numbers:
        weights, bias = regression(vectors[rows], truth[rows], names)
        return np.asarray((vectors @ weights.T + bias).argmax(axis=1))

    def by_words(rows: Numbers) -> Numbers:
        table = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2)).fit([texts[row] for row in rows])
        known = table.transform(texts)
        model = LogisticRegression(C=STRENGTH, max_iter=1000).fit(known[rows], truth[rows])
        return np.asarray(model.predict(known))

    ways = {"examples": (by_examples, templates), "words": (by_words, templates)}
    ways["families"] = (by_examples, _families(cases, templates))
    right = {way: np.zeros(len(cases)) for way in ways}
    asked = {way: np.zeros(len(cases)) for way in ways}
    for way, (guess, kinds) in ways.items():
        for draw in range(DRAWS):
            rows, held_out = _drawn(truth, kinds, np.random.default_rng([seed, draw]))
            right[way] += held_out & (guess(rows) == truth)
            asked[way] += held_out
    with np.errstate(invalid="ignore"):
        return {way: right[way] / asked[way] for way in ways}


def _drawn(truth: Numbers, kinds: Numbers, rng: np.random.Generator) -> tuple[Numbers, npt.NDArray[np.bool_]]:
    """Return examples of half of the kinds, as many of either label, and which cases are of the others."""
    shuffled = rng.permutation(np.unique(kinds))
    learned = np.isin(kinds, shuffled[: len(shuffled) // 2])
    order = rng.permutation(np.flatnonzero(learned))
    return np.concatenate([order[truth[order] == label][:SHOTS] for label in (0, 1)]), ~learned


def _families(cases: list[dict[str, str]], templates: Numbers) -> Numbers:
    """Return of each case a number that templates derived from one another share."""
    leads = {int(case["templ_id"]): int(case["ref_templ_id"]) for case in cases if case["ref_templ_id"]}

    def first(template: int) -> int:
        while template in leads:
            template = leads[template]
        return template

    return np.array([first(template) for template in templates.tolist()])


def _row(measure: str, share: Shares, templates: Numbers, within: npt.NDArray[np.bool_], seed: int) -> Row:
    """Return the mean over cases, with an interval over templates; n counts cases."""
    kinds = [within & (templates == template) for template in np.unique(templates[within])]
    columns = [[float(share[kind].sum()) for kind in kinds], [float(kind.sum()) for kind in kinds]]
    return replace(measured("hatecheck", measure, columns, seed, ratio), n=int(within.sum()))
