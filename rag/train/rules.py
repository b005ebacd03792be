"""Passages of rules as handbooks, contracts and manuals hold them, with questions in many wordings.

Each rule is told for some of its cases and asked for all: a case that is not told is a question that
the passage only seems to answer. The texts stand in `facts.toml`, written for this project; values and
cases are drawn from the `random.Random` that is handed in. Knows no model.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from rag.train.drawn import ON, Asked, Drawn
from rag.types import Span

FACTS = Path(__file__).with_name("facts.toml")
RULES = (2, 4)  # rules in a passage
TOLD = 0.6  # share of a rule's cases that are told, one at least
OTHER_WORDS = 0.45  # share of questions that name the case by other words than the passage
IN_WORDS = 0.4  # share of numbers up to twelve that are written out
FILLED = 0.3  # share of sentences that stand behind one that says nothing asked for
FOLLOWING = 0.12  # share of questions asked as a follow-up of one about another case
ASKED, ABSENT = 7, 3  # questions answered and not answered by one passage, at most

FILLERS = (
    "Please read this part with care.", "Exceptions are made in writing only.", "Last changed in May.",
    "Questions are answered at the desk.", "The general terms apply besides.", "Older versions are void.",
    "Examples are given in the annex.", "A summary hangs on the notice board.", "Forms are on the website.",
    "The rule holds for all sites.", "What is not told here is decided case by case.", "Subject to change.",
)  # fmt: skip
_FIRST = "Ines Marek Oskar Leila Bruno Hanna Yusuf Clara Viktor Amara Felix Rosa Emil Noor Piet Sofia".split()
_LAST = (
    "Aldous Varga Lindqvist Moreau Castillo Bakker Novak Ferris Adeyemi Roth Salo Quist Amin Doyle".split()
)
_NUMBERS = "one two three four five six seven eight nine ten eleven twelve".split()


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: cases, each with other names, ways to tell it and to ask for it, and its kind of value."""

    cases: tuple[tuple[str, ...], ...]
    says: tuple[str, ...]
    asks: tuple[str, ...]
    value: str

    @classmethod
    def of(cls, row: dict[str, Any]) -> Rule:
        """Read one entry of the file."""
        cases = tuple(tuple(case.split("|")) for case in row["x"])
        return cls(cases, tuple(row["says"]), tuple(row["asks"]), row["value"])


@cache
def themes() -> tuple[tuple[str, tuple[Rule, ...]], ...]:
    """Return every theme's title with its rules."""
    rows = tomllib.loads(FACTS.read_text("utf-8"))["theme"]
    return tuple((row["title"], tuple(Rule.of(fact) for fact in row["facts"])) for row in rows)


def sheet(rng: random.Random) -> Drawn:
    """Return a passage about some rules of one theme with questions, answered ones and others."""
    title, known = rng.choice(themes())
    draft = Draft(rng)
    for rule in rng.sample(known, min(len(known), rng.randint(*RULES))):
        draft.tell(rule)
    name = title.lower().replace(" ", rng.choice("-_ "))
    full = f"{name}.{rng.choice(['pdf', 'docx', 'md', 'html', 'txt'])} > {title}"
    return Drawn(rng.choice([full, title]), *draft.finished())


