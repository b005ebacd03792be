"""Where the parts of a document lie: row, file, vectors. Puts them away and takes them out again in an
order that a kill at any moment leaves repairable. Knows no reader, no splitter and no model.
"""

from __future__ import annotations

import logging
import os
import shutil
import threading
from collections.abc import Sequence
from pathlib import Path

from rag.errors import NotFound, RagError
from rag.home import Home
from rag.ingest.sources import Staged, settle, unwritable
from rag.ingest.stores import DocumentStore
from rag.protocols import VectorStore
from rag.types import DocumentInfo, Status

log = logging.getLogger(__name__)


class Storage:
    """The three stores of one home, kept in step.

    A row that is not ready marks what is unfinished: it comes first and goes last.
    """

    def __init__(self, home: Home, catalog: DocumentStore, vectors: VectorStore) -> None:
        self._home = home
        self._catalog = catalog
        self._vectors = vectors
        # Two documents of two collections may share one file: who deletes it must not meet who adds it.
        self._files = threading.Lock()

    def begin(self, files: Sequence[tuple[DocumentInfo, Staged]]) -> None:
        """Note documents as being added, and move their bytes to their place."""
        with self._files:
            self._catalog.begin(*(info for info, _ in files))
            for info, staged in files:
                try:
                    settle(staged)
                    os.replace(staged.path, self._home.stored(info.sha256, info.name))
                except OSError as exc:
                    raise RagError(unwritable(exc, info.name)) from exc

    def take_back(self, info: DocumentInfo, staged: Staged) -> None:
        """Undo `begin`: the bytes go back where they were, so that they can be tried once more."""
        stored = self._home.stored(info.sha256, info.name)
        with self._files:
            others = [other for other in self._catalog.holders(info.sha256) if other.id != info.id]
            shared = stored in {self._home.stored(other.sha256, other.name) for other in others}
            if not staged.path.exists() and stored.exists():
                _back(stored, staged.path, copy=shared)
        self.clear(info.id, "adding")

    def clear(self, id: str, status: Status) -> None:
        """Take a document of this status out of every store; nothing where it is gone or came back."""
        with self._files:
            try:
                info = self._catalog.document(id)
            except NotFound:
                return
            if info.status != status:
                return
            self._vectors.delete(info.collection, id)
            stored = self._home.stored(info.sha256, info.name)
            others = [other for other in self._catalog.holders(info.sha256) if other.id != id]
            if stored not in {self._home.stored(other.sha256, other.name) for other in others}:
                _unlink(stored)
            for cached in self._cached(info):
                _unlink(cached)
            self._catalog.forget(id)

    def clear_removed(self) -> None:
        """Take out of every store what is marked as being removed and still in one."""
        for info in self._catalog.stored():
            if info.status == "removing":
                self.clear(info.id, "removing")

    def recover(self) -> None:
        """Undo what a killed add left, finish what a killed removal began, delete what belongs to nothing."""
        for info in self._catalog.stored():
            if info.status != "ready":
                log.info("clearing %s, which was %s", info.id, info.status)
                self.clear(info.id, info.status)
        for path in self._loose_files():
            _unlink(path)
        for collection in self._vectors.collections():
            self._vectors.mend(collection)
            self._drop_loose_vectors(collection)

    def check(self) -> list[str]:
        """Return a sentence for each thing that stands in one store and not in another."""
        known = self._catalog.stored()
        found = [f"{info.name} is still {info.status}." for info in known if info.status != "ready"]
        found += [f"The file {path.name} belongs to no document." for path in self._loose_files()]
        found += [
            f"The stored file of {info.name} is missing."
            for info in known
            if not self._home.stored(info.sha256, info.name).is_file()
        ]
        for collection in {info.collection for info in known} | set(self._vectors.collections()):
            found += self._vector_problems(collection)
        return self._catalog.problems() + found

    def unindexed(self) -> list[DocumentInfo]:
        """Return the ready documents of which some passage has no vector: another embedder made them."""
        ready = [info for info in self._catalog.stored() if info.status == "ready"]
        missing: set[str] = set()
        for collection in {info.collection for info in ready}:
            expected = sum(info.chunks for info in ready if info.collection == collection)
            if self._vectors.count(collection) != expected:
                stored = self._vectors.ids(collection)
                chunks = self._catalog.chunk_ids(collection)
                missing |= {document for chunk, document in chunks.items() if chunk not in stored}
        return [info for info in ready if info.id in missing]

    def prune(self) -> None:
        """Drop the indexes of other embedders where this one has every passage: they hold what is removed."""
        waiting = {info.collection for info in self.unindexed()}
        for collection in set(self._vectors.collections()) - waiting:
            self._vectors.prune(collection)

    def _drop_loose_vectors(self, collection: str) -> None:
        ready = [info for info in self._catalog.stored() if info.collection == collection]
        if self._vectors.count(collection) == sum(info.chunks for info in ready):
            return  # the usual case, and it costs no look at every vector
        for document in self._vectors.documents(collection) - {info.id for info in ready}:
            self._vectors.delete(collection, document)

    def _vector_problems(self, collection: str) -> list[str]:
        chunks, stored = self._catalog.chunk_ids(collection).keys(), self._vectors.ids(collection)
        found = []
        if missing := chunks - stored:
            found.append(f"{len(missing)} passages of {collection} have no vector, such as {min(missing)}.")
        if loose := stored - chunks:
            found.append(f"{len(loose)} vectors of {collection} belong to no passage, such as {min(loose)}.")
        return found

    def _cached(self, info: DocumentInfo) -> list[Path]:
        """Return what others keep of a document in the cache: files or folders named by id or hash."""
        return [
            path
            for path in self._home.cache.rglob("*")
            if path.is_file() and any(mark in str(path) for mark in (info.id, info.sha256))
        ]

    def _loose_files(self) -> list[Path]:
        kept = {self._home.stored(info.sha256, info.name) for info in self._catalog.stored()}
        kept |= {Path(path) for path in self._catalog.queued()}
        folders = (self._home.files, self._home.incoming, self._home.queue)
        return [path for folder in folders for path in sorted(folder.iterdir()) if path not in kept]


def _back(stored: Path, staged: Path, *, copy: bool) -> None:
    try:
        if copy:
            shutil.copyfile(stored, staged)
        else:
            os.replace(stored, staged)
    except OSError as exc:
        raise RagError(f"{stored} could not be moved ({exc.strerror}). Check the disk.") from exc


def _unlink(path: Path) -> None:
    try:
        if path.is_dir():  # of a reading process, or of an import, that was killed
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as exc:
        raise RagError(f"{path} could not be deleted ({exc.strerror}). Check its permissions.") from exc
