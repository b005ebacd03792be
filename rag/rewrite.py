"""Follow-ups made self-contained: what is searched with, and what is read with.

A question that leans on the conversation ("and for opened items?") is read together with the question before
it; one that stands alone is left alone. Knows no model: it looks at the words only, so a follow-up that leans
by meaning alone is missed by reading. Searching does not depend on that: a later turn is always searched both
by itself and with the question before it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.clarify import unpointed
from rag.types import Turn
from rag.words import content

_OPENING = re.compile(
    r"\s*(and|or|but|also|then|so|what about|how about|why not|how so|which one|which ones|"
    r"the (first|second|third|last|other) one|same|else|otherwise)\b",
    re.IGNORECASE,
)
_ASKING_ON = re.compile(r"\s*(what if|why)\b", re.IGNORECASE)
_THERE_IS = re.compile(r"\b(is|are|was|were) there (?=(an?|any|no|some|more)\b)", re.IGNORECASE)
# What people tell of themselves is a case of its own: "What if I lose a receipt?"
_PERSON = re.compile(r"\b(i|we|my|our)\b", re.IGNORECASE)
_POINTING = re.compile(
    r"\b(it|its|they|them|their|theirs|this|that|these|those|he|him|his|she|her|hers|there|one|ones|"
    r"former|latter|same|such|another|other|others|first one|second one)\b",
    re.IGNORECASE,
)
_CONTENT = re.compile(r"\w{4,}")
_NAME = re.compile(r"(?<=\w )[A-Z]\w+")
_ALONE = 3  # content words from which a question without a pointer or a name stands alone
_OWN = 2  # words that carry meaning, from which a case of one's own does


def leans(question: str, history: Sequence[Turn] = ()) -> bool:
    """Tell whether the question needs the one before it to be understood.

    Pointing at what the conversation never named ("this contract") leans on nothing in it.
    """
    if _OPENING.match(question) or _POINTING.search(_THERE_IS.sub("", unpointed(question, history))):
        return True
    if _PERSON.search(question) and len(content(question)) >= _OWN:
        return False
    if _ASKING_ON.match(question):
        return True
    return len(_CONTENT.findall(question)) < _ALONE and not _NAME.search(question)


def rewrite(question: str, history: Sequence[Turn]) -> str:
    """Return what to read with: the question, with the one it leans on before it."""
    if not history or not leans(question, history):
        return question
    # The turn before may itself lean on an earlier one ("and in winter?"): go back to one that stands.
    asked: list[str] = []
    for turn in reversed(history):
        asked.insert(0, turn.question.strip())
        if not leans(turn.question):
            break
    return " ".join([*asked[-2:], question])


def wordings(question: str, history: Sequence[Turn]) -> list[str]:
    """Return what to search with: a later turn by itself, and with the question before it."""
    if not history:
        return [question]
    joined = rewrite(question, history)
    return [question, joined if joined != question else f"{history[-1].question.strip()} {question}"]
