"""The shortest answer that a shown sentence holds: what programs compare, and figures are computed on.

Knows no model and little of language: the words the reader found, and of a time asked for ("how long?") the
amount without what it counts from. The amount of anything else stays as it was read.
"""

from __future__ import annotations

import re

from rag.types import Evidence
from rag.words import tokens

_COUNTED = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred"
).replace(" ", "|")
_AMOUNT = rf"(?:\d[\d.,]*|(?:{_COUNTED})(?:[ -](?:{_COUNTED}))*)"
_BOUND = (
    r"(?:(?:(?:no|not) )?(?:more|less|longer|later) than|at (?:least|most)|up to|within|over|under|about)"
)
_KIND = r"(?:consecutive|calendar|working|business|full|further|more)"
_UNIT = r"(?:second|minute|hour|day|week|month|quarter|year)s?"
_NOTICE = r"(?:['’] (?:written )?notice)?"
# "Within 24 hours of ordering", "270 days' written notice, which …": a time, and what it counts from.
_TIME = re.compile(
    rf"(?P<time>(?:{_BOUND} )?{_AMOUNT}(?: \([^)]*\))?(?: {_KIND})?[ -]{_UNIT}){_NOTICE}[\s,;(].*",
    re.IGNORECASE | re.DOTALL,
)
# What these ask for is not over with the amount: "When?" "Five years after it".
_MORE_THAN_TIME = re.compile(r"\b(when|why|how (do|does|can|is|are)|what happens)\b", re.IGNORECASE)


def shortest(question: str, sentence: str, item: Evidence) -> str:
    """Return the reader's words where the sentence says them among others, else the sentence itself.

    Of a time with what it counts from, the time alone, unless the question asks for more.
    """
    span = item.text[slice(*item.reading.span)].strip()
    inside = f" {' '.join(tokens(span))} " in f" {' '.join(tokens(sentence))} "
    said = span if span and inside else sentence.rstrip(".")
    time = None if _MORE_THAN_TIME.search(question) else _TIME.fullmatch(said)
    return time["time"] if time else said
