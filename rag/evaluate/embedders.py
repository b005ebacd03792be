"""Is the embedder what it says: three published figures, taken on the embedder alone.

STS-B (Spearman of cosines), Banking77 (logistic regression on 8 sentences a class), XQuAD in English
(nDCG@10 of whole paragraphs); all-MiniLM-L6-v2 has 0.82, 0.80 and 0.943. Knows no library and no chunks.
"""

from __future__ import annotations

import csv
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import numpy as np
from scipy.stats import spearmanr  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from rag.embed import TransformerEmbedder
from rag.errors import RagError
from rag.evaluate.report import Report, Row, Table, measured
from rag.evaluate.retrieval import scores
from rag.evaluate.squad import read_squad
from rag.protocols import Embedder
from rag.settings import Settings

log = logging.getLogger(__name__)

SHOTS = 8  # sentences of each class
DRAWS = 5  # times the few-shot examples are drawn anew
DEEP = 50  # paragraphs ranked for a question
PLACES = {
    "stsb": "stsb/stsb-en-test.csv",
    "banking77": "banking77",
    "xquad": "xquad/xquad.en.json",
}


def prove(
    data: Path, settings: Settings, *, seed: int = 0, on_progress: Callable[[str], None] = log.info
) -> Report:
    """Measure the embedder of the settings on those of the three sets that `data` holds."""
    present = {name: data / place for name, place in PLACES.items() if (data / place).exists()}
    if not present:
        raise RagError(f"{data} holds none of {', '.join(PLACES.values())}.")
    embedder = TransformerEmbedder(settings)
    measures = {"stsb": similarity, "banking77": few_shot, "xquad": paragraphs}
    rows: list[Row] = []
    for name, path in present.items():
        on_progress(f"{embedder.name}: {name}")
        rows.append(measures[name](embedder, path, seed))
    return Report(tuple(rows))


def similarity(embedder: Embedder, path: Path, seed: int) -> Row:
    """Return the rank correlation of cosines with people's scores; rows of sentence, sentence, score."""
    with path.open(encoding="utf-8", newline="") as lines:
        pairs = list(csv.reader(lines))
    one = embedder.embed_documents([pair[0] for pair in pairs])
    other = embedder.embed_documents([pair[1] for pair in pairs])
    cosines = np.sum(one * other, axis=1).tolist()
    judged = [float(pair[2]) for pair in pairs]
    return measured("stsb", "Spearman", [cosines, judged], seed, _spearman)


def _spearman(table: Table) -> float:
    return float(spearmanr(table[:, 0], table[:, 1]).statistic)


def few_shot(embedder: Embedder, folder: Path, seed: int) -> Row:
    """Return the accuracy of logistic regression on few sentences a class, the mean of several draws."""
    train, test = _labelled(folder / "train.csv"), _labelled(folder / "test.csv")
    known = embedder.embed_documents([text for text, _ in train])
    asked = embedder.embed_documents([text for text, _ in test])
    truth = np.array([label for _, label in test])
    right = np.zeros(len(test))
    for draw in range(DRAWS):
        chosen = _drawn([label for _, label in train], Random(f"{seed}-{draw}"))
        model = LogisticRegression(max_iter=1000)
        model.fit(known[chosen], [train[number][1] for number in chosen])
        right += model.predict(asked) == truth
    return measured("banking77", f"accuracy, {SHOTS} a class", [(right / DRAWS).tolist()], seed)


def _labelled(path: Path) -> list[tuple[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return [(row["text"], row["category"]) for row in csv.DictReader(lines)]


def _drawn(labels: Sequence[str], rng: Random) -> list[int]:
    order = rng.sample(range(len(labels)), len(labels))
    taken: dict[str, list[int]] = {}
    for number in order:
        numbers = taken.setdefault(labels[number], [])
        if len(numbers) < SHOTS:
            numbers.append(number)
    return [number for numbers in taken.values() for number in numbers]


def paragraphs(embedder: Embedder, path: Path, seed: int) -> Row:
    """Return nDCG@10 of questions against the whole paragraphs of a file of the SQuAD form."""
    whole = read_squad(path)
    units = [(name, span) for name, spans in whole.units.items() for span in spans]
    vectors = embedder.embed_documents([str(whole.files[name])[slice(*span)] for name, span in units])
    asked = embedder.embed_queries([question.text for question in whole.questions])
    nearest = np.argsort(-asked @ vectors.T, axis=1)[:, :DEEP]
    runs = {
        question.id: [str(number) for number in order]
        for question, order in zip(whole.questions, nearest.tolist(), strict=True)
    }
    qrels = {
        question.id: {
            str(number): 1
            for number, (name, (start, end)) in enumerate(units)
            if any(p.file == name and start <= p.start < end for p in question.evidence)
        }
        for question in whole.questions
    }
    return measured("xquad", "nDCG@10", [list(scores(qrels, runs)["nDCG@10"].values())], seed)
