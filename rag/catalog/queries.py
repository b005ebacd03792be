"""A person's question as an FTS5 query: any text in, never a syntax error out. Knows no table and no SQL.

Every term is an FTS5 string in double quotes, which the index's own tokenizer cuts into words; a term of
several words is a phrase. So "14.2(b)" and "SKU-1234" are found as they are written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.words import STOP

LONGEST = 400  # different terms of one question; a whole case description has fewer

# Thai, Lao, Burmese, Khmer, kana and Han: no spaces between words, so the tokenizer would keep a whole
# sentence as one word. Each character becomes a word; queries ask for pairs of them.
_SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
    "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_CHARACTER = re.compile(f"[{_SPACELESS}]")
_RUN = re.compile(f"[{_SPACELESS}]+")
_PIECE = re.compile(r"[^\W_](?:\S*[^\W_])?")
_WORD = re.compile(r"[^\W_]+")
_QUOTED = re.compile(r"[\"“„«”](.+?)[\"”“»]")
_POSSESSIVE = re.compile(r"['’]s$")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)+")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+")
_LONG_NUMBER = re.compile(r"\d{4,9}")


def spaced(text: str) -> str:
    """Set apart the characters of scripts that are written without spaces."""
    return _CHARACTER.sub(r" \g<0> ", text) if _CHARACTER.search(text) else text


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for: every one of `phrases` must stand there, `terms` are better the more there are."""

    phrases: tuple[str, ...]
    terms: tuple[str, ...]

    def expression(self, terms: Iterable[str]) -> str:
        """Return the FTS5 expression with these of the terms."""
        some = " OR ".join(dict.fromkeys((*self.phrases, *terms)))
        return " AND ".join((*self.phrases, f"({some})"))


def parse(text: str) -> Query:
    """Read a question; stop words are left out unless it holds nothing else."""
    phrases = [_quote(match) for match in _QUOTED.findall(text) if len(_WORD.findall(match)) > 1]
    shouted = text.isupper()  # in "THE TERM" nothing is meant by capitals, in "the US" something is
    terms = dict.fromkeys(_terms(text, shouted=shouted))
    if not terms:
        terms = dict.fromkeys(_quote(word) for word in _WORD.findall(text))
    return Query(tuple(dict.fromkeys(phrases)), tuple(terms)[:LONGEST])


def _terms(text: str, *, shouted: bool) -> Iterator[str]:
    for run in _RUN.findall(text):
        yield from _pairs(run)
    for piece in _PIECE.findall(_RUN.sub(" ", text)):
        for part in _parts(_POSSESSIVE.sub("", piece)):
            if _WORD.search(part) and not _stops(part, shouted=shouted):
                yield _quote(part.casefold())


def _pairs(run: str) -> Iterator[str]:
    if len(run) == 1:
        yield _quote(run)
    for first, second in pairwise(run):
        yield _quote(first + second)


def _parts(piece: str) -> Sequence[str]:
    """Return the forms under which a written word may stand in a document.

    A compound is a phrase, and its longer parts count too. "2,500" is also "2500", and the other way
    round (the phrase "2,500" equals "2 500" and "2.500"). Other numbers have no parts: "14" is not "14.2".
    """
    if _THOUSANDS.fullmatch(piece):
        return piece, piece.replace(",", "")
    if _NUMBER.fullmatch(piece):
        return (piece,)
    if _LONG_NUMBER.fullmatch(piece):
        return piece, f"{int(piece):,}"
    words = _WORD.findall(piece)
    return (piece,) if len(words) == 1 else (piece, *(word for word in words if len(word) > 1))


def _stops(word: str, *, shouted: bool) -> bool:
    meant = word.isupper() and len(word) > 1 and not shouted
    return word.casefold() in STOP and not meant


def _quote(term: str) -> str:
    # A NUL would end SQLite's reading of the query.
    inner = spaced(term).replace('"', " ").replace("\0", " ").strip()
    return f'"{inner}"'
