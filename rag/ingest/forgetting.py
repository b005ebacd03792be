"""Removing a document and proving it: what it left on the disk is looked for before and after.

Sees Protocols only; knows files and bytes, no format of a store.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np

from rag.home import Home
from rag.ingest.traces import Traces
from rag.protocols import VectorStore
from rag.types import Chunk, Document, DocumentInfo, Trace, Vectors

BATCH = 1000  # vectors looked at together


class Words(Protocol):
    """The catalog as far as looking for a document needs it; its docstrings say what each does."""

    def document(self, id: str) -> DocumentInfo: ...
    def stored(self) -> list[DocumentInfo]: ...
    def read(self, document: str) -> Document: ...
    def span(self, document: str, first: int = 0, last: int | None = None) -> list[Chunk]: ...
    def own_words(self) -> list[str]: ...


class Forgetting:
    """Takes the traces of a document of one home, and finds them in its files."""

    def __init__(self, home: Home, catalog: Words, vectors: VectorStore) -> None:
        self._home = home
        self._catalog = catalog
        self._vectors = vectors

    def traces(self, document: str) -> Traces:
        """Return what to look for; take it before the document is removed. Raise NotFound."""
        info, text = self._catalog.document(document), self._catalog.read(document).text
        ids = [chunk.id for chunk in self._catalog.span(document)]
        rows = [*self._vectors.vectors(info.collection, ids).values(), *self._cached(info)]
        stored = self._home.stored(info.sha256, info.name)
        upload = stored.read_bytes() if stored.is_file() else b""
        return Traces.of(text, rows, upload)

    def _cached(self, info: DocumentInfo) -> Iterator[Vectors]:
        """Yield the vectors that a lens keeps of it, as of what its pictures show."""
        for path in self._home.cache.rglob(f"*{info.id}*.npy"):
            try:
                yield from np.load(path, allow_pickle=False)
            except (OSError, ValueError, EOFError):  # damaged, and made anew when it is next asked for
                continue

    def found(self, traces: Traces) -> list[Trace]:
        """Look through every file of the home, for what stands in nothing that stays."""
        first = traces.found(self._home.root)
        if not first:
            return []
        for data in self._staying():
            traces.spare(data)
        return traces.found(self._home.root)

    def _staying(self) -> Iterator[bytes]:
        """Yield what is in the home rightly: other documents, and the person's own words."""
        yield from (words.encode() for words in self._catalog.own_words())
        ready = [info for info in self._catalog.stored() if info.status == "ready"]
        for info in ready:
            text = self._catalog.read(info.id).text
            yield from (text.encode(), text.casefold().encode())
            stored = self._home.stored(info.sha256, info.name)
            if stored.is_file():
                yield stored.read_bytes()
            yield from (row.tobytes() for row in self._cached(info))
        for collection in {info.collection for info in ready}:
            ids = sorted(self._vectors.ids(collection))
            for start in range(0, len(ids), BATCH):
                rows = self._vectors.vectors(collection, ids[start : start + BATCH])
                yield np.stack(list(rows.values())).tobytes()
