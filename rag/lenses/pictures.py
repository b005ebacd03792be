"""Search in pictures by what they show: by words, by another picture, by one of the library. Experimental.

What a picture file or the pages of a PDF look like is turned into vectors when first asked for and kept in
the cache, one file a document that has its id in the name, so that it goes when the document goes. Knows a
model that sees by its Protocol only.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from rag.errors import NotFound, RagError, UnreadableFile
from rag.home import write_atomically
from rag.lenses.export import Cell
from rag.lenses.view import too_few
from rag.load.pictures import LONGEST, Pixels, frames, pixels, shown
from rag.pages import count, render
from rag.types import DocumentInfo, Vectors

TOGETHER = 8  # pictures that the model sees at once
FEW = 10
PDF = "application/pdf"

OnLook = Callable[[int, int], None]
"""Hears how many of so many pictures have been looked at."""


class Sees(Protocol):
    """Pictures and words as unit vectors of one space; `name` tells two models apart."""

    @property
    def name(self) -> str: ...
    def of_words(self, texts: Sequence[str], /) -> Vectors: ...
    def of_pictures(self, pictures: Sequence[Pixels], /) -> Vectors: ...


class Files(Protocol):
    """The documents of a collection with their files; a library is one."""

    def documents(self) -> list[DocumentInfo]: ...
    def document(self, document: str, /) -> DocumentInfo: ...
    def file(self, document: str, /) -> Path: ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for, one of these: words, the bytes of a picture, a page (from 1) of a document."""

    text: str = ""
    picture: bytes = b""
    document: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class Picture:
    """A found picture: a page (from 1) of a document; `score` is a cosine, higher is more alike."""

    document: str
    file: str
    page: int
    score: float


@dataclass(frozen=True, slots=True)
class Pictures:
    """The pictures most like what was wanted, best first; `note` says how far to trust the order."""

    found: tuple[Picture, ...]
    note: str

    def rows(self) -> list[dict[str, Cell]]:
        """Return one row a picture for a table or CSV."""
        return [
            {"file": one.file, "page": one.page, "score": one.score, "document": one.document}
            for one in self.found
        ]


class Gallery:
    """The pictures of a collection as a model sees them; `cache` is the folder that keeps their vectors."""

    def __init__(self, shelf: Files, sight: Sees, cache: Path) -> None:
        self._shelf = shelf
        self._sight = sight
        self._folder = cache / sight.name

    def find(
        self,
        wanted: Wanted,
        *,
        k: int = 10,
        documents: Sequence[str] | None = None,
        pages: bool = False,
        on_look: OnLook = lambda done, total: None,
    ) -> Pictures:
        """Find the k pictures most like the wanted; `pages`: those of PDFs too. Raise RagError, NotFound."""
        aim = self._aim(wanted)
        chosen = [
            info
            for info in self._shelf.documents()
            if (documents is None or info.id in documents) and _looks(info, pages)
        ]
        seen, problems = self._seen(chosen, on_look)
        ranked = sorted(
            (
                Picture(info.id, info.name, page, float(score))
                for info, rows in seen
                for page, score in enumerate(rows @ aim, 1)
                if (info.id, page) != (wanted.document, wanted.page)
            ),
            key=lambda one: -one.score,
        )
        return Pictures(tuple(ranked[:k]), self._note(len(ranked), problems))

    def _aim(self, wanted: Wanted) -> Vectors:
        if wanted.document:
            return self._page(self._shelf.document(wanted.document), wanted.page)
        if wanted.picture:
            try:
                (row,) = self._sight.of_pictures([pixels(shown(wanted.picture))])
            except UnreadableFile as exc:
                raise RagError(f"The picture to look for {exc}") from exc
        elif wanted.text.strip():
            (row,) = self._sight.of_words([wanted.text])
        else:
            raise RagError("Give words or a picture to look for.")
        return np.asarray(row)

    def _page(self, info: DocumentInfo, page: int) -> Vectors:
        rows = self._rows(info, lambda: None)
        if not 1 <= page <= len(rows):
            raise NotFound(f"{info.name} has {len(rows)} pictures; there is no number {page}.")
        return np.asarray(rows[page - 1])

    def _seen(
        self, infos: Sequence[DocumentInfo], on_look: OnLook
    ) -> tuple[list[tuple[DocumentInfo, Vectors]], list[str]]:
        """Return the vectors of each document, and a sentence for each that cannot be looked at."""
        total = sum(max(1, info.pages) for info in infos if not self._kept(info).is_file())
        done, seen, problems = 0, [], []

        def looked() -> None:
            nonlocal done
            done += 1
            on_look(done, max(done, total))

        for info in infos:
            try:
                seen.append((info, self._rows(info, looked)))
            except RagError as exc:
                problems.append(str(exc))
        return seen, problems

    def _rows(self, info: DocumentInfo, looked: Callable[[], None]) -> Vectors:
        """Return the vectors of a document's pictures, kept from before or made now; raise RagError."""
        if (rows := _read(self._kept(info))) is not None:
            return rows
        path = self._shelf.file(info.id)
        made, waiting = [], []
        for number, picture in enumerate(_pictures(info, path), 1):
            waiting.append(picture)
            if number % TOGETHER == 0:
                made.append(self._sight.of_pictures(waiting))
                waiting = []
            looked()
        made += [self._sight.of_pictures(waiting)] if waiting else []
        rows = np.concatenate(made)
        self._keep(info, rows)
        return rows

    def _kept(self, info: DocumentInfo) -> Path:
        return self._folder / f"{info.id}.npy"

    def _keep(self, info: DocumentInfo, rows: Vectors) -> None:
        data = io.BytesIO()
        np.save(data, rows)
        write_atomically(self._kept(info), data.getvalue())
        try:
            self._shelf.document(info.id)
        except NotFound:  # removed while it was looked at; who removed it found no file to delete
            self._kept(info).unlink(missing_ok=True)
            raise

    def _note(self, count: int, problems: Sequence[str]) -> str:
        if not count:
            said = "There is no other picture here. Add picture files, or look at the pages of PDFs too."
        elif count < FEW:
            said = too_few(count, "picture")
        else:
            said = "The score is a cosine: higher is more alike; the order says more than the number."
        return " ".join(
            [said, f"Experimental: how well {self._sight.name} finds here was not measured.", *problems]
        )


def drawn(info: DocumentInfo, path: Path, page: int) -> bytes:
    """Return a page (from 1) of a picture file or PDF as a small PNG; raise UnreadableFile or NotFound."""
    try:
        return render(path, page, width=LONGEST).image if info.media_type == PDF else shown(path, page)
    except UnreadableFile as exc:
        raise _unseen(info) from exc


def _looks(info: DocumentInfo, pages: bool) -> bool:
    return info.media_type.startswith("image/") or (pages and info.media_type == PDF)


def _pictures(info: DocumentInfo, path: Path) -> Iterator[Pixels]:
    if not _looks(info, pages=True):
        raise RagError(f"{info.name} is no picture and no PDF. Choose one of these.")
    try:
        total = count(path) if info.media_type == PDF else frames(path)
    except UnreadableFile as exc:
        raise _unseen(info) from exc
    for page in range(1, total + 1):
        yield pixels(drawn(info, path, page))


def _unseen(info: DocumentInfo) -> UnreadableFile:
    return UnreadableFile(f"{info.name} cannot be looked at: it is locked or damaged. Its text is searched.")


def _read(path: Path) -> Vectors | None:
    """Return kept vectors, None where there are none or the file is damaged."""
    try:
        rows: Vectors = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return rows
