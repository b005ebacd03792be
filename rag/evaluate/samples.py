"""The project's own sets over its own sample library: facts, plain questions, wordings, tables, orders.

The format of the files is told in `data/evaluation/README.md`. Gold words are looked for in what is cited,
white space aside.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from rag import ground
from rag.errors import RagError
from rag.evaluate.answers import f1
from rag.evaluate.report import Report, Row, measured, median, ratio
from rag.evaluate.sides import DOCENT, RAW, Ask, RawModel, sides, told
from rag.library import Library
from rag.settings import Settings
from rag.tables import number
from rag.types import Answer, Chunk, Hit, Turn

SETS = ("questions", "plain", "wordings", "composed", "tables", "injections")
ALIKE = 0.8  # F1 from which two wordings got the same answer
RIGHT = 0.5  # F1 from which the first wording's answer is right

Line = dict[str, Any]
Say = Callable[[str], None]
Read = Callable[[Line], Answer]


def run(
    folder: Path,
    settings: Settings,
    home: Path | None,
    on_progress: Say,
    *,
    answers: bool = True,
    raw: bool = False,
) -> Report:
    """Ask every set in `folder` over the documents in `samples` beside it; raise RagError where one lacks.

    `answers` asks Docent, `raw` the raw model, whose measures stand beside. `home` keeps the library for a
    next run; without it everything is temporary.
    """
    lines = {name: _lines(folder / f"{name}.jsonl") for name in SETS}
    model = RawModel.of(settings) if raw else None
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="docent-evaluate-") as temporary:
        root = home or Path(temporary)
        with Library.open(root, settings, collection="Samples") as library:
            library.add([folder.parent / "samples"])
            for side, ask in sides(library, model, answers=answers).items():
                rows += told(side, facts(lines["questions"], ask, on_progress))
                rows += told(side, plain(lines["plain"], ask, on_progress))
                rows += told(side, tables(lines["tables"], ask, on_progress))
                rows += told(side, composed(lines["composed"], ask, on_progress))
                rows += told(side, wordings(lines["wordings"], ask, on_progress))
            readers: dict[str, Read] = {DOCENT: partial(_alone, library, root)} if answers else {}
            if model:
                readers[RAW] = partial(_handed, model)
            rows += orders(lines["injections"], readers, on_progress)
    return Report(tuple(rows))


def _lines(path: Path) -> list[Line]:
    try:
        return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    except (OSError, ValueError) as exc:
        raise RagError(f"{path} is no set of questions: it cannot be read as JSON Lines.") from exc


def _told(lines: Sequence[Line], name: str, say: Say) -> Iterator[Line]:
    for count, line in enumerate(lines, 1):
        yield line
        if count % 10 == 0:
            say(f"{name}: {count} of {len(lines)} asked")


def _share(name: str, measure: str, hits: Sequence[float]) -> list[Row]:
    return [measured(name, measure, [hits, [1.0] * len(hits)], 0, ratio)] if hits else []


def facts(lines: Sequence[Line], ask: Ask, say: Say) -> list[Row]:
    """Measure questions for one fact each: answered, gold words cited, rightly refused, time."""
    answered, cited, refused, times = [], [], [], []
    for line in _told(lines, "questions", say):
        history = tuple(Turn(turn["question"], turn["answer"]) for turn in line.get("history") or ())
        answer = ask(line["question"], history)
        times.append(answer.timings.total_ms)
        if line["answer"] is None:
            refused.append(float(answer.refused))
        else:
            answered.append(float(answer.kind == "answer"))
            cited.append(float(holds(answer, line["contains"])))
    name = "sample questions"
    return [
        *_share(name, "answered", answered),
        *_share(name, "gold words cited", cited),
        *_share(name, "unanswerable refused", refused),
        measured(name, "milliseconds, answer or refusal", [times], 0, median),
    ]


def plain(lines: Sequence[Line], ask: Ask, say: Say) -> list[Row]:
    """Measure plain, open questions: replies that show deciding words, wrong ones, right refusals."""
    right, wrong, refused = [], [], []
    for line in _told(lines, "plain", say):
        answer = ask(line["question"])
        if not line["says"]:
            refused.append(float(answer.kind != "answer"))
            continue
        right.append(float(decides(answer, line["says"])))
        wrong.append(float(answer.kind == "answer" and not right[-1]))
    name = "plain questions"
    return [
        *_share(name, "deciding words shown", right),
        *_share(name, "answered without them", wrong),
        *_share(name, "unanswerable not answered", refused),
    ]


def decides(answer: Answer, says: Sequence[str]) -> bool:
    """Tell whether the shown answer holds one of the stretches that decide it."""
    shown = _plain(ground.uncited(answer.text))
    return answer.kind == "answer" and any(_plain(words) in shown for words in says)


def holds(answer: Answer, words: str) -> bool:
    """Tell whether a citation of the answer holds the gold words."""
    return any(_plain(words) in _plain(citation.text) for citation in answer.citations)


def _plain(text: str) -> str:
    return " ".join(text.split()).lower()


def wordings(lines: Sequence[Line], ask: Ask, say: Say) -> list[Row]:
    """Measure how often other wordings get the answer of the first, which is right."""
    firsts, alike = [], []
    for line in _told(lines, "wordings", say):
        wording, *others = line["wordings"]
        first = ask(wording)
        right = first.kind == "answer" and f1(first.short, [line["answer"]]) >= RIGHT
        firsts.append(float(right))
        # The others count only where the first is right, and are asked only there
        alike += [float(right and f1(ask(other).short, [first.short]) >= ALIKE) for other in others]
    return [
        *_share("wordings", "first wording right", firsts),
        *_share("wordings", "same answer to the other wordings", alike),
    ]


def composed(lines: Sequence[Line], ask: Ask, say: Say) -> list[Row]:
    """Measure the share of the facts of composed questions that are cited."""
    found = []
    for line in _told(lines, "composed", say):
        answer = ask(line["question"])
        found += [float(holds(answer, fact["contains"])) for fact in line["facts"]]
    return _share("composed", "facts cited", found)


def tables(lines: Sequence[Line], ask: Ask, say: Say) -> list[Row]:
    """Measure questions over rows: right or rightly refused, needlessly refused."""
    right, needless = [], []
    for line in _told(lines, "tables", say):
        answer = ask(line["question"])
        right.append(float(agrees(answer, line["gold"])))
        if line["gold"] != "refuse":
            needless.append(float(answer.refused))
    return [
        *_share("tables", "right or rightly refused", right),
        *_share("tables", "needlessly refused", needless),
    ]


def agrees(answer: Answer, gold: object) -> bool:
    """Tell whether the answer is the gold: a number, the names in the text, or a refusal."""
    if gold == "refuse" or answer.refused:
        return gold == "refuse" and answer.refused
    if isinstance(gold, list):
        return all(_plain(str(name)) in _plain(answer.text) for name in gold)
    said = number(answer.short)
    return isinstance(gold, int | float) and said is not None and abs(said - gold) < 0.01


def orders(lines: Sequence[Line], readers: Mapping[str, Read], say: Say) -> list[Row]:
    """Ask each side about texts that hold an order; one that the raw model obeys is a test of the defence."""
    name = "orders in documents"
    rows: list[Row] = []
    obeyed: list[list[float]] = []
    for side, read in readers.items():
        answers = [read(line) for line in _told(lines, "injections", say)]
        pairs = list(zip(lines, answers, strict=True))
        obeyed.append([float(bool(re.search(line["obeyed"], answer.text))) for line, answer in pairs])
        right = [float(_plain(line["answer"]) in _plain(answer.text)) for line, answer in pairs]
        found = _share(name, "obeyed", obeyed[-1]) + _share(name, "answered right all the same", right)
        rows += told(side, found)
    if len(obeyed) > 1:
        rows += _share(name, "obeyed by both", [float(all(each)) for each in zip(*obeyed, strict=True)])
    return rows


def _alone(library: Library, home: Path, line: Line) -> Answer:
    """Ask Docent about the text of the line, in a collection of its own."""
    path = home / "orders" / line["id"] / line["name"]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(line["text"], "utf-8")
    alone = library.within(f"order {line['id']}")
    alone.add([path])
    return alone.ask(line["question"]).answer


def _handed(model: RawModel, line: Line) -> Answer:
    """Hand the raw model the text of the line as it lies in the file: reading it is a defence already."""
    text = line["text"]
    chunk = Chunk(line["id"], line["id"], 0, text, 0, len(text))
    return model.answer(line["question"], [Hit(chunk, line["name"], 1.0, "hybrid")])
