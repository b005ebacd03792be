"""Replies that need no generator: rows computed, several facts told, a question back, a refusal.

Each yields the pieces of its text and returns the Answer. Sees the draft only, and does not decide which of
them is called for; `answer` does.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

from rag import clarify, compose, compute, ground
from rag.draft import Draft
from rag.prompts import REFUSAL
from rag.types import Answer

SEVERAL = "The documents answer this differently:"
POINTED = "More than one document may be meant:"
WHICH = "Which one do you mean?"
UNNAMED = "The question does not name it."
STOPPED = "Stopped before an answer was found."
LONGEST_QUESTION = 400  # words; more is a case to search by, not a question


def computed(draft: Draft, result: compute.Computed, number: int) -> Generator[str, None, Answer]:
    """Tell what was computed over rows; `number` cites them."""
    draft.short = result.short
    yield from draft.say(f"{result.text} [{number}]")
    return draft.finish("answer")


def stated(
    draft: Draft, facts: Sequence[compose.Statement], ending: str = ""
) -> Generator[str, None, Answer]:
    """Tell several facts in the documents' words, one a line, each cited."""
    for fact in facts:
        text = ground.told(draft.evidence[fact.passage], fact.span)
        yield from draft.show(
            ground.Checked(text, (fact.passage,), 1.0), joint="\n- " if draft.shown else "- "
        )
    if ending:
        yield from draft.say(ending, "")
    return draft.finish("answer")


def asked(draft: Draft, fitting: Sequence[int], opening: str) -> Generator[str, None, Answer]:
    """Tell what each document answers, and ask which one is meant."""
    yield from draft.say(opening)
    for index in fitting:
        item = draft.evidence[index]
        number = draft.cite(item, ground.Checked(clarify.words(item), (index,), 1.0))
        yield from draft.say(f"{item.hit.file}: {clarify.words(item)} [{number}]", "\n- ")
    yield from draft.say(WHICH, "\n\n")
    return draft.finish("question")


def unsupported(draft: Draft) -> Generator[str, None, Answer]:
    """Refuse, or ask for the name that the question lacks."""
    if not draft.unnamed:
        return (yield from refused(draft))
    yield from draft.say(f"Which {draft.unnamed} do you mean? {UNNAMED}")
    return draft.finish("question")


def refused(draft: Draft, sentence: str = REFUSAL) -> Generator[str, None, Answer]:
    """Refuse with one sentence."""
    yield from draft.say(sentence)
    return draft.finish("refusal")


def objection(question: str) -> str:
    """Return why this cannot be asked at all, empty where it can."""
    if not question:
        return "Please ask a question."
    words = len(question.split())
    if words > LONGEST_QUESTION:
        return (
            f"This question has {words} words; please ask in at most {LONGEST_QUESTION}, "
            "or search with the whole text instead."
        )
    return ""
