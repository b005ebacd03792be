"""What flows through Docent.

Stdlib and numpy only. This module knows no model, no store and no file format.

Offsets are Python string offsets (code points). `start` and `end` of a chunk, hit or citation always
count in `Document.text`, the text that `show DOCUMENT` prints.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
"""Shape (n, dimension), float32, every row of unit length."""

Mode = Literal["hybrid", "semantic", "keyword"]
Via = Literal["semantic", "keyword", "hybrid", "reader"]
Span = tuple[int, int]
"""Half-open: start, end."""


# --- documents -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Page:
    """A page, slide or sheet: where it stands in the text. `number` counts from 1.

    `confidence` is None for text as the file has it; for a page whose text was recognised from a picture
    (OCR) it is the mean probability (0 to 1) of its letters.
    """

    number: int
    start: int
    end: int
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading line: `level` counts from 1; [start, end) is the heading's own text.

    `file` holds for the name of a file that lies within this one: what follows is its text.
    """

    level: int
    title: str
    start: int
    end: int
    file: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table kept as Markdown rows. [start, header_end) is its header with the rule below it."""

    start: int
    header_end: int
    end: int


@dataclass(frozen=True, slots=True)
class Document:
    """What a reader made of one file: its whole text, and where things stand in it.

    `pages` is empty for formats without pages. All spans are sorted and lie within `text`. In a file that
    holds files (an archive, a mail with attachments) each of these is a heading of its name with its
    headings below it, and its pages are counted from 1 again. `notes` are sentences for the person who
    added it: what was recognised from pictures, what was left out and why.
    """

    text: str
    media_type: str
    pages: tuple[Page, ...] = ()
    headings: tuple[Heading, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a document small enough for the embedder; `text` is `Document.text[start:end]`.

    `heading` is the path of headings above it ("Returns > Opened items"), `header` the header rows of
    the table it continues. `outer` is the span of the sentence that was too long for one chunk and of
    which this is a piece, else None.
    """

    id: str
    document: str
    position: int
    text: str
    start: int
    end: int
    page: int | None = None
    heading: str = ""
    header: str = ""
    outer: Span | None = None

    @property
    def context(self) -> str:
        """The text as it is embedded: heading and table header travel with it."""
        return "\n".join(part for part in (self.heading, self.header, self.text) if part)


Status = Literal["adding", "ready", "removing"]


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """A catalogued document. `source` is the absolute path it came from, "" for an upload.

    `tags` are a person's own words for it, sorted; `language` is its ISO 639-1 code, "" where unknown.
    """

    id: str
    name: str
    collection: str
    status: Status
    media_type: str
    sha256: str
    size: int
    pages: int
    chunks: int
    added: str
    source: str = ""
    tags: tuple[str, ...] = ()
    language: str = ""


Outcome = Literal["added", "unchanged", "replaced", "refused"]


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of one file that was handed to `add`. `document` is None where it was refused."""

    file: str
    status: Outcome
    document: str | None
    pages: int
    chunks: int
    reason: str
    seconds: float


Stage = Literal[
    "waiting", "reading", "recognising page", "splitting", "embedding", "storing", "done", "refused"
]


@dataclass(frozen=True, slots=True)
class Progress:
    """One tick of `add`: `done` of `total` in this stage; `seconds_left` for the file, None if unknown."""

    file: str
    stage: Stage
    done: int = 0
    total: int = 0
    seconds_left: float | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """Files of a job: `done` are in the library (added, unchanged or replaced), `waiting` not settled yet."""

    total: int
    done: int
    refused: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Scrub:
    """How far the disk has forgotten what was removed.

    `documents` are removed ones that may still be readable in files of the home; `done` of `total` vectors
    are moved while it runs; `reason` says why it failed.
    """

    state: Literal["clean", "waiting", "running", "failed"]
    documents: int = 0
    done: int = 0
    total: int = 0
    reason: str = ""


TraceKind = Literal["text", "vectors", "upload"]


@dataclass(frozen=True, slots=True)
class Trace:
    """Pieces of a document found in one file of the home: of what, in which file, how many different ones."""

    kind: TraceKind
    file: str
    count: int


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A verified removal: where the document stood before, and what is found of it after (none is clean).

    `looked_for` counts the pieces of each kind; `cannot` says what no removal here can clean.
    """

    document: str
    file: str
    looked_for: dict[TraceKind, int]
    before: tuple[Trace, ...]
    after: tuple[Trace, ...]
    cannot: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Watched:
    """A folder that the library is kept in step with."""

    folder: str
    collection: str
    state: Literal["watching", "missing"]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class IndexState:
    """Which embedder the answering index is of, and how far the one that the settings want is built."""

    state: Literal["current", "building", "failed"]
    embedder: str
    wanted: str
    done: int = 0
    total: int = 0
    reason: str = ""


