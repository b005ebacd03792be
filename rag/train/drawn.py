"""What the drawn training material has in common: a passage written here and questions about it."""

from __future__ import annotations

from dataclasses import dataclass

from rag.types import Span


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about a drawn passage; `span` are the words of its text that answer, None for none.

    `earlier` is a question, with its answer, that this one follows and cannot do without.
    """

    text: str
    answer: str | None
    span: Span | None
    earlier: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Drawn:
    """A passage with its title and the questions about it, answered ones and some it does not answer."""

    title: str
    text: str
    asked: tuple[Asked, ...]


ON = ("And for {row}?", "What about {row}?", "and {row}?", "And the {row}?", "How about {row}?")
"""Ways to ask for another case of what was asked for before."""
