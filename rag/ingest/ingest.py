"""Adding files, and removing documents: read, split, embed, store, and one commit at the end.

Sees Protocols only; knows no format and no model. A failure, a kill or a cancel at any moment leaves the
library as it was before that file.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Sequence

from rag.errors import NotFound, RagError
from rag.home import Home
from rag.ingest.batch import Batch, OnProgress, Reads
from rag.ingest.embedding import Indexer, Splits
from rag.ingest.forgetting import Forgetting
from rag.ingest.handful import Handfuls, document_id
from rag.ingest.scrub import Scrubber
from rag.ingest.sources import Candidate, Source, candidates, discard
from rag.ingest.storage import Storage
from rag.ingest.stores import DocumentStore
from rag.protocols import Embedder, VectorStore
from rag.types import DocumentInfo, FileReport, Forgotten

log = logging.getLogger(__name__)

FEW = 8  # documents of one call of `repair`
REPAIRED = 2000  # passages that are embedded again while a library opens: some ten seconds on two cores


OnReport = Callable[[int, FileReport], None]


class Ingest:
    """Adds and removes documents of one home, for all threads; files of two batches take turns.

    Embedder, splitter and reader are made when the first file needs them: opening a library loads none.
    """

    def __init__(
        self,
        home: Home,
        catalog: DocumentStore,
        vectors: VectorStore,
        embedder: Callable[[], Embedder],
        splitter: Callable[[], Splits],
        reader: Callable[[], Reads],
    ) -> None:
        self._home = home
        self._catalog = catalog
        self._vectors = vectors
        self._storage = Storage(home, catalog, vectors)
        self._indexer = Indexer(catalog, vectors, embedder, splitter)
        self._handfuls = Handfuls(catalog, self._storage, self._indexer)
        self._reader = reader
        self.storing = threading.Lock()
        """Held while documents come in: who switches to another index takes it."""
        self._forgetting = Forgetting(home, catalog, vectors)
        self.scrubber = Scrubber(catalog, vectors, self._storage)

    def add(
        self,
        sources: Iterable[Source],
        *,
        collection: str,
        on_progress: OnProgress | None = None,
        replace: str | None = None,
        cancelled: threading.Event | None = None,
        on_report: OnReport | None = None,
    ) -> list[FileReport]:
        """Add files, folders or uploads; return one report a file, in their order.

        `replace` names the document whose place a single file takes; raise NotFound where there is none.
        `on_progress` and `on_report` (which hears the file's number) are called in this thread.
        """
        if replace is not None:
            self._replaceable(replace, collection)
        batch = Batch(collection, on_progress, cancelled, replace)
        files = candidates(sources, self._home.incoming, self._home.root)
        try:
            if replace is not None and len(files) != 1:
                raise RagError("Only a single file can take the place of a document.")
            for file in files:
                batch.tick(file.name, "waiting")
            reports = self._added(files, batch, on_report)
            if any(report.status in ("added", "replaced") for report in reports):
                self._vectors.mend(collection)
            return reports
        finally:
            for file in files:
                discard(file.staged)

    def remove(self, document: str) -> None:
        """Forget a document; it never answers from the first commit on. Raise NotFound."""
        self._catalog.mark_removing(document)
        self._storage.clear(document, "removing")

    def departed(self, collection: str, path: str) -> str | None:
        """Forget the file that was at `path`; return the id of the document that went with it.

        One that another path leads to as well stays, under that name.
        """
        gone = self._catalog.leave(collection, path)
        if gone is not None:
            self.remove(gone)
        return gone

    def drop_fileless(self) -> None:
        """Remove documents whose file is not there: they were being removed while the library was copied."""
        for info in self._catalog.stored():
            if info.status == "ready" and not self._home.stored(info.sha256, info.name).is_file():
                self.remove(info.id)

    def forget(self, document: str, cannot: Sequence[str] = ()) -> Forgotten:
        """Remove a document, scrub, and look through every file of the home before and after.

        Raise NotFound. `cannot` is handed on: what the caller knows that no removal cleans.
        """
        info, traces = self._catalog.document(document), self._forgetting.traces(document)
        before = traces.found(self._home.root)
        self.remove(document)
        self.scrubber.run()
        after = self._forgetting.found(traces)
        return Forgotten(document, info.name, traces.counts(), tuple(before), tuple(after), tuple(cannot))

    def recover(self) -> None:
        """Undo and finish what a kill interrupted; call it once, before anything else, at opening.

        Documents without vectors (the index was lost, or another embedder or chunking is set now) are
        embedded again here where they are few; many are left to `reindex`.
        """
        self._storage.recover()
        lost = self.unindexed()
        if 0 < sum(info.chunks for info in lost) <= REPAIRED:
            try:
                self.reindex(lost)
            except RagError:  # words still find them, and the library must open
                log.warning("%d documents have no vectors", len(lost), exc_info=True)
        self._storage.prune()

    def repair(self, stopped: threading.Event) -> bool:
        """Embed again a few documents that only their words find; True where there are more."""
        lost = self.unindexed()
        self.reindex(lost[:FEW], cancelled=stopped)
        return len(lost) > FEW and not stopped.is_set()

    def check(self) -> list[str]:
        """Return a sentence for each thing that stands in one store and not in another, while none adds."""
        return self._storage.check()

    def unindexed(self) -> list[DocumentInfo]:
        """Return the documents that only their words find: another embedder or chunking indexed them."""
        return self._storage.unindexed()

    def reindex(
        self,
        documents: Sequence[DocumentInfo],
        *,
        on_progress: OnProgress | None = None,
        cancelled: threading.Event | None = None,
    ) -> None:
        """Split and embed stored texts again; each document answers all the while by its words.

        What is done stays done where it is cancelled or killed.
        """
        for info in documents:
            batch = Batch(info.collection, on_progress, cancelled)
            if batch.stopped:
                return
            with self.storing:
                self._indexer.again(info, batch)
            batch.tick(info.name, "done")
        self._storage.prune()

    def _replaceable(self, document: str, collection: str) -> None:
        known = self._catalog.document(document)
        if known.collection != collection or known.status != "ready":
            raise NotFound(f"There is no document {document} in {collection}.")

    def _added(
        self, files: Sequence[Candidate], batch: Batch, on_report: OnReport | None
    ) -> list[FileReport]:
        reading = batch.read(
            files,
            self._reader(),
            self._home.incoming,
            lambda sha256: self._handfuls.is_ready(document_id(batch.collection, sha256)),
        )
        reports: list[FileReport] = []
        for handful in reading:
            pairs = list(zip(files[len(reports) :], handful, strict=False))
            with self.storing:
                settled = self._handfuls.add(pairs, batch)
            for (file, prepared), report in zip(pairs, settled, strict=True):
                discard(prepared.staged)
                batch.tick(file.name, "refused" if report.status == "refused" else "done")
                if on_report is not None:
                    on_report(len(reports), report)
                reports.append(report)
        return reports
