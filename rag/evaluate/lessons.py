"""The project's own lessons (`data/lessons`) as a set: documents and single passages, asked in four wordings.

The shipped models have learned from none of them. A model that does is told by the held-out ones.
"""

from __future__ import annotations

from pathlib import Path

from rag.errors import RagError
from rag.evaluate.sets import EvalSet, Place, Question, file_name, joined
from rag.train.data import Source
from rag.train.written import read_written


def read_lessons(path: Path) -> EvalSet:
    """Read a folder of lessons."""
    files: dict[str, str | Path] = {}
    questions: list[Question] = []
    for source in read_written(path):
        name = file_name(source.title, ".md" if source.headings else ".txt")
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


def _text(source: Source) -> tuple[str, list[int]]:
    """Return the document's text, its headings as Markdown's, and where each passage starts in it."""
    heads = [f"## {heading}\n\n" for heading in source.headings] or [""] * len(source.passages)
    text, spans = joined(head + passage for head, passage in zip(heads, source.passages, strict=True))
    return text, [start + len(head) for (start, _), head in zip(spans, heads, strict=True)]
