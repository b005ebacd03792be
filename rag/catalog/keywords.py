"""The keyword index: chunks found by their words (SQLite FTS5, BM25). Knows no vectors and no models."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import Connection, text

from rag.catalog.database import Database
from rag.catalog.queries import Query, parse
from rag.types import Scored

BUDGET = 8_000
"""Most rows that BM25 scores for the words of one query, counted word by word, rarest first.

A word that stands in most chunks gets little from BM25, and scoring its rows is what makes a query slow:
about 1.5 ms per 1,000. What it costs: README, Experiments.
"""
SKIMMED = 100_000  # the same for rows only passed over, as those of other documents: 0.1 ms per 1,000
COUNTED = 20_000  # rows up to which a word is told to be rarer than another; 0.1 ms per 1,000 of them

_COUNT = text("SELECT count(*) FROM (SELECT 1 FROM chunk_index WHERE chunk_index MATCH :term LIMIT :most)")
_SIZE = text("SELECT coalesce(sum(chunks), 0) FROM documents")
_SIZE_WITHIN = text(f"{_SIZE.text} WHERE id IN (SELECT value FROM json_each(:documents))")
# A row of the index tells its document by a shift, so the collection wall costs no look at the chunk. BM25
# is negative, smaller is better. Ordered by `rank`, FTS5 would score every row before the wall is asked, and
# take a third longer where all may pass.
_SEARCH = """
    SELECT chunks.id, -found.score FROM (
        SELECT rowid, bm25(chunk_index) AS score FROM chunk_index
        WHERE chunk_index MATCH :expression AND rowid >> 20 IN (
            SELECT key FROM documents WHERE collection = :collection AND status = 'ready' {within}
        )
        ORDER BY score LIMIT :k
    ) AS found JOIN chunks ON chunks.key = found.rowid ORDER BY found.score, chunks.key
"""
_EVERYWHERE = text(_SEARCH.format(within=""))
# As JSON: any number of documents is one value, and one statement to prepare.
_WITHIN = text(_SEARCH.format(within="AND id IN (SELECT value FROM json_each(:documents))"))


class Keywords:
    """Searches the words of the chunks that `Documents` stores."""

    _database: Database

    def search(
        self, collection: str, query: str, k: int, /, *, documents: Sequence[str] | None = None
    ) -> list[Scored]:
        """Return the k best by BM25, best first, higher is better; only of documents that are ready.

        A part of the query in quotation marks must stand there word for word, unless it stands nowhere.
        """
        wanted = parse(query)
        if k < 1 or not wanted.terms:
            return []
        with self._database.read() as connection:
            terms = _affordable(connection, wanted.terms, documents)
            found = _find(connection, collection, wanted.expression(terms), k, documents)
            if not found and wanted.phrases:
                loose = Query((), terms).expression(terms)
                found = _find(connection, collection, loose, k, documents)
        return found


def _find(
    connection: Connection, collection: str, expression: str, k: int, documents: Sequence[str] | None
) -> list[Scored]:
    values = {"expression": expression, "collection": collection, "k": k}
    if documents is None:
        rows = connection.execute(_EVERYWHERE, values)
    else:
        rows = connection.execute(_WITHIN, {**values, "documents": json.dumps(list(documents))})
    return [Scored(id, score) for id, score in rows]


def _affordable(
    connection: Connection, terms: Sequence[str], documents: Sequence[str] | None
) -> tuple[str, ...]:
    """Return the rarest terms that fit the budget together, but at least one that occurs."""
    size = own = connection.execute(_SIZE).scalar_one()
    if documents is not None:
        own = connection.execute(_SIZE_WITHIN, {"documents": json.dumps(list(documents))}).scalar_one()
    budget = BUDGET if own == size else min(BUDGET * size // max(own, 1), SKIMMED)
    if size * len(terms) <= budget:
        return tuple(terms)
    # A word that stands in more rows than the budget is kept only where no rarer one occurs.
    counts = _counted(connection, terms, min(budget + 1, COUNTED))
    if not any(0 < count <= budget for count, _ in counts):
        counts = _counted(connection, terms, COUNTED)
    kept: list[str] = []
    spent = 0
    for count, term in sorted(counts):
        if count and spent and spent + count > budget:
            break
        spent += count
        kept.append(term)
    return tuple(kept)


def _counted(connection: Connection, terms: Sequence[str], most: int) -> list[tuple[int, str]]:
    """Return each term with its rows, counted up to `most`."""
    return [(connection.execute(_COUNT, {"term": term, "most": most}).scalar_one(), term) for term in terms]
