"""The parts of one home, and how they fit together: the only place that names concrete ones.

Opening a home loads no model; each part is built when it is first needed. Knows no collection.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from rag.home import Home
from rag.protocols import Embedder, Generator, Judge, Reader, VectorStore
from rag.settings import Settings
from rag.upkeep import Upkeep

if TYPE_CHECKING:
    from rag.answer import Answerer
    from rag.catalog import Catalog
    from rag.chunk import Splitter
    from rag.ingest import Ingest
    from rag.ingest.building import Builder
    from rag.lenses.pictures import Sees
    from rag.makes import Makes
    from rag.retrieve import Retriever

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
        judge: Judge | None = None,
        generator: Generator | None = None,
        sight: Sees | None = None,
    ) -> None:
        self.home = home
        self.settings = settings
        given = {
            "embedder": embedder,
            "reader": reader,
            "judge": judge,
            "generator": generator,
            "sight": sight,
        }
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
    def judge(self) -> Judge:
        """The judge of passages."""
        from rag.judge import passage_judge

        return self._once("judge", lambda: passage_judge(self.settings))

    @property
    def generator(self) -> Generator:
        """The answering model, here or on a server."""
        from rag.generate import generator

        return self._once("generator", lambda: generator(self.settings))

    @property
    def sight(self) -> Sees:
        """The model that sees pictures; raises MissingWeights where none is set."""
        from rag.lenses.sight import Sight

        return self._once("sight", lambda: Sight(self.settings))

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
            textless=bool(settings.image_model),
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
            lambda: Retriever(
                self.asking, self.vectors, self.catalog, self.reader, self.words, lambda: self.judge
            ),
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
        """Go on with other settings of answering; another writing model is loaded anew.

        Another embedder answers once the index is made anew; until then the old one does.
        """
        if settings.embedder != self.settings.embedder:
            self._want(settings)
        with self._building:
            before, self.settings = self.settings, settings
            self._built.pop("answerer", None)
            if any(getattr(before, name) != getattr(settings, name) for name in WRITING):
                self._built.pop("generator", None)

    def _want(self, settings: Settings) -> None:
        """Make another index the one to build, at a moment in which none is switched to."""
        with self.ingest.storing, self._building:
            makes = self.makes
            makes.want(settings)
            self._built.pop("builder", None)
            self.vectors.use(
                makes.serving.fingerprint, building=makes.wanted.fingerprint if makes.differ else ""
            )

    def _once(self, name: str, build: Callable[[], T]) -> T:
        with self._building:
            if name not in self._built:
                self._built[name] = build()
            built: T = self._built[name]
            return built
