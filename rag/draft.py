"""One answer while it is being written: what was found, what was shown, what it cites.

Knows no model; `answer` drives it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from rag import ground
from rag.reading import stretch
from rag.short import shortest
from rag.types import Answer, Citation, Evidence, Hit, Kind, Span, Timings
from rag.words import overlap, sentences, tokens

PHRASE = 8  # words up to which a drafted sentence is a phrase, shown within the sentence it stands in
SENTENCE = 280  # characters of a sentence shown for a phrase; a longer one hides what was asked for
REPEATED = 0.9  # overlap with a shown sentence from which a sentence says nothing new


@dataclass(slots=True)
class Draft:
    """The state of one answer; times are of `time.perf_counter`, in seconds.

    `read` is the question without its slips of the pen, `searched` that with the question it leans on. `page`
    tells the page number of an offset in a document; `whole` that all of a document or section is asked for,
    `open` that more than a phrase is wanted; `unnamed` is what the question would need a name for; `floor`
    the support under which it is refused.
    """

    question: str
    searched: str
    page: Callable[[str, int], int | None]
    read: str = ""
    started: float = field(default_factory=time.perf_counter)
    retrieved: float = 0.0
    first: float = 0.0
    evidence: list[Evidence] = field(default_factory=list)
    prompt_tokens: int = 0
    answer_tokens: int = 0
    logprobs: list[float] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)
    support: float = 0.0
    floor: float = 0.0
    declined: bool = False
    whole: bool = False
    open: bool = False
    unnamed: str = ""
    short: str = ""

    def show(self, checked: ground.Checked, joint: str = " ", *, around: bool = False) -> Iterator[str]:
        """Yield a grounded sentence with its citations, unless it was said before.

        `around`: with what stands around it, where it is the passage's own.
        """
        if any(_said(checked.text, ground.uncited(piece)) for piece in self.shown):
            return
        numbers = dict.fromkeys(self.cite(self.evidence[index], checked) for index in checked.sources)
        item = self.evidence[checked.sources[0]]
        if not self.shown:
            self.short = shortest(self.searched, checked.text, item)
        shown = _around(checked.text, item) if around else _whole(checked.text, item)
        yield from self.say(shown + "".join(f" [{number}]" for number in numbers), joint)

    def cite_rows(self, hit: Hit, text: str, origin: int, rows: Sequence[Span]) -> int:
        """Cite the stretch of a table from the first of the rows to the last, the rows marked.

        The rows' spans count in `text`, which starts at `origin` of the document.
        """
        start, end = min(row[0] for row in rows), max(row[1] for row in rows)
        chunk = replace(hit.chunk, text=text[start:end], start=origin + start, end=origin + end)
        marks = tuple((origin + first, origin + last) for first, last in sorted(rows))
        return self._number(replace(hit, chunk=chunk), marks)

    def say(self, piece: str, joint: str = " ") -> Iterator[str]:
        """Yield a piece of the shown text and keep it; `joint` stands between it and the one before."""
        self.first = self.first or time.perf_counter()
        self.shown.append(joint + piece if self.shown or joint != " " else piece)
        yield self.shown[-1]

    def finish(self, kind: Kind) -> Answer:
        """Return what was shown as an Answer of that kind."""
        return Answer(
            question=self.question,
            kind=kind,
            text="".join(self.shown),
            short=self.short,
            support=self.support,
            citations=tuple(self.citations),
            hits=tuple(item.hit for item in self.evidence),
            timings=self._timings(),
            searched=self.searched,
        )

    def _timings(self) -> Timings:
        now = time.perf_counter()
        return Timings(
            retrieve_ms=1000 * max(self.retrieved - self.started, 0.0),
            first_token_ms=1000 * ((self.first or now) - self.started),
            total_ms=1000 * (now - self.started),
            prompt_tokens=self.prompt_tokens,
            answer_tokens=self.answer_tokens,
        )

    def cite(self, item: Evidence, checked: ground.Checked) -> int:
        """Number the passage once; a second sentence that rests on it adds its marks."""
        chunk = item.hit.chunk
        start, end = ground.marks(checked, item, self.searched)
        mark = (chunk.start + start, chunk.start + end)
        for place, known in enumerate(self.citations):
            if (known.document, known.start) == (chunk.document, chunk.start):
                self.citations[place] = replace(known, marks=tuple(sorted({*known.marks, mark})))
                return known.number
        return self._number(item.hit, (mark,))

    def _number(self, hit: Hit, marks: tuple[Span, ...]) -> int:
        """Add a citation; its page is that of the marked words, not of the passage."""
        chunk = hit.chunk
        number = len(self.citations) + 1
        self.citations.append(
            Citation(
                number=number,
                document=chunk.document,
                file=hit.file,
                page=self.page(chunk.document, marks[0][0]),
                heading=chunk.heading,
                text=chunk.text,
                start=chunk.start,
                end=chunk.end,
                marks=marks,
            )
        )
        return number


def _said(text: str, shown: str) -> bool:
    """Tell whether the shown text says the same, or holds it."""
    said, before = tokens(text), tokens(shown)
    return overlap(said, before) > REPEATED or f" {' '.join(said)} " in f" {' '.join(before)} "


def _around(text: str, item: Evidence) -> str:
    """Return the stretch of the passage that says the text; what the passage does not say stays alone."""
    place = _place(text, item)
    return ground.told(item, stretch(item.text, place)) if place else text


def _whole(phrase: str, item: Evidence) -> str:
    """Return the passage's sentence that says a bare phrase; a long one, or none, leaves the phrase."""
    place = _place(phrase, item) if len(phrase.split()) <= PHRASE else None
    held = [span for span in sentences(item.text) if place and span[0] < place[1] and place[0] < span[1]]
    told = ground.told(item, (held[0][0], held[-1][1])) if held else phrase
    return told if len(told) <= SENTENCE else phrase


def _place(text: str, item: Evidence) -> Span | None:
    """Return where the passage says the text, nearest to the reader's words; None where it does not."""
    bare = text.strip().rstrip(".")
    wanted = r"\s+".join(re.escape(word) for word in bare.split())
    places = [match.span() for match in re.finditer(rf"(?<!\w){wanted}(?!\w)", item.text)]
    low, high = item.reading.span
    return min(places, key=lambda place: abs(place[0] - low) + abs(place[1] - high), default=None)
