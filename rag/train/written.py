"""Passages written for this project with questions in four wordings, and questions that only look answered.

They stand in `data/lessons`, whose README tells the format. In the shape of the public sets, so that what is
trained or measured on those can be on these; one document in four is held out. Knows no model.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rag.train.data import Evidence, Question, Source

LESSONS = Path(__file__).parents[2] / "data" / "lessons"
FAMILY = "written"


def read_written(folder: Path = LESSONS) -> Iterator[Source]:
    """Read every passage as a document of its own: two of them never tell the same matter."""
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            row: dict[str, Any] = json.loads(line)
            yield Source(FAMILY, row["title"], (row["text"],), tuple(_questions(row)))


def _questions(row: dict[str, Any]) -> Iterator[Question]:
    for answer, *wordings in row["facts"]:
        start = row["text"].index(answer)
        for wording in wordings:
            yield Question(wording, 0, (Evidence(0, start, start + len(answer)),), (answer,))
    for question in row["not"]:
        yield Question(question, 0)
