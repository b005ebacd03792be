"""Questions that need several facts or a summary: which they are, and which sentences answer them.

Goes by the question's form, so a request for one fact in the plural is taken for several. Knows no model.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rag.types import Span
from rag.words import content, sentences

MOST = 6  # sentences of one answer; more is a text to be read
ANSWERS = 0.3  # probability from which a sentence answers on its own
SHORTEST, LONGEST = 40, 400  # characters of a sentence that a summary may take
BEHIND = 0.4  # how far behind the best sentence another may be

_THINGS = (
    "reasons|grounds|steps|rights|obligations|conditions|duties|exceptions|cases|items|consequences|measures|"
    "requirements|remedies|costs|fees|periods|limits|powers|responsibilities|events|circumstances|options"
)
_SEVERAL = re.compile(
    r"\b(?:each|both|all|compare|differ|differs|difference|list|summari[sz]e|respectively|overview)\b|"
    r"\band (?:what|how|who|whom|when|where|which|why|by when|if|for (?:the|an?)?)\b|"
    rf"\b(?:which|what) (?:\w+ )?(?:{_THINGS})\b|\bwhat are\b|\bwhat happens\b|\bwhat (?:should|must) \w+|"
    r"\bstep by step\b|\band (?:by|from|to|for|in) (?:how|which|what)\b|\bfrom \w+ and from\b|"
    r"\w, (?:[\w' -]+, )*(?:an? |the )?[\w' -]+ (?:and|or) \w|(?<=\w )for which\b|"
    r"\bnot cover\b|\b(?:which|what) \w+s (?:can|may|must|are|have|do)\b|\b\w+'s .*\band by \w+'s\b",
    re.IGNORECASE,
)

_HOW_MUCH = "many|much|long|old|far|often|big|large|small|high|tall|deep|wide|heavy|fast|soon|late|early|near"
_OPEN = re.compile(
    rf"\bhow (?!(?:{_HOW_MUCH})\b)|\bwhy\b|\bwhat (?:if|about|now|happens|happened)\b|"
    r"\bwhat (?:should|must|shall|can|could|do|does) (?:i|we|you|they|he|she|one|somebody|someone)\b|"
    r"\btell (?:me|us)\b|\b(?:explain|describe)\b|"
    r"(?:^|[.,;:!?] )(?:(?:and|but|so|then|or) )?(?:can|could|may|might|must|should|shall|will|would|do|does|"
    r"did|is|are|was|were|am|has|have|had)(?:n?['’]t)? \w",
    re.IGNORECASE,
)
_OPENING = re.compile(r"^\W*(?:and|or|but)\b", re.IGNORECASE)  # of a follow-up: "And for opened items?"


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of a passage: the passage's index, its span there, and how probably it answers."""

    passage: int
    span: Span
    answers: float


def summary(passages: Sequence[str]) -> list[Statement]:
    """Return the most telling sentence of each passage, at most MOST, in reading order.

    A sentence is telling whose words recur in the others (Luhn 1958); the very first one often says what the
    text is, and counts double. Rows of tables are no sentences.
    """
    places = [
        (index, span)
        for index, text in enumerate(passages)
        for span in sentences(text)
        if SHORTEST <= span[1] - span[0] <= LONGEST and "|" not in text[slice(*span)]
    ]
    bags = [set(content(passages[index][slice(*span)])) for index, span in places]
    spread = Counter(word for bag in bags for word in bag)
    found: dict[int, Statement] = {}
    for order, ((index, span), bag) in enumerate(zip(places, bags, strict=True)):
        weight = (1 + (order == 0)) * sum(spread[word] - 1 for word in bag) / (len(bag) + 4)
        if index not in found or weight > found[index].answers:
            found[index] = Statement(index, span, weight)
    best = sorted(found.values(), key=lambda statement: -statement.answers)[:MOST]
    return sorted(best, key=lambda statement: statement.passage)


def several(question: str) -> bool:
    """Tell whether the question asks for more than one fact."""
    return bool(_SEVERAL.search(_OPENING.sub("", question)))


def open_ended(question: str) -> bool:
    """Tell whether the question wants more than a phrase: how, why, what if, may I."""
    return bool(_OPEN.search(question))


def chosen(statements: Sequence[Statement]) -> list[Statement]:
    """Return the sentences that answer, in reading order: the best passage's first."""
    best = max((statement.answers for statement in statements), default=0.0)
    floor = max(ANSWERS, best - BEHIND)
    good = sorted((s for s in statements if s.answers >= floor), key=lambda s: -s.answers)[:MOST]
    return sorted(good, key=lambda s: (s.passage, s.span))
