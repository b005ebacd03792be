"""The library: the public API, and the only place that names concrete parts.

Opening a home takes its lock and loads no model; each model is loaded when it is first needed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from rag import chosen
from rag.errors import NotFound
from rag.home import Home
from rag.keeping import Keeping
from rag.settings import Settings
from rag.types import (
    Asked,
    Document,
    DocumentInfo,
    Embedder,
    Evidence,
    FileReport,
    Generator,
    Hit,
    Mode,
    Page,
    Passages,
    Progress,
    Reader,
    Turn,
    Vectors,
    VectorStore,
)
from rag.upkeep import Upkeep
from rag.within import Narrowing, clean_tags, matching

if TYPE_CHECKING:
    from rag.answer import Answerer, AnswerStream
    from rag.catalog import Catalog
    from rag.catalog.chats import Chats
    from rag.catalog.golden import Golden
    from rag.catalog.preferences import Preferences
    from rag.chunk import Splitter
    from rag.ingest import Ingest, Source
    from rag.ingest.building import Builder
    from rag.lenses.adapt import Trial
    from rag.makes import Makes
    from rag.retrieve import Retriever

COLLECTION = "Documents"
"""The collection of a person's own files."""

SAMPLES = "Samples"
"""The collection of the sample library that comes with the project."""

WRITING = ("generator", "adapter", "generator_url", "generator_key", "generator_window")
"""The settings of the model that writes."""

T = TypeVar("T")


