"""The keyword index: chunks found by their words (SQLite FTS5, BM25). Knows no vectors and no models."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import Connection, text

from rag.catalog.database import Database
from rag.catalog.queries import Query, parse
from rag.types import Scored

BUDGET = 8_000
"""Most rows that the words of one query may match together, counted word by word, rarest first.

BM25 gives next to nothing for a word that stands in most chunks, and reading its rows is what makes a
query slow: about 2 ms per 1,000 rows. With 15,000 fused search had nDCG@10 0.546 on 112 FAQ questions, with
8,000 it has 0.545: the words that are left out still count by `fuse.covered`. No other set was tried.
"""
COUNTED = 20_000  # rows up to which a word is told to be rarer than another; 0.1 ms per 1,000 of them

_COUNT = text("SELECT count(*) FROM (SELECT 1 FROM chunk_index WHERE chunk_index MATCH :term LIMIT :most)")
_SIZE = text("SELECT coalesce(sum(chunks), 0) FROM documents")
# A row of the index tells its document by a shift, so the collection wall costs no look at the chunk.
# `rank` is BM25, negative, smaller is better.
_SEARCH = """
    SELECT chunks.id, -found.rank FROM (
        SELECT rowid, rank FROM chunk_index
        WHERE chunk_index MATCH :expression AND rowid >> 20 IN (
            SELECT key FROM documents WHERE collection = :collection AND status = 'ready' {within}
        )
        ORDER BY rank LIMIT :k
    ) AS found JOIN chunks ON chunks.key = found.rowid ORDER BY found.rank, chunks.key
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
            terms = _affordable(connection, wanted.terms)
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


def _affordable(connection: Connection, terms: Sequence[str]) -> tuple[str, ...]:
    """Return the rarest terms that fit the budget together, but at least one that occurs."""
    size = connection.execute(_SIZE).scalar_one()
    if size * len(terms) <= BUDGET:
        return tuple(terms)
    # A word that stands in more rows than the budget is kept only where no rarer one occurs.
    counts = [(_count(connection, term, BUDGET + 1), term) for term in terms]
    if not any(0 < count <= BUDGET for count, _ in counts):
        counts = [(_count(connection, term, COUNTED), term) for term in terms]
    kept: list[str] = []
    spent = 0
    for count, term in sorted(counts):
        if count and spent and spent + count > BUDGET:
            break
        spent += count
        kept.append(term)
    return tuple(kept)


def _count(connection: Connection, term: str, most: int) -> int:
    found: int = connection.execute(_COUNT, {"term": term, "most": most}).scalar_one()
    return found
