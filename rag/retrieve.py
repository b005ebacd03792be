"""Finding passages: by meaning, by words, by both, and by reading them.

Sees Protocols only. Knows no model and no store, and does not decide whether a passage is good enough to
answer from; `ground` does.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rag import reading
from rag.compose import Statement
from rag.fuse import fuse, pooled
from rag.guard import blanked
from rag.protocols import Embedder, Judge, KeywordIndex, Reader, VectorStore
from rag.ranking import averaged, distinct, pieces
from rag.scope import OPENING, Scope, document_of, located, opening, request
from rag.spell import Speller
from rag.titles import document_title
from rag.types import Chunk, Evidence, Hit, Mode, Scored, Span, Vectors, Via

POOL = 50  # candidates taken from each index before they are fused
AGAIN = 5  # passages, the most an answer is made from, of which a sentence is read once more
JUDGED = 3  # of these, those that the judge weighs; five take longer and are no better
READ = 8  # fused candidates that the reader reads; 12 or 16 change no first five, and cost time
JOINED = 1200  # characters up to which neighbours become one passage; longer ones push out other facts
MOST_NAMED = 300  # documents whose first words are looked at, to tell which one a question names


@dataclass(frozen=True, slots=True)
class Found:
    """What a question finds: the passages read with it, best first, and the hits far down the list.

    `whole`: all of a document or section is asked for, and `evidence` is its passages in their order.
    """

    evidence: tuple[Evidence, ...] = ()
    hits: tuple[Hit, ...] = ()
    whole: bool = False


@dataclass(frozen=True, slots=True)
class _Asked:
    """A query, or a part of a long one, on its way through the indexes.

    `vector`, shape (dimension,), is None in keyword mode.
    """

    collection: str
    text: str
    mode: Mode
    documents: Sequence[str] | None
    vector: Vectors | None


class Retriever:
    """Searches one library; the collection is named at each call and nothing crosses it."""

    def __init__(
        self,
        embedder: Embedder,
        vectors: VectorStore,
        keywords: KeywordIndex,
        reader: Reader,
        words: frozenset[str] = frozenset(),
        judge: Callable[[], Judge] | None = None,
    ) -> None:
        """Put the parts together.

        `words` are those of the language, without which no slip is put right; `judge` gives the one that
        weighs the passages of an answer, which else stand as they were read.
        """
        self._embedder = embedder
        self._vectors = vectors
        self._keywords = keywords
        self._reader = reader
        self._judge = judge  # loaded at the first question, not for a search
        self._speller = Speller(words, keywords)

    def spelled(self, collection: str, question: str, documents: Sequence[str] | None = None) -> str:
        """Return the question with its slips of the pen put right by the words of the documents."""
        return self._speller.right(collection, question, documents)

    def search(
        self,
        collection: str,
        query: str,
        mode: Mode = "hybrid",
        k: int = 10,
        documents: Sequence[str] | None = None,
    ) -> list[Hit]:
        """Return at most k hits, best first, no two of them the same passage.

        A text too long to be embedded whole is searched part by part, and the rankings are pooled.
        """
        if not query.strip() or k < 1:
            return []
        (parts,) = self._asked(collection, [query], mode, documents)
        return self._search(parts, k)

    def find(
        self,
        collection: str,
        question: str,
        documents: Sequence[str] | None = None,
        wordings: Sequence[str] = (),
    ) -> Found:
        """Search once, and return what was found as an answer needs it; neighbours have become one.

        A question about a document or a section gets that place's passages, in their order. The passages are
        read with the question; the first AGAIN, read twice, stand in the order of both looks, the first
        JUDGED of these in that of the judge's signs with them. `wordings` are what they are searched with
        where that is something else.
        """
        if not question.strip():
            return Found()
        asked = self._asked(collection, wordings or [question], "hybrid", documents)
        hits = tuple(averaged([self._search(parts, POOL) for parts in asked]))
        scope = self.scope(collection, question, documents)
        if scope is None:
            evidence = self._merged(self.read(question, hits[:READ]))
        else:
            evidence = self.read(question, self._within(asked[-1][0], scope))
        if scope is not None and not scope.topic:
            evidence.sort(key=lambda item: item.hit.chunk.start)
            return Found(tuple(evidence), hits, whole=True)
        again = reading.read_again(self._reader, question, evidence[:AGAIN])
        again.sort(key=reading.sureness, reverse=True)
        if self._judge is not None:
            first = reading.judged(self._judge(), question, again[:JUDGED])
            first.sort(key=reading.sureness, reverse=True)
            again[:JUDGED] = first
        return Found((*again, *evidence[AGAIN:]), hits)

    def scope(self, collection: str, question: str, documents: Sequence[str] | None = None) -> Scope | None:
        """Return the document or section that the question asks for; None where it asks for a fact."""
        wanted = request(question)
        if wanted is None:
            return None
        infos = self._keywords.documents(collection)
        infos = [info for info in infos if documents is None or info.id in documents]
        several = 1 < len(infos) <= MOST_NAMED
        openings = {info.id: self._keywords.text(info.id, 0, OPENING) for info in infos if several}
        info = document_of(wanted, infos, openings)
        return located(wanted, info, self._keywords.read(info.id)) if info else None

    def _within(self, asked: _Asked, scope: Scope) -> list[Hit]:
        """Return the passages of a scope in their order; of a long document those that open its parts."""
        chunks = [
            chunk
            for chunk in self._keywords.span(scope.document)
            if chunk.start < scope.end and scope.start < chunk.end
        ]
        if scope.section is None:
            chunks = opening(chunks, scope)
        rows = self._vectors.vectors(asked.collection, [chunk.id for chunk in chunks])
        found = self._keywords.chunks([chunk.id for chunk in chunks])
        hits: list[Hit] = []
        for chunk, file in found.values():
            start, end = max(chunk.start, scope.start), min(chunk.end, scope.end)
            near = _cosine(rows.get(chunk.id), asked.vector)
            hits.append(Hit(self._stretched(chunk, start, end), file, max(near, 0.0), "hybrid"))
        return hits

    def statements(self, question: str, evidence: Sequence[Evidence]) -> list[Statement]:
        """Return each sentence of the passages, read alone with the question."""
        return reading.statements(self._reader, question, evidence)

    def read_at(self, question: str, item: Evidence, span: Span) -> Evidence:
        """Return the passage read alone at the sentence of `span`, where that is another one."""
        moved = reading.read_at(self._reader, question, item, span)
        if moved is item or self._judge is None:
            return moved
        return reading.judged_again(self._judge(), question, [moved])[0]

    def around(self, hit: Hit, margin: int) -> tuple[str, int]:
        """Return the document's text from `margin` before the hit to as far after it, and where it starts."""
        start = max(hit.chunk.start - margin, 0)
        return self._keywords.text(hit.chunk.document, start, hit.chunk.end + margin), start

    def read(self, question: str, hits: Sequence[Hit]) -> list[Evidence]:
        """Read each hit with the question and order them by the reader and the fused score together."""
        return reading.read(self._reader, question, self._titled(hits))

    def _titled(self, hits: Sequence[Hit]) -> list[Hit]:
        """Return the hits with what their documents call themselves."""
        first = {hit.chunk.document: self._keywords.span(hit.chunk.document, 0, 0) for hit in hits}
        return [replace(hit, document_title=_called(hit, first[hit.chunk.document])) for hit in hits]

    def page(self, document: str, offset: int) -> int | None:
        """Return the number of the page that holds the offset, None where the document has no pages."""
        pages = self._keywords.read(document).pages
        index = bisect_right([page.start for page in pages], offset) - 1
        return pages[index].number if index >= 0 and offset < pages[index].end else None

    def _asked(
        self, collection: str, texts: Sequence[str], mode: Mode, documents: Sequence[str] | None
    ) -> list[list[_Asked]]:
        """Return the parts of each text, all embedded at once."""
        parts = [pieces(text) for text in texts]
        every = [part for each in parts for part in each]
        vectors = iter([None] * len(every) if mode == "keyword" else self._embedder.embed_queries(every))
        return [[_Asked(collection, part, mode, documents, next(vectors)) for part in each] for each in parts]

    def _search(self, parts: Sequence[_Asked], k: int) -> list[Hit]:
        found: dict[str, tuple[Chunk, str]] = {}
        scores: list[list[Scored]] = []
        mode = parts[0].mode
        for asked in parts:
            near, worded = self._candidates(asked, max(POOL, 2 * k))
            chunks = self._keywords.chunks(list(dict.fromkeys(hit.chunk for hit in (*near, *worded))))
            scores.append(fuse(asked.text, near, worded, chunks) if mode == "hybrid" else near or worded)
            found |= chunks
        ranked = scores[0]
        if len(parts) > 1:
            owners = {id: chunk.document for id, (chunk, _) in found.items()}
            ranked = pooled(scores, owners, shares=mode == "keyword")
        hits = [_hit(scored, found, mode) for scored in ranked if scored.chunk in found]
        return [self._whole(hit) for hit in distinct(hits, k)]

    def _candidates(self, asked: _Asked, pool: int) -> tuple[list[Scored], list[Scored]]:
        """Return what is near in meaning and what has the words; in hybrid mode all have a cosine."""
        near: list[Scored] = []
        worded: list[Scored] = []
        if asked.mode != "semantic":
            worded = self._keywords.search(asked.collection, asked.text, pool, documents=asked.documents)
        if asked.vector is not None:
            near = self._vectors.query(asked.collection, asked.vector, pool, documents=asked.documents)
            # A passage found by its words alone has a cosine too: fusing needs both scores of each.
            missing = {scored.chunk for scored in worded} - {scored.chunk for scored in near}
            stored = self._vectors.vectors(asked.collection, sorted(missing))
            near += [Scored(chunk, _cosine(row, asked.vector)) for chunk, row in stored.items()]
        return near, worded

    def _whole(self, hit: Hit) -> Hit:
        """Give back the whole sentence where the chunk is a piece of one."""
        if hit.chunk.outer is None:
            return hit
        start, end = min(hit.chunk.start, hit.chunk.outer[0]), max(hit.chunk.end, hit.chunk.outer[1])
        return replace(hit, chunk=self._stretched(hit.chunk, start, end))

    def _stretched(self, chunk: Chunk, start: int, end: int) -> Chunk:
        text = self._keywords.text(chunk.document, start, end)
        return replace(chunk, start=start, end=end, text=text, outer=None)

    def _merged(self, evidence: Sequence[Evidence]) -> list[Evidence]:
        """Join passages that follow each other in a document, at the place of the better one."""
        merged: list[Evidence] = []
        for item in evidence:
            index = next((i for i, other in enumerate(merged) if _adjoin(item, other)), None)
            if index is None:
                merged.append(item)
            else:
                merged[index] = self._joined(merged[index], item)
        return merged

    def _joined(self, better: Evidence, other: Evidence) -> Evidence:
        start = min(better.hit.chunk.start, other.hit.chunk.start)
        end = max(better.hit.chunk.end, other.hit.chunk.end)
        first = min(better.hit.chunk, other.hit.chunk, key=lambda chunk: chunk.start)
        chunk = replace(self._stretched(better.hit.chunk, start, end), page=first.page, header=first.header)
        shift = better.hit.chunk.start - start
        span = (better.reading.span[0] + shift, better.reading.span[1] + shift)
        return Evidence(
            replace(better.hit, chunk=chunk), replace(better.reading, span=span), blanked(chunk.text)
        )


def _hit(scored: Scored, found: Mapping[str, tuple[Chunk, str]], mode: Mode) -> Hit:
    chunk, file = found[scored.chunk]
    via: Via = mode
    return Hit(chunk, file, scored.score, via)


def _called(hit: Hit, first: Sequence[Chunk]) -> str:
    """Return what the document that opens with the `first` chunk calls itself."""
    return document_title(blanked(first[0].text), hit.title, first[0].heading) if first else ""


def _cosine(row: Vectors | None, vector: Vectors | None) -> float:
    """Return the cosine of two unit vectors, 0 where one is missing."""
    return 0.0 if row is None or vector is None else float(np.dot(row, vector))


def _adjoin(one: Evidence, other: Evidence) -> bool:
    """Tell whether two passages follow each other and are short enough to be read as one."""
    first, second = one.hit.chunk, other.hit.chunk
    return (
        first.document == second.document
        and abs(first.position - second.position) == 1
        and first.heading == second.heading
        and len(first.text) + len(second.text) <= JOINED
    )
