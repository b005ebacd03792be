"""Question-passage pairs for the evidence reader, grouped by question, drawn anew for each epoch."""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rag.train.data import Evidence, Question, Source, windows
from rag.train.drawn import Drawn
from rag.train.grids import grid
from rag.train.noise import asked_otherwise, keywords_of, leaning, names_of, typed_badly
from rag.train.rules import sheet
from rag.train.written import EXPLAINED, FAMILY
from rag.types import Span
from rag.words import sentences

NOISY = 0.35  # share of questions typed badly
KEYWORDS = 0.25  # share of these that are keywords alone
NEAR = 0.45  # share of answered questions that get a near passage which does not answer
FAR = 0.08  # the same with a passage of any document
CHANGED = 0.2  # share of answered questions also asked so that the passage no longer answers
TITLED = 0.85  # share of passages with a title line before them
CROPPED = 0.65  # share of passages cut to some sentences: short ones cost less, and chunks vary in use
FOLLOWING = 0.15  # share of questions asked as a follow-up of the one before, where they share a name
TABLES = 0.03  # tables drawn for each group of the sets
SHEETS = 0.08  # the same for passages of rules
ASKED_OF_DRAWN = 4
ALONE = 0.3  # share of passages cut to the one sentence, as they are read the second time
CROPS = (280, 420, 600)  # characters
SHARE = {"cuad": 0.4, FAMILY: 0.15, EXPLAINED: 0.75}  # of a set's questions used in an epoch, else all
SHARE_SECTIONS = 0.3  # the same for those that a section of a document answers
SHARE_REFUSED = {FAMILY: 0.2, EXPLAINED: 0.22}  # the same for those that their passage does not answer
SHARE_ABSENT = {"cuad": 0.12}  # the same for questions without a home passage


@dataclass(frozen=True, slots=True)
class Pair:
    """`span` are the words of `passage` that answer, None where it does not answer or has no mark."""

    question: str
    passage: str
    answers: bool
    span: Span | None = None


Group = list[Pair]
"""Pairs of one question; a passage that answers, if any, stands first."""


class Nearness:
    """Which passages of a document look like a question: shared words, rare ones count more."""

    def __init__(self, passages: Sequence[str]) -> None:
        self._words = [_words(passage) for passage in passages]
        counts = Counter(word for words in self._words for word in words)
        self._rarity = {word: math.log(1 + len(passages) / n) for word, n in counts.items()}

    def order(self, question: str) -> list[int]:
        """Return the passages' numbers, nearest first."""
        wanted = _words(question)
        scores = [
            sum(self._rarity[word] for word in wanted & words) / (3 + math.log(1 + len(words)))
            for words in self._words
        ]
        return sorted(range(len(scores)), key=lambda number: -scores[number])


def _words(text: str) -> set[str]:
    return {word[:6] for word in re.findall(r"\w{3,}", text.lower())}


