"""One evaluation: a set into a library of its own, its questions searched and asked, the measures taken."""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rag.errors import RagError
from rag.evaluate.answers import Outcome
from rag.evaluate.answers import rows as answer_rows
from rag.evaluate.formats import read
from rag.evaluate.index import Index, build
from rag.evaluate.report import Report, Row, difference, measured, median
from rag.evaluate.retrieval import MEASURES, MODES, Scores, ranked, relevant, scores
from rag.evaluate.sets import EvalSet, Question, Split, absent, chosen
from rag.evaluate.sides import Ask, RawModel, sides, told
from rag.library import Library
from rag.settings import Settings

log = logging.getLogger(__name__)

DEFAULT_MODES = ("semantic", "keyword", "hybrid", "reader")
LATER = ("last turn", "two turns")  # what the search of a later turn is held against
COMPARED = ("semantic", "hybrid")  # the modes in which an embedder has a say

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Found:
    """One mode over the questions that have an answer: each measure by question, and the time each took."""

    scores: Scores
    milliseconds: Sequence[float]


def run(
    path: Path,
    form: str,
    *,
    settings: Settings,
    split: Split = "all",
    sample: int = 0,
    seed: int = 0,
    modes: Sequence[str] = DEFAULT_MODES,
    answers: bool = True,
    raw: bool = False,
    left_out: bool = False,
    compare: Sequence[str] = (),
    home: Path | None = None,
    on_progress: Say = log.info,
) -> Report:
    """Evaluate the set at `path` and return its report; raise RagError for what cannot be read.

    `answers` asks Docent the questions, `raw` the raw model, whose measures stand beside its own.
    `left_out` keeps the documents that are asked about out of the library, so that all must be refused.
    `compare` names embedders that are indexed beside the one of the settings and held against it. `home`
    keeps the index for a next run; without it everything is temporary.
    """
    if unknown := sorted(set(modes) - set(MODES)):
        raise RagError(f"No mode {', '.join(unknown)}; there are {', '.join(MODES)}.")
    asked = chosen(read(path, form), split, sample, seed)
    if not asked.questions:
        raise RagError(f"{path} holds no question of the part {split}.")
    asked = absent(asked) if left_out else asked
    found: list[Row] = []
    with indexed(asked, settings, home, on_progress) as index:
        base = search(index, () if left_out else modes, on_progress)
        for mode, result in base.items():
            found += _rows(asked.name, mode, result, seed)
        if "hybrid" in base:
            found += _followed(index, base["hybrid"], seed, on_progress)
        if any(question.answers or question.expects != "answer" for question in asked.questions):
            model = RawModel.of(settings) if raw else None
            for side, one in sides(index.library, model, answers=answers).items():
                outcomes = list(ask(index, one, on_progress))
                found += told(side, answer_rows(asked.name, outcomes, asked.evidence, seed))
    for embedder in compare:
        found += _compared(asked, settings, embedder, base, seed, on_progress)
    return Report(tuple(found))


@contextmanager
def indexed(asked: EvalSet, settings: Settings, home: Path | None, say: Say) -> Iterator[Index]:
    """Open a library that holds the files of the set and nothing else."""
    with tempfile.TemporaryDirectory(prefix="docent-evaluate-") as temporary:
        root = home or Path(temporary)
        with Library.open(root, settings, collection=asked.name) as library:
            index = build(library, asked, root / "sets" / asked.name, say)
            for known in library.documents():
                if known.id not in index.documents.values():
                    library.remove(known.id)
            yield index


def search(
    index: Index, modes: Sequence[str], say: Say, asked: Sequence[Question] | None = None
) -> dict[str, Found]:
    """Search every question that has an answer in every mode; `asked` are those of the set without it."""
    asked = index.set.questions if asked is None else asked
    golds = {question.id: index.gold(question) for question in asked}
    questions = [question for question in asked if golds[question.id]]
    qrels = {question.id: relevant(index, golds[question.id]) for question in questions}
    found: dict[str, Found] = {}
    for mode in modes if questions else ():
        runs: dict[str, list[str]] = {}
        times: list[float] = []
        for number, question in enumerate(questions, 1):
            started = time.perf_counter()
            hits = MODES[mode](index, question)
            times.append(1000 * (time.perf_counter() - started))
            runs[question.id] = ranked(index, hits, golds[question.id])
            if number % 100 == 0:
                say(f"{index.set.name}: {mode}, {number} of {len(questions)} searched")
        found[mode] = Found(scores(qrels, runs), times)
    return found


def ask(index: Index, one: Ask, say: Say) -> Iterator[Outcome]:
    """Ask one side every question of the set and yield what came of it."""
    questions = index.set.questions
    for number, question in enumerate(questions, 1):
        answer = one(question.text, question.history, index.scope(question))
        yield Outcome(question, answer, tuple(index.gold(question)))
        if number % 20 == 0:
            say(f"{index.set.name}: {number} of {len(questions)} asked")


def _rows(name: str, mode: str, result: Found, seed: int) -> list[Row]:
    rows = [
        measured(name, f"{mode} {measure}", [list(result.scores[measure].values())], seed)
        for measure in MEASURES
    ]
    return [*rows, measured(name, f"{mode} milliseconds", [result.milliseconds], seed, median)]


def _followed(index: Index, hybrid: Found, seed: int, say: Say) -> list[Row]:
    """Hold hybrid search of later turns against the bare last turn, and against it with the turn before."""
    later = [question for question in index.set.questions if question.history]
    rows: list[Row] = []
    for mode, result in search(index, LATER, say, later).items():
        rows += _rows(index.set.name, f"later turns: {mode}", result, seed)
        for measure in MEASURES:
            theirs = result.scores[measure]
            ours = [hybrid.scores[measure][question] for question in theirs]
            if mode == LATER[0]:
                rows.append(measured(index.set.name, f"later turns: hybrid {measure}", [ours], seed))
            gain = f"later turns: hybrid {measure}, above {mode}"
            rows.append(difference(index.set.name, gain, ours, list(theirs.values()), seed))
    return rows


def _compared(
    asked: EvalSet, settings: Settings, embedder: str, base: dict[str, Found], seed: int, say: Say
) -> list[Row]:
    """Measure another embedder and how far it is above the one of the settings, on the same questions."""
    say(f"{asked.name}: indexing with {embedder}")
    other = settings.model_copy(update={"embedder": embedder})
    rows: list[Row] = []
    with indexed(asked, other, None, say) as index:
        for mode, result in search(index, [mode for mode in COMPARED if mode in base], say).items():
            rows += _rows(asked.name, f"{embedder}: {mode}", result, seed)
            for measure in MEASURES:
                ours, theirs = base[mode].scores[measure], result.scores[measure]
                gain = f"{mode} {measure}, {embedder} above {settings.embedder}"
                rows.append(difference(asked.name, gain, list(theirs.values()), list(ours.values()), seed))
    return rows
