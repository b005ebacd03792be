"""A LibraryView in memory: one passage a paragraph, the hash embedder, questions as they were given."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rag.types import Chunk, DocumentInfo, Hit, Passages
from tests.fakes import WORD, HashEmbedder


class MemoryView:
    """`texts` maps file names to texts; a document's id is its file name."""

    collection = "Documents"

    def __init__(self, texts, questions=(), added="2026-01-02T10:00:00+00:00"):
        self.texts = dict(texts)
        self.asked = list(questions)
        self.added = added if isinstance(added, dict) else dict.fromkeys(self.texts, added)
        self.embedder = HashEmbedder()

    def documents(self):
        return [
            DocumentInfo(
                name, name, "Documents", "ready", "text/plain", "00", len(text), 0, 1, self.added[name]
            )
            for name, text in sorted(self.texts.items())
        ]

    def text(self, document):
        return self.texts[document]

    def pieces(self, text):
        return [piece.strip() for piece in text.split("\n\n") if piece.strip()]

    def embed(self, texts, *, queries=False):
        return self.embedder.embed_documents(texts)

    def questions(self):
        return self.asked

    def passages(self, documents=None):
        chunks = []
        for name, text in sorted(self.texts.items()):
            for position, piece in enumerate(self.pieces(text)):
                start = text.index(piece)
                chunk = Chunk(f"{name}-{position}", name, position, piece, start, start + len(piece))
                if documents is None or name in documents:
                    chunks.append(chunk)
        vectors = self.embed([chunk.text for chunk in chunks])
        return Passages(tuple(chunks), tuple(chunk.document for chunk in chunks), vectors)

    def search(self, query, mode="hybrid", k=10, documents=None):
        passages = self.passages(documents)
        if mode == "keyword":
            words = set(WORD.findall(query.lower()))
            scores = [len(words & set(WORD.findall(chunk.text.lower()))) for chunk in passages.chunks]
        else:
            scores = (passages.vectors @ self.embed([query])[0]).tolist()
        hits = [
            Hit(replace(chunk), file, float(score), "semantic" if mode == "semantic" else "keyword")
            for chunk, file, score in zip(passages.chunks, passages.files, scores, strict=True)
            if score > 0
        ]
        return sorted(hits, key=lambda hit: -hit.score)[:k]


def unit_rows(count, dimension, seed=0):
    rows = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)
