"""Every prompt, in one place.

Small models copy what they see: no literal example numbers here, and the passages come first, the
question last, so that the passages' part of the prompt is the same for every question about them.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.types import Message, Turn

REFUSAL = "The documents do not answer this."
"""The sentence a generator writes to refuse, and the one shown."""

SYSTEM = (
    "Answer the question from the numbered passages only. After each statement give the number of "
    "its passage in brackets. If the passages do not hold the answer, say: " + REFUSAL
)

TITLE_LIMIT = 80  # characters of a passage's title; a path of long headings must not push out text


def answer_messages(
    passages: Sequence[tuple[str, str]], history: Sequence[Turn], question: str
) -> list[Message]:
    """Return the prompt for (title, text) passages, numbered from 1 in their order."""
    parts = [f"[{number}] {title[:TITLE_LIMIT]}\n{text}" for number, (title, text) in enumerate(passages, 1)]
    parts += [f"Earlier question: {turn.question}\nEarlier answer: {turn.answer}" for turn in history]
    parts.append(f"Question: {question}")
    return [Message("system", SYSTEM), Message("user", "\n\n".join(parts))]