class Pairs:
    """Draws one epoch of groups from the sources that are not held out."""

    def __init__(self, sources: Sequence[Source], seed: int) -> None:
        self._sources = [source for source in sources if source.passages]
        self._near = [Nearness(source.passages) for source in self._sources]
        self._names = [
            [name for question in source.questions for name in names_of(question.text)]
            for source in self._sources
        ]
        self._lone = {
            family: [
                at for at, source in enumerate(self._sources) if is_lone(source) and source.family == family
            ]
            for family in (FAMILY, EXPLAINED)
        }
        self._among_lone = {
            family: Nearness([self._sources[at].passages[0] for at in places])
            for family, places in self._lone.items()
        }
        self._seed = seed
        self._orders: dict[tuple[int, int], list[int]] = {}

    def epoch(self, number: int) -> list[Group]:
        """Return the shuffled groups of epoch `number`, the same ones each time it is asked for."""
        rng = random.Random(f"{self._seed}-{number}")
        groups: list[Group] = []
        for at, source in enumerate(self._sources):
            for place, question in enumerate(source.questions):
                if rng.random() < _share(source, question):
                    groups += self._groups(at, place, rng)
        drawn = [grid(rng) for _ in range(round(TABLES * len(groups)))]
        drawn += [sheet(rng) for _ in range(round(SHEETS * len(groups)))]
        for one in drawn:
            groups += _of_drawn(one, rng)
        rng.shuffle(groups)
        return groups

    def _groups(self, at: int, place: int, rng: random.Random) -> list[Group]:
        source = self._sources[at]
        question = source.questions[place]
        text = wording(question.text, source.family, rng)
        if place and rng.random() < FOLLOWING:
            text = _followed(text, source.questions[place - 1], rng) or text
        if not question.answering:
            number = question.home
            if number is None:
                number = rng.choice(self._order(at, place)[:4])
            return [[self._pair(text, source, number, None, rng)]]
        group = [self._answering(text, source, question, rng)]
        if rng.random() < NEAR and (near := self._wrong(at, place)):
            group.append(self._pair(text, source, rng.choice(near[:4]), None, rng))
        if is_lone(source) and rng.random() < NEAR and (like := self._like(at, question)):
            group.append(self._pair(text, rng.choice(like), 0, None, rng))
        if rng.random() < FAR:
            other = rng.choice(self._sources)
            if other is not source:
                number = rng.randrange(len(other.passages))
                group.append(self._pair(text, other, number, None, rng))
        groups = [group]
        if source.family != "cuad" and rng.random() < CHANGED and question.evidence:
            number = question.evidence[0].passage
            changed = asked_otherwise(text, source.passages[number], self._names[at], rng)
            if changed:
                groups.append([self._pair(changed, source, number, None, rng)])
        return groups

    def _like(self, at: int, question: Question) -> list[Source]:
        """Return passages of our own that look like the question but were not written for it."""
        family = self._sources[at].family
        places = [self._lone[family][number] for number in self._among_lone[family].order(question.text)[:6]]
        return [self._sources[place] for place in places if place != at]

    def _order(self, at: int, place: int) -> list[int]:
        key = (at, place)
        if key not in self._orders:
            question = self._sources[at].questions[place]
            self._orders[key] = self._near[at].order(question.text)[:12]
        return self._orders[key]

    def _wrong(self, at: int, place: int) -> list[int]:
        """Return near passages that do not hold any accepted answer, nearest first."""
        source = self._sources[at]
        question = source.questions[place]
        answers = [answer.lower() for answer in question.answers]
        return [
            number
            for number in self._order(at, place)
            if number not in question.answering
            and not any(answer in source.passages[number].lower() for answer in answers)
        ]

    def _answering(self, text: str, source: Source, question: Question, rng: random.Random) -> Pair:
        if question.evidence:
            evidence = rng.choice(question.evidence)
            return self._pair(text, source, evidence.passage, evidence, rng)
        number = question.holds[0]
        line = title_line(source.title_of(number), rng)
        return Pair(text, f"{line}\n{source.passages[number]}", answers=True)

    def _pair(
        self, text: str, source: Source, number: int, evidence: Evidence | None, rng: random.Random
    ) -> Pair:
        passage, offset = source.passages[number], 0
        span = None if evidence is None else (evidence.start, evidence.end)
        alone = rng.random() < ALONE
        if alone:
            passage, offset = sentence_alone(passage, text, span)
        elif rng.random() < CROPPED:
            passage, offset = crop(passage, text, evidence, rng.choice(CROPS))
        line = title_line(source.title_of(number), rng) + "\n" if alone or rng.random() < TITLED else ""
        if evidence is None:
            return Pair(text, line + passage, answers=False)
        shift = len(line) - offset
        place = (evidence.start + shift, evidence.end + shift)
        return Pair(text, line + passage, answers=True, span=place)


def is_lone(source: Source) -> bool:
    """Tell whether the passage is one of our own that stands alone."""
    return source.family in (FAMILY, EXPLAINED) and len(source.passages) == 1


