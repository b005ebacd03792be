"""MTRAG: later turns of conversations, asked over the closed pool of all passages that the tasks name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rag.evaluate.ranking import grades
from rag.evaluate.sets import EvalSet, Place, Question, file_name
from rag.types import Kind, Turn

_EXPECTED: dict[str, Kind] = {"UNANSWERABLE": "refusal", "UNDERSPECIFIED": "question"}


def read_mtrag(folder: Path) -> EvalSet:
    """Read conversations.jsonl and qrels/*.tsv."""
    lines = (folder / "conversations.jsonl").read_text("utf-8").splitlines()
    tasks = [json.loads(line) for line in lines if line.strip()]
    texts = {
        context["document_id"]: context["text"].strip() for task in tasks for context in task["contexts"]
    }
    qrels: dict[str, dict[str, int]] = {}
    for table in sorted((folder / "qrels").glob("*.tsv")):
        qrels |= grades(table)
    files = {file_name(document): text for document, text in texts.items()}
    questions = tuple(_question(task, texts, qrels.get(task["task_id"], {})) for task in tasks)
    return EvalSet("mtrag", files, questions, {})


def _question(task: dict[str, Any], texts: dict[str, str], relevant: dict[str, int]) -> Question:
    *before, last = task["input"]
    places = [
        Place(file_name(document), 0, len(texts[document]), grade)
        for document, grade in relevant.items()
        if grade > 0 and document in texts
    ]
    return Question(
        id=task["task_id"],
        text=last["text"].strip(),
        group=task["conversation_id"],
        answers=tuple(target["text"] for target in task["targets"]),
        evidence=tuple(places),
        expects=_EXPECTED.get(task["answerability"][0], "answer"),
        files=tuple(place.file for place in places),
        history=_turns(before),
    )


def _turns(messages: list[dict[str, Any]]) -> tuple[Turn, ...]:
    """Pair each question with the reply that follows it; a question without one has an empty reply."""
    turns: list[Turn] = []
    for message in messages:
        if message["speaker"] == "user":
            turns.append(Turn(message["text"].strip(), ""))
        elif turns:
            turns[-1] = Turn(turns[-1].question, message["text"].strip())
    return tuple(turns)
