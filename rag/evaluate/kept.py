"""Vectors of texts that stay in a folder for a next run: measures embed the same sets again and again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rag.chunk import Splitter
from rag.embed import TransformerEmbedder
from rag.makes import LARGEST_CHUNK
from rag.settings import Settings
from rag.types import Document, Vectors


class Kept:
    """An embedder whose vectors stay in a folder, if there is one, for the same texts."""

    def __init__(self, settings: Settings, folder: Path | None) -> None:
        self.settings, self.folder = settings, folder
        self._embedder = TransformerEmbedder(settings)
        reads = self._embedder.max_tokens
        limit = min(settings.chunk_tokens or LARGEST_CHUNK, reads)
        self._splitter = Splitter(self._embedder.count_tokens, limit, settings.chunk_overlap)

    def __call__(self, texts: Sequence[str], *, queries: bool = False) -> Vectors:
        """Return the vectors of texts, embedded as passages or as questions."""
        kind = ["questions"] if queries else []
        known = hashlib.sha256("\0".join([self._embedder.name, *kind, *texts]).encode()).hexdigest()[:24]
        file = self.folder / f"{known}.npy" if self.folder else None
        if file is not None and file.is_file():
            stored: Vectors = np.load(file)
            return stored
        embed = self._embedder.embed_queries if queries else self._embedder.embed_documents
        rows = embed(texts)
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            np.save(file, rows)
        return rows

    def pieces(self, text: str) -> list[str]:
        """Return a text cut as a library cuts its documents."""
        return [chunk.text for chunk in self._splitter.split(Document(text, "text/plain"), "text")]
