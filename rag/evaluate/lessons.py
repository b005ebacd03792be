"""The project's own lessons (`data/lessons`) as a set: documents and single passages, asked in four wordings.

The shipped models have learned from most of them, so they are judged by the held-out ones alone.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rag.errors import RagError
from rag.evaluate.sets import EvalSet, Place, Question, file_name, joined
from rag.train.data import Source
from rag.train.written import EXPLAINED, FAMILY, read_written

OTHERS = 5  # documents in the small library of a question, beside its own
DOCUMENT = ".md"


def read_lessons(path: Path, families: Sequence[str] = (FAMILY, EXPLAINED)) -> EvalSet:
    """Read a folder of lessons, those of the `families`."""
    files: dict[str, str | Path] = {}
    questions: list[Question] = []
    for source in (source for source in read_written(path) if source.family in families):
        name = file_name(source.title, DOCUMENT if source.headings else ".txt")
        files[name], starts = _text(source)
        questions += [
            Question(
                id=f"{source.title} {number}",
                text=asked.text,
                group=source.title,
                answers=asked.answers,
                evidence=tuple(
                    Place(name, starts[e.passage] + e.start, starts[e.passage] + e.end)
                    for e in asked.evidence
                ),
                expects="answer" if asked.answers else "refusal",
                files=(name,),
            )
            for number, asked in enumerate(source.questions)
        ]
    if not questions:
        raise RagError(f"{path} holds no lessons: a folder with .jsonl files like data/lessons is meant.")
    return EvalSet(path.name, files, tuple(questions), {})


def read_documents(path: Path) -> EvalSet:
    """Read the lessons that are documents; each question is asked of OTHERS more, as of a small library."""
    lessons = read_lessons(path)
    files = {name: text for name, text in lessons.files.items() if name.endswith(DOCUMENT)}
    asked = [question for question in lessons.questions if question.files[0] in files]
    return replace(
        lessons, files=files, questions=tuple(_among(question, sorted(files)) for question in asked)
    )


def read_explained(path: Path) -> EvalSet:
    """Read the lessons whose questions want an explanation."""
    return read_lessons(path, (EXPLAINED,))


def _among(question: Question, names: Sequence[str]) -> Question:
    others = [name for name in names if name not in question.files]
    drawn = random.Random(question.group).sample(others, min(OTHERS, len(others)))
    return replace(question, files=(*question.files, *drawn), scoped=True)


def _text(source: Source) -> tuple[str, list[int]]:
    """Return the document's text, its headings as Markdown's, and where each passage starts in it."""
    heads = [f"## {heading}\n\n" for heading in source.headings] or [""] * len(source.passages)
    text, spans = joined(head + passage for head, passage in zip(heads, source.passages, strict=True))
    return text, [start + len(head) for (start, _), head in zip(spans, heads, strict=True)]
