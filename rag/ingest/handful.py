"""A handful of files that were read go into the library together: embedded together, in one commit.

Sees Protocols only. What fails together is tried one by one, so that one bad file stops no other; a failure,
a kill or a cancel at any moment leaves the library as it was before that file.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rag.errors import NotFound, RagError
from rag.ingest.batch import Batch, Prepared
from rag.ingest.embedding import Indexer
from rag.ingest.sources import Candidate, Staged
from rag.ingest.storage import Storage
from rag.ingest.stores import DocumentStore
from rag.types import Document, DocumentInfo, FileReport, Outcome

log = logging.getLogger(__name__)


def document_id(collection: str, sha256: str) -> str:
    """Return the id of a document: the same bytes in the same collection are the same document."""
    return hashlib.sha256(f"{collection}\0{sha256}".encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class _Fresh:
    """A file that is to become a document; `moved` where its path led to another one."""

    number: int
    info: DocumentInfo
    document: Document
    staged: Staged
    moved: bool


class Handfuls:
    """Settles what was read: known bytes are linked, new ones become documents."""

    def __init__(self, catalog: DocumentStore, storage: Storage, indexer: Indexer) -> None:
        self._catalog = catalog
        self._storage = storage
        self._indexer = indexer

    def is_ready(self, id: str) -> bool:
        """Tell whether there is such a document, and it answers."""
        found = self._known(id)
        return found is not None and found.status == "ready"

    def add(self, files: Sequence[tuple[Candidate, Prepared]], batch: Batch) -> list[FileReport]:
        """Return what became of each file, in their order; while no other thread adds."""
        reports: dict[int, FileReport] = {}
        fresh: list[_Fresh] = []
        for number, (file, prepared) in enumerate(files):
            if prepared.sha256 in {other.info.sha256 for other in fresh}:
                self._store(fresh, batch, reports)  # the same bytes twice: the second finds the first
                fresh = []
            try:
                settled = self._decided(number, file, prepared, batch)
            except Exception as exc:  # one bad file never stops the others
                reports[number] = refused(file.name, exc)
            else:
                if isinstance(settled, _Fresh):
                    fresh.append(settled)
                else:
                    reports[number] = settled
        self._store(fresh, batch, reports)
        return [_timed(reports[number], prepared) for number, (_, prepared) in enumerate(files)]

    def _decided(self, number: int, file: Candidate, prepared: Prepared, batch: Batch) -> FileReport | _Fresh:
        """Decide what the file is to the library, and link it where its bytes are known."""
        batch.go_on()  # first: the reader of a cancelled file was killed, which is no fault of the file
        if prepared.problem is not None:
            raise prepared.problem
        id = document_id(batch.collection, prepared.sha256)
        known = self._known(id)
        led = self._catalog.at(batch.collection, file.source) if file.source else None
        moved = led not in (None, id)
        if known is not None and known.status == "ready":
            return self._linked(known, file, batch, moved)
        if known is not None:
            self._storage.clear(id, known.status)  # of an earlier removal that failed halfway
        if prepared.document is None or prepared.staged is None:
            raise RagError(f"{file.name} was removed while it was being added. Add it again.")
        staged = prepared.staged
        info = DocumentInfo(
            id, file.name, batch.collection, "adding", "", staged.sha256, staged.size, 0, 0, "", file.source
        )
        return _Fresh(number, info, prepared.document, staged, moved)

    def _linked(self, known: DocumentInfo, file: Candidate, batch: Batch, moved: bool) -> FileReport:
        retired = self._catalog.link(known.id, file.source, replaces=batch.replace)
        self._clear(retired)
        same = "" if known.name == file.name else f"The library has the same bytes as {known.name}."
        if file.source and known.source not in ("", file.source) and not Path(known.source).exists():
            self._catalog.moved(known, file.source)
            same = f"It was {known.name} before and keeps its history." if same else ""
        return reported("replaced" if retired or moved else "unchanged", known, file.name, same)

    def _store(self, fresh: Sequence[_Fresh], batch: Batch, reports: dict[int, FileReport]) -> None:
        if not fresh:
            return
        began = time.perf_counter()
        try:
            finished = self._finished(fresh, batch)
        except Exception as exc:
            if len(fresh) == 1:
                reports[fresh[0].number] = refused(fresh[0].info.name, exc)
                return
            for one in fresh:
                self._store([one], batch, reports)
            return
        spent = (time.perf_counter() - began) / len(fresh)
        for one, (info, retired) in zip(fresh, finished, strict=True):
            self._clear(retired)
            name = one.info.name
            shown = "" if info.name == name else f"Shown as {info.name}; another document has its name."
            status: Outcome = "replaced" if retired or one.moved else "added"
            notes = " ".join(filter(None, (shown, *one.document.notes)))
            reports[one.number] = reported(status, info, name, notes, spent)

    def _finished(self, fresh: Sequence[_Fresh], batch: Batch) -> list[tuple[DocumentInfo, list[str]]]:
        try:
            for one in fresh:  # left by a first try that could not be undone, as on a full disk
                self._storage.clear(one.info.id, "adding")
            self._storage.begin([(one.info, one.staged) for one in fresh])
            # Vectors first: they answer only once the catalog knows their chunks.
            chunks = self._indexer.index([(one.info, one.document) for one in fresh], batch)
            begun = [(one.info.id, one.document, pieces) for one, pieces in zip(fresh, chunks, strict=True)]
            return self._catalog.finish_all(begun, replaces=batch.replace)
        except BaseException:
            for one in fresh:
                self._undo(one)
            raise

    # --- what is there, and taking it away ---------------------------------------------------

    def _known(self, id: str) -> DocumentInfo | None:
        try:
            return self._catalog.document(id)
        except NotFound:
            return None

    def _undo(self, one: _Fresh) -> None:
        try:
            self._storage.take_back(one.info, one.staged)
        except RagError:  # the reason it failed is told; the next opening clears the rest
            log.warning("could not undo the adding of %s", one.info.id, exc_info=True)

    def _clear(self, retired: Sequence[str]) -> None:
        for id in retired:
            try:
                self._storage.clear(id, "removing")
            except RagError:  # it answers no more; the next opening clears the rest
                log.warning("could not clear the replaced document %s", id, exc_info=True)


def reported(status: Outcome, info: DocumentInfo, name: str, reason: str, seconds: float = 0.0) -> FileReport:
    """Return the report of a file that is in the library."""
    return FileReport(name, status, info.id, info.pages, info.chunks, reason, seconds)


def refused(name: str, exc: Exception) -> FileReport:
    """Return the report of a file that is not, with one sentence why."""
    sentence = str(exc)
    if not isinstance(exc, RagError):
        log.error("adding %s failed", name, exc_info=exc)
        sentence = f"{name} could not be added because of an error in Docent. The log says more."
    return FileReport(name, "refused", None, 0, 0, sentence, 0.0)


def _timed(report: FileReport, prepared: Prepared) -> FileReport:
    return replace(report, seconds=report.seconds + prepared.seconds)
