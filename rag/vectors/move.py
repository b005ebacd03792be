"""Copying everything that lives from one Chroma to another, while the first goes on being used.

Knows Chroma's collections; knows no folder and no Docent collection.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from rag.errors import RagError

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection


class Move:
    """One copy: `copy` takes most of it beside other work, `catch_up` the rest while nobody writes."""

    def __init__(self, source: ClientAPI, target: ClientAPI, batch: int) -> None:
        self._source = source
        self._target = target
        self._batch = batch
        self._touched: set[tuple[str, str]] = set()

    def touch(self, name: str, documents: Iterable[str]) -> None:
        """Note that vectors of these documents in the collection `name` changed meanwhile."""
        self._touched.update((name, document) for document in documents)

    def copy(self, tell: Callable[[int, int], None], stopped: threading.Event) -> bool:
        """Copy what is there now; `tell` hears how many vectors of how many. False where it was stopped."""
        ids = {stored.name: _ids(stored) for stored in _collections(self._source)}
        done, total = 0, sum(map(len, ids.values()))
        tell(done, total)
        for name, wanted in ids.items():
            source, made = _named(self._source, name), _like(self._source, self._target, name)
            for part in _parts(sorted(wanted), self._batch):
                if stopped.is_set():
                    return False
                _upsert(made, source.get(ids=part, include=["embeddings", "metadatas"]))
                done += len(part)
                tell(done, total)
        return True

    def catch_up(self) -> None:
        """Bring over what changed since; RagError where the two are not alike after."""
        names = {stored.name for stored in _collections(self._source)}
        for stored in _collections(self._target):
            if stored.name not in names:
                self._target.delete_collection(stored.name)
        for name in names:
            source, made = _named(self._source, name), _like(self._source, self._target, name)
            for document in {document for touched, document in self._touched if touched == name}:
                made.delete(where={"document": document})
            self._level(source, made)
            if _ids(source) != _ids(made):
                raise RagError(f"The vectors of {name} could not be copied whole. Nothing was changed.")

    def _level(self, source: Collection, made: Collection) -> None:
        wanted, there = _ids(source), _ids(made)
        for part in _parts(sorted(there - wanted), self._batch):
            made.delete(ids=part)
        for part in _parts(sorted(wanted - there), self._batch):
            _upsert(made, source.get(ids=part, include=["embeddings", "metadatas"]))


def _collections(client: ClientAPI) -> Sequence[Collection]:
    return client.list_collections()


def _named(client: ClientAPI, name: str) -> Collection:
    return client.get_collection(name, embedding_function=None)


def _like(source: ClientAPI, target: ClientAPI, name: str) -> Collection:
    """Return the collection of that name in the target, made like the source's where there is none."""
    stored = _named(source, name)
    space: Any = (stored.configuration_json.get("hnsw") or {}).get("space", "cosine")
    return target.get_or_create_collection(
        name,
        metadata=dict(stored.metadata or {}) or None,
        configuration={"hnsw": {"space": space}},
        embedding_function=None,
    )


def _ids(stored: Collection) -> set[str]:
    return set(stored.get(include=[])["ids"])


def _parts(ids: Sequence[str], size: int) -> Iterable[list[str]]:
    return (list(ids[start : start + size]) for start in range(0, len(ids), size))


def _upsert(made: Collection, found: Any) -> None:  # noqa: ANN401 - Chroma's own
    if len(found["ids"]):
        made.upsert(ids=found["ids"], embeddings=found["embeddings"], metadatas=found["metadatas"])
