"""A person's own set: one JSON object a line with a question, the document that answers, and the answer.

{"question": "...", "document": "handbook.pdf", "answer": "14 days"}; `answer` may be a list of wordings.
`document` is a path, relative to the file's folder. Without an answer the question must be refused.
`id` and `history` (a list of {"question", "answer"}) are optional.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rag.errors import RagError
from rag.evaluate.sets import EvalSet, Question
from rag.types import Turn


def read_jsonl(path: Path) -> EvalSet:
    """Read the questions; the documents they name are indexed as they are, whatever their format."""
    questions: list[Question] = []
    files: dict[str, str | Path] = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if line.strip():
            question = _question(path, number, line)
            questions.append(question)
            files |= {name: path.parent / name for name in question.files}
    return EvalSet(path.stem, files, tuple(questions), {})


def _question(path: Path, number: int, line: str) -> Question:
    try:
        row: dict[str, Any] = json.loads(line)
        text = str(row["question"]).strip()
        history = tuple(Turn(turn["question"], turn["answer"]) for turn in row.get("history") or ())
    except (ValueError, KeyError, TypeError) as exc:
        raise RagError(
            f"Line {number} of {path} is no JSON object with a question, a document and an answer."
        ) from exc
    given = row.get("answer") or ()
    answers = (given,) if isinstance(given, str) else tuple(given)
    document = row.get("document") or ""
    if document and not (path.parent / document).is_file():
        raise RagError(f"Line {number} of {path} names {document}, which is not there.")
    return Question(
        id=str(row.get("id", number)),
        text=text,
        group=document or text,
        answers=answers,
        expects="answer" if answers else "refusal",
        files=(document,) if document else (),
        history=history,
    )
