"""What a word means in its sentence: contextual vectors of tokens, and which tokens of two texts match.

Runs the embedder's encoder without pooling. Knows no library.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from rag.encoder import load_encoder
from rag.errors import RagError
from rag.lenses.space import unit
from rag.settings import Settings
from rag.types import Span, Vectors
from rag.weights import embedder_folder, load_json, load_tokenizer, on_model_thread, pick_device, pick_dtype

LONGEST = 256  # word pieces of a text


@dataclass(frozen=True, slots=True)
class Tokens:
    """Words of a text, where they stand in it, and a unit vector each, shape (words, dimension)."""

    words: tuple[str, ...]
    spans: tuple[Span, ...]
    vectors: Vectors


@dataclass(frozen=True, slots=True)
class Heat:
    """How near each word of a question (rows) is to each word of a passage (columns), as cosines."""

    question: Tokens
    passage: Tokens
    cosines: Vectors

    @property
    def strength(self) -> Vectors:
        """For each word of the passage its best cosine to the question, shape (passage words,)."""
        best: Vectors = self.cosines.max(axis=0)
        return best


class TokenReader:
    """Reads texts word by word with the embedder of the settings."""

    def __init__(self, settings: Settings) -> None:
        folder = embedder_folder(settings)
        self._device = pick_device(settings)
        self._tokenizer = load_tokenizer(folder)
        config = load_json(folder, "config.json")
        self._encode = load_encoder(folder, config, self._device, pick_dtype(self._device))

    def read(self, text: str) -> Tokens:
        """Return the words of a text with their vectors in it: the mean of a word's pieces."""
        encoding = self._tokenizer.encode(text)
        ids = torch.tensor([encoding.ids[:LONGEST]])
        hidden = on_model_thread(lambda: self._encode(ids.to(self._device), torch.ones_like(ids)))
        rows = hidden[0].float().cpu().numpy()
        pieces: dict[int, list[int]] = {}
        for at, word in enumerate(encoding.word_ids[:LONGEST]):
            if word is not None and encoding.offsets[at][0] < encoding.offsets[at][1]:
                pieces.setdefault(word, []).append(at)
        spans = [(encoding.offsets[at[0]][0], encoding.offsets[at[-1]][1]) for at in pieces.values()]
        vectors = [rows[at].mean(axis=0) for at in pieces.values()]
        matrix = unit(np.stack(vectors)) if vectors else np.zeros((0, rows.shape[1]), np.float32)
        return Tokens(tuple(text[start:end] for start, end in spans), tuple(spans), matrix)

    def heat(self, question: str, passage: str) -> Heat:
        """Hold a question against a passage, word by word."""
        asked, given = self.read(question), self.read(passage)
        if not asked.words or not given.words:
            raise RagError("Give a question and a passage of at least one word each.")
        return Heat(asked, given, asked.vectors @ given.vectors.T)

    def senses(self, word: str, sentences: Sequence[str]) -> Vectors:
        """Return the cosines of a word's vectors in n sentences, shape (n, n)."""
        rows = []
        for sentence in sentences:
            found = self.read(sentence)
            at = next((at for at, other in enumerate(found.words) if other.lower() == word.lower()), None)
            if at is None:
                raise RagError(f"“{word}” does not stand in: {sentence}")
            rows.append(found.vectors[at])
        matrix = np.stack(rows)
        cosines: Vectors = matrix @ matrix.T
        return cosines
