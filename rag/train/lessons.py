"""What the generator's adapter learns from: passages as they are shown, with questions and answers.

One context holds one to four numbered passages and about ten questions on them: some answered by one of
the passages, some written to look answered, some whose passage was left out or cut away. The mix is
drawn anew for each context. Knows no model and no tokenizer.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.prompts import REFUSAL
from rag.train.data import Evidence, Question, Source, windows
from rag.train.drawn import Drawn
from rag.train.grids import grid
from rag.train.made import with_order
from rag.train.noise import asked_otherwise, leaning, names_of, typed_badly, with_other_numbers
from rag.train.pairs import Nearness, title_line, wording
from rag.train.rules import sheet
from rag.train.written import EXPLAINED, FAMILY
from rag.types import Turn

COUNTS = (1, 2, 2, 3, 3, 3, 4)  # passages in a context
FIRST = 0.5  # share of contexts with the passage most asked about in first place, as a reader puts it
SAME = 0.75  # share of the other passages that are of the same document (of like ones, if it has no other)
LEFT_OUT = 0.08  # share of contexts without the passage that is asked about
TABLES = 0.1
SHEETS = 0.2  # share of contexts that are passages of rules
OTHER_NUMBERS = 0.12
ORDERED = 0.1  # share of contexts with an order hidden in a passage
CHANGED = 0.45  # share of contexts with a question so changed that nothing answers it
TWO_PARTS = 0.3  # share of contexts with a question that asks two things
EARLIER = 0.2  # share of questions that follow an earlier one
NOISY = 0.3
CROPS = (320, 480, 700)  # characters
REFUSED = 3  # answered questions to one that is to be refused, at least
LONGEST = 320  # characters of a clause that is written out
WEIGHTS = {
    "cuad": 0.12,
    "pubmedqa": 0.0,
    FAMILY: 0.2,
    EXPLAINED: 1.0,
}  # of a set's questions when drawing, else 1


@dataclass(frozen=True, slots=True)
class Lesson:
    """A question and what should be written: the answer with the numbers it rests on, or REFUSAL."""

    question: str
    answer: str
    history: tuple[Turn, ...] = ()

    @property
    def refused(self) -> bool:
        """True where nothing shown answers."""
        return self.answer == REFUSAL


@dataclass(frozen=True, slots=True)
class Context:
    """Passages as (title, text), numbered from 1, and the questions about them."""

    passages: tuple[tuple[str, str], ...]
    lessons: tuple[Lesson, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A stretch of a passage: [start, end) of passage `number` of `source`."""

    source: Source
    number: int
    start: int
    end: int

    @property
    def text(self) -> str:
        """The words that are shown."""
        return self.source.passages[self.number][self.start : self.end].strip()

    def holds(self, evidence: Evidence) -> bool:
        """Return whether the words that answer are shown."""
        inside = self.start <= evidence.start and evidence.end <= self.end
        return evidence.passage == self.number and inside


