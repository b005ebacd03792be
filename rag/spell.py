"""Slips of the pen in a question, put right by the words of the documents that are asked.

A word that neither the language nor the documents know is replaced by a word of the documents one slip away:
a letter too many, missing, wrong, or two exchanged (Norvig 2007, norvig.com/spell-correct.html). Names and
numbers stay as they are typed, since another name is another question. English letters only.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from string import ascii_lowercase as LETTERS

from rag.protocols import KeywordIndex
from rag.types import Scored
from rag.words import STOP

SHORTEST = 4  # letters; a shorter word is one slip away from too many others
LONGEST = 300  # words that one search takes
LOOKED_AT = 50  # passages whose words are counted, to tell which of several words is meant

ASKING = frozenset("which what when where whose whom".split())
PLAIN = STOP | set("many much whats whos wheres hows whens dont doesnt didnt isnt arent cant wont".split())

_WORD = re.compile(r"[^\W_]+")


def language(vocabulary: Path) -> frozenset[str]:
    """Return the whole words of a WordPiece vocabulary, a word a line; none where there is no such file."""
    try:
        lines = vocabulary.read_text("utf-8").splitlines()
    except OSError:
        return frozenset()
    return frozenset(line for line in lines if line.isalpha() and len(line) >= SHORTEST)


class Speller:
    """Puts right what is typed, within one collection and the documents that may answer."""

    def __init__(self, words: frozenset[str], keywords: KeywordIndex) -> None:
        """Take the words of the language, in lower case; with none of them nothing is ever changed."""
        self._words = words
        self._keywords = keywords

    def right(self, collection: str, question: str, documents: Sequence[str] | None = None) -> str:
        """Return the question with its slips put right; the rest, and all it leaves open, as it is."""
        typed = [match for match in _WORD.finditer(question) if self._doubtful(match.group())]
        for match in reversed(typed):
            meant = self._meant(collection, match.group(), documents)
            question = question[: match.start()] + meant + question[match.end() :]
        return question

    def _doubtful(self, word: str) -> bool:
        # A capital marks a name
        plain = len(word) >= SHORTEST and word.isascii() and word.isalpha() and word.islower()
        return bool(self._words) and plain and word not in self._words and word not in PLAIN

    def _meant(self, collection: str, word: str, documents: Sequence[str] | None) -> str:
        """Return the word of the documents, or a question's own, that is one slip away; else the word."""
        if self._keywords.search(collection, word, 1, documents=documents):
            return word
        near = slips(word)
        found: list[Scored] = []
        for some in batched(sorted(near), LONGEST):
            found += self._keywords.search(collection, " ".join(some), LOOKED_AT, documents=documents)
        texts = self._keywords.chunks([scored.chunk for scored in found]).values()
        counted = Counter(other for chunk, _ in texts for other in _WORD.findall(chunk.text.lower()))
        known = [other for other in near if other in counted or other in STOP]
        # A question nearly always holds one of ASKING, and the first letter is seldom the wrong one
        return max(
            known,
            key=lambda other: (other in ASKING, other[0] == word[0], counted[other], other),
            default=word,
        )


def batched(words: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """Yield the words in runs of at most `size`."""
    for start in range(0, len(words), size):
        yield words[start : start + size]


def slips(word: str) -> set[str]:
    """Return all that one slip makes of a word, itself left out."""
    cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    missing = {left + right[1:] for left, right in cuts if right}
    swapped = {left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1}
    wrong = {left + letter + right[1:] for left, right in cuts if right for letter in LETTERS}
    added = {left + letter + right for left, right in cuts for letter in LETTERS}
    return (missing | swapped | wrong | added) - {word}
