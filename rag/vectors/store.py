"""Vectors of chunks in Chroma: embedded in the home by default, a Chroma server by one setting.

Knows ids and vectors; no text, no file and no model.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from rag.errors import RagError
from rag.types import Scored, Vectors
from rag.vectors import mending
from rag.vectors.client import checked, chroma_name, embedded, hang_up, identity, server, translated
from rag.vectors.folders import Folders
from rag.vectors.gate import Gate
from rag.vectors.memory import filled
from rag.vectors.move import Move

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

T = TypeVar("T")
log = logging.getLogger(__name__)

BATCH = 1000  # rows a call: a query never waits long behind a large document; Chroma allows 5,461


class ChromaVectors:
    """A VectorStore in Chroma, for all threads of one process.

    Each Docent collection is one Chroma collection, whose name is made of the collection and of the
    `fingerprint` (embedder and chunk settings): vectors of different make never stand side by side.
    """

    def __init__(self, folder: Path | None, url: str, fingerprint: str) -> None:
        """Open the store in `folder`, or on the server at `url` where one is given; raise RagError.

        `folder` also names a library on a server that several share; None stands for the only one there.
        """
        self._fingerprint = fingerprint
        self._library = identity(folder) if url and folder else ""
        self._where = url or str(folder)
        self._building = ""
        self._open: dict[tuple[str, str], Collection] = {}  # by collection and fingerprint
        # Chroma serves readers and a writer at once; two writers take turns here.
        self._writing = threading.RLock()
        self._gate = Gate()
        self._moving: Move | None = None
        self._folders = Folders(folder) if folder and not url else None
        self._mark = folder / "in-use" if folder and not url else None
        with self._translated():
            if self._folders is not None:
                self._folders.sweep()
            self._client = embedded(self._folders.current) if self._folders else server(url)
            self._batch = min(BATCH, self._client.get_max_batch_size())
            self._suspects = set(self.collections()) if self._mark and self._mark.exists() else set()
            if self._mark is not None:
                self._mark.touch()  # still there at the next opening if this process is killed

    def close(self) -> None:
        """Let go of the files or the connection; safe to call twice."""
        self._open.clear()
        if self._mark is not None:
            self._mark.unlink(missing_ok=True)
        hang_up(self._client)

    def add(self, collection: str, ids: Sequence[str], documents: Sequence[str], vectors: Vectors, /) -> None:
        """Store one vector a chunk id; adding an id again replaces it. Another size: StoreMismatch."""
        self.stage(self._fingerprint, collection, ids, documents, vectors)

    def stage(
        self,
        fingerprint: str,
        collection: str,
        ids: Sequence[str],
        documents: Sequence[str],
        vectors: Vectors,
        /,
    ) -> None:
        """As `add`, into the index of another make, which answers once it is in use."""
        rows = np.asarray(vectors, dtype=np.float32)
        with self._writing, self._translated():
            stored = self._collection(collection, fingerprint)
            if self._moving is not None:
                self._moving.touch(stored.name, documents)
            for start in range(0, len(ids), self._batch):
                part = slice(start, start + self._batch)
                stored.upsert(
                    ids=list(ids[part]),
                    embeddings=rows[part],
                    metadatas=[{"document": document} for document in documents[part]],
                )

    def staged(self, fingerprint: str, /) -> set[tuple[str, str]]:
        """Return collection and document of what the index of that make holds."""
        found: set[tuple[str, str]] = set()
        with self._translated():
            for stored in self._client.list_collections():
                label = dict(stored.metadata or {})
                if label.get("fingerprint") == fingerprint and label.get("library") == self._library:
                    rows: Any = stored.get(include=["metadatas"])["metadatas"]
                    found |= {(str(label["collection"]), str(row["document"])) for row in rows}
        return found

    def use(self, fingerprint: str, /, *, building: str = "") -> None:
        """Answer from the index of that make from now on, and keep the one that is being built."""
        self._fingerprint, self._building = fingerprint, building

    def query(
        self, collection: str, vector: Vectors, k: int, /, *, documents: Sequence[str] | None = None
    ) -> list[Scored]:
        """Return the k nearest, best first; score = cosine similarity."""
        if k < 1 or (documents is not None and not documents):
            return []
        where: Any = {"document": {"$in": list(documents)}} if documents is not None else None
        found: Any = self._read(
            collection,
            lambda stored: stored.query(
                query_embeddings=np.asarray(vector, dtype=np.float32)[None],
                n_results=k,
                where=where,
                include=["distances"],
            ),
        )
        if found is None:
            return []
        # Chroma's cosine distance is 1 - similarity; it becomes a similarity here and nowhere else.
        pairs = zip(found["ids"][0], found["distances"][0], strict=True)
        return [Scored(id, 1.0 - float(distance)) for id, distance in pairs]

    def vectors(self, collection: str, ids: Sequence[str], /) -> Mapping[str, Vectors]:
        """Return stored vectors by id, each of shape (dimension,); unknown ids are left out."""
        rows: dict[str, Vectors] = {}
        for start in range(0, len(ids), self._batch):
            found: Any = self._read(collection, _embeddings(ids[start : start + self._batch]))
            if found is not None and len(found["ids"]):
                rows |= zip(found["ids"], np.asarray(found["embeddings"], dtype=np.float32), strict=True)
        return rows

    def delete(self, collection: str, document: str, /) -> None:
        """Forget every vector of the document, whatever embedder made it; unknown ones are no error."""
        with self._writing, self._translated():
            for name, _ in self._mine(collection):
                if self._moving is not None:
                    self._moving.touch(name, [document])
                stored = self._client.get_collection(name, embedding_function=None)
                stored.delete(where={"document": document})

    def ids(self, collection: str, /) -> set[str]:
        """Return the ids of all chunks of the collection."""
        found: Any = self._read(collection, lambda stored: stored.get(include=[]))
        return set() if found is None else set(found["ids"])

    def count(self, collection: str, /) -> int:
        """Return how many vectors the collection has."""
        return self._read(collection, lambda stored: stored.count()) or 0

    def documents(self, collection: str, /) -> set[str]:
        """Return the ids of all documents that have a vector in the collection."""
        found: Any = self._read(collection, lambda stored: stored.get(include=["metadatas"]))
        return set() if found is None else {metadata["document"] for metadata in found["metadatas"]}

    def collections(self) -> list[str]:
        """Return the names of the collections that this embedder and chunking have an index for."""
        with self._translated():
            labels = [dict(stored.metadata or {}) for stored in self._client.list_collections()]
        names = [str(label.get("collection")) for label in labels]
        return sorted(name for name, label in zip(names, labels, strict=True) if label == self._label(name))

    def drop(self, collection: str, /) -> None:
        """Forget the collection, and what other embedders or chunkings made of it; unknown is no error."""
        self._drop(collection)

    def prune(self, collection: str, /) -> None:
        """Forget what other embedders or chunkings made of the collection, but for the one being built."""
        self._drop(collection, keep=(self._fingerprint, self._building))

    def _drop(self, collection: str, keep: Sequence[str] = ()) -> None:
        with self._writing, self._translated():
            for name, fingerprint in self._mine(collection):
                if fingerprint not in keep:
                    self._client.delete_collection(name)
                    self._open.pop((collection, fingerprint), None)

    def _mine(self, collection: str) -> list[tuple[str, str]]:
        """Return Chroma's name and the fingerprint of each index of the collection."""
        labels = [(stored.name, dict(stored.metadata or {})) for stored in self._client.list_collections()]
        wanted = {"collection": collection, "library": self._library}
        return [
            (name, str(label.get("fingerprint"))) for name, label in labels if wanted.items() <= label.items()
        ]

    def hidden(self, collection: str, /) -> set[str]:
        """Return the ids of vectors that are stored and that no query finds; takes seconds for 100,000."""
        return mending.hidden(self, collection)

    def mend(self, collection: str, /) -> None:
        """Add again what no query finds; after a kill, drop an index that cannot be read."""
        mending.mend(self, collection, collection in self._suspects)
        self._suspects.discard(collection)

    def rewrite(
        self, tell: Callable[[int, int], None] = lambda done, total: None, stopped: Event | None = None, /
    ) -> bool:
        """Move what lives to new files and delete the old ones: they still hold deleted vectors.

        Everything goes on meanwhile. `tell` hears vectors moved and all; False where it was stopped, and
        for a server, whose disk is not ours.
        """
        if self._folders is None:
            return False
        with self._translated():
            folder = self._folders.begin()
            target = embedded(folder)
            self._moving = Move(self._client, target, self._batch)
        try:
            with filled():
                moved = self._moved(self._moving, folder, target, tell, stopped or Event())
        except BaseException:
            hang_up(target)
            raise
        finally:
            self._moving = None
        if not moved:
            hang_up(target)
        self._folders.sweep()
        return moved

    def _moved(
        self, move: Move, folder: Path, target: ClientAPI, tell: Callable[[int, int], None], stopped: Event
    ) -> bool:
        assert self._folders is not None
        with self._translated(share=False):  # old files stay open until the switch below
            if not move.copy(tell, stopped):
                return False
            with self._writing:
                move.catch_up()
                with self._gate.alone():
                    self._folders.switch(folder)
                    old, self._client = self._client, target
                    self._open.clear()
            hang_up(old)
        return True

    def again(self, collection: str, ids: Sequence[str], /) -> None:
        """Take these ids out and add them anew."""
        rows, owners = self.vectors(collection, ids), self._owners(collection, ids)
        with self._writing:
            self._read(collection, lambda stored: stored.delete(ids=list(ids)))
            kept = [id for id in ids if id in rows]  # what has no vector left is gone
            if kept:
                self.add(collection, kept, [owners[id] for id in kept], np.stack([rows[id] for id in kept]))

    def _owners(self, collection: str, ids: Sequence[str]) -> dict[str, str]:
        found: Any = self._read(collection, lambda stored: stored.get(ids=list(ids), include=["metadatas"]))
        pairs = zip(found["ids"], found["metadatas"], strict=True) if found else ()
        return {id: metadata["document"] for id, metadata in pairs}

    def _label(self, collection: str, fingerprint: str = "") -> dict[str, str]:
        """Return what a Chroma collection is of; it gives it its name and stands with it as metadata."""
        made = fingerprint or self._fingerprint
        return {"collection": collection, "fingerprint": made, "library": self._library}

    def _collection(self, collection: str, fingerprint: str = "") -> Collection:
        """Return the Chroma collection to write to; make it where there is none."""
        key = (collection, fingerprint or self._fingerprint)
        if key not in self._open:
            label = self._label(*key)
            stored = self._client.get_or_create_collection(
                chroma_name(label),
                metadata=label,
                configuration={"hnsw": {"space": "cosine"}},
                embedding_function=None,  # left out, Chroma would attach one that downloads a model
            )
            self._open[key] = checked(stored, collection)
        return self._open[key]

    def _read(self, collection: str, ask: Callable[[Collection], T]) -> T | None:
        """Ask a collection; None where there is none, also where someone else dropped it meanwhile."""
        from chromadb.errors import NotFoundError

        key = (collection, self._fingerprint)
        with self._translated():
            try:
                if key not in self._open:
                    name = chroma_name(self._label(*key))
                    stored = self._client.get_collection(name, embedding_function=None)
                    self._open[key] = checked(stored, collection)
                return ask(self._open[key])
            except NotFoundError:
                self._open.pop(key, None)
                return None

    @contextmanager
    def _translated(self, *, share: bool = True) -> Iterator[None]:
        try:
            with self._gate.shared() if share else nullcontext():
                yield
        except RagError:
            raise
        except Exception as exc:  # Chroma raises its own, ValueError and httpx errors, others over HTTP
            log.debug("chroma", exc_info=True)
            raise translated(exc, self._where) from exc


def _embeddings(ids: Sequence[str]) -> Callable[[Collection], object]:
    return lambda stored: stored.get(ids=list(ids), include=["embeddings"])
