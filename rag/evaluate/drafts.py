"""Questions drafted from a person's own documents: from definitions, headings and sentences, by rules.

Each carries the place that answers it. They are drafts: a person keeps, rewords or drops them. Knows no
model.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from itertools import chain, zip_longest

from rag.outline import outline
from rag.types import Document, GoldenQuestion, Span
from rag.words import content, sentences

LONGEST = 400  # characters of a sentence that a question is made from
SHORTEST = 20
SECTION = 1500  # characters of a section that answers as a whole

_MEANS = re.compile(r"[\"“](?P<term>[^\"”\n]{3,60})[\"”]\s+(?:means|shall mean|refers to|is defined as)\b")
_IS_A = re.compile(r"^(?P<term>(?:An?|The) (?:[\w-]+ ){1,4}?)(?:is|are) (?:an?|the) ")
_DUTY = re.compile(
    r"^(?P<who>(?:The |Each |Every |All |An? |Any )?(?:[\w’'-]+ ){0,3}?[\w’'-]+) "
    r"(?P<modal>must not|may not|shall not|must|may|shall|can|cannot) (?P<what>[a-z][\w’' -]{8,}?)"
    r"(?P<when> (?:within|for|until|before|after|by|at least|up to|no later than|not later than) "
    r"[^.;]*\d[^.;]*)[.;]"
)
_AMOUNT = re.compile(
    r"^(?P<what>(?:The |An? )(?:[\w’'-]+ ){0,4}?[\w’'-]+) (?P<verb>is|are|costs?|lasts?|takes?) "
    r"(?P<value>[^.;]{0,40}\d[^.;]*)[.;]"
)
_MODALS = {"shall": "must", "shall not": "must not", "cannot": "can not"}


def drafted(documents: Sequence[tuple[str, Document]], most: int) -> list[GoldenQuestion]:
    """Return at most so many drafts with id 0, from all (id, document) in turn; the same ones each time."""
    each = [_shuffled(id, list(_of(id, document))) for id, document in documents]
    taken = [draft for draft in chain.from_iterable(zip_longest(*each)) if draft is not None]
    return list({draft.question.casefold(): draft for draft in reversed(taken)}.values())[::-1][:most]


def _of(id: str, document: Document) -> Iterator[GoldenQuestion]:
    text = document.text
    for start, end in sentences(text):
        if SHORTEST <= end - start <= LONGEST and "|" not in text[start:end]:
            question = asked(" ".join(text[start:end].split()))
            if question:
                yield GoldenQuestion(0, question, id, start, end)
    for section in outline(document):
        title = section.title.strip(" .:")
        words = content(title)
        if 1 < len(words) <= 8 and SHORTEST < section.end - section.start <= SECTION:
            start, end = _below(text, section.start, section.end)
            if end > start:
                yield GoldenQuestion(0, f"What is said about {_lowered(title)}?", id, start, end)


def asked(sentence: str) -> str:
    """Return a question that the sentence answers, "" where no rule makes one."""
    if found := _MEANS.search(sentence):
        return f"What does “{found['term']}” mean?"
    if found := _DUTY.match(sentence):
        who, modal = _lowered(found["who"]), _MODALS.get(found["modal"], found["modal"])
        first, _, negation = modal.partition(" ")
        what = f"{negation} {found['what']}".strip()
        return f"When or how long {first} {who} {what}?"
    if found := _AMOUNT.match(sentence):
        verb, what = found["verb"], _lowered(found["what"])
        if verb in ("is", "are"):
            return f"What {verb} {what}?"
        return f"How much or how long does {what} {verb.removesuffix('s')}?"
    if found := _IS_A.match(sentence):
        return f"What is {_lowered(found['term'].strip())}?"
    return ""


def _below(text: str, start: int, end: int) -> Span:
    """Return the section without its heading line."""
    line = text.find("\n", start, end)
    body = line + 1 if line >= 0 and line - start < 120 else start
    while body < end and text[body].isspace():
        body += 1
    return body, end


def _lowered(phrase: str) -> str:
    """Lower the first letter, but not of a name or an abbreviation."""
    first = phrase.split(" ")[0]
    if phrase.isupper():
        return phrase.lower()
    return phrase[:1].lower() + phrase[1:] if first in _ARTICLES or " " in phrase else phrase


_ARTICLES = frozenset({"The", "A", "An", "Each", "Every", "All", "Any"})


def _shuffled(id: str, drafts: list[GoldenQuestion]) -> list[GoldenQuestion]:
    return sorted(drafts, key=lambda draft: hashlib.sha1(f"{id}{draft.question}".encode()).hexdigest())
