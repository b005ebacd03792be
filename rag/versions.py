"""Two versions of a document: what changed, paragraph by paragraph and word by word. Knows strings only."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from rag.types import Span

_WORD = re.compile(r"\w+|[^\w\s]")
LONGEST = 4000  # words of a paragraph up to which its words are compared; longer ones are marked whole


@dataclass(frozen=True, slots=True)
class Change:
    """A stretch that differs: its paragraphs in either version, and in them the words that changed.

    `same` counts the paragraphs before it that did not change; one side is empty where text was added or
    removed.
    """

    kind: Literal["changed", "added", "removed"]
    same: int
    old: str
    new: str
    old_marks: tuple[Span, ...]
    new_marks: tuple[Span, ...]


def changes(old: str, new: str) -> list[Change]:
    """Return what changed from `old` to `new`, in reading order; white space alone is no change."""
    ours, theirs = _paragraphs(old), _paragraphs(new)
    matcher = SequenceMatcher(None, [_bare(part) for part in ours], [_bare(part) for part in theirs], False)
    found, same = [], 0
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            same = b - a
        else:
            found.append(_change(same, ours[a:b], theirs[c:d]))
            same = 0
    return found


def _change(same: int, old: Sequence[str], new: Sequence[str]) -> Change:
    before, after = "\n".join(old), "\n".join(new)
    if not old:
        return Change("added", same, "", after, (), ((0, len(after)),))
    if not new:
        return Change("removed", same, before, "", ((0, len(before)),), ())
    return Change("changed", same, before, after, *_marks(before, after))


def _marks(old: str, new: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    ours, theirs = list(_WORD.finditer(old)), list(_WORD.finditer(new))
    if max(len(ours), len(theirs)) > LONGEST:
        return ((0, len(old)),), ((0, len(new)),)
    matcher = SequenceMatcher(None, [m.group() for m in ours], [m.group() for m in theirs], False)
    codes = [code for code in matcher.get_opcodes() if code[0] != "equal"]
    return (
        tuple(_spans(ours, [(a, b) for _, a, b, _, _ in codes])),
        tuple(_spans(theirs, [(c, d) for _, _, _, c, d in codes])),
    )


def _spans(words: Sequence[re.Match[str]], pieces: Sequence[Span]) -> Iterator[Span]:
    for start, end in pieces:
        if start < end:
            yield words[start].start(), words[end - 1].end()


def _paragraphs(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def _bare(paragraph: str) -> str:
    return " ".join(paragraph.split())