def _share(source: Source, question: Question) -> float:
    if question.home is None:
        return SHARE_ABSENT.get(source.family, 1.0)
    if not question.answering:
        return SHARE_REFUSED.get(source.family, 1.0)
    return SHARE_SECTIONS if source.headings else SHARE.get(source.family, 1.0)


def _followed(question: str, before: Question, rng: random.Random) -> str | None:
    """Return the question as a follow-up, with the one it leans on in front, as it is read in use."""
    asked = leaning(question, before.text, rng)
    return f"{before.text} {asked}" if asked else None


def _of_drawn(drawn: Drawn, rng: random.Random) -> list[Group]:
    line = drawn.title + "\n" if rng.random() < TITLED else ""
    groups = []
    for asked in rng.sample(drawn.asked, min(ASKED_OF_DRAWN, len(drawn.asked))):
        text = f"{asked.earlier[0]} {asked.text}" if asked.earlier else asked.text
        text = typed_badly(text, rng) if rng.random() < NOISY else text
        passage, offset = drawn.text, 0
        if "|" not in passage and rng.random() < ALONE:  # a row without its header says nothing
            passage, offset = sentence_alone(passage, text, asked.span)
        shift = len(line) - offset
        span = asked.span and (asked.span[0] + shift, asked.span[1] + shift)
        groups.append([Pair(text, line + passage, answers=span is not None, span=span)])
    return groups


def sentence_alone(passage: str, question: str, span: Span | None) -> tuple[str, int]:
    """Return the sentence, or the sentences, that `span` lies in, and where they start in the passage.

    Without a span, the sentence that shares most words with the question.
    """
    spans = sentences(passage) or [(0, len(passage))]
    if span is not None:
        held = [one for one in spans if one[0] < span[1] and span[0] < one[1]]
        start, end = (min(held[0][0], span[0]), max(held[-1][1], span[1])) if held else (0, len(passage))
    else:
        wanted = _words(question)
        start, end = max(spans, key=lambda one: len(wanted & _words(passage[one[0] : one[1]])))
    return passage[start:end], start


def crop(passage: str, question: str, evidence: Evidence | None, limit: int) -> tuple[str, int]:
    """Return the sentences of about `limit` characters around the answer, and where they start.

    Without an answer, those that share most words with the question; whole, where an answer would be cut.
    """
    cuts = windows(passage, limit)
    if evidence is not None:
        fits = [cut for cut in cuts if cut[0] <= evidence.start and evidence.end <= cut[1]]
        start, end = fits[0] if fits else (0, len(passage))
    else:
        wanted = _words(question)
        start, end = max(cuts, key=lambda cut: len(wanted & _words(passage[cut[0] : cut[1]])))
    return passage[start:end].rstrip(), start


def wording(question: str, family: str, rng: random.Random, noisy: float = NOISY) -> str:
    """Return one of the ways to ask the question; contract categories are named or described."""
    if family == "cuad":
        name, _, description = question.partition(": ")
        ways = [description, description, description, f"{name}: {description}", name]
        question = rng.choice([*ways, f"What does the contract say about {name.lower()}?"])
    if rng.random() >= noisy:
        return question
    return keywords_of(question, rng) if rng.random() < KEYWORDS else typed_badly(question, rng)


def title_line(title: str, rng: random.Random) -> str:
    """Return the title as a file's name, as a heading, or both, as passages carry it in use.

    Headings behind " > " follow the file's name as they are.
    """
    plain = title.replace("_", " ")
    document, _, heading = title.partition(" > ")
    slug = re.sub(r"\W+", "_", document).strip("_").lower()
    name = f"{slug}.{rng.choice(['txt', 'pdf', 'md', 'docx', 'html'])}"
    filed = f"{name} > {heading}" if heading else name
    return rng.choice([plain, plain, filed, f"{name} > {plain}", title])[:120]
