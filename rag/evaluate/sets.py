"""What an evaluation set is: files, questions about them, and the places that answer.

Knows no file format of a set (each has a module of its own) and no library.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from rag.train.data import held_out
from rag.types import Kind, Span, Turn

Split = Literal["all", "held-out", "training"]
"""All questions, those about held-out documents (one in four, by sha1 of the name), or the other ones."""

Evidence = Literal["answer", "clause", "section", "sentence"]
"""What a right citation holds: the answer's words, a labelled clause, the section, the sentence."""

_UNSAFE = re.compile(r"[^\w .,()&'+-]+")


@dataclass(frozen=True, slots=True)
class Place:
    """[start, end) of the text of `file`; `grade` above 1 is more relevant."""

    file: str
    start: int
    end: int
    grade: int = 1


@dataclass(frozen=True, slots=True)
class Question:
    """A question of a set.

    `group` is what is held out together (article, contract, conversation); `files` are those it was written
    for; `scoped` asks within them alone. `answers` are the accepted wordings, `evidence` the places that
    answer, `expects` what a right reply is.
    """

    id: str
    text: str
    group: str
    answers: tuple[str, ...] = ()
    evidence: tuple[Place, ...] = ()
    expects: Kind = "answer"
    files: tuple[str, ...] = ()
    scoped: bool = False
    history: tuple[Turn, ...] = ()


@dataclass(frozen=True, slots=True)
class EvalSet:
    """A set as it is indexed and asked.

    `files` maps names to their text, or to the path of a file to be read. `units` are the spans of a file
    that count as one find (paragraphs, sections), so that figures do not depend on how it is chunked: a file
    that is not named there is one unit, one with no spans has none but the evidence itself.
    """

    name: str
    files: Mapping[str, str | Path]
    questions: tuple[Question, ...]
    units: Mapping[str, tuple[Span, ...]]
    evidence: Evidence = "answer"


def file_name(title: str, suffix: str = ".txt") -> str:
    """Return a file name for a document of that title; long or unsafe titles keep apart by a hash."""
    safe = _UNSAFE.sub("_", title).strip(" .") or "document"
    if safe == title and len(safe) <= 120:
        return safe + suffix
    return f"{safe[:100]}-{hashlib.sha1(title.encode()).hexdigest()[:8]}{suffix}"


def joined(pieces: Iterable[str]) -> tuple[str, tuple[Span, ...]]:
    """Join pieces with a blank line; return the text and the span of each."""
    text, spans = "", []
    for piece in pieces:
        start = len(text) + 2 if text else 0
        text = f"{text}\n\n{piece}" if text else piece
        spans.append((start, start + len(piece)))
    return text, tuple(spans)


def found(answer: str, text: str) -> list[Span]:
    """Return where the answer stands in the text as whole words, whatever its case."""
    if not answer.strip():
        return []
    pattern = rf"(?<!\w){re.escape(answer.strip())}(?!\w)"
    return [match.span() for match in re.finditer(pattern, text, re.IGNORECASE)]


def chosen(whole: EvalSet, split: Split, sample: int, seed: int) -> EvalSet:
    """Return the set with only the questions of `split`, at most `sample` of them (0: all).

    A sample is drawn by hash, the same one each time. Scoped questions are drawn document by document, and
    documents that nobody is asked about are then left out, so that a small sample indexes little.
    """
    questions: Sequence[Question] = [
        question
        for question in whole.questions
        if split == "all" or held_out(question.group) == (split == "held-out")
    ]
    if sample and sample < len(questions):
        drawn = sorted(questions, key=lambda question: _drawn(question, seed))[:sample]
        kept = {question.id for question in drawn}
        questions = [question for question in questions if question.id in kept]
    files = whole.files
    if questions and all(question.scoped for question in questions):
        asked = {file for question in questions for file in question.files}
        files = {name: text for name, text in files.items() if name in asked}
    return replace(whole, questions=tuple(questions), files=files)


def absent(asked: EvalSet) -> EvalSet:
    """Return the set without the files its questions were written for: each must be refused."""
    left_out = {file for question in asked.questions for file in question.files}
    return replace(
        asked,
        files={name: text for name, text in asked.files.items() if name not in left_out},
        questions=tuple(
            replace(question, answers=(), evidence=(), expects="refusal", scoped=False)
            for question in asked.questions
        ),
    )


def _drawn(question: Question, seed: int) -> tuple[str, str]:
    group = _hash(f"{seed}-{question.group}") if question.scoped else ""
    return group, _hash(f"{seed}-{question.id}")


def _hash(text: str) -> str:
    return hashlib.sha1(text.encode()).hexdigest()
