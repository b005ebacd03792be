"""Making the disk forget what was removed: stores keep deleted rows readable until they are written anew.

Sees Protocols only.
"""

from __future__ import annotations

import logging
import threading
from typing import Protocol

from rag.errors import RagError
from rag.ingest.storage import Storage
from rag.protocols import VectorStore
from rag.types import Scrub

log = logging.getLogger(__name__)


class Removed(Protocol):
    """The catalog as far as scrubbing needs it; its docstrings say what each does."""

    def unscrubbed(self) -> tuple[int, int]: ...
    def scrubbed(self, last: int) -> None: ...
    def vacuum(self) -> None: ...


class Scrubber:
    """Scrubs one home, on call; any thread may ask how far it is."""

    def __init__(self, catalog: Removed, vectors: VectorStore, storage: Storage) -> None:
        self._catalog = catalog
        self._vectors = vectors
        self._storage = storage
        self._running = threading.Lock()
        self._now = Scrub("clean")

    @property
    def state(self) -> Scrub:
        """How far it is."""
        if self._now.state == "running":
            return self._now
        documents, _ = self._catalog.unscrubbed()
        if documents and self._now.state == "failed":
            return Scrub("failed", documents, reason=self._now.reason)
        return Scrub("waiting" if documents else "clean", documents)

    def run(self, stopped: threading.Event | None = None) -> None:
        """Scrub, where anything was removed; what was removed meanwhile waits for the next one.

        Raise RagError where it failed; a kill or a stop leaves it to be done again.
        """
        stopped = stopped or threading.Event()
        with self._running:
            documents, last = self._catalog.unscrubbed()
            if not documents:
                return
            self._now = Scrub("running", documents)
            try:
                self._scrub(documents, stopped)
                if not stopped.is_set():
                    self._catalog.scrubbed(last)
                self._now = Scrub("clean")
            except RagError as exc:
                self._now = Scrub("failed", documents, reason=str(exc))
                raise

    def _scrub(self, documents: int, stopped: threading.Event) -> None:
        self._storage.clear_removed()  # what is still in a store would be copied with what lives

        def tell(done: int, total: int) -> None:
            self._now = Scrub("running", documents, done, total)

        self._vectors.rewrite(tell, stopped)
        if not stopped.is_set():
            self._catalog.vacuum()
