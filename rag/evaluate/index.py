"""A set in a library: its files added as a person would add them, its places found again in what was read."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rag.errors import RagError
from rag.evaluate.sets import EvalSet, Place, Question, found
from rag.library import Library
from rag.train.contracts import letters
from rag.types import Progress, Span

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Gold:
    """[start, end) of document `document` answers; `grade` above 1 is more relevant."""

    document: str
    start: int
    end: int
    grade: int = 1


class Index:
    """The documents of a set in `library`, by file name, and the units retrieval is counted in."""

    def __init__(self, library: Library, asked: EvalSet, documents: dict[str, str]) -> None:
        self.library = library
        self.set = asked
        self.documents = documents
        self._texts: dict[str, str] = {}
        self._units: dict[str, tuple[Span, ...] | None] = {}
        for name, document in documents.items():
            if name in asked.units:
                self._units[document] = self._moved(name, asked.units[name])

    def scope(self, question: Question) -> list[str] | None:
        """Return the ids of the documents it is asked within, None for all."""
        return [self.documents[name] for name in question.files] if question.scoped else None

    def gold(self, question: Question) -> list[Gold]:
        """Return where the answer stands; an answer without places is looked for in its files."""
        if question.evidence:
            return [gold for place in question.evidence if (gold := self._gold(place))]
        golds: list[Gold] = []
        for name in question.files if question.expects == "answer" else ():
            document = self.documents[name]
            text = self.text(document)
            spans = [span for answer in question.answers for span in found(answer, text)]
            golds += [Gold(document, *span) for span in spans or [(0, len(text))]]
        return golds

    def text(self, document: str) -> str:
        """Return the text of a document as the library read it."""
        if document not in self._texts:
            self._texts[document] = self.library.text(document)
        return self._texts[document]

    def unit(self, document: str, start: int, end: int) -> str | None:
        """Return the key of the unit that [start, end) covers most; None where the document has no units."""
        spans = self._units.get(document)
        if spans is None:
            return document
        shared = [(min(end, high) - max(start, low), -low) for low, high in spans]
        size, low = max(shared, default=(0, 0))
        return f"{document}:{-low}" if size > 0 else None

    def _gold(self, place: Place) -> Gold | None:
        document = self.documents.get(place.file)
        if document is None:
            return None
        (span,) = self._moved(place.file, [(place.start, place.end)])
        return Gold(document, *span, place.grade)

    def _moved(self, name: str, spans: Sequence[Span]) -> tuple[Span, ...]:
        """Return the spans of a written text as spans of the text that was read from it."""
        written, read = self.set.files[name], self.text(self.documents[name])
        if not isinstance(written, str) or written == read:
            return tuple(spans)
        return moved(spans, written, read, name)


def moved(spans: Sequence[Span], written: str, read: str, name: str) -> tuple[Span, ...]:
    """Move spans to another text with the same letters and digits; raise RagError where those differ."""
    ours, from_places = letters(written)
    theirs, to_places = letters(read)
    if ours != theirs:
        raise RagError(f"The text of {name} changed while it was read, so its labels cannot be placed.")
    numbers = dict(zip(from_places, to_places, strict=True))
    placed: list[Span] = []
    for start, end in spans:
        inside = [numbers[place] for place in range(start, end) if place in numbers]
        placed.append((inside[0], inside[-1] + 1) if inside else (0, 0))
    return tuple(placed)


def build(library: Library, asked: EvalSet, folder: Path, on_progress: Callable[[str], None]) -> Index:
    """Write the files of the set into `folder`, add them to the library and return the index.

    Raises RagError where a file is refused: a set that is only half there gives wrong figures.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = {name: _path(folder, name, text) for name, text in asked.files.items()}
    total = len(paths)
    done: set[str] = set()

    def tick(progress: Progress) -> None:
        if progress.stage == "done" and progress.file not in done:
            done.add(progress.file)
            if len(done) % 50 == 0 or len(done) == total:
                on_progress(f"{asked.name}: {len(done)} of {total} documents")

    reports = library.add(list(paths.values()), on_progress=tick)
    documents: dict[str, str] = {}
    for name, report in zip(paths, reports, strict=True):
        if report.document is None:
            raise RagError(f"{name} of the set {asked.name} was refused: {report.reason}")
        documents[name] = report.document
    return Index(library, asked, documents)


def _path(folder: Path, name: str, text: str | Path) -> Path:
    if isinstance(text, Path):
        return text
    path = folder / name
    # An unchanged file is not touched, so that an index that is kept stays as it is
    with suppress(OSError):
        if path.read_text("utf-8") == text:
            return path
    path.write_text(text, "utf-8", newline="\n")
    return path


def overlapping(golds: Iterable[Gold], document: str, start: int, end: int) -> list[Gold]:
    """Return the golds that [start, end) of the document overlaps."""
    return [gold for gold in golds if gold.document == document and gold.start < end and start < gold.end]
