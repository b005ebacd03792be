"""Vectors that are stored and that no search arrives at: finding them, and adding them again."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from rag.errors import RagError
from rag.types import Scored, Vectors

SMALL = 10_000  # vectors that `mend` looks through at any time; it takes a few tenths of a second
MENDS = 8  # rounds: what is added again may hang on no other one once more
NEAR = 8  # neighbours more of each lost one that are added again with it, round by round

log = logging.getLogger(__name__)


class Mendable(Protocol):
    """What mending needs of a store."""

    def ids(self, collection: str, /) -> set[str]: ...
    def count(self, collection: str, /) -> int: ...
    def vectors(self, collection: str, ids: Sequence[str], /) -> Mapping[str, Vectors]: ...
    def query(self, collection: str, vector: Vectors, k: int, /) -> list[Scored]: ...
    def drop(self, collection: str, /) -> None: ...
    def again(self, collection: str, ids: Sequence[str], /) -> None:
        """Take these ids out and add them anew."""


def hidden(store: Mendable, collection: str) -> set[str]:
    """Return the ids of vectors that are stored and that no query finds; takes seconds for 100,000."""
    ids = store.ids(collection)
    one = next(iter(store.vectors(collection, sorted(ids)[:1]).values()), None)
    if one is None:
        return ids
    return ids - {found.chunk for found in store.query(collection, np.asarray(one), len(ids))}


def mend(store: Mendable, collection: str, suspect: bool) -> None:
    """Add again what no query finds; drop an index that cannot be read where that is `suspect`.

    Large collections are looked through only where they are suspect, which is after a kill. Chroma 1.5.9
    builds its graph anew from its log when it opens, and at times some vectors then hang on no other one,
    so that no search arrives at them: in 9 of 40 openings one to four of 150 that had come and gone many
    times.
    """
    try:
        if suspect or store.count(collection) <= SMALL:
            _mend(store, collection)
    except RagError:
        log.warning("the index of %s could not be mended", collection, exc_info=True)
        if suspect:
            store.drop(collection)  # what it held is embedded again


def _mend(store: Mendable, collection: str) -> None:
    for turn in range(MENDS):
        lost = sorted(hidden(store, collection))
        if not lost:
            return
        log.info("adding %d vectors of %s again that no search found", len(lost), collection)
        store.again(collection, [*lost, *_around(store, collection, lost, NEAR * turn)])


def _around(store: Mendable, collection: str, lost: Sequence[str], count: int) -> list[str]:
    """Return what lies nearest to the lost: added after them, it links to them.

    Among many equal passages a lone other one is otherwise lost again, however often it is added.
    """
    found: dict[str, None] = {}
    for vector in store.vectors(collection, lost).values():
        found |= dict.fromkeys(scored.chunk for scored in store.query(collection, vector, count))
    return [id for id in found if id not in lost]
