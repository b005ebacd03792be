"""Where sentences end, in any of the usual scripts, without a model.

Rules alone: a mark, white space and a capital end a sentence, but for the usual abbreviations; blank
lines and list items always do; line ends do where the lines are a list and not wrapped prose.

It is for cutting pages: an end that is missed costs a longer chunk, so it asks for a capital and looks at the
layout. `rag.words.sentences` is for checking what an answer says, citations and all, where a sentence that
runs into the next would be held against the wrong passage; it takes every mark and knows no lines.
"""

from __future__ import annotations

import re
from itertools import pairwise

from rag.types import Span

_TITLES = (
    "Mr Mrs Ms Dr Prof St Sr Jr vs No Nos Art Sec Fig Figs Eq Eqs Inc Ltd Corp Co cf al approx ca".split()
)
_NOT_AFTER = "".join(rf"(?<!\b{title}\.)" for title in _TITLES)
_SENTENCE = (
    rf"(?<=[.!?…]){_NOT_AFTER}(?<!\be\.g\.)(?<!\bi\.e\.)(?<!\b[A-Z]\.)\s+(?=[\"'“‘(\[*_]*[^\W_a-z])"
    r"|(?<=[.!?…][\"'”’)\]])\s+(?=[\"'“‘(\[*_]*[^\W_a-z])"
    r"|(?<=[。！？؟۔।])(?![」』”）])\s*|(?<=[。！？][」』”）])\s*"
    r"|\s*\n\s*(?=(?:[-*+•·▪◦–—]|\(?\w{1,3}[.)])\s)"  # the next item of a list
)
PARAGRAPH = re.compile(r"\s*\n[ \t]*\n\s*")
_LINE = r"\s*\n\s*"


def unbroken(text: str) -> list[Span]:
    """The stretches of a text that a cut should leave whole, as spans without the white space between."""
    spans: list[Span] = []
    for first, last in parts(PARAGRAPH, text, 0, len(text)):
        spans += parts(re.compile(breaks(text[first:last])), text, first, last)
    return spans


def breaks(paragraph: str) -> str:
    """The pattern that ends a sentence in this paragraph: line ends count where it is no wrapped prose."""
    lengths = [len(line) for line in paragraph.split("\n")[:-1]]
    longest = max(lengths, default=0)
    wrapped = sum(length > 0.7 * longest for length in lengths) > 0.6 * len(lengths) and longest > 30
    return _SENTENCE if wrapped or not lengths else f"{_SENTENCE}|{_LINE}"


def parts(boundary: re.Pattern[str], text: str, start: int, end: int) -> list[Span]:
    """The stretches of text[start:end] between boundaries, without white space around them."""
    cuts = [start, *(match.end() for match in boundary.finditer(text, start, end)), end]
    return [span for first, last in pairwise(cuts) if (span := trim(text, first, last))]


def trim(text: str, start: int, end: int) -> Span | None:
    """The stretch without white space around it, None where nothing is left."""
    piece = text[start:end]
    bare = piece.strip()
    if not bare:
        return None
    first = start + len(piece) - len(piece.lstrip())
    return first, first + len(bare)
