"""Sets of the SQuAD form (SQuAD 1.1 and 2.0, COVID-QA, XQuAD): one article is one document.

Paragraphs are joined by blank lines and stay the unit of retrieval.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rag.evaluate.sets import EvalSet, Place, Question, file_name, found, joined
from rag.types import Span

LONG = 5000  # characters; in a longer paragraph the answer's words stand in many places, the given one counts


def read_squad(path: Path) -> EvalSet:
    """Read a file of the SQuAD form."""
    files: dict[str, str | Path] = {}
    units: dict[str, tuple[Span, ...]] = {}
    questions: list[Question] = []
    for number, article in enumerate(json.loads(path.read_text("utf-8"))["data"], 1):
        title = article.get("title") or f"{path.stem} {number:03d}"
        name = file_name(title)
        text, spans = joined(paragraph["context"] for paragraph in article["paragraphs"])
        files[name] = text
        units[name] = spans
        questions += _questions(article["paragraphs"], spans, title, name)
    return EvalSet(path.stem, files, tuple(questions), units)


def _questions(
    paragraphs: list[dict[str, Any]], spans: tuple[Span, ...], title: str, name: str
) -> Iterator[Question]:
    for paragraph, (start, _) in zip(paragraphs, spans, strict=True):
        for qa in paragraph["qas"]:
            answers = tuple(dict.fromkeys(answer["text"].strip() for answer in qa["answers"]))
            places = [
                Place(name, start + a, start + b)
                for answer in qa["answers"]
                for a, b in _places(answer, paragraph["context"])
            ]
            yield Question(
                id=str(qa["id"]),
                text=qa["question"].strip(),
                group=title,
                answers=answers,
                evidence=tuple(dict.fromkeys(places)),
                expects="refusal" if qa.get("is_impossible") else "answer",
                files=(name,),
            )


def _places(answer: Mapping[str, Any], context: str) -> list[Span]:
    given = (answer["answer_start"], answer["answer_start"] + len(answer["text"]))
    return [given] if len(context) > LONG else found(answer["text"], context) or [given]
