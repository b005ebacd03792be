"""Follow-ups made self-contained: what is searched with, and what is read with.

A question that leans on the conversation ("why?") is read together with the question before it; where it only
names something else ("and for opened items?"), that takes the place of what the question before it named. One
that stands alone is left alone. Knows no model: it looks at the words only, so a follow-up that leans
by meaning alone is missed by reading. Searching does not depend on that: a later turn is always searched both
by itself and with the question before it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.clarify import unpointed
from rag.types import Span, Turn
from rag.words import STOP, content, stem

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
_ARTICLE = r"(?:(?:a|an|the|my|our|your)\s+)?"
# "And for opened items?": something else is named, perhaps with the preposition that it takes.
_INSTEAD = re.compile(
    r"\s*(?:and|or|but|what about|how about)\s+(?:what about\s+|how about\s+)?"
    r"(?:(?P<preposition>for|in|on|at|to|from|with|by|of|under|after|before|during)\s+)?"
    rf"{_ARTICLE}(?P<named>\w[\w'’ -]*?)\s*[?.!]*\s*",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+(?:['’-]\w+)*")
_NAMED = 4  # words that may name something; more say something
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
    whole, *later = [*asked[-2:], question]
    for follow_up in later:
        whole = _instead(follow_up, whole) or f"{whole} {follow_up}"
    return whole


def _instead(question: str, before: str) -> str | None:
    """Return the question before, what this one names in the place of its like; None where it has none."""
    match = _INSTEAD.fullmatch(question)
    if match is None:
        return None
    named = _WORD.findall(match["named"])
    if len(named) > _NAMED or any(word.lower() in STOP for word in named):
        return None
    place = _like(named, before) or _after(match["preposition"], before)
    replaced = before[: place[0]] + match["named"] + before[place[1] :] if place else before
    return replaced if replaced.lower() != before.lower() else None


def _like(named: list[str], before: str) -> Span | None:
    """Return where the question before names a thing of the same kind, as "unopened items" for "opened"."""
    words = list(_WORD.finditer(before))
    kinds = [at for at, word in enumerate(words) if stem(word[0].lower()) == stem(named[-1].lower())]
    if len(kinds) != 1:
        return None
    first = kinds[0]
    while first > 0 and kinds[0] - first < len(named) - 1 and words[first - 1][0].lower() not in STOP:
        first -= 1
    return words[first].start(), words[kinds[0]].end()


def _after(preposition: str | None, before: str) -> Span | None:
    """Return where the question before ends after the same preposition: "Germany" of "in Germany"."""
    if preposition is None:
        return None
    ending = rf"\b{preposition}\s+{_ARTICLE}(?P<named>[\w'’ -]+?)\s*[?.!]*\s*$"
    found = re.search(ending, before, re.IGNORECASE)
    if found is None or any(word.lower() in STOP for word in _WORD.findall(found["named"])):
        return None
    return found.span("named")


def wordings(question: str, history: Sequence[Turn]) -> list[str]:
    """Return what to search with: a later turn by itself, and with the question before it."""
    if not history:
        return [question]
    joined = rewrite(question, history)
    return [question, joined if joined != question else f"{history[-1].question.strip()} {question}"]
