"""Sentences and words of running text: what grounding, chunking checks and measures compare.

Plain rules for Latin scripts, with the sentence marks of CJK and Arabic; knows no language and no grammar.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from rag.types import Span

_GOES_ON = re.compile(  # the number of a clause or an item alone, or an abbreviation
    r"\A\s*\d{1,3}(?:\.\d{1,3})*\.$|"
    r"\b(?:e\.g|i\.e|etc|cf|vs|Mr|Mrs|Ms|Dr|Prof|St|No|Nos|Art|Sec|Fig|Inc|Ltd|Co|Corp|approx|[A-Z])\.$"
)
_END = re.compile(r"[.!?]+[\"'”’)]*(?:\s*\[\d+\])*(?=\s)|[。！？؟]+|\n\s*\n|\n(?=\s*(?:[-*•|]|\d+[.)])\s)")
_HEADING = re.compile(r"[\s#]*(?:\d+(?:\.\d+)*\.?\s+)?[A-Z][\w’'-]*(?:,? [\w’'-]+){0,5}\s*")
_TOKEN = re.compile(r"\d[\d.,:/-]*\d|\d|[^\W\d_]+(?:['’][^\W\d_]+)?")
_SEPARATOR = re.compile(r"(?<=\d),(?=\d{3})")

STOP = frozenset(
    "a about above after again all also am an and any are as at be because been before being below between "
    "both but by can could did do does doing down during each either else few for from further had has have "
    "having he her here hers him his how however i if in into is it its just may me might more most must my "
    "neither nor of off on once only or other our out over own per same shall she should since so some such "
    "than that the their them then there these they this those through to too under until up upon us very "
    "was we were what when where whether which while who whom whose why will with within would you "
    "your".split()
)
NUMBERS = {
    word: str(value)
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve".split()
    )
}
NEGATIONS = frozenset("no not never none cannot without neither nor".split())


def sentences(text: str) -> list[Span]:
    """Return the spans of the sentences, without the white space between them; citations stay with theirs."""
    spans, start = [], 0
    for match in _END.finditer(text):
        if _GOES_ON.search(text[start : match.end()]):
            continue
        spans.append((start, match.end()))
        start = match.end()
    spans.append((start, len(text)))
    return [trimmed for span in spans if (trimmed := _trimmed(text, span))[0] < trimmed[1]]


def _trimmed(text: str, span: Span) -> Span:
    piece = text[span[0] : span[1]]
    start = span[0] + len(piece) - len(piece.lstrip())
    return start, start + len(piece.strip())


def is_heading(line: str) -> bool:
    """Tell whether a line looks like a heading: up to six words, a capital first, no mark at the end."""
    return bool(_HEADING.fullmatch(line))


def tokens(text: str) -> list[str]:
    """Return the words as they compare: lower case, number words as digits, no thousands separators."""
    found = (match.group().lower().replace("’", "'") for match in _TOKEN.finditer(text))
    return [_SEPARATOR.sub("", NUMBERS.get(word, word)) for word in found]


def content(text: str) -> list[str]:
    """Return the stems of the words that carry meaning."""
    return [stem(word) for word in tokens(text) if word not in STOP]


def stem(word: str) -> str:
    """Cut the endings that inflect a word in English; numbers stay whole."""
    if word[0].isdigit() or len(word) < 4:
        return word
    word = word.removesuffix("'s")
    for ending in ("ing", "ies", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)] + ("y" if ending == "ies" else "")
    return word.removesuffix("e")


def overlap(one: Sequence[str], other: Sequence[str]) -> float:
    """Return the F1 of two bags of words, 0 to 1, as SQuAD measures answers (arXiv:1606.05250)."""
    common = sum((Counter(one) & Counter(other)).values())
    if not common:
        return 0.0
    return 2 * common / (len(one) + len(other))


def counted(number: int, one: str, many: str = "") -> str:
    """Say how many: "1 page", "12 pages"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
