"""A home with real stores and splitter, the hash embedder, and a reader of plain text: for ingest tests."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from rag.catalog import Catalog
from rag.chunk import Splitter
from rag.errors import EmptyDocument, UnreadableFile
from rag.home import Home
from rag.ingest import Ingest
from rag.types import Document
from rag.vectors import ChromaVectors
from tests.fakes import HashEmbedder


class TextReader:
    """Reads UTF-8; refuses what is empty, begins with DAMAGED, or waits to be closed where it says HANG."""

    recognising = (0, 0)

    def __init__(self) -> None:
        self.names: list[str] = []
        self.closed = threading.Event()

    def read(self, path: Path, name: str, /) -> Document:
        self.names.append(name)
        text = path.read_text(encoding="utf-8")
        if text == "HANG":
            self.closed.wait()
        if text in ("", "HANG"):
            raise EmptyDocument(f"{name} is empty.")
        if text.startswith("DAMAGED"):
            raise UnreadableFile(f"{name} is damaged.")
        return Document(text, "text/plain")

    def close(self) -> None:
        self.closed.set()


class Shelf:
    """An open home; `close` and open another on the same folder to see what stayed."""

    embedder_class = HashEmbedder

    def __init__(
        self,
        root: Path,
        reader: Callable[[], object] | None = None,
        fingerprint: str = "hash|64|0",
        building: str = "",
    ) -> None:
        self.home = Home(root)
        self.home.acquire()
        self.catalog = Catalog(self.home.catalog)
        self.vectors = ChromaVectors(self.home.vectors, "", fingerprint)
        self.vectors.use(fingerprint, building=building)
        self.embedder = self.embedder_class()
        self.reader = TextReader()
        self.resplit(64)
        self.ingest = Ingest(
            self.home,
            self.catalog,
            self.vectors,
            lambda: self.embedder,
            lambda: self.splitter,
            reader or (lambda: self.reader),
        )
        self.ingest.recover()

    def resplit(self, tokens: int) -> None:
        self.splitter = Splitter(self.embedder.count_tokens, tokens, 0)

    def add(self, *sources, collection="Documents", **more):
        return self.ingest.add(sources, collection=collection, **more)

    def names(self, collection="Documents"):
        return [info.name for info in self.catalog.documents(collection)]

    def answers(self, words, collection="Documents"):
        """Texts found by these words, and texts found by meaning, of what the catalog lets through."""
        query = self.embedder.embed_queries([words])[0]
        by_words = self.catalog.search(collection, words, 5)
        by_meaning = self.vectors.query(collection, query, 5)
        return tuple(
            [chunk.text for chunk, _ in self.catalog.chunks([scored.chunk for scored in found]).values()]
            for found in (by_words, by_meaning)
        )

    def close(self) -> None:
        self.catalog.close()
        self.vectors.close()
        self.home.release()
