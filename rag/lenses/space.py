"""What several lenses do with unit vectors: centres, and the rows of each document. Knows no text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from rag.types import Passages, Vectors


def unit(vectors: Vectors) -> Vectors:
    """Scale rows to length 1; rows of length 0 stay."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: Vectors = (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return scaled


def rows_of(passages: Passages) -> dict[str, npt.NDArray[np.int64]]:
    """Return the rows of each document, by its id, in reading order."""
    found: dict[str, list[int]] = {}
    for row, chunk in enumerate(passages.chunks):
        found.setdefault(chunk.document, []).append(row)
    return {document: np.array(rows) for document, rows in found.items()}


def centres(vectors: Vectors, groups: Sequence[npt.NDArray[np.int64]]) -> Vectors:
    """Return the unit mean of each group of rows, shape (len(groups), dimension)."""
    if not groups:
        return np.zeros((0, vectors.shape[1]), np.float32)
    return unit(np.stack([vectors[rows].mean(axis=0) for rows in groups]))
