"""What an audit holds: question, answer, quoted passages with file, page and SHA-256, models and settings.

Each quotation is looked up again while it is gathered, so that the file says which of them still stand in the
library, at the same characters of the same bytes, and which were removed or changed since. Knows the library;
knows no file format.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from rag.catalog.chats import Chat, ChatTurn
from rag.errors import NotFound
from rag.library import Library
from rag.types import Citation, Pairs, Span

STANDS = "Checked at export: the file in the library has this SHA-256, and these words stand at this place."
CHANGED = "At export the library no longer held these words at this place."
GONE = "At export the document was no longer in the library."


@dataclass(frozen=True, slots=True)
class Quote:
    """A quoted passage: `start` and `end` count in the text of the document, `marks` in `text`."""

    number: int
    file: str
    sha256: str
    page: int | None
    heading: str
    start: int
    end: int
    text: str
    marks: tuple[Span, ...]
    check: str

    @property
    def place(self) -> str:
        """Where it stands, in words."""
        parts = [f"page {self.page}" if self.page else "", self.heading]
        return ", ".join([part for part in parts if part] + [f"characters {self.start} to {self.end}"])


@dataclass(frozen=True, slots=True)
class Entry:
    """One question and its answer; `support` is the probability that the documents carry it."""

    question: str
    asked: str
    kind: str
    answer: str
    searched: str
    support: float
    quotes: tuple[Quote, ...]
    models: Pairs
    settings: Pairs


@dataclass(frozen=True, slots=True)
class Audit:
    """A whole conversation; times are ISO 8601, UTC."""

    title: str
    collection: str
    begun: str
    exported: str
    entries: tuple[Entry, ...]


def gather(library: Library, chat: Chat, turns: Sequence[ChatTurn], collection: str) -> Audit:
    """Return the audit of a conversation; `collection` is its collection's title."""
    within = library.within(chat.collection)
    present = {info.id: info.sha256 for info in within.documents()}
    entries = tuple(_entry(turn, within, present) for turn in turns)
    exported = datetime.now(UTC).isoformat(timespec="seconds")
    return Audit(chat.title, collection, chat.created, exported, entries)


def _entry(turn: ChatTurn, library: Library, present: Mapping[str, str]) -> Entry:
    answer = turn.answer
    origin = answer.origin
    noted = dict(origin.files) if origin else {}
    return Entry(
        question=turn.question,
        asked=turn.created,
        kind=answer.kind,
        answer=answer.text,
        searched=answer.searched,
        support=answer.support,
        quotes=tuple(_quote(citation, library, noted, present) for citation in answer.citations),
        models=origin.models if origin else (),
        settings=origin.settings if origin else (),
    )


def _quote(
    citation: Citation, library: Library, noted: Mapping[str, str], present: Mapping[str, str]
) -> Quote:
    now = present.get(citation.document, "")
    marks = ((start - citation.start, end - citation.start) for start, end in citation.marks)
    return Quote(
        number=citation.number,
        file=citation.file,
        sha256=noted.get(citation.document) or now,
        page=citation.page,
        heading=citation.heading,
        start=citation.start,
        end=citation.end,
        text=citation.text,
        marks=tuple((max(a, 0), min(b, len(citation.text))) for a, b in marks if b > 0),
        check=_check(citation, library, noted, now),
    )


def _check(citation: Citation, library: Library, noted: Mapping[str, str], now: str) -> str:
    if not now:
        return GONE
    try:
        there = library.text(citation.document)[citation.start : citation.end]
    except NotFound:  # removed in this very moment
        return GONE
    same = noted.get(citation.document, now) == now
    return STANDS if same and there == citation.text else CHANGED
