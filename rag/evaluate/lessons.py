"""The project's own lessons (`data/lessons`) as a set: one passage is one document, asked in four wordings.

The shipped models have learned from none of them. A model that does is told by the held-out ones.
"""

from __future__ import annotations

from pathlib import Path

from rag.errors import RagError
from rag.evaluate.sets import EvalSet, Place, Question, file_name
from rag.train.written import read_written


def read_lessons(path: Path) -> EvalSet:
    """Read a folder of lessons."""
    files: dict[str, str | Path] = {}
    questions: list[Question] = []
    for source in read_written(path):
        name = file_name(source.title)
        files[name] = source.passages[0]
        questions += [
            Question(
                id=f"{source.title} {number}",
                text=asked.text,
                group=source.title,
                answers=asked.answers,
                evidence=tuple(Place(name, place.start, place.end) for place in asked.evidence),
                expects="answer" if asked.answers else "refusal",
                files=(name,),
            )
            for number, asked in enumerate(source.questions)
        ]
    if not questions:
        raise RagError(f"{path} holds no lessons: a folder with .jsonl files like data/lessons is meant.")
    return EvalSet(path.name, files, tuple(questions), {})