# --- finding -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Scored:
    """A chunk id with a score; higher is better, always."""

    chunk: str
    score: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A found passage: the chunk, the file it stands in, the score (higher is better), how it was found.

    `document_title` is what the document calls itself, where that was looked up.
    """

    chunk: Chunk
    file: str
    score: float
    via: Via
    document_title: str = ""

    @property
    def text(self) -> str:
        """The passage as it stands in the document."""
        return self.chunk.text

    @property
    def passage(self) -> str:
        """The passage as people read it: a piece of a table has the table's header above it."""
        return f"{self.chunk.header}\n{self.text}" if self.chunk.header else self.text

    @property
    def title(self) -> str:
        """File, title and heading, as prompts and people see the source."""
        return " > ".join(part for part in (self.file, self.document_title, self.chunk.heading) if part)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the evidence reader says of one passage for one question.

    `answers` is the probability (0 to 1) that the passage holds the answer, `span` the words that
    answer as offsets in the passage's text, `confidence` (0 to 1) that of the span. `alone` is the
    probability that the sentence of these words answers, read without the rest of the passage; None where it
    was not read so.
    """

    answers: float
    span: Span
    confidence: float
    alone: float | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the judge says of one passage for one question.

    `verdict` are the log-odds that the passage answers, `gain` the nats by which the question is likelier
    after the passage than by itself; `alone` is the verdict on the sentence of the reader's words, read
    without the rest.
    """

    verdict: float
    gain: float
    alone: float = 0.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage and what the reader says of it, and the judge where it was asked.

    `text` is the passage as models and checks see it: as long as `hit.text`, orders in it blanked. The
    reading's span counts in either.
    """

    hit: Hit
    reading: Reading
    text: str
    judgement: Judgement | None = None

    @property
    def passage(self) -> str:
        """The text as models read it, the table's header above it likewise."""
        return f"{self.hit.chunk.header}\n{self.text}" if self.hit.chunk.header else self.text


# --- lenses --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Passages:
    """Passages in reading order with their stored vectors, row by row; `files` names each one's document."""

    chunks: tuple[Chunk, ...]
    files: tuple[str, ...]
    vectors: Vectors


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that somebody asked, when (ISO 8601, "" unknown), and what became of it.

    `rating` is 1 (good), -1 (bad) or 0 (none), with the rater's words.
    """

    question: str
    created: str = ""
    refused: bool = False
    rating: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class GoldenQuestion:
    """A question that [start, end) of a document answers, kept for measuring; id 0: a draft, not kept."""

    id: int
    question: str
    document: str
    start: int
    end: int


# --- asking --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Message:
    """One message to a generator."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of generated text, with the natural log-probability of each token in it (remote: none)."""

    text: str
    logprobs: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question of the conversation and its answer."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Citation:
    """A numbered source. `text` is the quoted passage at [start, end) of the document; `marks` are the
    words in it that carry the answer, as offsets in the document.
    """

    number: int
    document: str
    file: str
    page: int | None
    heading: str
    text: str
    start: int
    end: int
    marks: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds from the question, and tokens read and written by the generator."""

    retrieve_ms: float = 0.0
    first_token_ms: float = 0.0
    total_ms: float = 0.0
    prompt_tokens: int = 0
    answer_tokens: int = 0


Kind = Literal["answer", "refusal", "question"]
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Origin:
    """What a kept answer was made with: models by their part, the settings that shape answers, and the
    SHA-256 of each document it considered, by the document's id.
    """

    models: Pairs
    settings: Pairs
    files: Pairs


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with its evidence, a refusal, or a question back.

    `short` is the words of the answer that carry it, without citations; `support` the probability
    (0 to 1) that the documents support it; `searched` what was looked for (the rewritten question);
    `origin` is noted by whoever keeps the answer, `coming` by whoever serves it: how many files were still
    being added then, and may hold what was missed.
    """

    question: str
    kind: Kind
    text: str
    short: str = ""
    support: float = 0.0
    citations: tuple[Citation, ...] = ()
    hits: tuple[Hit, ...] = ()
    timings: Timings = field(default_factory=Timings)
    searched: str = ""
    origin: Origin | None = None
    coming: int = 0

    @property
    def refused(self) -> bool:
        """True where the documents do not hold the answer."""
        return self.kind == "refusal"
