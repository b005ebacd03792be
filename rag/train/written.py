"""Passages written for this project with questions in four wordings, and questions that only look answered.

They stand in `data/lessons`, whose README tells the format: single passages, and documents of several
sections. In the shape of the public sets, so that what is trained or measured on those can be on these; one
document in four is held out. Knows no model.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from rag.train.data import Evidence, Question, Source

LESSONS = Path(__file__).parents[2] / "data" / "lessons"
FAMILY = "written"
EXPLAINED = "explained"  # the family of those whose questions want an explanation


def read_written(folder: Path = LESSONS) -> Iterator[Source]:
    """Read lines that name the same document as its sections, and each other one as a document of its own."""
    for path in sorted(folder.glob("*.jsonl")):
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        family = EXPLAINED if path.name.startswith("why_") else FAMILY
        for document, sections in groupby(rows, lambda row: row.get("document")):
            if document:
                yield _source(family, document, list(sections))
            else:
                yield from (_source(family, row["title"], [row]) for row in sections)


def _source(family: str, title: str, rows: Sequence[dict[str, Any]]) -> Source:
    questions = [question for number, row in enumerate(rows) for question in _questions(row, number)]
    headings = tuple(row["title"] for row in rows) if len(rows) > 1 else ()
    return Source(family, title, tuple(row["text"] for row in rows), tuple(questions), headings)


def _questions(row: dict[str, Any], number: int) -> Iterator[Question]:
    for answer, *wordings in row["facts"]:
        start = row["text"].index(answer)
        for wording in wordings:
            yield Question(wording, number, (Evidence(number, start, start + len(answer)),), (answer,))
    for question in row["not"]:
        yield Question(question, number)
