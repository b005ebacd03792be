"""Documents to chunks and vectors, in steps between which progress is told and cancel is heard.

Knows no file and no reader.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from rag.errors import NotFound
from rag.ingest.batch import Batch
from rag.ingest.stores import DocumentStore
from rag.protocols import Embedder, VectorStore
from rag.types import Chunk, Document, DocumentInfo, Vectors

STEP = 64  # chunks embedded at once


class Splits(Protocol):
    """Cuts documents into chunks; `Splitter` is one."""

    def split(self, document: Document, document_id: str, /) -> list[Chunk]: ...


class Indexer:
    """Splits and embeds; both parts are made when the first document needs them."""

    def __init__(
        self,
        catalog: DocumentStore,
        vectors: VectorStore,
        embedder: Callable[[], Embedder],
        splitter: Callable[[], Splits],
    ) -> None:
        self._catalog = catalog
        self._vectors = vectors
        self._embedder = embedder
        self._splitter = splitter

    def index(self, documents: Sequence[tuple[DocumentInfo, Document]], batch: Batch) -> list[list[Chunk]]:
        """Store the vectors of documents that are being added; return their chunks for the catalog."""
        chunks = []
        for info, document in documents:
            batch.tick(info.name, "splitting")
            chunks.append(self._splitter().split(document, info.id))
        infos = [info for info, _ in documents]
        rows = self._embedded([info.name for info in infos], chunks, batch)
        for info, pieces in zip(infos, chunks, strict=True):
            batch.tick(info.name, "storing", len(pieces), len(pieces))
        self._store(infos, chunks, rows)
        return chunks

    def again(self, info: DocumentInfo, batch: Batch) -> None:
        """Split and embed the stored text of a ready document once more; nothing where it was removed."""
        try:
            document = self._catalog.read(info.id)
        except NotFound:
            return
        chunks = self._splitter().split(document, info.id)
        rows = self._embedded([info.name], [chunks], batch)
        self._vectors.delete(info.collection, info.id)
        # Chunks first: a kill in between leaves a document without vectors, which is seen and mended.
        self._catalog.rechunk(info.id, chunks)
        self._store([info], [chunks], rows)

    def _store(self, infos: Sequence[DocumentInfo], chunks: Sequence[list[Chunk]], rows: Vectors) -> None:
        ids = [piece.id for pieces in chunks for piece in pieces]
        owners = [piece.document for pieces in chunks for piece in pieces]
        if ids:
            self._vectors.add(infos[0].collection, ids, owners, rows)

    def _embedded(self, names: Sequence[str], chunks: Sequence[list[Chunk]], batch: Batch) -> Vectors:
        """Embed the chunks of several documents together, and tell how far each of them is."""
        embedder = self._embedder()
        rows = [np.zeros((0, embedder.dimension), dtype=np.float32)]
        shares = [_Share(name, len(pieces)) for name, pieces in zip(names, chunks, strict=True)]
        for share in shares:
            batch.tick(share.name, "embedding", 0, share.total)
        texts = [piece.context for pieces in chunks for piece in pieces]
        began = time.perf_counter()
        for start in range(0, len(texts), STEP):
            batch.go_on()
            part = texts[start : start + STEP]
            rows.append(embedder.embed_documents(part))
            pace = (time.perf_counter() - began) / (start + len(part))
            _tell(shares, len(part), pace, batch)
        batch.go_on()
        return np.concatenate(rows)


@dataclass(slots=True)
class _Share:
    """How many chunks of one document are embedded."""

    name: str
    total: int
    done: int = 0


def _tell(shares: Sequence[_Share], embedded: int, pace: float, batch: Batch) -> None:
    """Count so many more chunks as embedded, document after document; `pace` in seconds a chunk."""
    for share in shares:
        more = min(embedded, share.total - share.done)
        if more:
            share.done, embedded = share.done + more, embedded - more
            batch.tick(share.name, "embedding", share.done, share.total, pace * (share.total - share.done))
