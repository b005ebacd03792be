"""Building another index beside the one that answers: other embedder, other chunks, and then the switch.

Sees Protocols only.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from rag.errors import NotFound, RagError
from rag.ingest.embedding import Splits
from rag.protocols import Embedder, VectorStore
from rag.types import Chunk, Document, DocumentInfo, IndexState, Vectors

STEP = 16  # chunks embedded at once: a question that comes meanwhile waits for no more
BREATH = 0.05  # seconds between two steps, so that whoever waits for the model gets it

log = logging.getLogger(__name__)


class Make(Protocol):
    """What makes an index; `catalog.Made` is one."""

    @property
    def name(self) -> str: ...
    @property
    def fingerprint(self) -> str: ...


class Staging(Protocol):
    """The catalog as far as building needs it; its docstrings say what each does."""

    def stored(self) -> list[DocumentInfo]: ...
    def read(self, document: str) -> Document: ...
    def staged(self, fingerprint: str) -> set[str]: ...
    def stage(self, fingerprint: str, id: str, pieces: Sequence[Chunk]) -> None: ...
    def unstage(self, fingerprint: str) -> None: ...


class Builder:
    """Builds one next index, document by document; what is done stays done over a kill."""

    def __init__(
        self,
        catalog: Staging,
        vectors: VectorStore,
        answering: str,
        made: Make,
        parts: Callable[[], tuple[Embedder, Splits]],
        switch: Callable[[], bool],
    ) -> None:
        """Build what `made` says while the embedder `answering` answers.

        `parts` are its embedder and splitter; `switch` lets it answer, or returns False while it lacks a
        document.
        """
        self._catalog = catalog
        self._vectors = vectors
        self._answering = answering
        self._made = made
        self._parts = parts
        self._switch = switch
        self._turn = threading.Lock()
        self._failed = ""
        self._switched = False
        catalog.unstage(made.fingerprint)

    @property
    def state(self) -> IndexState:
        """How far it is."""
        if self._switched:
            return IndexState("current", self._made.name, self._made.name)
        ready = {info.id for info in self._ready()}
        done = len(ready & self._catalog.staged(self._made.fingerprint))
        state = IndexState("building", self._answering, self._made.name, done, len(ready))
        if self._failed:
            return IndexState("failed", state.embedder, state.wanted, done, len(ready), self._failed)
        return state

    def step(self, stopped: threading.Event) -> bool:
        """Build one more document, or switch where none is missing; False when it is done or stopped.

        Raise RagError where a document cannot be embedded; it is tried again at the next call.
        """
        with self._turn:
            if self._switched or stopped.is_set():
                return False
            try:
                self._step(stopped)
                self._failed = ""
            except RagError as exc:
                self._failed = str(exc)
                raise
            return not self._switched

    def _step(self, stopped: threading.Event) -> None:
        staged = self._catalog.staged(self._made.fingerprint)
        missing = next((info for info in self._ready() if info.id not in staged), None)
        if missing is not None:
            self._build(missing, stopped)
            return
        self._drop_loose()
        self._switched = self._switch()

    def _build(self, info: DocumentInfo, stopped: threading.Event) -> None:
        embedder, splitter = self._parts()
        try:
            chunks = splitter.split(self._catalog.read(info.id), info.id)
            rows = self._embedded(embedder, chunks, stopped)
            if rows is None:
                return
            ids = [chunk.id for chunk in chunks]
            self._vectors.stage(self._made.fingerprint, info.collection, ids, [info.id] * len(ids), rows)
            self._catalog.stage(self._made.fingerprint, info.id, chunks)
        except NotFound:  # removed meanwhile, perhaps before its new vectors came
            self._vectors.delete(info.collection, info.id)

    def _embedded(
        self, embedder: Embedder, chunks: Sequence[Chunk], stopped: threading.Event
    ) -> Vectors | None:
        rows = [np.zeros((0, embedder.dimension), dtype=np.float32)]
        for start in range(0, len(chunks), STEP):
            if stopped.is_set():
                return None
            rows.append(embedder.embed_documents([chunk.context for chunk in chunks[start : start + STEP]]))
            time.sleep(BREATH)
        return np.concatenate(rows)

    def _drop_loose(self) -> None:
        """Forget vectors of documents that were removed while theirs came in and a kill fell between."""
        ready = {info.id for info in self._ready()}
        for collection, document in self._vectors.staged(self._made.fingerprint):
            if document not in ready:
                self._vectors.delete(collection, document)

    def _ready(self) -> list[DocumentInfo]:
        return [info for info in self._catalog.stored() if info.status == "ready"]
