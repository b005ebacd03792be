"""What a library hands to the lenses: its passages with vectors, and the questions it was asked.

Sees the stores through Protocols; knows no model and no lens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from rag.protocols import VectorStore
from rag.types import Answer, Asked, Chunk, Passages
from rag.words import counted


class Shelves(Protocol):
    """Chunks by id, and which there are; the catalog is one."""

    def chunk_ids(self, collection: str) -> dict[str, str]: ...
    def chunks(self, ids: Sequence[str], /) -> Mapping[str, tuple[Chunk, str]]: ...


class Stored(Protocol):
    """A turn of a stored conversation."""

    @property
    def question(self) -> str: ...
    @property
    def answer(self) -> Answer: ...
    @property
    def rating(self) -> int: ...
    @property
    def reason(self) -> str: ...
    @property
    def created(self) -> str: ...


class Conversation(Protocol):
    """A stored conversation."""

    @property
    def id(self) -> str: ...


class Conversations(Protocol):
    """The stored conversations of all collections."""

    def list(self, collection: str) -> Sequence[Conversation]: ...
    def turns(self, chat: str) -> Sequence[Stored]: ...


def gather(
    shelves: Shelves, vectors: VectorStore, collection: str, documents: Sequence[str] | None
) -> Passages:
    """Return the passages of these documents that have a vector, document by document, in order."""
    wanted = None if documents is None else set(documents)
    known = shelves.chunk_ids(collection)
    ids = sorted(chunk for chunk, document in known.items() if wanted is None or document in wanted)
    rows, found = vectors.vectors(collection, ids), shelves.chunks(ids)
    kept = [id for id in ids if id in rows and id in found]
    pairs = sorted((found[id] for id in kept), key=lambda pair: (pair[1], pair[0].document, pair[0].position))
    matrix = np.stack([rows[chunk.id] for chunk, _ in pairs]) if pairs else np.zeros((0, 0), np.float32)
    return Passages(tuple(chunk for chunk, _ in pairs), tuple(name for _, name in pairs), matrix)


def asked(conversations: Conversations, collection: str) -> list[Asked]:
    """Return every question of the collection's conversations, oldest first."""
    found = [
        Asked(turn.question, turn.created, turn.answer.refused, turn.rating, turn.reason)
        for chat in conversations.list(collection)
        for turn in conversations.turns(chat.id)
    ]
    return sorted(found, key=lambda one: one.created)


def too_few(number: int, one: str) -> str:
    """Say that an order of so few (of `one`, in the singular) means little."""
    return f"Only {counted(number, one)} to compare with: the first may be first for want of better ones."
