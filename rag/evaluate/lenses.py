"""How good the lenses are, each beside a plain baseline, on the sets that a folder holds.

Banking77 (classify, topics), HateCheck (classify), SQuAD (gaps), PubMedQA and CUAD (similar), a phone manual
(compare, adapt), summaries of clauses (adapt), Google analogies and WordSim353 (words).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.stats import spearmanr  # type: ignore[import-untyped]
from sklearn.cluster import KMeans  # type: ignore[import-untyped]
from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score  # type: ignore[import-untyped]

from rag.errors import RagError
from rag.evaluate.finding import abstracts, contracts, left_out, worded_otherwise
from rag.evaluate.kept import Kept
from rag.evaluate.manual import read_emanual
from rag.evaluate.moderation import moderation
from rag.evaluate.ranking import read_legal
from rag.evaluate.report import Report, Row, measured
from rag.evaluate.sets import EvalSet
from rag.lenses.adapt import judge
from rag.lenses.classify import regression
from rag.lenses.topics import cluster
from rag.lenses.words import general
from rag.settings import Settings
from rag.types import Vectors

DRAWS = {8: 10, 64: 3}
TEXTS = 2000  # sentences of Banking77 that are grouped into topics

Say = Callable[[str], None]


def prove_lenses(data: Path, settings: Settings, *, keep: Path | None, seed: int = 0, say: Say) -> Report:
    """Measure the lenses on those of the sets that `data` holds; raise RagError where it holds none."""
    measures: tuple[tuple[str, Callable[[Path, Kept, int], Iterator[Row]]], ...] = (
        ("banking77", banking),
        ("hatecheck/test_suite_cases.csv", moderation),
        ("squad/squad2.json", left_out),
        ("pubmedqa/pubmedqa.json", abstracts),
        ("cuad", contracts),
        ("emanual", worded_otherwise),
        ("legal_summarization/all_v1.json", clauses),
        ("emanual", manual),
    )
    embed = Kept(settings, keep)
    rows: list[Row] = []
    for place, measure in measures:
        if (data / place).exists():
            say(f"lenses: {place}")
            for row in measure(data / place, embed, seed):
                rows.append(row)
                say(f"{row.set}: {row.measure} {row.value:.3f}")
    if (data / "analogies").exists():
        say("lenses: analogies")
        rows += words(data / "analogies", settings, seed)
    if not rows:
        places = dict.fromkeys(place for place, _ in measures)
        raise RagError(f"{data} holds none of {', '.join(places)}, analogies.")
    return Report(tuple(rows))


def _labelled(path: Path) -> tuple[list[str], npt.NDArray[np.str_]]:
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [(row["text"], row["category"]) for row in csv.DictReader(lines)]
    return [text for text, _ in rows], np.array([label for _, label in rows])


def banking(folder: Path, embed: Kept, seed: int) -> Iterator[Row]:
    """Few-shot accuracy, and topics against the categories."""
    texts, labels = _labelled(folder / "train.csv")
    asked, truth = _labelled(folder / "test.csv")
    known, tested = embed(texts), embed(asked)
    names, numbers = np.unique(labels, return_inverse=True)
    named = embed([str(name).replace("_", " ") for name in names])
    for shots, draws in DRAWS.items():
        ours, plain = np.zeros(len(asked)), np.zeros(len(asked))
        for draw in range(draws):
            order = np.random.default_rng([seed, draw]).permutation(len(texts))
            rows = np.concatenate([order[numbers[order] == at][:shots] for at in range(len(names))])
            weights, bias = regression(known[rows], numbers[rows], named)
            ours += names[(tested @ weights.T + bias).argmax(axis=1)] == truth
            model = LogisticRegression(max_iter=1000).fit(known[rows], labels[rows])
            plain += model.predict(tested) == truth
        yield measured("banking77", f"classify, {shots} a class", [(ours / draws).tolist()], seed)
        yield measured(
            "banking77", f"plain logistic regression, {shots} a class", [(plain / draws).tolist()], seed
        )
    yield from _grouped(texts, known, numbers, seed)


def _grouped(
    texts: Sequence[str], vectors: Vectors, truth: npt.NDArray[np.int64], seed: int
) -> Iterator[Row]:
    rows = np.random.default_rng(seed).permutation(len(texts))[:TEXTS]
    count = len(np.unique(truth))
    found = cluster(vectors[rows], count)
    order = np.random.default_rng(seed + 1).permutation(len(rows))
    sparse = TfidfVectorizer(stop_words="english", sublinear_tf=True, min_df=2).fit_transform(
        [texts[at] for at in rows]
    )
    plain = KMeans(count, n_init=3, random_state=seed).fit_predict(sparse)
    fewer = order[: len(order) * 9 // 10]
    said = {
        "topics, NMI with categories": normalized_mutual_info_score(truth[rows], found),
        "k-means on TF-IDF, NMI with categories": normalized_mutual_info_score(truth[rows], plain),
        "topics, ARI of the same texts in another order": adjusted_rand_score(
            found[order], cluster(vectors[rows][order], count)
        ),
        "topics, ARI with a tenth of the texts left out": adjusted_rand_score(
            found[fewer], cluster(vectors[rows][fewer], count)
        ),
    }
    for measure, value in said.items():
        yield Row("banking77", measure, float(value), float(value), float(value), len(rows))


def clauses(path: Path, embed: Kept, seed: int) -> Iterator[Row]:
    """Adapting on held-out halves: summaries and their clauses."""
    yield from _adapted(read_legal(path), embed, seed)


def manual(path: Path, embed: Kept, seed: int) -> Iterator[Row]:
    """Adapting on held-out halves: questions and the sections of a manual."""
    yield from _adapted(read_emanual(path), embed, seed)


def _adapted(asked: EvalSet, embed: Kept, seed: int) -> Iterator[Row]:
    units = [
        (name, span)
        for name, text in asked.files.items()
        for span in asked.units.get(name, ((0, len(str(text))),))
    ]
    stored = embed([str(asked.files[name])[slice(*span)] for name, span in units])
    targets = [
        frozenset(
            at
            for at, (name, (start, end)) in enumerate(units)
            if any(place.file == name and start <= place.start < end for place in question.evidence)
        )
        for question in asked.questions
    ]
    asked_as = embed([question.text for question in asked.questions], queries=True)
    trial = judge(asked_as, stored, targets, seed=seed)
    count = len(targets)
    yield Row(asked.name, "adapt, nDCG@10 before", trial.before, trial.before, trial.before, count)
    yield Row(asked.name, "adapt, nDCG@10 after", trial.after, trial.after, trial.after, count)
    yield Row(asked.name, "adapt, gain", trial.after - trial.before, trial.low, trial.high, count)


def words(folder: Path, settings: Settings, seed: int) -> Iterator[Row]:
    """Google analogies that the table covers, and rank correlation with people's judgements."""
    table = general(settings)
    known = set(table.words)
    lines = (folder / "questions-words.txt").read_text("utf-8").lower().splitlines()
    asked = [parts for line in lines if len(parts := line.split()) == 4 and parts[0] != ":"]
    covered = [parts for parts in asked if set(parts) <= known]
    right = [float(flag) for flag in table.solved(covered)]
    yield measured("analogies", f"words, right of those covered ({len(asked)} in all)", [right], seed)
    pairs = [re.split(r"\t", line) for line in (folder / "wordsim353.tsv").read_text("utf-8").splitlines()]
    judged = [pair for pair in pairs if len(pair) >= 3 and {pair[0].lower(), pair[1].lower()} <= known]
    ours = [table.similarity(pair[0], pair[1]) for pair in judged]
    people = [float(pair[2]) for pair in judged]
    yield measured(
        "wordsim353",
        "words, Spearman",
        [ours, people],
        seed,
        lambda t: float(spearmanr(t[:, 0], t[:, 1]).statistic),
    )