class Parts:
    """The parts of one home, shared by all its collections; models are built once, at first use.

    A model that is given is used instead of the one the settings name.
    """

    def __init__(
        self,
        home: Home,
        settings: Settings,
        *,
        embedder: Embedder | None = None,
        reader: Reader | None = None,
        generator: Generator | None = None,
    ) -> None:
        self.home = home
        self.settings = settings
        given = {"embedder": embedder, "reader": reader, "generator": generator}
        self._built: dict[str, Any] = {name: part for name, part in given.items() if part is not None}
        self.watching: dict[tuple[str, str], tuple[Literal["watching", "missing"], str]] = {}
        self.passwords: tuple[str, ...] = ()  # kept in memory only, until the home is given up
        self._building = threading.RLock()  # two browser sessions must not load one model twice

    @property
    def catalog(self) -> Catalog:
        """Documents, texts, keyword index and chats."""
        from rag.catalog import Catalog

        return self._once("catalog", lambda: Catalog(self.home.catalog))

    @property
    def vectors(self) -> VectorStore:
        """The vectors of this embedder and chunking."""
        from rag.vectors import ChromaVectors

        url = self.settings.chroma_url

        def opened() -> ChromaVectors:
            made = self.makes
            store = ChromaVectors(self.home.vectors, url, made.serving.fingerprint)
            store.use(made.serving.fingerprint, building=made.wanted.fingerprint if made.differ else "")
            return store

        return self._once("vectors", opened)

    @property
    def makes(self) -> Makes:
        """Which index answers, and which one the settings want."""
        from rag.makes import Makes

        return self._once("makes", lambda: Makes(self.settings, self.catalog, self._built.get("embedder")))

    @property
    def embedder(self) -> Embedder:
        """The embedding model of the index that answers."""
        return self.makes.embedder(self.makes.serving)

    @property
    def reader(self) -> Reader:
        """The evidence reader."""
        from rag.rerank import evidence_reader

        return self._once("reader", lambda: evidence_reader(self.settings))

    @property
    def generator(self) -> Generator:
        """The answering model, here or on a server."""
        from rag.generate import generator

        return self._once("generator", lambda: generator(self.settings))

    @property
    def splitter(self) -> Splitter:
        """Cuts documents into what the embedder reads."""
        return self.makes.splitter(self.makes.serving)

    @property
    def builder(self) -> Builder | None:
        """Builds the index that the settings want, None where it answers already."""
        from rag.ingest.building import Builder

        makes = self.makes
        if not makes.differ:
            return None
        wanted = makes.wanted
        return self._once(
            "builder",
            lambda: Builder(
                self.catalog,
                self.vectors,
                makes.serving.name,
                wanted,
                lambda: (makes.embedder(wanted), makes.splitter(wanted)),
                self._switch,
            ),
        )

    def _switch(self) -> bool:
        """Let the built index answer; False while it lacks a document."""
        makes = self.makes
        with self.ingest.storing:
            if not self.catalog.switch(makes.wanted):
                return False
            with self._building:
                self.vectors.use(makes.wanted.fingerprint)
                makes.switched()
                for name in ("retriever", "answerer"):
                    self._built.pop(name, None)
        for collection in self.vectors.collections():
            self.vectors.mend(collection)
            self.vectors.prune(collection)
        return True

    @property
    def ingest(self) -> Ingest:
        """Adds and removes documents."""
        from rag.ingest import Ingest
        from rag.load import FileReader, Limits

        settings = self.settings
        limits = Limits(
            seconds=settings.read_seconds,
            memory_mb=settings.read_memory_mb,
            pages=settings.max_pages,
            megabytes=settings.max_file_mb,
            ocr=settings.ocr,
            ocr_pages=settings.ocr_pages,
            parts=settings.max_parts,
            nesting=settings.max_nesting,
        )
        return self._once(
            "ingest",
            lambda: Ingest(
                self.home,
                self.catalog,
                self.vectors,
                lambda: self.embedder,
                lambda: self.splitter,
                lambda: FileReader(replace(limits, passwords=self.passwords), self.home.incoming),
            ),
        )

    @property
    def upkeep(self) -> Upkeep:
        """Does by itself what nobody waits for."""

        def scrub(stopped: threading.Event) -> bool:
            self.ingest.scrubber.run(stopped)
            return False

        def build(stopped: threading.Event) -> bool:
            return self.builder is not None and self.builder.step(stopped)

        return self._once("upkeep", lambda: Upkeep([build, self.ingest.repair, scrub]))

    @property
    def retriever(self) -> Retriever:
        """Finds passages."""
        from rag.retrieve import Retriever

        return self._once(
            "retriever",
            lambda: Retriever(self.asking, self.vectors, self.catalog, self.reader, self.words),
        )

    @property
    def words(self) -> frozenset[str]:
        """The words of the language, by which a slip of the pen is known."""
        from rag.rerank import minilm_folder
        from rag.spell import language

        return self._once("words", lambda: language(minilm_folder(self.settings) / "vocab.txt"))

    @property
    def asking(self) -> Embedder:
        """The embedding model as questions go through it: adapted, where the home has an adapter for it."""
        from rag.lenses.adapt import FILE, adapted

        return adapted(self.embedder, self.home.root / FILE)

    def forget_adapter(self) -> None:
        """Build what searches anew when it is next needed, because the adapter is another."""
        with self._building:
            for name in ("retriever", "answerer"):
                self._built.pop(name, None)

    @property
    def answerer(self) -> Answerer:
        """Answers questions."""
        from rag.answer import Answerer
        from rag.ground import SupportModel
        from rag.weights import models_folder

        return self._once(
            "answerer",
            lambda: Answerer(
                self.retriever,
                lambda: self.generator,
                SupportModel.load(models_folder() / "support.json"),
                self.settings,
            ),
        )

    def change(self, settings: Settings) -> None:
        """Go on with other settings of answering; another writing model is loaded anew."""
        with self._building:
            before, self.settings = self.settings, settings
            self._built.pop("answerer", None)
            if any(getattr(before, name) != getattr(settings, name) for name in WRITING):
                self._built.pop("generator", None)

    def _once(self, name: str, build: Callable[[], T]) -> T:
        with self._building:
            if name not in self._built:
                self._built[name] = build()
            built: T = self._built[name]
            return built


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
    def _kept(self) -> Parts:
        return self._parts

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
        found = next((known for known in self.documents() if known.id == document), None)
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
