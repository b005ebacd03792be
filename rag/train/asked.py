"""What the judge learns from: a passage as it is shown, and about ten questions, answered by it or not.

The answered ones are those written for the passage. The others were written to look answered, or belong to
a passage near it, or to another document, or were changed so that nothing answers. Drawn anew each time.
Knows no model and no tokenizer.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass

from rag.train.data import Question, Source
from rag.train.grids import grid
from rag.train.noise import asked_otherwise, names_of
from rag.train.pairs import CROPS, Nearness, crop, is_lone, sentence_alone, title_line, wording
from rag.train.rules import sheet
from rag.types import Span

TABLES = 0.07  # share of drawn tables
SHEETS = 0.09  # share of drawn passages of rules
ALONE = 0.25  # share of passages cut to the one sentence that answers one of the questions
CROPPED = 0.3  # share of passages cut to some sentences around it
NOISY = 0.3  # share of questions typed badly
CHANGED = 0.15  # share of questions also asked so that the passage no longer answers
NEAR = 0.6  # share of a document's questions that are also asked of the three passages nearest to them
NEAREST = 3
LIKE = 0.25  # the same for lone passages, with the nearest one of its kind
FAR = 0.3  # share of passages with a question of another document
MOST = 6  # answered questions of a passage, and as many of the others
WEIGHTS = {"cuad": 0.5, "pubmedqa": 0.5}  # of a set's passages when drawing, else 1


@dataclass(frozen=True, slots=True)
class Judged:
    """A passage under its title, and questions with whether it answers them."""

    passage: str
    questions: tuple[tuple[str, bool], ...]


class Asked:
    """Draws passages with questions from documents."""

    def __init__(self, sources: Sequence[Source], seed: int) -> None:
        self._sources = [source for source in sources if source.passages and source.questions]
        self._names = [[name for q in s.questions for name in names_of(q.text)] for s in self._sources]
        self._of = [
            _questions_of(source, random.Random(f"{seed}-{source.title}")) for source in self._sources
        ]
        self._strangers = self._alike(random.Random(seed))
        self._places = [(at, n) for at, each in enumerate(self._of) for n, own in enumerate(each) if own]
        weights = [self._weight(*place) for place in self._places]
        self._cumulative = list(itertools.accumulate(weights))

    def draw(self, rng: random.Random) -> Judged:
        """Return a passage and its questions; there is at least one."""
        while True:
            kind = rng.random()
            if kind < TABLES + SHEETS:
                return _of_drawn(kind < TABLES, rng)
            at, number = rng.choices(self._places, cum_weights=self._cumulative)[0]
            if questions := self._drawn(at, number, rng):
                return questions

    def _drawn(self, at: int, number: int, rng: random.Random) -> Judged | None:
        source = self._sources[at]
        own = [source.questions[place] for place in self._of[at][number]]
        rng.shuffle(own)
        answered = [question for question in own if number in question.answering][:MOST]
        others = [question for question in own if number not in question.answering][:MOST]
        shown = _cut(source.passages[number], number, answered, rng)
        text = source.passages[number][slice(*shown)].strip()
        asked: list[tuple[str, bool]] = []
        for question in (*answered, *others):
            if (truth := _answers(question, number, shown, text)) is not None:
                asked.append((wording(question.text, source.family, rng, NOISY), truth))
            if source.family != "cuad" and rng.random() < CHANGED:
                changed = asked_otherwise(question.text, source.passages[number], self._names[at], rng)
                asked += [(changed, False)] if changed else []
        asked += self._others(at, rng)
        if not asked or not text:
            return None
        line = title_line(source.title_of(number), rng)
        return Judged(f"{line}\n{text}", tuple(asked[: 2 * MOST]))

    def _others(self, at: int, rng: random.Random) -> list[tuple[str, bool]]:
        """Return questions of other documents: of those that look alike, and of any."""
        alike = self._strangers.get(at, [])
        places = rng.sample(alike, min(NEAREST, len(alike)))
        if rng.random() < FAR:
            other = rng.randrange(len(self._sources))
            if other != at:
                places.append((other, rng.randrange(len(self._sources[other].questions))))
        asked = [(self._sources[i].questions[n].text, self._sources[i].family) for i, n in places]
        return [(wording(text, family, rng, NOISY), False) for text, family in asked]

    def _alike(self, rng: random.Random) -> dict[int, list[tuple[int, int]]]:
        """Return for lone passages of our own the questions of others that look as if asked of them."""
        lone = [at for at, source in enumerate(self._sources) if is_lone(source)]
        found: dict[int, list[tuple[int, int]]] = {}
        for family in {self._sources[at].family for at in lone}:
            kin = [at for at in lone if self._sources[at].family == family]
            near = Nearness([self._sources[at].passages[0] for at in kin])
            for at in kin:
                for place, question in enumerate(self._sources[at].questions):
                    if len(kin) > 1 and question.answering and rng.random() < LIKE:
                        nearest = [kin[number] for number in near.order(question.text)[:2]]
                        other = next(one for one in nearest if one != at)
                        found.setdefault(other, []).append((at, place))
        return found

    def _weight(self, at: int, number: int) -> float:
        source = self._sources[at]
        own = [source.questions[place] for place in self._of[at][number]]
        count = sum(number in question.answering or question.home == number for question in own)
        return float(count**0.7) * WEIGHTS.get(source.family, 1.0) + 0.2


def _questions_of(source: Source, rng: random.Random) -> list[list[int]]:
    """Return for each passage the numbers of the questions that it is asked."""
    asked: list[set[int]] = [set() for _ in source.passages]
    near = Nearness(source.passages)
    for place, question in enumerate(source.questions):
        for number in question.answering:
            asked[number].add(place)
        if question.home is not None:
            asked[question.home].add(place)
        if len(source.passages) > 1 and rng.random() < NEAR:
            for number in near.order(question.text)[:NEAREST]:
                asked[number].add(place)
    return [sorted(places) for places in asked]


def _cut(passage: str, number: int, answered: Sequence[Question], rng: random.Random) -> Span:
    """Return the stretch of the passage that is shown: all of it, or what is around one of the answers."""
    evidence = [one for question in answered for one in question.evidence if one.passage == number]
    kind = rng.random()
    if not evidence or kind >= ALONE + CROPPED:
        return 0, len(passage)
    chosen = rng.choice(evidence)
    if kind < ALONE:
        text, start = sentence_alone(passage, "", (chosen.start, chosen.end))
    else:
        text, start = crop(passage, "", chosen, rng.choice(CROPS))
    return start, start + len(text)


def _answers(question: Question, number: int, shown: Span, text: str) -> bool | None:
    """Tell whether the stretch shown of passage `number` answers; None where that cannot be told."""
    if number in question.holds:
        return True
    here = [one for one in question.evidence if one.passage == number]
    if any(shown[0] <= one.start and one.end <= shown[1] for one in here):
        return True
    cut = any(one.start < shown[1] and shown[0] < one.end for one in here)
    said = any(answer.lower() in text.lower() for answer in question.answers)
    return None if question.answering and (cut or said) else False


def _of_drawn(table: bool, rng: random.Random) -> Judged:
    drawn = grid(rng) if table else sheet(rng)
    chosen = rng.sample(drawn.asked, min(len(drawn.asked), 2 * MOST))
    asked = [(f"{one.earlier[0]} {one.text}" if one.earlier else one.text, bool(one.span)) for one in chosen]
    return Judged(f"{drawn.title}\n{drawn.text}", tuple(asked))
