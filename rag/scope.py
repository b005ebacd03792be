"""Questions about a whole document or one of its sections: recognised by their form, and found.

"What is this contract about?", "Summarise section 4", "What does the chapter Warranty say?" are answered by
a place, not by the passages nearest to their words. Goes by rules over English words; knows no store.

    wanted = request(question)                      None: an ordinary question
    info = document_of(wanted, infos, openings)     None: it does not say which document
    scope = located(wanted, info, document)         None: no such section, or the question is about a fact
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.outline import Number, Section, figure, outline
from rag.types import Chunk, Document, DocumentInfo
from rag.words import content

OPENING = 2000  # characters in which a document names itself and its parties
FIRST = 3  # chunks from the beginning of a document that stand for the whole
PARTS = 16  # chunks of a whole document at most
SAID = 0.4  # weight of a word in a document's opening against one in its file's name; twice for a name
UNASKED = 0.1  # what each word such as "amendment" takes from a document where nobody asks for one
NEAR = 0.6  # share of common words (Dice) from which a title is the one that is asked for

SAME = 0.9  # share from which a title is asked for by all of its words

_KINDS = (
    r"(?:contracts?|agreements?|documents?|files?|papers?|hand ?books?|manuals?|polic(?:y|ies)|reports?|"
    r"leases?|articles?|books?|letters?|guides?|texts?|terms|deeds?|minutes|notes?|pdfs?|amendments?|deals?)"
)
_KIND = re.compile(rf"\b{_KINDS}\b", re.IGNORECASE)
_PART = r"(?:section|article|clause|chapter|part|paragraph|§)"
_FIGURE = re.compile(rf"(?i:\b{_PART}|§)\s*(?P<figure>\d{{1,2}}(?:\.\d{{1,2}})*|[IVXL]{{1,6}})\b")
_REFERRING = re.compile(
    r"\b(?:pursuant to|defined in|according to|referred to in)\s+section\b", re.IGNORECASE
)
_ENDS = r"(?=[\"”’']?(?:\s+(?:say|says|cover|contain|mean|of|in|about|regulate)\b|\s*[?.!]|\s*$))"
_TITLES = (
    # the section on indemnification; the chapter called "Care"
    re.compile(
        rf"\b{_PART}\s+(?:on|about|called|titled|named|headed)\s+[\"“‘']?(?P<title>[^?\"”]+?){_ENDS}", re.I
    ),
    # chapter Warranty; clause “Force Majeure”
    re.compile(rf"(?i:\b{_PART})\s+(?P<title>[\"“‘']\w[^?\"”]*?|[A-Z][^?\"”]*?){_ENDS}"),
    # the termination clause
    re.compile(rf"\b(?:the|its|this|our)\s+[\"“‘']?(?P<title>[\w ,&’'-]{{3,60}}?)[\"”’']?\s+{_PART}\b", re.I),
)
# Asks for what is essential: whatever is named after it is meant as a whole.
_ESSENCE = (
    r"summari[sz]e|sum up|sum(?:s|med)? it up|summary|overview|outline|tl;?dr|gist|synopsis|digest|"
    r"(?:run|break)[ -]?down|recap(?:itulate)?|condense|nutshell|essence|essentials|take-?aways?|"
    r"highlights of|"
    r"(?:main|key|principal|most important) (?:points?|terms|provisions|contents|facts|ideas?|messages?)|"
    r"brief me|fill me in|bring me up to speed|(?:walk|take|guide) me through|go through"
)
_SAYING = (
    r"say|cover|contain|deal with|regulate|govern|provide(?: for)?|state|set out|lay down|stipulate|specify|"
    r"address|discuss|treat|change|amend"
)
_ABOUT = re.compile(
    rf"\b(?:{_ESSENCE}|explain|describe|paraphrase|what'?s in|what is in|"
    r"tell me (?:what|about|all|everything|more))\b|"
    r"\bwhat(?:'s| is| are| was)\b.*\babout\b|"
    rf"\bwhat (?:does|do|did|is)\b.*\b(?:{_SAYING}|have to say)\b|"
    r"\bwhat(?:'s| is| are)\b.*\b(?:for\s*\?*$|covered|regulated|dealt with|contents? of)|"
    r"\b(?:what|which) (?:topics|subjects|points|matters|issues|questions) (?:does|do|are)\b|"
    r"\bwhat (?:did|have|do)\b.*\bagreed? (?:on|to|upon)\b|"
    r"\bwhat (?:kind|sort|type) of (?:\w+ )?(?:contract|agreement|document|text|file|paper|deal)\b|"
    r"\bwhat (?:is|does) .*(?:purpose|subject|subject matter) of\b",
    re.IGNORECASE,
)
_FACT = re.compile(
    r"\s*(?:who|whom|whose|when|where|why|how (?!would you|do you|can you)|which (?!topics|subjects|points|"
    r"matters|issues|questions))",
    re.IGNORECASE,
)
_SUMMED = re.compile(rf"\b(?:{_ESSENCE})\b|\bagreed? (?:on|to|upon)\s*\?*\s*$", re.IGNORECASE)
_WHOLE = re.compile(
    rf"\b(?:this|the|that|these|those|our|my|each|whole|entire)\s+(?:[\w.&'’,-]+\s+){{0,6}}?{_KINDS}\b|"
    rf"\bwhat (?:kind|sort|type) of\b|\b{_KINDS}\s+(?:with|between|from|by|of|for)\b|"
    rf"\b[\w-]+\.(?:pdf|docx?|txt|md|html?|odt|rtf|epub)\b",
    re.IGNORECASE,
)
_FORM = frozenset(
    content(
        "summarise summarize summary sum overview outline gist main key point points explain describe tell "
        "about say says cover covers contain contains deal deals regulate govern provide provides state "
        "set lay purpose subject matter kind sort type content contents give short brief briefly please "
        "paraphrase walk section article clause chapter part paragraph provision called titled named headed "
        "whole entire document file contract agreement paper handbook manual policy report lease book letter "
        "guide text pdf docx txt md between sentence sentences word words line lines two three few plain "
        "english simple amendment deed minutes note notes terms need want like would could can let know get "
        "rundown break breakdown recap recapitulate condense nutshell essence essential essentials takeaway "
        "takeaways highlights principal important provisions fact facts idea ideas message messages fill "
        "bring speed take guide go through boil down quick all everything more topic topics subjects issue "
        "issues question questions matters stipulate specify address discuss treat change amend agree agreed "
        "party parties sign signed made deal synopsis digest tldr regulated covered dealt stated use"
    )
)
_CHANGES = frozenset(content("amendment amend addendum supplement waiver renewal"))
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|_|[^\w'’]+")


_CAPITAL = re.compile(r"(?<=\w )[A-Z][\w'’&.-]*")  # but for the first word
# BioAmber, iBio, On2: a small letter before a capital, or a letter before a digit.
_AS_ONE = re.compile(r"(?<![^\W_])(?=[^\W_]*(?:[a-z][A-Z]|[^\W\d_]\d))[^\W_]{3,}")


@dataclass(frozen=True, slots=True)
class Request:
    """What a question asks for: `number` or `title` of a section, neither for the whole document.

    `words` are its content words beyond its form: they name the document, the section or a topic.
    `kinds` are words for a sort of document ("lease"), which may be in a file's name; without one the words
    must name the document, or nothing says that a document is meant. `proper` are those of `words` that are
    written with a capital, as names are.
    """

    number: Number
    title: str
    words: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    proper: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Scope:
    """[start, end) of a document, with the section that it is, None for the whole document.

    `parts` are the sections within, in order. `topic` are the words that are asked about within it; none
    where all of it is asked for.
    """

    document: str
    start: int
    end: int
    section: Section | None
    parts: tuple[Section, ...]
    topic: tuple[str, ...]


def request(question: str) -> Request | None:
    """Return what place the question asks for, None where it asks for a fact."""
    words = tuple(word for word in _asked_words(question) if word not in _FORM)
    kinds = tuple(content(" ".join(_KIND.findall(question))))
    proper = frozenset(_asked_words(" ".join(_CAPITAL.findall(question))))
    figured = _FIGURE.search(question)
    if figured and not _REFERRING.search(question):
        number = tuple(figure(part) for part in figured["figure"].split("."))
        return Request(number, "", words, kinds, proper)
    if not _ABOUT.search(question) or _FACT.match(question):
        return None
    for pattern in _TITLES:
        found = pattern.search(question)
        if found and any(word not in _FORM for word in content(found["title"])):
            return Request((), found["title"].strip("\"“‘' "), words, kinds, proper)
    if not _WHOLE.search(question) and not (_SUMMED.search(question) and words):
        return None
    return Request((), "", words, kinds, proper)


def document_of(
    wanted: Request, infos: Sequence[DocumentInfo], openings: Mapping[str, str]
) -> DocumentInfo | None:
    """Return the document that is meant: the only one, or the one that the question names best.

    `openings` are the first words of documents by id, for what a file's name does not tell.
    """
    if len(infos) == 1:
        return infos[0]
    names = {info.id: frozenset(_name_words(info.name)) for info in infos}
    texts = {info.id: frozenset(_name_words(openings.get(info.id, ""))) for info in infos}
    spread = {
        word: max(sum(_in_name(word, names[id]) or word in texts[id] for id in names), 1)
        for word in wanted.words
    }
    scores = {
        id: sum(1 / spread[word] for word in spread if _in_name(word, names[id]))
        + sum(SAID * (1 + (word in wanted.proper)) / spread[word] for word in spread if word in texts[id])
        + sum(SAID for word in wanted.kinds if word in names[id])
        for id in names
    }
    # A change to a contract bears its name too, and is meant only where the question says so.
    for id, name in names.items():
        scores[id] -= UNASKED * len(_CHANGES & name - {*wanted.words, *wanted.kinds})
    ranked = sorted(infos, key=lambda info: -scores[info.id])
    if not ranked or scores[ranked[0].id] <= 0 or scores[ranked[0].id] == scores[ranked[1].id]:
        return None
    return ranked[0]


def located(wanted: Request, info: DocumentInfo, document: Document) -> Scope | None:
    """Return the place that is asked for; None for no such section, or a fact somewhere in the document."""
    sections = outline(document)
    file = frozenset(_name_words(info.name))
    name = file.union(_name_words(document.text[:OPENING]))
    rest = tuple(word for word in wanted.words if not _in_name(word, name))
    if not wanted.number and not wanted.title:
        # A title word for word is a section also where the first page, with its contents, has the words.
        unnamed = [word for word in wanted.words if not _in_name(word, file) and word not in wanted.proper]
        if rest or _headed(unnamed, SAME, info, sections):
            return _headed(rest or unnamed, NEAR, info, sections)
        parts = tuple(section for section in sections if len(section.number) < 2)
        return Scope(info.id, 0, len(document.text), None, parts, ())
    section = _numbered(wanted.number, sections) if wanted.number else _titled(wanted.title, sections)
    if section is None:
        return None
    title = frozenset(content(f"{section.title} {wanted.title}"))
    topic = tuple(word for word in rest if word not in title and not word[0].isdigit() and not figure(word))
    return _section(info, section, sections, topic)


def _headed(
    words: Sequence[str], least: float, info: DocumentInfo, sections: Sequence[Section]
) -> Scope | None:
    """Return the section whose title the words are, with at least that share of words in common (Dice)."""
    scored = [(_dice(set(words), set(content(section.title))), section) for section in sections]
    best, section = max(scored, key=lambda item: (item[0], item[1].end - item[1].start), default=(0.0, None))
    return _section(info, section, sections, ()) if section and best >= least else None


def _section(
    info: DocumentInfo, section: Section, sections: Sequence[Section], topic: tuple[str, ...]
) -> Scope:
    parts = tuple(
        part for part in sections if section.start < part.start < section.end and part.end <= section.end
    )
    return Scope(info.id, section.start, section.end, section, parts, topic)


def _numbered(number: Number, sections: Sequence[Section]) -> Section | None:
    """Return the section of that number; of several (an annex counts anew) the longest."""
    found = [section for section in sections if section.number == number]
    return max(found, key=lambda section: section.end - section.start, default=None)


def _titled(title: str, sections: Sequence[Section]) -> Section | None:
    wanted = set(content(title)) - _FORM or set(content(title))
    scored = [(_alike(wanted, set(content(section.title))), section) for section in sections]
    best = max((score for score, _ in scored), default=0.0)
    if best < NEAR:
        return None
    return max(
        (section for score, section in scored if score == best), key=lambda found: found.end - found.start
    )


def _alike(wanted: set[str], title: set[str]) -> float:
    """Return Dice of the two; a title that holds all that is wanted is near, however long."""
    dice = _dice(wanted, title)
    return max(dice, NEAR) if wanted and wanted <= title else dice


def _dice(one: set[str], other: set[str]) -> float:
    return 2 * len(one & other) / max(len(one) + len(other), 1)


def _name_words(name: str) -> list[str]:
    """Return the words of a file name or a text, "SupplyAgreement_2020.pdf" both taken apart and as it is."""
    taken_apart = [word for piece in _CAMEL.split(name) for word in content(piece)]
    return taken_apart + [word.lower() for word in _AS_ONE.findall(name)]


def _asked_words(question: str) -> list[str]:
    """Return the words of a question; a name like "BioAmber" or "On2" is one, however a file writes it."""
    apart = [word for piece in _CAMEL.split(_AS_ONE.sub(" ", question)) for word in content(piece)]
    return [word.lower() for word in _AS_ONE.findall(question)] + apart


def _in_name(word: str, name: frozenset[str]) -> bool:
    return word in name or (len(word) >= 4 and any(part.startswith(word) for part in name))


def opening(chunks: Sequence[Chunk], scope: Scope) -> list[Chunk]:
    """Return what tells most of a whole document: its first chunks, and those in which its parts begin."""
    starts = [part.start for part in scope.parts]
    begun = [chunk for chunk in chunks[FIRST:] if any(chunk.start <= start < chunk.end for start in starts)]
    return [*chunks[:FIRST], *begun][:PARTS]
