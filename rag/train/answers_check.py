"""Measures answers on held-out documents: the generator alone, with its adapter, the reader's span.

Three passages are given: the one asked about and the two nearest of the same document, in the order of a
plain word match. The same questions go to all.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from rag.prompts import REFUSAL, answer_messages
from rag.protocols import Generator, Reader
from rag.train.data import Question, Source
from rag.train.lessons import Context, Lesson
from rag.train.measure import Refusals, exact, f1
from rag.train.pairs import Nearness

SEED = 23
PASSAGES = 3
QUESTIONS = 6  # of one passage
LONGEST = 48  # tokens of an answer
THRESHOLD = 0.5  # of the reader, when it refuses
_NUMBER = re.compile(r"\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Exam:
    """Questions on one context. `right` are the numbers of the passages that answer each, if any."""

    context: Context
    accepted: tuple[tuple[str, ...], ...]
    right: tuple[frozenset[int], ...]


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as it was given: its words, the passages cited, or a refusal."""

    words: str
    cited: tuple[int, ...]
    refused: bool


def exams(sources: Sequence[Source], count: int) -> list[Exam]:
    """Draw `count` contexts from the held-out documents, the same ones for a seed."""
    rng = random.Random(SEED)
    held = [source for source in sources if source.held_out and len(source.passages) >= PASSAGES]
    places = [(source, number) for source in held for number in range(len(source.passages))]
    rng.shuffle(places)
    drawn = (_exam(source, number, rng) for source, number in places)
    return [exam for exam in drawn if exam.context.lessons][:count]


def _exam(source: Source, number: int, rng: random.Random) -> Exam:
    asked = [question for question in source.questions if question.home == number]
    asked = rng.sample(asked, min(QUESTIONS, len(asked)))
    order = Nearness(source.passages).order(" ".join(question.text for question in asked))
    others = [other for other in order if other != number][: PASSAGES - 1]
    shown = [place for place in order if place in {number, *others}]
    title = f"{source.title}.txt"
    context = Context(
        tuple((title, source.passages[place]) for place in shown),
        tuple(Lesson(question.text, "") for question in asked),
    )
    right = tuple(_right(question, shown) for question in asked)
    return Exam(context, tuple(question.answers for question in asked), right)


def _right(question: Question, shown: Sequence[int]) -> frozenset[int]:
    return frozenset(n for n, place in enumerate(shown, 1) if place in question.answering)


def write_answers(generator: Generator, context: Context) -> list[Given]:
    """Return what the generator writes to each question."""
    given = []
    for lesson in context.lessons:
        messages = answer_messages(context.passages, lesson.history, lesson.question)
        given.append(parse("".join(t.text for t in generator.stream(messages, limit=LONGEST))))
    return given


def parse(text: str) -> Given:
    """Split an answer into its words and the numbers it cites."""
    cited = tuple(int(number) for number in _NUMBER.findall(text))
    words = " ".join(_NUMBER.sub("", text).split())
    return Given(words.rstrip("."), cited, REFUSAL.rstrip(".").lower() in text.lower())


def read_answers(reader: Reader, context: Context) -> list[Given]:
    """Return the reader's best span for each question, cited from its passage."""
    texts = [f"{title}\n{text}" for title, text in context.passages]
    given = []
    for lesson in context.lessons:
        readings = reader.read(lesson.question, texts)
        best = max(range(len(texts)), key=lambda number: readings[number].answers)
        words = texts[best][slice(*readings[best].span)]
        given.append(Given(words, (best + 1,), readings[best].answers < THRESHOLD))
    return given


def both(written: Sequence[Given], read: Sequence[Given]) -> list[Given]:
    """Return the written answers, refused where the reader says that nothing answers."""
    return [Given(w.words, w.cited, w.refused or r.refused) for w, r in zip(written, read, strict=True)]


def figures(exams_: Sequence[Exam], given: Sequence[Sequence[Given]]) -> dict[str, float]:
    """Return F1 and exact match of answered answerable questions, refusals, citations, F1 over all."""
    rows = [
        (accepted, right, one)
        for exam, answers in zip(exams_, given, strict=True)
        for accepted, right, one in zip(exam.accepted, exam.right, answers, strict=True)
    ]
    answered = [row for row in rows if row[0] and not row[2].refused]
    n = max(1, len(answered))
    cited = sum(bool(row[2].cited) and set(row[2].cited) <= row[1] for row in answered)
    over_all = sum(
        (float(one.refused) if not accepted else 0.0 if one.refused else f1(one.words, accepted))
        for accepted, _, one in rows
    )
    return {
        "questions": len(rows),
        "F1 answered": sum(f1(row[2].words, row[0]) for row in answered) / n,
        "exact answered": sum(exact(row[2].words, row[0]) for row in answered) / n,
        "cited right": cited / n,
        **asdict(Refusals.of([row[2].refused for row in rows], [bool(row[0]) for row in rows])),
        "F1 over all": over_all / max(1, len(rows)),
    }
