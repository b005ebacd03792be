"""Asking back: whether several documents may be meant, and nothing says which.

Either documents answer about as surely, in different words, and nothing the question says tells them apart;
or the question points ("this contract") at what nobody has named, and passages of several documents came.
Where nothing answers, a question about "the actor" that names none is asked back too, and not refused. Within
one document nothing is asked back. Knows no model.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rag.types import Evidence, Hit, Turn
from rag.words import STOP, content, tokens

SURE = 0.75  # probability from which a document answers
BEHIND = 0.1  # how far behind the surest another may be
SAME = 0.6  # share of the shorter answer's words in the longer from which they say the same
LIKELY = 0.5  # share of the surest document's probability from which another may be the one pointed at
MOST = 4  # documents named in one question back
STEM = 5  # letters by which "contract" and "contracts" are the same
# After an auxiliary a last word alone is a verb: "is this allowed?"
_POINTER = re.compile(
    r"(?!(?:is|are|was|were|do|does|did|can|could|will|would|should|may|must)\s+th\w+\s+\w+\W*$)"
    r"(?:\b\w+\s+|^)(?:this|these|those)\s+((?:[^\W_][\w’'-]*\s*){1,4})",
    re.IGNORECASE,
)
_THIS = re.compile(r"\b(?:this|these|those)\b", re.IGNORECASE)
# Said of the time of asking or of the talk itself, not of a thing in a document
_SELF_EVIDENT = frozenset(
    "year years month months week weeks day days morning evening time times moment way ways case cases kind "
    "sort type reason matter matters regard context sense question questions answer answers".split()
)
# Words for one thing of many: "the actor" says which only where somebody named one
_KINDS = (
    "actor actress agreement airport album animal artist author band bank battle board bond book brand "
    "bridge building campaign card chain character city club coach colony company contract country "
    "county currency device disease driver drug earthquake emperor episode event festival film firm flag "
    "fund game governor hospital hurricane island king lake language law loan mayor minister mountain "
    "movie museum novel partner patient planet plant platform player policy politician president producer "
    "product program programme province queen region religion restaurant river school scientist season "
    "series show singer song species stadium state stock store storm team tenant tournament town treaty "
    "university vaccine vehicle village war writer"
)
_KIND = re.compile(
    rf"\b(the|this)\s+((?:[a-z][\w-]*\s+){{0,3}}?(?:{_KINDS.replace(' ', '|')}))\b(['’]s\b)?(?:\s+(\w+))?",
    re.IGNORECASE,
)
_NAMED = re.compile(r"(?<=\S )(?!I\b|TV\b)[A-Z]\w|\d")
# "The Agreement" names none, "the Russo-Japanese War" does
_TITLE = re.compile(rf"(?<=\b[Tt]he )(?:Prime )?(?:{_KINDS.title().replace(' ', '|')})\b")
# A place says where, and seldom which: "how did the chain grow in the United States"
_PLACE = re.compile(r"\b(?:in|within|across|throughout)\s+(?:the\s+)?[A-Z][\w.’'-]*(?:\s+[A-Z][\w.’'-]*)*")
# What follows these says which one is meant: "the company that built it"
_CHOOSING = frozenset("of in that who which for from on at where whose when named called with by".split())


def unnamed(question: str, history: Sequence[Turn], hits: Sequence[Hit]) -> str:
    """Return the thing ("actor") that the question needs a name for; empty where it needs none.

    "The actor" in a question with a name or a number is clear from that, and a thing spoken of before is the
    one meant. Only where passages of several documents, best ones in `hits`, speak of such a thing.
    """
    said = _said(history)
    named = _NAMED.search(_PLACE.sub("", _TITLE.sub(lambda match: match.group().lower(), question)))
    for pointer, thing, possessive, following in _KIND.findall(question):
        words = {word[:STEM] for word in tokens(thing)}
        clear = named or (not possessive and following.lower() in _CHOOSING)
        if words & said or STOP & set(tokens(thing)) or (clear and pointer.lower() == "the"):
            continue
        if len(_holding(words, {hit.chunk.document: hit.file for hit in hits}.items())) == 1:
            continue  # one document is such a thing by its name; the others speak of it
        if len(_holding(words, [(hit.chunk.document, hit.text) for hit in hits])) > 1:
            return str(thing)
    return ""


def _holding(stems: set[str], texts: Iterable[tuple[str, str]]) -> set[str]:
    """Return the documents in whose text all the stems stand."""
    return {document for document, text in texts if stems <= {word[:STEM] for word in tokens(text)}}


def pointed(question: str, history: Sequence[Turn], evidence: Sequence[Evidence]) -> list[int]:
    """Return the indices of passages, one a document, among which the question points without a name.

    None where what it points at was spoken of before, or where one document alone may answer.
    """
    if unpointed(question, history) == question:
        return []
    floor = LIKELY * max((item.reading.answers for item in evidence), default=0.0)
    documents: dict[str, int] = {}
    for index, item in enumerate(evidence):
        if item.reading.answers >= floor:
            documents.setdefault(item.hit.chunk.document, index)
    return list(documents.values())[:MOST] if len(documents) > 1 else []


def unpointed(question: str, history: Sequence[Turn]) -> str:
    """Return the question with "the" where it points ("this contract") at what was not spoken of before."""
    said = _said(history)

    def plain(match: re.Match[str]) -> str:
        return _THIS.sub("the", match.group(), count=1) if _unnamed(match.group(1), said) else match.group()

    return _POINTER.sub(plain, question)


def _said(history: Sequence[Turn]) -> set[str]:
    """Return the stems of all words of the conversation."""
    return {word[:STEM] for turn in history for word in tokens(f"{turn.question} {turn.answer}")}


def _unnamed(phrase: str, said: set[str]) -> bool:
    """Tell whether the words up to the first grammatical one name a thing that was not spoken of."""
    thing: list[str] = []
    for word in tokens(phrase):
        if word in STOP:
            break
        thing.append(word)
    return bool(thing) and not {word[:STEM] for word in thing} & said and thing[0] not in _SELF_EVIDENT


def readings(question: str, evidence: Sequence[Evidence]) -> list[int]:
    """Return the indices of the passages that answer differently, one a document; fewer than two: none."""
    best = max((item.reading.answers for item in evidence), default=0.0)
    floor = max(SURE, best - BEHIND)
    documents: dict[str, int] = {}
    for index, item in enumerate(evidence):
        if item.reading.answers >= floor:
            documents.setdefault(item.hit.chunk.document, index)
    meant = _meant(question, evidence, list(documents.values()))
    kept: list[int] = []
    for index in meant:
        if all(_differ(evidence[index], evidence[other]) for other in kept):
            kept.append(index)
    return kept[:MOST] if len(kept) > 1 else []


def _meant(question: str, evidence: Sequence[Evidence], among: Sequence[int]) -> list[int]:
    """Keep the passages that hold most of the question's words; a word that only one holds decides."""
    asked = set(content(question))
    shared = {i: len(asked & set(content(f"{evidence[i].hit.title}\n{evidence[i].passage}"))) for i in among}
    return [index for index in among if shared[index] == max(shared.values())]


def _differ(one: Evidence, other: Evidence) -> bool:
    """Tell whether two answers say different things; the shorter may be a part of the longer."""
    short, long = sorted((tokens(words(one)), tokens(words(other))), key=len)
    held = [word in long for word in short]
    if any(word[0].isdigit() and not inside for word, inside in zip(short, held, strict=True)):
        return True
    return sum(held) < SAME * len(short)


def words(item: Evidence) -> str:
    """Return the words that answer."""
    return " ".join(item.text[slice(*item.reading.span)].split())
