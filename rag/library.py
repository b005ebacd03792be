"""The library: the public API, one collection of a home.

Opening a home takes its lock and loads no model; each model is loaded when it is first needed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from rag import chosen
from rag.errors import NotFound
from rag.home import Home
from rag.keeping import Keeping
from rag.parts import Parts
from rag.protocols import Embedder
from rag.settings import Settings
from rag.types import (
    Asked,
    Document,
    DocumentInfo,
    Evidence,
    FileReport,
    Hit,
    Mode,
    Page,
    Passages,
    Progress,
    Turn,
    Vectors,
)
from rag.within import Narrowing, clean_tags, matching

if TYPE_CHECKING:
    from rag.answer import AnswerStream
    from rag.catalog.chats import Chats
    from rag.catalog.golden import Golden
    from rag.catalog.preferences import Preferences
    from rag.ingest import Source
    from rag.lenses.adapt import Trial
    from rag.lenses.pictures import OnLook, Pictures, Wanted

__all__ = ["COLLECTION", "SAMPLES", "Library", "Parts"]

COLLECTION = "Documents"
"""The collection of a person's own files."""

SAMPLES = "Samples"
"""The collection of the sample library that comes with the project."""


class Library(Keeping):
    """One collection of a home. `within` gives another collection on the same parts."""

    def __init__(self, parts: Parts, collection: str = COLLECTION) -> None:
        self._parts = parts
        self.collection = collection

    @classmethod
    def open(
        cls,
        home: Path | str | None = None,
        settings: Settings | None = None,
        *,
        collection: str = COLLECTION,
    ) -> Library:
        """Open the library in `home` (default: the setting); raise HomeInUse if a process has it open."""
        settings = settings or Settings.read()
        place = Home(Path(home) if home is not None else settings.home)
        return cls.of(Parts(place, chosen.over(place, settings)), collection)

    @classmethod
    def of(cls, parts: Parts, collection: str = COLLECTION) -> Library:
        """Open the home of these parts, and finish what a killed process left half done."""
        parts.home.acquire()
        try:
            parts.ingest.recover()
        except BaseException:
            parts.home.release()
            raise
        return cls(parts, collection)

    @classmethod
    def restore(
        cls,
        path: Path | str,
        home: Path | str,
        settings: Settings | None = None,
        *,
        embedder: Embedder | None = None,
    ) -> None:
        """Unpack a library that `export` wrote into an empty home; raise RagError where that is not one."""
        from rag.moving import restore, stored_vectors

        place = Home(Path(home))
        place.acquire()
        try:
            made = restore(Path(path), place)
            parts = Parts(place, settings or Settings.read(), embedder=embedder)
            parts.catalog.arrive()
            if parts.makes.serving.fingerprint == made.fingerprint:
                for batch in stored_vectors(Path(path)):
                    parts.vectors.add(*batch)
            parts.ingest.drop_fileless()
            parts.catalog.close()
            parts.vectors.close()
        finally:
            place.release()

    def close(self) -> None:
        """Give the home up for other processes."""
        self._parts.upkeep.close()
        self._parts.catalog.close()
        self._parts.vectors.close()
        self._parts.home.release()

    def __enter__(self) -> Library:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def settings(self) -> Settings:
        """The settings this library was opened with."""
        return self._parts.settings

    def change(self, **values: object) -> None:
        """Set these from now on and keep them in the home; raise RagError where one cannot be used."""
        changed = chosen.with_values(self.settings, values)
        self._parts.change(changed)
        chosen.keep(self.home, values)

    @property
    def home(self) -> Home:
        """The folder it lives in."""
        return self._parts.home

    @property
    def chats(self) -> Chats:
        """The stored conversations."""
        return self._parts.catalog.chats

    @property
    def preferences(self) -> Preferences:
        """What a person set in the app."""
        return self._parts.catalog.preferences

    @property
    def golden(self) -> Golden:
        """A person's own questions with the places that answer them."""
        return self._parts.catalog.golden

    def within(self, collection: str) -> Library:
        """Return the library of another collection; nothing crosses from one to the other."""
        return Library(self._parts, collection)

    def collections(self) -> list[str]:
        """Return the names of the collections that hold documents."""
        return self._parts.catalog.collections()

    def drop(self) -> None:
        """Remove every document of this collection."""
        for document in self.documents():
            self.remove(document.id)

    def add(
        self,
        sources: Iterable[Source],
        *,
        on_progress: Callable[[Progress], None] | None = None,
        replace: str | None = None,
        cancelled: threading.Event | None = None,
        on_report: Callable[[int, FileReport], None] | None = None,
    ) -> list[FileReport]:
        """Add files, folders or open streams; one report a file, in their order.

        A refused file leaves the library as it was and does not stop the others. `replace` names the
        document that a single file takes the place of; `on_report` hears each report with the file's number.
        """
        return self._parts.ingest.add(
            sources,
            collection=self.collection,
            on_progress=on_progress,
            replace=replace,
            cancelled=cancelled,
            on_report=on_report,
        )

    def unlock(self, password: str) -> None:
        """Try this password too on encrypted files that are added from now on; it is never stored."""
        if password and password not in self._parts.passwords:
            self._parts.passwords = (*self._parts.passwords, password)

    def documents(self) -> list[DocumentInfo]:
        """Return the documents that answer, by name."""
        return self._parts.catalog.documents(self.collection)

    def document(self, document: str) -> DocumentInfo:
        """Return one document of this collection by id; raise NotFound."""
        found = self._parts.catalog.answering(self.collection, document)
        if found is None:
            raise NotFound(f"No document {document} in {self.collection}. `list` shows what is there.")
        return found

    def text(self, document: str) -> str:
        """Return the whole text of a document, in which all offsets count."""
        self.document(document)
        return self._parts.catalog.text(document)

    def structure(self, document: str) -> Document:
        """Return a document as its reader made it: text, pages, headings, tables."""
        self.document(document)
        return self._parts.catalog.read(document)

    def pages(self, document: str) -> tuple[Page, ...]:
        """Return where the pages of a document stand in its text; none for formats without pages."""
        self.document(document)
        return self._parts.catalog.read(document).pages

    def file(self, document: str) -> Path:
        """Return where the bytes of a document are kept."""
        known = self.document(document)
        return self.home.stored(known.sha256, known.name)

    def tag(self, document: str, tags: Iterable[str]) -> DocumentInfo:
        """Give a document these tags and no others; raise NotFound, or RagError for what is no tag."""
        self.document(document)
        return self._parts.catalog.tag(document, clean_tags(tags))

    def matching(
        self,
        documents: Sequence[str] = (),
        *,
        types: Sequence[str] = (),
        since: date | None = None,
        until: date | None = None,
        tags: Sequence[str] = (),
    ) -> list[str] | None:
        """Return the ids to search or ask within, None for all; raise NotFound where nothing fits.

        `documents` are ids or file names, `types` file endings ("pdf"): one of them fits. A document fits
        that was added from `since` to `until` (inclusive) and has all the tags.
        """
        narrowing = Narrowing(tuple(documents), tuple(types), since, until, tuple(tags))
        return matching(self.documents(), narrowing)

    def remove(self, document: str) -> None:
        """Forget a document; from the first commit on it never answers."""
        self.document(document)
        self._parts.ingest.remove(document)

    def check(self) -> list[str]:
        """Return a sentence for each thing that stands in one store and not in the other; none is healthy."""
        return self._parts.ingest.check()

    def search(
        self,
        query: str,
        mode: Mode = "hybrid",
        k: int = 10,
        documents: Sequence[str] | None = None,
    ) -> list[Hit]:
        """Return at most k passages, best first, of all documents or the given ones."""
        return self._parts.retriever.search(self.collection, query, mode, k, documents)

    def read(self, question: str, hits: Sequence[Hit]) -> list[Evidence]:
        """Read hits with the question: the evidence reader's order, and what it says of each."""
        return self._parts.retriever.read(question, hits)

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        documents: Sequence[str] | None = None,
    ) -> AnswerStream:
        """Answer from all documents or the given ones; `history` holds the turns before, oldest first."""
        return self._parts.answerer.ask(self.collection, question, history, documents)

    # --- what the lenses see -----------------------------------------------------------------

    def passages(self, documents: Sequence[str] | None = None) -> Passages:
        """Return the passages of all documents or the given ones that have a vector, in reading order."""
        from rag.lenses.view import gather

        return gather(self._parts.catalog, self._parts.vectors, self.collection, documents)

    def embed(self, texts: Sequence[str], *, queries: bool = False) -> Vectors:
        """Return (n, dimension) vectors of texts as passages are embedded, or as questions."""
        embedder = self._parts.embedder
        return embedder.embed_queries(texts) if queries else embedder.embed_documents(texts)

    def pieces(self, text: str) -> list[str]:
        """Return the text cut as documents are cut."""
        whole = Document(text, "text/plain")
        return [chunk.text for chunk in self._parts.splitter.split(whole, "text")]

    def pictures(
        self,
        wanted: Wanted,
        *,
        k: int = 10,
        documents: Sequence[str] | None = None,
        pages: bool = False,
        on_look: OnLook = lambda done, total: None,
    ) -> Pictures:
        """Return the k pictures that show most of what is wanted; `pages`: the pages of PDFs too.

        Raise MissingWeights where the settings name no model that sees. Experimental.
        """
        from rag.lenses.pictures import Gallery

        gallery = Gallery(self, self._parts.sight, self.home.cache / "pictures")
        return gallery.find(wanted, k=k, documents=documents, pages=pages, on_look=on_look)

    def adapt(self, pairs: Sequence[tuple[str, str]] = ()) -> Trial:
        """Learn this library's own terms; all searches in this home use it where held-out pairs gain by it.

        `pairs` are questions with words that stand in the passage that answers. Raise RagError for too few.
        """
        from rag.lenses.adapt import FILE, adapt

        trial, adapter = adapt(self, self._parts.embedder.name, pairs)
        if adapter is not None:
            adapter.save(self.home.root / FILE)
            self._parts.forget_adapter()
        return trial

    def unadapt(self) -> bool:
        """Search as before; return whether there was an adapter."""
        from rag.lenses.adapt import FILE

        there = (self.home.root / FILE).is_file()
        (self.home.root / FILE).unlink(missing_ok=True)
        self._parts.forget_adapter()
        return there

    def questions(self) -> list[Asked]:
        """Return what was asked in the stored conversations, oldest first."""
        from rag.lenses.view import asked

        return asked(self.chats, self.collection)
