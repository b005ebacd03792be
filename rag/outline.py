"""The sections of a document: its headings, and the numbered ones that plain text and contracts only write.

"4. Term", "ARTICLE IV", "4.2 Notice" count as sections where their numbers follow one another; a number in
running text ("pursuant to Section 4.") does not. Knows no question and no store.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.types import Document

Number = tuple[int, ...]

TITLE = 90  # characters of a title at most
CONTENTS = 90  # characters up to the next number under which an entry is a line of a table of contents
SKIP = 2  # numbers that a sequence may miss in a row: a heading that was read into the text before it
WEAK = 0.35
OPENING = 6  # largest number that a sequence may begin with

_KEYWORD = r"(?P<keyword>article|section|chapter|clause|part|§)"
_FIGURE = r"(?P<figure>\d{1,2}|[IVXL]{1,6})"
_TITLED = r"(?=[^\w\n]{0,3}[\"“‘(]?[A-Z])"
_NAMED = re.compile(rf"^[ \t#*_]*{_KEYWORD}[ \t]*{_FIGURE}\b(?!\.\d)[.):\-–—]*\s*", re.I | re.M)
_PLAIN = re.compile(
    rf"(?:^[ \t#*_]*|(?<=[.;:)\"”])\s+|\s{{2,}}){_FIGURE}[.)][*_]*\s+{_TITLED}|"
    rf"^[ \t#*_]*(?P<bare>\d{{1,2}})[ \t]+(?=[A-Z])",
    re.M,
)
# Behind a page's header, or a sentence without a full stop: believed only where the sequence lacks it.
_WITHIN = re.compile(r"(?<=\w)\s+(?P<figure>\d{1,2})\.\s+(?=[A-Z]\w{2,})")
_DEEP = re.compile(
    r"(?:^[ \t#*_]*(?:section\s+)?|(?<=[.;:)\"”])\s+|\s{2,})"
    r"(?P<figure>\d{1,2}(?:\.\d{1,2}){1,3})[.)]?[*_]*\s+(?=[\"“‘(*_]{0,3}[A-Z])",
    re.I | re.M,
)
_SHOUTED = re.compile(r"^[ \t]*([A-Z][A-Z &,;’'/()-]{3,60})[ \t]*$", re.M)
_TITLE_END = re.compile(r"[.:;]\s|\s{2,}|\n|\s-{3,}|(?<=\w)[:.]$")
_PAGE = re.compile(r"(?:\.{3,}|\s|(?<=[A-Za-z.]))\s*\d{1,3}\s*$")
_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50}


@dataclass(frozen=True, slots=True)
class Section:
    """[start, end) of the text, with its heading; `number` is () where it has none."""

    number: Number
    title: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Mark:
    """A place that may begin a section, `weight` how likely; what follows its number begins at `body`."""

    family: str
    number: Number
    start: int
    body: int
    weight: float = 1.0


def outline(document: Document) -> list[Section]:
    """Return the sections in order; a subsection lies within the one above it."""
    text = document.text
    top = _chosen(text, [*_marks(text, _NAMED), *_marks(text, _PLAIN), *_marks(text, _WITHIN, WEAK)])
    deep = _deep(text, top)
    numbered = _bounded(text, [*top, *deep, *_parents(deep, top)])
    return sorted([*numbered, *_headed(document, numbered)], key=lambda found: (found.start, -found.end))


def figure(text: str) -> int:
    """Return the number that "7" or "VII" stands for, 0 for neither."""
    if text.isdecimal():
        return int(text)
    values = [_ROMAN.get(letter, 0) for letter in text.upper()]
    if not all(values):
        return 0
    after = [*values[1:], 0]
    return sum(-one if one < next_ else one for one, next_ in zip(values, after, strict=True))


def _marks(text: str, pattern: re.Pattern[str], weight: float = 1.0) -> Iterator[_Mark]:
    for match in pattern.finditer(text):
        groups = match.groupdict()
        number = figure(groups["figure"] or groups.get("bare") or "")
        if number:
            start = match.start() + len(match.group()) - len(match.group().lstrip())
            yield _Mark((groups.get("keyword") or "").lower(), (number,), start, match.end(), weight)


def _chosen(text: str, marks: Sequence[_Mark]) -> list[_Mark]:
    """Return the marks of each family whose numbers follow one another; an inner family gives way."""
    chains = [
        _chain(text, sorted((m for m in marks if m.family == family), key=lambda m: m.start))
        for family in {mark.family for mark in marks}
    ]
    return [mark for chain in chains if len(chain) >= 2 for mark in chain]


def _chain(text: str, marks: Sequence[_Mark]) -> list[_Mark]:
    """Return the longest run of rising numbers, lines of a table of contents counting little."""
    best: list[float] = []
    before: list[int] = []
    for index, mark in enumerate(marks):
        number = mark.number[0]
        weight = 0.3 if _in_contents(text, mark, marks[index + 1 : index + 2]) else mark.weight
        best.append(weight - 0.1 * (number - 1) if number <= OPENING else -1.0)
        before.append(-1)
        for earlier in range(index):
            step = number - marks[earlier].number[0]
            score = best[earlier] + weight - 0.2 * (step - 1)
            # Of equal runs the later beginning: the copy in a table of contents stands first.
            if 1 <= step <= SKIP + 1 and score >= best[index]:
                best[index], before[index] = score, earlier
    at = max(range(len(marks)), key=lambda index: best[index], default=-1)
    chain: list[_Mark] = []
    while at >= 0:
        chain.append(marks[at])
        at = before[at]
    return chain[::-1]


def _in_contents(text: str, mark: _Mark, following: Sequence[_Mark]) -> bool:
    end = following[0].start if following else len(text)
    return end - mark.body < CONTENTS and bool(_PAGE.search(text[mark.body : end].rstrip()))


def _deep(text: str, top: Sequence[_Mark]) -> list[_Mark]:
    """Return the marks of subsections ("4.2") that stand in their section, each number once."""
    marks = [
        _Mark("", tuple(int(part) for part in match["figure"].split(".")), match.start("figure"), match.end())
        for match in _DEEP.finditer(text)
    ]
    starts = sorted((mark.start, mark.number[0]) for mark in top)
    ends = [*(mark.start for mark in marks), len(text)][1:]
    found: dict[Number, tuple[bool, int, _Mark]] = {}
    for mark, end in zip(marks, ends, strict=True):
        index = bisect_left(starts, (mark.start, 0)) - 1
        at_home = index >= 0 and starts[index][1] == mark.number[0]
        # Of several the one with most text under it: the others stand in a table of contents.
        candidate = (at_home, end - mark.start, mark)
        if mark.number not in found or candidate[:2] > found[mark.number][:2]:
            found[mark.number] = candidate
    return [mark for _, _, mark in found.values()]


def _parents(deep: Sequence[_Mark], top: Sequence[_Mark]) -> list[_Mark]:
    """Return a mark for each section whose own heading was not found, but whose subsections follow others."""
    known = {mark.number for mark in top if mark.family == ""}
    parents: list[_Mark] = []
    for mark in sorted(deep, key=lambda mark: mark.start):
        number = mark.number[:1]
        if number not in known and mark.number[1] == 1 and len(mark.number) == 2:
            known.add(number)
            parents.append(_Mark("", number, mark.start, mark.start))
    return parents


def _bounded(text: str, marks: Sequence[_Mark]) -> list[Section]:
    """Give each mark its end: the next one of its family as high or higher."""
    ordered = sorted(marks, key=lambda mark: (mark.start, len(mark.number)))
    found: list[Section] = []
    for index, mark in enumerate(ordered):
        later = (
            other.start
            for other in ordered[index + 1 :]
            if len(other.number) <= len(mark.number) and (other.family == mark.family or len(mark.number) > 1)
        )
        found.append(Section(mark.number, _title(text, mark.body), mark.start, next(later, len(text))))
    return found


def _headed(document: Document, numbered: Sequence[Section]) -> list[Section]:
    """Return the headings that are no numbered section: those of the reader, else lines in capitals."""
    text = document.text
    places = [(heading.level, heading.title, heading.start) for heading in document.headings]
    if not places:
        places = [(1, match[1].strip(), match.start(1)) for match in _SHOUTED.finditer(text)]
    taken = [section.start for section in numbered]
    sections: list[Section] = []
    for index, (level, title, start) in enumerate(places):
        end = next((later for deep, _, later in places[index + 1 :] if deep <= level), len(text))
        near = bisect_left(taken, start - 4)
        if near == len(taken) or abs(taken[near] - start) > 4:
            sections.append(Section((), " ".join(title.split())[:TITLE], start, end))
    return sections


def _title(text: str, start: int) -> str:
    line = text[start : start + 2 * TITLE].lstrip()
    end = _TITLE_END.search(line)
    return " ".join(line[: end.start() if end else TITLE].strip(" *_#.").split())[:TITLE]
