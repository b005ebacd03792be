"""A library in memory with the doors of the real one, for what stands in front of libraries."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

from rag.answer import AnswerStream
from rag.errors import NotFound
from rag.home import Home
from rag.types import (
    Answer,
    Chunk,
    Citation,
    DocumentInfo,
    FileReport,
    Forgotten,
    Hit,
    IndexState,
    Progress,
    Span,
    Timings,
    Trace,
)
from rag.within import Narrowing, clean_tags, matching


class MemoryLibrary:
    """Adds text files, finds by shared words, answers with the best document's whole text.

    A file called slow.txt is read until somebody cancels; one that ends in .bad is refused.
    """

    def __init__(self, root, collection="Documents", texts=None, tags=None):
        self.home = Home(Path(root))
        self.home.incoming.mkdir(parents=True, exist_ok=True)
        self.collection = collection
        self.closed = False
        self.queue = None
        self.asked = []
        self._texts = {} if texts is None else texts  # collection -> name -> text
        self._tags = {} if tags is None else tags  # id -> tags

    def within(self, collection):
        other = MemoryLibrary(self.home.root, collection, self._texts, self._tags)
        other.asked = self.asked
        return other

    def close(self):
        self.closed = True

    def keep_up(self):
        pass

    def index(self):
        return IndexState("current", "memory", "memory")

    def reindex(self, on_state=lambda state: None):
        on_state(self.index())

    def watched(self):
        return []

    def scrub(self):
        pass

    def forget(self, document):
        name = self.document(document).name
        self.remove(document)
        before = (Trace("text", "catalog.sqlite", 3),)
        after = before if name == "sticky.txt" else ()
        return Forgotten(document, name, {"text": 3}, before, after, ("Exports stay.",))

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def add(self, sources, *, on_progress=None, replace=None, cancelled=None):
        return [self._add(source, on_progress, cancelled or threading.Event()) for source in sources]

    def _add(self, source, on_progress, cancelled):
        name = Path(str(getattr(source, "name", source))).name
        if on_progress:
            on_progress(Progress(name, "reading", 1, 2, 0.5))
        if name == "slow.txt":
            assert cancelled.wait(20), "nobody cancelled"
            return FileReport(name, "refused", None, 0, 0, "Cancelled.", 0.0)
        if name.endswith(".bad"):
            return FileReport(name, "refused", None, 0, 0, f"{name} is bad.", 0.0)
        data = source.read() if hasattr(source, "read") else Path(source).read_bytes()
        self._texts.setdefault(self.collection, {})[name] = data.decode()
        return FileReport(name, "added", self._id(name), 1, 1, "", 0.1)

    def _id(self, name):
        return hashlib.sha256(f"{self.collection}/{name}".encode()).hexdigest()[:16]

    def documents(self):
        return [self._info(name) for name in sorted(self._texts.get(self.collection, {}))]

    def _info(self, name):
        text = self._texts[self.collection][name]
        id, size, tags = self._id(name), len(text), self._tags.get(self._id(name), ())
        kind, added = "text/plain", "2026-01-02T12:00:00+00:00"
        return DocumentInfo(
            id, name, self.collection, "ready", kind, "00", size, 1, 1, added, "", tuple(sorted(tags))
        )

    def tag(self, document, tags):
        self._tags[self.document(document).id] = clean_tags(tags)
        return self.document(document)

    def matching(self, documents=(), *, types=(), since=None, until=None, tags=()):
        narrowing = Narrowing(tuple(documents), tuple(types), since, until, tuple(tags))
        return matching(self.documents(), narrowing)

    def document(self, document):
        for info in self.documents():
            if info.id == document:
                return info
        raise NotFound(f"No document {document}.")

    def text(self, document):
        name = self.document(document).name
        return self._texts[self.collection][name]

    def remove(self, document):
        name = self.document(document).name
        del self._texts[self.collection][name]

    def check(self):
        return []

    def search(self, query, mode="hybrid", k=10, documents=None):
        words = set(query.lower().split())
        hits = [self._hit(info, words, mode) for info in self.documents()]
        wanted = [hit for hit in hits if documents is None or hit.chunk.document in documents]
        return sorted(wanted, key=lambda hit: -hit.score)[:k]

    def _hit(self, info, words, mode):
        text = self.text(info.id)
        score = len(words & set(text.lower().split())) / max(len(words), 1)
        chunk = Chunk(f"{info.id}-00000", info.id, 0, text, 0, len(text), 1, "Top", "", (0, len(text)))
        return Hit(chunk, info.name, score, mode)

    def ask(self, question, history=(), documents=None):
        self.asked.append((question, tuple(history), documents))
        stop = threading.Event()
        return AnswerStream(self._pieces(question, documents, stop), stop)

    def _pieces(self, question, documents, stop):
        hits = self.search(question, "hybrid", 3, documents)
        if not hits:
            yield "Nothing here."
            return Answer(question, "refusal", "Nothing here.")
        chunk = hits[0].chunk
        for word in chunk.text.split():
            yield word + " "
        marks: tuple[Span, ...] = ((0, 4),)
        citation = Citation(1, chunk.document, hits[0].file, 1, "Top", chunk.text, 0, chunk.end, marks)
        timings = Timings(1.5, 2.5, 3.5, 10, 20)
        return Answer(
            question, "answer", chunk.text, "short", 0.9, (citation,), tuple(hits), timings, "searched"
        )
