"""The Protocols that the parts fulfil: what answering and the lenses may ask of models and stores.

Stdlib, and what flows through Docent. Each has one contract suite, run on every implementation.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from rag.types import (
    Asked,
    Chunk,
    Document,
    DocumentInfo,
    Hit,
    Judgement,
    Message,
    Mode,
    Passages,
    Reading,
    Scored,
    Token,
    Vectors,
)


class Embedder(Protocol):
    """Turns text into unit vectors. `name` tells two embedders apart and stands with the index."""

    @property
    def name(self) -> str: ...
    @property
    def dimension(self) -> int: ...
    @property
    def max_tokens(self) -> int:
        """The most word pieces it reads of one text, special tokens included."""

    def count_tokens(self, text: str, /) -> int:
        """Word pieces of the text, special tokens included, not cut."""

    def embed_documents(self, texts: Sequence[str], /) -> Vectors: ...
    def embed_queries(self, texts: Sequence[str], /) -> Vectors: ...


class Reader(Protocol):
    """Reads question and passage together."""

    @property
    def name(self) -> str: ...
    def read(self, question: str, passages: Sequence[str], /) -> list[Reading]:
        """One Reading a passage, in their order."""


class Judge(Protocol):
    """Weighs how well passages explain that a question was asked."""

    def judge(self, question: str, passages: Sequence[str], /) -> list[Judgement]:
        """One Judgement a passage, in their order."""


class Generator(Protocol):
    """Writes text. One instance serves all threads, one request at a time, first come first served."""

    @property
    def name(self) -> str: ...
    @property
    def window(self) -> int:
        """The most tokens of prompt and answer together."""

    def count_tokens(self, messages: Sequence[Message], /) -> int:
        """Tokens of the whole prompt as the model will read it."""

    def stream(
        self, messages: Sequence[Message], /, *, limit: int, stop: threading.Event | None = None
    ) -> Iterator[Token]:
        """Yield at most `limit` tokens of the answer; ends early soon after `stop` is set."""


class VectorStore(Protocol):
    """Vectors of chunks, one space per collection. Knows ids, never text."""

    def add(self, collection: str, ids: Sequence[str], documents: Sequence[str], vectors: Vectors, /) -> None:
        """Store one vector a chunk id with the id of its document. Adding an id again replaces it."""

    def query(
        self, collection: str, vector: Vectors, k: int, /, *, documents: Sequence[str] | None = None
    ) -> list[Scored]:
        """The k nearest to `vector` (shape (dimension,)), best first, score = cosine similarity."""

    def vectors(self, collection: str, ids: Sequence[str], /) -> Mapping[str, Vectors]:
        """Stored vectors by id, each of shape (dimension,); unknown ids are left out."""

    def delete(self, collection: str, document: str, /) -> None:
        """Forget every vector of the document; unknown documents are no error."""

    def ids(self, collection: str, /) -> set[str]: ...
    def count(self, collection: str, /) -> int: ...
    def documents(self, collection: str, /) -> set[str]:
        """The ids of all documents that have a vector in the collection."""

    def collections(self) -> list[str]:
        """The collections that hold, or held, vectors."""

    def drop(self, collection: str, /) -> None:
        """Forget the whole collection; unknown ones are no error."""

    def prune(self, collection: str, /) -> None:
        """Forget what other embedders or chunkings made of the collection."""

    def hidden(self, collection: str, /) -> set[str]:
        """Ids of vectors that are stored and that no query finds: the mark of a damaged index."""

    def mend(self, collection: str, /) -> None:
        """Make hidden vectors found again; those that cannot be saved are gone from `ids` after."""

    def stage(
        self,
        fingerprint: str,
        collection: str,
        ids: Sequence[str],
        documents: Sequence[str],
        vectors: Vectors,
        /,
    ) -> None:
        """As `add`, into the index of another make, which answers once it is in use."""

    def staged(self, fingerprint: str, /) -> set[tuple[str, str]]:
        """Collection and document of what the index of that make holds."""

    def use(self, fingerprint: str, /, *, building: str = "") -> None:
        """Answer from the index of that make from now on, and keep the one that is being built."""

    def rewrite(
        self, tell: Callable[[int, int], None] = ..., stopped: threading.Event | None = None, /
    ) -> bool:
        """Move what lives to new files and delete the old, which keep deleted vectors; False where not."""

    def close(self) -> None: ...


class KeywordIndex(Protocol):
    """Finds chunks by their words, and hands out chunks by id."""

    def search(
        self, collection: str, query: str, k: int, /, *, documents: Sequence[str] | None = None
    ) -> list[Scored]:
        """The k best by BM25, best first (higher is better); only documents that are ready."""

    def chunks(self, ids: Sequence[str], /) -> Mapping[str, tuple[Chunk, str]]:
        """Chunk and file name by id; only those of documents that are ready."""

    def text(self, document: str, start: int, end: int, /) -> str:
        """That stretch of the document's text."""

    def read(self, document: str, /) -> Document:
        """The document as its reader made it."""

    def documents(self, collection: str, /) -> list[DocumentInfo]:
        """The documents of the collection that are ready."""

    def span(self, document: str, first: int = 0, last: int | None = None) -> list[Chunk]:
        """The chunks of the document at positions `first` to `last` (None: the end), in order."""


class LibraryView(Protocol):
    """What a lens sees of one collection, opened here or in another process."""

    @property
    def collection(self) -> str: ...
    def documents(self) -> list[DocumentInfo]: ...
    def text(self, document: str, /) -> str:
        """The whole text of a document; raises NotFound."""

    def passages(self, documents: Sequence[str] | None = None, /) -> Passages:
        """The passages of all documents or the given ones that have a vector."""

    def embed(self, texts: Sequence[str], /, *, queries: bool = False) -> Vectors:
        """Vectors of texts as the library embeds its passages, or its questions."""

    def pieces(self, text: str, /) -> list[str]:
        """The text cut as the library cuts its documents."""

    def questions(self) -> list[Asked]:
        """What was asked in the stored conversations, oldest first."""

    def search(
        self, query: str, mode: Mode = "hybrid", k: int = 10, documents: Sequence[str] | None = None
    ) -> list[Hit]: ...
