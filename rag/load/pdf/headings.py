"""Which blocks of a whole document are headings after all, and how headings rank."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from rag.load.pdf.flow import Block, Look

_DEEPEST = 6
_USUAL = 3
"""Headings of one look, from where on it is a level of its own."""
_NUMBERED = re.compile(r"^(?:(?:Article|Section|Clause)\s+)?(\d+[A-Z]?(?:\.\d+)*)[.:)]?\s+[\"“]?[A-Z]")
_LONGEST, _MOST_WORDS = 70, 9
_BODY = 100
"""Letters of a paragraph that a numbered line introduces; an item of a list is followed by the next one."""


def with_numbered(pages: Sequence[Sequence[Block]]) -> list[list[Block]]:
    """The pages with short numbered lines above paragraphs told as headings, where a document has several.

    Many contracts mark their clauses by nothing but a number and an underline, which is no letter.
    """
    everything = [block for page in pages for block in page]
    following = {id(block): after for block, after in pairwise(everything)}
    chosen = {id(block) for block in everything if _introduces(block, following.get(id(block)))}
    if len(chosen) < _USUAL:
        return [list(page) for page in pages]
    return [[_as_heading(block) if id(block) in chosen else block for block in page] for page in pages]


def _introduces(block: Block, following: Block | None) -> bool:
    if block.look or block.rows or block.aside or following is None or following.look:
        return False
    short = len(block.text) <= _LONGEST and len(block.text.split()) <= _MOST_WORDS
    whole = not block.text.endswith((".", ",", ";")) or block.text.count(" ") < 4
    return short and whole and bool(_NUMBERED.match(block.text)) and len(following.text) >= _BODY


def _as_heading(block: Block) -> Block:
    number = _NUMBERED.match(block.text)
    depth = number.group(1).count(".") + 1 if number else 1
    return replace(block, look=(-1.0, True, True, depth), gap="\n\n", open=False)


def levels(everything: Sequence[Block]) -> dict[Look, int]:
    """Ranks of the looks of headings, below the levels that the outline gives, where it gives any.

    A look that is hardly used ranks with the next larger one that is, so that a title page's lines do not
    push all else down.
    """
    given = max((block.level for block in everything), default=0)
    counts = Counter(block.look for block in everything if block.look and not block.level)
    usual = max(_USUAL, counts.total() // 50)
    ranks: dict[Look, int] = {}
    rank = given
    for look in sorted(counts):
        if counts[look] >= usual or rank == given:
            rank = min(rank + 1, _DEEPEST)
        ranks[look] = rank
    return ranks
