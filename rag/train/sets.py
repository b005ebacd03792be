"""Finds the sets in a user's data folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from rag.errors import RagError
from rag.train.contracts import read_cuad
from rag.train.data import Source, read_pubmedqa, read_qed, read_squad

READERS: dict[str, Callable[[Path], Iterator[Source]]] = {
    "squad/squad2.json": lambda path: read_squad(path, "squad2"),
    "squad/squad1_more_articles.json": lambda path: read_squad(path, "squad1"),
    "squad/squad2_train_slice.json": lambda path: read_squad(path, "squad2"),
    "covidqa/covidqa.json": lambda path: read_squad(path, "covidqa"),
    "qed/qed.jsonl": read_qed,
    "pubmedqa/pubmedqa.json": read_pubmedqa,
    "cuad": read_cuad,
}
"""How to read each set, by its place in the data folder."""


def read_sets(data: Path) -> list[Source]:
    """Return the documents of every known set in `data`; raises RagError where there is none."""
    present = [(data / place, read) for place, read in READERS.items() if (data / place).exists()]
    if not present:
        raise RagError(f"No training set found in {data}. Known places: {', '.join(READERS)}.")
    return [source for path, read in present for source in read(path)]