class Draft:
    """A sheet while it is drawn: the text so far, one layout, and the questions."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._layout = rng.choice(["prose", "bullets", "clauses"])
        self._part = rng.randint(1, 19)
        self._text = ""
        self._count = 0
        self._answered: list[Asked] = []
        self._absent: list[Asked] = []

    def tell(self, rule: Rule) -> None:
        """Tell some of the rule's cases and ask for all of them."""
        rng, says = self._rng, self._rng.choice(rule.says)
        earlier: tuple[str, str] | None = None
        cases = rng.sample(rule.cases, len(rule.cases))
        for place, names in enumerate(cases):
            told = place == 0 or rng.random() < TOLD
            question = _asked(rule, names, rng)
            if not told:
                self._absent.append(Asked(question, None, None))
                continue
            value = _value(rule.value, rng)
            span = self._say(says if rng.random() < 0.7 else rng.choice(rule.says), names[0], value)
            if earlier and rng.random() < FOLLOWING:
                text = rng.choice(ON).replace("{row}", rng.choice(names))
                self._answered.append(Asked(text, value, span, earlier))
            else:
                self._answered.append(Asked(question, value, span))
                self._answered.append(Asked(_asked(rule, names, rng), value, span))
            earlier = (question, value)

    def _say(self, way: str, case: str, value: str) -> Span:
        """Add one sentence in the sheet's layout and return where its value stands."""
        before, after = way.replace("{x}", case).split("{v}")
        if self._rng.random() < FILLED:
            self._text += self._lead() + self._rng.choice(FILLERS)
        self._text += self._lead()
        opening = before + value + after
        start = len(self._text) + len(before)
        self._text += opening[:1].upper() + opening[1:]
        return start, start + len(value)

    def _lead(self) -> str:
        self._count += 1
        if self._layout == "bullets":
            return "\n- " if self._text else "- "
        if self._layout == "clauses":
            return f"{chr(10) if self._text else ''}{self._part}.{self._count} "
        return " " if self._text else ""

    def finished(self) -> tuple[str, tuple[Asked, ...]]:
        """Return the text and its questions, in any order."""
        self._rng.shuffle(self._answered)
        self._rng.shuffle(self._absent)
        # A value at a sentence's start got a capital: the answer is what stands there
        answered = [
            Asked(q.text, self._text[slice(*q.span)] if q.span else None, q.span, q.earlier)
            for q in self._answered[:ASKED]
        ]
        return self._text, (*answered, *self._absent[:ABSENT])


def _asked(rule: Rule, names: tuple[str, ...], rng: random.Random) -> str:
    other = len(names) > 1 and rng.random() < OTHER_WORDS
    case = rng.choice(names[1:]) if other else names[0]
    way = rng.choice(rule.asks)
    case = case if way.startswith("{x}") else case[:1].lower() + case[1:]
    text = way.replace("{x}", case)
    return text[:1].upper() + text[1:] if text.endswith("?") else text


def _value(kind: str, rng: random.Random) -> str:
    """Return words for a value: `kind` is its name with its bounds, or `one of` with choices."""
    name, _, rest = kind.partition(" ")
    if name == "one":
        return rng.choice([choice.strip() for choice in rest.removeprefix("of ").split(";")])
    if name == "name":
        return f"{rng.choice(['', '', 'Dr ', 'Ms ', 'Mr '])}{rng.choice(_FIRST)} {rng.choice(_LAST)}"
    if name == "time":
        return f"{rng.randint(6, 22)}:{rng.choice(['00', '15', '30', '45'])}"
    low, high = (int(bound) for bound in rest.split())
    return _MEASURES[name](rng.randint(low, high), rng)


def _count(number: int, unit: str, rng: random.Random) -> str:
    """Return a number with its unit, small ones now and then in words."""
    words = number <= len(_NUMBERS) and number > 0 and rng.random() < IN_WORDS
    said = _NUMBERS[number - 1] if words else f"{number:,}"
    return f"{said} {unit if number != 1 else unit.removesuffix('s')}"


def _units(unit: str) -> Callable[[int, random.Random], str]:
    return lambda number, rng: _count(number, unit, rng)


def _money(number: int, rng: random.Random) -> str:
    cents = rng.choice(["", "", ".50", ".90", ".00"]) if number < 100 else ""
    return f"{rng.choice('€$£')}{number:,}{cents}"


def _people(number: int, rng: random.Random) -> str:
    return _count(number, rng.choice(["persons", "visitors", "guests"]), rng)


_MEASURES: dict[str, Callable[[int, random.Random], str]] = {
    "days": lambda n, rng: _count(n, rng.choice(["days", "days", "working days", "calendar days"]), rng),
    "weeks": _units("weeks"),
    "months": _units("months"),
    "years": _units("years"),
    "hours": _units("hours"),
    "minutes": _units("minutes"),
    "pages": _units("pages"),
    "people": _people,
    "money": _money,
    "sum": lambda n, rng: f"{rng.choice(['€', '$', '£', 'EUR ', 'USD '])}{n * 1000:,}",
    "percent": lambda n, rng: f"{n}{rng.choice(['%', '%', ' %', ' percent'])}",
    "age": lambda n, rng: f"{n} years",
    "kilos": lambda n, rng: f"{n} kg",
    "metres": lambda n, rng: f"{n}.{rng.choice('0257')} m",
    "centimetres": lambda n, rng: f"{n} cm",
    "gigabytes": lambda n, rng: f"{n} GB",
    "cents": lambda n, rng: f"{n} cents",
}
