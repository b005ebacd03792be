"""Search speed as a library grows: the shipped index and fusion over made-up passages and vectors.

Passages are sentences of the samples in random order, so that words are as common as in real text; vectors
are random, since their distances cost the same. The second stage is not part of it.
"""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from rag.bench.result import Result, seconds
from rag.catalog import Catalog
from rag.embed import TransformerEmbedder
from rag.retrieve import Retriever
from rag.settings import Settings
from rag.types import Chunk, Document, DocumentInfo, Reading, Vectors
from rag.vectors import ChromaVectors
from rag.words import sentences

SMALLEST = 1_000
DOCUMENT = 500  # chunks of one made-up document
SENTENCES = 6  # of one chunk
ROUNDS = 4  # times each question is searched
COLLECTION = "bench"
QUESTIONS = (
    "How long can opened items be returned?",
    "What is the notice period for termination for convenience?",
    "Who bears the cost of shipping faulty goods back to the workshop?",
    "Which temperature does the stove need to be stored at?",
    "What happens when an invoice is paid after the due date?",
    "When does the warranty of a replaced part end?",
    "How many days of annual leave does a new employee have?",
    "Is the supplier liable for indirect damage and lost profit?",
)


class NoReader:
    """Reads nothing: searching does not read."""

    name = "none"

    def read(self, question: str, passages: Sequence[str], /) -> list[Reading]:
        """Say that nothing answers."""
        return [Reading(0.0, (0, 0), 0.0) for _ in passages]


def measure_searching(
    settings: Settings, chunks: Sequence[Chunk], sizes: Sequence[int], say: Callable[[str], None]
) -> list[Result]:
    """Return median and 95th percentile of a hybrid search, in milliseconds, at each size.

    By the clock and of processor time, which other programs of a busy machine disturb less.
    """
    pieces = [chunk.text[start:end] for chunk in chunks for start, end in sentences(chunk.text)]
    embedder = TransformerEmbedder(settings)
    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="docent-bench-") as folder:
        catalog = Catalog(Path(folder) / "catalog.sqlite")
        vectors = ChromaVectors(Path(folder) / "vectors", "", "bench")
        retriever = Retriever(embedder, vectors, catalog, NoReader())
        stored = 0
        for size in sizes:
            while stored < size:
                count = min(DOCUMENT, size - stored)
                _store(catalog, vectors, stored, _passages(pieces, stored, count), embedder.dimension)
                stored += count
            say(f"searching {size:,} passages")
            results += _timed(retriever, size)
        catalog.close()
        vectors.close()
    return results


def growing(most: int) -> list[int]:
    """Return 1,000, 10,000 and so on up to `most`, which is always the last."""
    sizes = [min(SMALLEST, most)]
    while sizes[-1] < most:
        sizes.append(min(10 * sizes[-1], most))
    return sizes


def _timed(retriever: Retriever, size: int) -> list[Result]:
    retriever.search(COLLECTION, QUESTIONS[0])  # the first one opens files
    clock: list[float] = []
    processor: list[float] = []
    for query in QUESTIONS * ROUNDS:
        before = time.process_time()
        clock.append(1000 * seconds(partial(retriever.search, COLLECTION, query)))
        processor.append(1000 * (time.process_time() - before))
    note = f"{size:,} passages, {len(clock)} searches, embedding the question included"
    return [
        Result(f"search in {size:,}, {name}{kind}", float(np.quantile(taken, share)), "ms", note)
        for kind, taken in (("", clock), (", processor", processor))
        for name, share in (("median", 0.5), ("p95", 0.95))
    ]


def _passages(pieces: Sequence[str], seed: int, count: int) -> list[str]:
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, len(pieces), (count, SENTENCES))
    return [" ".join(pieces[index] for index in row) for row in drawn]


def _store(
    catalog: Catalog, vectors: ChromaVectors, number: int, texts: Sequence[str], dimension: int
) -> None:
    id = hashlib.sha256(str(number).encode()).hexdigest()[:16]
    chunks, start = [], 0
    for position, text in enumerate(texts):
        chunks.append(Chunk(f"{id}-{position:05d}", id, position, text, start, start + len(text)))
        start += len(text) + 1
    catalog.begin(DocumentInfo(id, f"{id}.txt", COLLECTION, "adding", "", id, start, 0, 0, ""))
    vectors.add(
        COLLECTION, [chunk.id for chunk in chunks], [id] * len(chunks), _unit(number, len(chunks), dimension)
    )
    catalog.finish(id, Document("\n".join(texts), "text/plain"), chunks)


def _unit(seed: int, count: int, dimension: int) -> Vectors:
    rows = np.random.default_rng(seed).standard_normal((count, dimension)).astype(np.float32)
    normed: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return normed
