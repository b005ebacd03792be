"""Ways to change a question or a passage so that a model learns what matters and what does not.

Everything is drawn from the `random.Random` that is handed in, so a seed repeats it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

_NAME = re.compile(r"(?<![.?!] )(?<!^)\b[A-Z][\w'-]+(?: (?:of |the )?[A-Z][\w'-]+)*|\b\d[\d,.]*\d\b|\b\d\b")
_KEEP = re.compile(r"^\W*$")
_FILLER = set("the a an is are was were do does did of to in that what which has have had be been it".split())
_ASKING = _FILLER | set(
    "what which who whom whose when where why how much many long often there for on at by with from as an "
    "and or would could should can may must will shall you your we our i my me this these those its".split()
)
_SOUNDS = (
    ("wh", "w"), ("ph", "f"), ("ie", "ei"), ("ei", "ie"), ("ck", "k"), ("ea", "ee"), ("ou", "uo"),
    ("ss", "s"), ("ll", "l"), ("mm", "m"), ("tt", "t"), ("cc", "c"), ("ence", "ance"), ("ance", "ence"),
    ("ght", "gth"), ("tion", "sion"), ("ible", "able"), ("l", "ll"), ("t", "tt"), ("c", "s"), ("e", ""),
    ("i", "e"),
)  # fmt: skip
_OPPOSITES = (
    ("first", "last"), ("largest", "smallest"), ("most", "least"), ("before", "after"),
    ("more", "less"), ("highest", "lowest"), ("increase", "decrease"), ("began", "ended"),
    ("begin", "end"), ("north", "south"), ("east", "west"), ("above", "below"), ("best", "worst"),
    ("early", "late"), ("oldest", "newest"), ("always", "never"), ("start", "stop"),
    ("can", "cannot"), ("did", "didn't"), ("is", "isn't"), ("was", "wasn't"), ("does", "doesn't"),
)  # fmt: skip
_PRONOUNS = (("it", "its"), ("it", "its"), ("it", "its"), ("they", "their"), ("he", "his"), ("she", "her"))
# Before a noun a name is no subject or object, and a pronoun in its place is no English
_AFTER = "is|are|was|were|did|do|does|has|have|had|can|in|on|at|to|from|and|with|by|as|begin|start|get|take"
_TURNED = {a: b for pair in _OPPOSITES for a, b in (pair, pair[::-1])}


def typed_badly(question: str, rng: random.Random) -> str:
    """Return the question as hurried people type it: lower case, slips, no mark, no filler words."""
    words = question.split()
    if rng.random() < 0.3:
        words = [word for word in words if word.lower() not in _FILLER] or words
    if rng.random() < 0.5:
        words = [_slip(word, rng) if rng.random() < 0.15 else word for word in words]
    text = " ".join(words)
    if rng.random() < 0.7:
        text = text.lower()
    return text.rstrip("?. ") if rng.random() < 0.6 else text


def keywords_of(question: str, rng: random.Random) -> str:
    """Return the question's words that name things, as people type them into a search box, in any order."""
    plain = [word.strip('?,.;:!"').lower() for word in question.split()]
    words = [word for word in plain if word and word not in _ASKING]
    if len(words) < 2:
        return question
    if rng.random() < 0.3:
        rng.shuffle(words)
    return " ".join(words)


def _slip(word: str, rng: random.Random) -> str:
    """Swap, drop or double one letter inside a word of four or more, or spell it as it sounds."""
    if len(word) < 4 or not word.isalpha():
        return word
    sounds = [(old, new) for old, new in _SOUNDS if old in word]
    if sounds and rng.random() < 0.4:
        old, new = rng.choice(sounds)
        return word.replace(old, new, 1)
    at = rng.randrange(1, len(word) - 1)
    kind = rng.randrange(3)
    if kind == 0:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + word[at + 1 :] if kind == 1 else word[:at] + word[at] + word[at:]


def names_of(text: str) -> list[str]:
    """Return the names and numbers in a text, the sentence's first word left out."""
    return [match.group() for match in _NAME.finditer(text)]


def asked_otherwise(question: str, passage: str, others: Sequence[str], rng: random.Random) -> str | None:
    """Return a question so changed that the passage no longer answers it, None where nothing fits.

    A name or number is exchanged for one of `others` that is not in the passage, or a word is turned
    into its opposite. Like the unanswerable questions of SQuAD 2.0, most words stay.
    """
    turned = [word for word in question.split() if word.lower() in _TURNED]
    names = names_of(question)
    if turned and (not names or rng.random() < 0.4):
        word = rng.choice(turned)
        return re.sub(rf"\b{re.escape(word)}\b", _TURNED[word.lower()], question, count=1)
    if not names:
        return None
    old = rng.choice(names)
    lower = passage.lower()
    fits = [
        name for name in others
        if name[0].isdigit() == old[0].isdigit() and name.lower() not in lower and name not in question
    ]  # fmt: skip
    return question.replace(old, rng.choice(fits), 1) if fits else None


def with_other_numbers(texts: Sequence[str], rng: random.Random) -> list[str]:
    """Return the texts with every number of two digits or more changed, alike in all of them.

    A model that answers from memory is then wrong. Lengths stay, so offsets hold.
    """
    chosen: dict[str, str] = {}

    def other(match: re.Match[str]) -> str:
        number = match.group()
        if number not in chosen:
            tail = "".join(str(rng.randrange(10)) for _ in number[2:])
            head = number[0] + str(rng.randrange(10)) if len(number) == 4 else None
            chosen[number] = (head or str(rng.randrange(1, 10)) + str(rng.randrange(10))) + tail
        return chosen[number]

    return [re.sub(r"\d{2,}", other, text) for text in texts]


def leaning(question: str, earlier: str, rng: random.Random) -> str | None:
    """Return the question with a name that `earlier` holds too as a pronoun, None where they share none."""
    shared = [name for name in names_of(question) if name in earlier and not name[0].isdigit()]
    if not shared:
        return None
    name = max(shared, key=len)
    possessive = re.search(re.escape(name) + r"(?:['’]s|['’])(?!\w)", question)
    pronoun, own = rng.choice(_PRONOUNS)
    if possessive:
        return question.replace(possessive.group(), own, 1)
    whole = re.search(rf"(?:\b[Tt]he )?{re.escape(name)}(?=[?,]|\s(?:{_AFTER})\b|$)", question)
    return question.replace(whole.group(), pronoun, 1) if whole else None
