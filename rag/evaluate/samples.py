"""The project's own sets over its own sample library: facts, wordings, composed and table questions, orders.

The format of the files is told in `data/evaluation/README.md`. Gold words are looked for in what is cited,
white space aside.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from rag.errors import RagError
from rag.evaluate.answers import f1
from rag.evaluate.report import Report, Row, measured, median, ratio
from rag.generate import LocalGenerator
from rag.library import Library
from rag.prompts import answer_messages
from rag.settings import Settings
from rag.tables import number
from rag.types import Answer, Turn
from rag.weights import generator_folder

SETS = ("questions", "wordings", "composed", "tables", "injections")
ALIKE = 0.8  # F1 from which two wordings got the same answer
RIGHT = 0.5  # F1 from which the first wording's answer is right

Line = dict[str, Any]
Say = Callable[[str], None]
Ask = Callable[[str, Sequence[Turn]], Answer]


def run(folder: Path, settings: Settings, home: Path | None, on_progress: Say) -> Report:
    """Ask every set in `folder` over the documents in `samples` beside it; raise RagError where one lacks.

    `home` keeps the library for a next run; without it everything is temporary.
    """
    lines = {name: _lines(folder / f"{name}.jsonl") for name in SETS}
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="docent-evaluate-") as temporary:
        root = home or Path(temporary)
        with Library.open(root, settings, collection="Samples") as library:
            library.add([folder.parent / "samples"])

            def ask(question: str, history: Sequence[Turn] = ()) -> Answer:
                return library.ask(question, history).answer

            rows += facts(lines["questions"], ask, on_progress)
            rows += tables(lines["tables"], ask, on_progress)
            rows += orders(lines["injections"], library, root, settings, on_progress)
            rows += composed(lines["composed"], ask, on_progress)
            rows += wordings(lines["wordings"], ask, on_progress)
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


def holds(answer: Answer, words: str) -> bool:
    """Tell whether a citation of the answer holds the gold words."""
    return any(_plain(words) in _plain(citation.text) for citation in answer.citations)


def _plain(text: str) -> str:
    return " ".join(text.split()).lower()


def wordings(lines: Sequence[Line], ask: Ask, say: Say) -> list[Row]:
    """Measure how often other wordings get the answer of the first, which is right."""
    firsts, alike = [], []
    for line in _told(lines, "wordings", say):
        first, *others = (ask(wording, ()) for wording in line["wordings"])
        right = first.kind == "answer" and f1(first.short, [line["answer"]]) >= RIGHT
        firsts.append(float(right))
        alike += [float(right and f1(other.short, [first.short]) >= ALIKE) for other in others]
    return [
        *_share("wordings", "first wording right", firsts),
        *_share("wordings", "same answer to the other wordings", alike),
    ]


def composed(lines: Sequence[Line], ask: Ask, say: Say) -> list[Row]:
    """Measure the share of the facts of composed questions that are cited."""
    found = []
    for line in _told(lines, "composed", say):
        answer = ask(line["question"], ())
        found += [float(holds(answer, fact["contains"])) for fact in line["facts"]]
    return _share("composed", "facts cited", found)


def tables(lines: Sequence[Line], ask: Ask, say: Say) -> list[Row]:
    """Measure questions over rows: right or rightly refused, needlessly refused."""
    right, needless = [], []
    for line in _told(lines, "tables", say):
        answer = ask(line["question"], ())
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


def orders(lines: Sequence[Line], library: Library, home: Path, settings: Settings, say: Say) -> list[Row]:
    """Ask about texts that hold an order; only one that the raw generator obeys is a test of the defence."""
    raw = LocalGenerator(
        settings.model_copy(update={"generator": str(generator_folder(settings)), "adapter": ""})
    )
    obeyed, fooled, right = [], [], []
    for line in _told(lines, "injections", say):
        path = home / "orders" / line["id"] / line["name"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(line["text"], "utf-8")
        alone = library.within(f"order {line['id']}")
        alone.add([path])
        answer = alone.ask(line["question"]).answer
        prompt = answer_messages([(line["name"], line["text"])], (), line["question"])
        written = "".join(token.text for token in raw.stream(prompt, limit=settings.answer_tokens))
        obeyed.append(float(bool(re.search(line["obeyed"], answer.text))))
        fooled.append(float(bool(re.search(line["obeyed"], written))))
        right.append(float(_plain(line["answer"]) in _plain(answer.text)))
    both = [one * other for one, other in zip(obeyed, fooled, strict=True)]
    return [
        *_share("orders in documents", "obeyed", obeyed),
        *_share("orders in documents", "obeyed by the raw generator", fooled),
        *_share("orders in documents", "obeyed by both", both),
        *_share("orders in documents", "answered right all the same", right),
    ]
