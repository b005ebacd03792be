"""Who is asked: Docent, and beside it the raw model, which gets the same passages for the same questions.

The raw model is the generator of the settings as it comes, used as a plain tutorial does: the first passages
of the fused search and the question in one prompt, and what it writes taken as it stands. No adapter, no
evidence reader, no grounding, no support, no rule that refuses. Knows no measure.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from rag.answer import REMEMBERED, fitting
from rag.evaluate.report import Row
from rag.evaluate.retrieval import fused
from rag.generate import generator
from rag.library import Library
from rag.protocols import Generator
from rag.settings import Settings
from rag.train.answers_check import parse
from rag.types import Answer, Citation, Hit, Timings, Turn
from rag.weights import generator_folder

DOCENT, RAW = "", "raw model: "  # what stands before the measures of each side

_SOURCE = r"(passages?|documents?|texts?|contexts?|sources?)"
_DECLINES = re.compile(
    rf"\b{_SOURCE}\b[^.\n]{{0,20}} (do|does|did)(n't| not)( \w+ly)? "
    r"(answer|contain|hold|mention|provide|state|specify|say|give|include|address|discuss)\b"
    r"|\bnot (\w+ly )?"
    r"(answered|contained|mentioned|provided|stated|specified|given|included|addressed|discussed|found)\b"
    rf"[^.\n]{{0,20}} {_SOURCE}\b"
    rf"|\bno (answer|information|mention)\b[^.\n]{{0,60}} ({_SOURCE}|them)\b",
    re.IGNORECASE,
)
"""The passages do not hold it; it is not stated in the passages; there is no mention of it in them."""


class Ask(Protocol):
    """Answers a question; `documents` are those it is asked within, None for all."""

    def __call__(
        self, question: str, history: Sequence[Turn] = (), documents: Sequence[str] | None = None, /
    ) -> Answer: ...


def docent(library: Library) -> Ask:
    """Return Docent over the library."""

    def ask(question: str, history: Sequence[Turn] = (), documents: Sequence[str] | None = None, /) -> Answer:
        return library.ask(question, history, documents).answer

    return ask


class RawModel:
    """A generator that is handed the passages found, and nothing else of Docent."""

    def __init__(self, writer: Generator, settings: Settings) -> None:
        self._writer = writer
        self._passages = settings.passages
        self._limit = settings.answer_tokens

    @classmethod
    def of(cls, settings: Settings) -> RawModel:
        """Load the generator of the settings without an adapter; raise MissingWeights where it lacks."""
        bare = settings.model_copy(update={"adapter": ""})
        if not settings.generator_url:
            # Named by its folder, because the default's name brings the shipped adapter with it
            bare = bare.model_copy(update={"generator": str(generator_folder(settings))})
        return cls(generator(bare), settings)

    def over(self, library: Library) -> Ask:
        """Return the raw model over what the library finds."""

        def ask(
            question: str, history: Sequence[Turn] = (), documents: Sequence[str] | None = None, /
        ) -> Answer:
            started = time.perf_counter()
            hits = fused(library, question, history, documents)[: self._passages]
            spent = 1000 * (time.perf_counter() - started)
            answer = self.answer(question, hits, history)
            written = answer.timings
            timings = Timings(spent, spent + written.first_token_ms, spent + written.total_ms)
            return replace(answer, timings=timings)

        return ask

    def answer(self, question: str, hits: Sequence[Hit], history: Sequence[Turn] = ()) -> Answer:
        """Write an answer from the hits; times count from here."""
        started = time.perf_counter()
        passages = [(hit.title, hit.passage) for hit in hits]
        messages, kept, _ = fitting(self._writer, passages, history[-REMEMBERED:], question, self._limit)
        read = hits[:kept]
        text, first = "", 0.0
        for token in self._writer.stream(messages, limit=self._limit):
            first = first or time.perf_counter()
            text += token.text
        ended = time.perf_counter()
        given, refused = parse(text), declines(text)
        return Answer(
            question=question,
            kind="refusal" if refused else "answer",
            text=text.strip(),
            short=given.words.strip(),
            citations=() if refused else cited(given.cited, read),
            hits=tuple(read),
            timings=Timings(0.0, 1000 * ((first or ended) - started), 1000 * (ended - started)),
        )


def declines(text: str) -> bool:
    """Tell whether a text has the refusal sentence, or says that the passages do not hold the answer."""
    return parse(text).refused or _DECLINES.search(text) is not None


def cited(numbers: Sequence[int], hits: Sequence[Hit]) -> tuple[Citation, ...]:
    """Return the hits that were cited by numbers that exist, each once, the whole passage marked."""
    return tuple(
        Citation(
            number=number,
            document=(hit := hits[number - 1]).chunk.document,
            file=hit.file,
            page=hit.chunk.page,
            heading=hit.chunk.heading,
            text=hit.text,
            start=hit.chunk.start,
            end=hit.chunk.end,
            marks=((hit.chunk.start, hit.chunk.end),),
        )
        for number in dict.fromkeys(numbers)
        if 0 < number <= len(hits)
    )


def sides(library: Library, raw: RawModel | None, *, answers: bool) -> dict[str, Ask]:
    """Return who is asked over the library, by what stands before the measures."""
    asked = {DOCENT: docent(library)} if answers else {}
    return asked | {RAW: raw.over(library)} if raw else asked


def told(side: str, rows: Sequence[Row]) -> list[Row]:
    """Return the rows with the side before their measure."""
    return [replace(row, measure=f"{side}{row.measure}") for row in rows]
