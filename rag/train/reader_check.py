"""Calibrates the evidence reader on held-out documents and measures it.

The probability is fitted on one half of the held-out questions and every figure is of the other half.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
from tokenizers import Encoding

from rag.rerank import Calibration, EvidenceReader, PairTokenizer, Raw
from rag.train.data import Source
from rag.train.measure import Refusals, exact, f1
from rag.train.pairs import wording
from rag.weights import pick_dtype

SEED = 11
CANDIDATES = 8  # passages of a document that a question is ranked over


@dataclass(frozen=True, slots=True)
class Asked:
    """A held-out question with a passage, and what the reader's net said of them."""

    family: str
    question: str
    passage: str
    answers: tuple[str, ...]
    raw: Raw

    @property
    def found(self) -> str:
        """The words of the best span."""
        return self.passage[self.raw.span[0] : self.raw.span[1]]


def ask_all(reader: EvidenceReader, base: Path, sources: Sequence[Source], limit: int) -> list[Asked]:
    """Read at most `limit` questions of each set, each with the passage it was written for."""
    rng = random.Random(SEED)
    rows: list[tuple[str, str, str, tuple[str, ...]]] = []
    for name in sorted({source.family for source in sources}):
        found = [
            (name, wording(q.text, name, rng, noisy=0.0), _passage(source, q.home), q.answers)
            for source in sources if source.family == name
            for q in source.questions if q.home is not None
        ]  # fmt: skip
        rng.shuffle(found)
        rows += found[:limit]
    tokenizer = PairTokenizer(base)
    encodings: list[Encoding] = [tokenizer.encode(row[1], [row[2]])[0][0] for row in rows]
    raws = reader.raw(encodings)
    return [Asked(*row, raw) for row, raw in zip(rows, raws, strict=True)]


def _passage(source: Source, number: int | None) -> str:
    return f"{source.title_of(number or 0).replace('_', ' ')}\n{source.passages[number or 0]}"


def calibrate(asked: Sequence[Asked]) -> Calibration:
    """Fit the logistic regression from answer logit and span margin to "it answers"."""
    signs = np.array([(row.raw.logit, row.raw.margin) for row in asked])
    truth = np.array([bool(row.answers) for row in asked])
    fitted = LogisticRegression(C=10.0).fit(signs, truth)
    answer, margin = (float(value) for value in fitted.coef_[0])
    return Calibration(round(answer, 4), round(margin, 4), round(float(fitted.intercept_[0]), 4))


def figures(asked: Sequence[Asked], calibration: Calibration, threshold: float) -> dict[str, float]:
    """Return span F1 and exact match on answerable questions, and the refusals at a threshold."""
    can = [row for row in asked if row.answers]
    sure = [calibration.probability(row.raw.logit, row.raw.margin) for row in asked]
    refusals = Refusals.of([p < threshold for p in sure], [bool(row.answers) for row in asked])
    return {
        "questions": len(asked),
        "span F1": sum(f1(row.found, row.answers) for row in can) / max(1, len(can)),
        "span exact": sum(exact(row.found, row.answers) for row in can) / max(1, len(can)),
        **{f"refusal {name}": value for name, value in asdict(refusals).items()},
    }


def check(
    folder: Path, base: Path, sources: Sequence[Source], limit: int = 1600
) -> dict[str, dict[str, float]]:
    """Calibrate on half of the held-out SQuAD 2 questions, write it, and return all figures."""
    reader = EvidenceReader(folder, base, pick_dtype(torch.device("cpu")))
    held = [source for source in sources if source.held_out]
    asked = ask_all(reader, base, held, limit)
    squad = [row for row in asked if row.family == "squad2"]
    calibration = calibrate(squad[::2])
    config = json.loads((folder / "config.json").read_text("utf-8"))
    config["calibration"] = asdict(calibration)
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", "utf-8")
    test = squad[1::2]
    report = {f"squad2 at {share}": figures(test, calibration, share) for share in (0.3, 0.4, 0.5, 0.6)}
    for name in sorted({row.family for row in asked} - {"squad2"}):
        report[name] = figures([row for row in asked if row.family == name], calibration, 0.5)
    return report