class Lessons:
    """Draws contexts from documents."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = [source for source in sources if source.passages and source.questions]
        self._near = {id(s): Nearness(s.passages) for s in self._sources}
        self._names = {id(s): [n for q in s.questions for n in names_of(q.text)] for s in self._sources}
        self._lone = [s for s in self._sources if len(s.passages) == 1]
        self._among_lone = Nearness([s.passages[0] for s in self._lone])
        self._weights = [len(s.questions) * WEIGHTS.get(s.family, 1.0) for s in self._sources]

    def draw(self, rng: random.Random, cropped: float, most: int = 10) -> Context:
        """Return a context with at most `most` questions; `cropped` is the share of cut passages."""
        kind = rng.random()
        if kind < TABLES + SHEETS:
            return self._drawn(grid(rng) if kind < TABLES else sheet(rng), rng)
        source = rng.choices(self._sources, self._weights)[0]
        question = rng.choice(source.questions)
        shown = [self._cut(*place, rng, cropped) for place in self._places(source, question, rng)]
        lessons = self._lessons(source, shown, rng, most)
        passages = [(title_line(part.source.title_of(part.number), rng), part.text) for part in shown]
        context = Context(tuple(passages), tuple(lessons))
        if rng.random() < OTHER_NUMBERS:
            context = _with_other_numbers(context, rng)
        return _with_order(context, rng) if rng.random() < ORDERED else context

    def _places(self, source: Source, question: Question, rng: random.Random) -> list[tuple[Source, int]]:
        """Choose passages: the one asked about (or not), near ones, others; in the order shown."""
        order = self._near[id(source)].order(question.text)
        answering = sorted(question.answering)
        home = rng.choice(answering) if answering else question.home
        if home is None or rng.random() < LEFT_OUT:
            home = next((n for n in order if n not in question.answering), order[0])
        places, count = [(source, home)], rng.choice(COUNTS)
        near = [(source, number) for number in order[:8] if number != home] or self._neighbours(question)
        while len(places) < count:
            if near and rng.random() < SAME:
                places.append(near.pop(0))
            else:
                other = rng.choice(self._sources)
                places.append((other, rng.randrange(len(other.passages))))
        if rng.random() > FIRST:
            rng.shuffle(places)
        return places

    def _neighbours(self, question: Question) -> list[tuple[Source, int]]:
        """Return documents of one passage that look like the question but were not written for it."""
        found = [self._lone[at] for at in self._among_lone.order(question.text)[:8]]
        return [(source, 0) for source in found if question not in source.questions]

    @staticmethod
    def _cut(source: Source, number: int, rng: random.Random, cropped: float) -> Shown:
        passage = source.passages[number]
        if rng.random() >= cropped:
            return Shown(source, number, 0, len(passage))
        return Shown(source, number, *rng.choice(windows(passage, rng.choice(CROPS))))

    def _lessons(self, source: Source, shown: Sequence[Shown], rng: random.Random, most: int) -> list[Lesson]:
        answered = [
            Lesson(wording(q.text, part.source.family, rng, noisy=0.0), f"{answer} [{place}]")
            for place, part in enumerate(shown, 1)
            for q in part.source.questions
            if (answer := _answer(q, part))
        ]
        refused = self._refused(source, shown, rng)
        rng.shuffle(answered)
        lessons = answered[: max(most - 4, most - len(refused))]
        if len(lessons) > 1 and rng.random() < TWO_PARTS:
            lessons[:2] = [_two_parts(*lessons[:2])]
        lessons += refused[: min(most - len(lessons), max(1, len(lessons) // REFUSED))]
        rng.shuffle(lessons)
        return [self._varied(lesson, lessons, rng) for lesson in lessons]

    def _refused(self, source: Source, shown: Sequence[Shown], rng: random.Random) -> list[Lesson]:
        """Return questions that nothing shown answers, those written for what is shown first."""
        text = "\n".join(part.text for part in shown)
        homes = {part.number for part in shown if part.source is source}
        open_ = [q for q in source.questions if not _told(q, text, homes)]
        rng.shuffle(open_)
        open_.sort(key=lambda q: q.home not in homes)
        if rng.random() < CHANGED:
            changed = self._changed(source, shown, rng)
            open_ = [*changed, *open_]
        return [Lesson(wording(q.text, source.family, rng, noisy=0.0), REFUSAL) for q in open_]

    def _changed(self, source: Source, shown: Sequence[Shown], rng: random.Random) -> list[Question]:
        text = "\n".join(part.text for part in shown)
        fits = [q for part in shown for q in source.questions if _answer(q, part)]
        if not fits or source.family == "cuad":
            return []
        question = rng.choice(fits)
        other = asked_otherwise(question.text, text, self._names[id(source)], rng)
        return [Question(other, question.home)] if other else []

    @staticmethod
    def _varied(lesson: Lesson, others: Sequence[Lesson], rng: random.Random) -> Lesson:
        if rng.random() < NOISY:
            lesson = replace(lesson, question=typed_badly(lesson.question, rng))
        if rng.random() < EARLIER and not lesson.history:
            earlier = rng.choice(others)
            if earlier.answer != lesson.answer and not earlier.history:
                asked = leaning(lesson.question, earlier.question, rng) or lesson.question
                lesson = replace(lesson, question=asked, history=(Turn(earlier.question, earlier.answer),))
        return lesson

    def _drawn(self, drawn: Drawn, rng: random.Random) -> Context:
        places: list[tuple[str, str]] = [(drawn.title, drawn.text)]
        if rng.random() < 0.6:
            other = rng.choice(self._sources)
            at = rng.randrange(len(other.passages))
            places.append((title_line(other.title_of(at), rng), other.passages[at][:500]))
            rng.shuffle(places)
        number = places.index((drawn.title, drawn.text)) + 1
        lessons = [
            Lesson(
                q.text,
                REFUSAL if q.answer is None else f"{q.answer} [{number}]",
                (Turn(q.earlier[0], f"{q.earlier[1]} [{number}]"),) if q.earlier else (),
            )
            for q in drawn.asked
        ]
        return Context(tuple(places), tuple(self._varied(o, lessons, rng) for o in lessons))


def _answer(question: Question, part: Shown) -> str | None:
    """Return the words shown in `part` that answer, None where they are not shown."""
    for evidence in question.evidence:
        if part.holds(evidence):
            words = part.source.passages[part.number][evidence.start : evidence.end]
            return _shortened(" ".join(words.split()))
    return None


def _shortened(words: str) -> str:
    """Cut a long clause at its last sentence, part or word that fits."""
    if len(words) <= LONGEST:
        return words.rstrip(" .,;:")
    cut = words[:LONGEST]
    ends = [match.start() for match in re.finditer(r"[.;,] ", cut)]
    return cut[: ends[-1]] if ends and ends[-1] > LONGEST // 3 else cut.rpartition(" ")[0]


def _told(question: Question, text: str, homes: set[int]) -> bool:
    """Return whether the text may answer: it holds an accepted answer, or a part of the evidence."""
    if not question.answering:
        return False
    lower = text.lower()
    if any(answer.lower() in lower for answer in question.answers):
        return True
    # A long clause cut in two: the rest may still answer
    return bool(question.answering & homes) and any(len(a) > 60 for a in question.answers)


def _two_parts(one: Lesson, other: Lesson) -> Lesson:
    second = other.question[:1].lower() + other.question[1:]
    return Lesson(f"{one.question.rstrip('?. ')}, and {second}", f"{one.answer} and {other.answer}")


def _with_other_numbers(context: Context, rng: random.Random) -> Context:
    """Change the numbers alike in passages, questions and answers; citations have one digit and stay."""
    texts = [text for _, text in context.passages]
    asked = [part for lesson in context.lessons for part in (lesson.question, lesson.answer)]
    changed = with_other_numbers([*texts, *asked], rng)
    passages = [(p[0], text) for p, text in zip(context.passages, changed, strict=False)]
    rest = changed[len(texts) :]
    lessons = [Lesson(question, answer) for question, answer in zip(rest[::2], rest[1::2], strict=True)]
    return Context(tuple(passages), tuple(lessons))


def _with_order(context: Context, rng: random.Random) -> Context:
    at = rng.randrange(len(context.passages))
    passages = [
        (title, with_order(text, rng) if place == at else text)
        for place, (title, text) in enumerate(context.passages)
    ]
    return replace(context, passages=tuple(passages))
