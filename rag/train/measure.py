"""Measures of short answers and of refusals, as SQuAD 2.0 defines them.

Knows strings and numbers only.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def plain(text: str) -> str:
    """Return the text in lower case, without articles and punctuation (SQuAD's own normal form)."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def f1(found: str, accepted: Iterable[str]) -> float:
    """Return the best word F1 of an answer with one of the accepted ones."""
    return max((_f1(plain(found).split(), plain(other).split()) for other in accepted), default=0.0)


def _f1(found: Sequence[str], wanted: Sequence[str]) -> float:
    shared = sum((Counter(found) & Counter(wanted)).values())
    if not shared:
        return 0.0
    precision, recall = shared / len(found), shared / len(wanted)
    return 2 * precision * recall / (precision + recall)


def exact(found: str, accepted: Iterable[str]) -> bool:
    """Return whether the answer is one of the accepted ones, word for word."""
    return plain(found) in {plain(other) for other in accepted}


@dataclass(frozen=True, slots=True)
class Refusals:
    """How well refusals match the questions that have no answer."""

    precision: float
    recall: float
    answered: float  # share of answerable questions that were answered

    @classmethod
    def of(cls, refused: Sequence[bool], answerable: Sequence[bool]) -> Refusals:
        """Count over questions: was each refused, and could each be answered."""
        right = sum(r and not a for r, a in zip(refused, answerable, strict=True))
        wrong = sum(r and a for r, a in zip(refused, answerable, strict=True))
        none, some = answerable.count(False), answerable.count(True)
        precision = right / (right + wrong) if right + wrong else 0.0
        return cls(precision, right / none if none else 0.0, 1 - wrong / some if some else 0.0)
