"""Similar documents: the nearest to a text of any length, or to several documents, and why.

A document is compared in three ways: whole (the mean of its passages), by its opening, and passage by passage
(how near its nearest one comes to each of ours). What all documents of a library share is taken off first, so
that contracts are not all alike for being contracts (Mu and Viswanath 2018, arXiv:1702.01417, for words).
Knows no model: the library embeds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rag.errors import RagError
from rag.lenses.export import Cell
from rag.lenses.space import centres, rows_of, unit
from rag.lenses.view import too_few
from rag.protocols import LibraryView
from rag.types import Chunk, Passages, Vectors

OPENING = 3  # passages: a document says first what it is (CUAD recall@5 0.42 whole, 0.46 with both others)
ENOUGH = 20  # documents from which on their common direction is known well enough to be taken off
AWAY = 0.5  # how strongly an example that is not wanted pushes
COPY = 0.97  # cosine of whole documents above which they are versions of one
PAIRS = 3  # matching passages shown for a document
FEW = 5  # documents below which an order says little

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Example:
    """What to look for, or to stay away from: a text of any length, or a document of the library."""

    text: str = ""
    document: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """A passage of ours, the passage of the found document that is nearest to it, and their cosine."""

    ours: str
    theirs: Chunk
    score: float


@dataclass(frozen=True, slots=True)
class Match:
    """A similar document: `score` is the mean of `whole`, `opening` and `parts` (1 is the same).

    `copies` are near-identical files, which take no place of their own.
    """

    document: str
    file: str
    score: float
    whole: float
    opening: float
    parts: float
    pairs: tuple[Pair, ...]
    copies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Similar:
    """The most similar documents, best first, and a sentence on how far to trust the order."""

    matches: tuple[Match, ...]
    note: str

    def rows(self) -> list[dict[str, Cell]]:
        """Return one row a document for a table or CSV."""
        return [
            {
                "file": match.file,
                "score": match.score,
                "whole": match.whole,
                "opening": match.opening,
                "parts": match.parts,
                "copies": "; ".join(match.copies),
                "ours": match.pairs[0].ours if match.pairs else "",
                "theirs": match.pairs[0].theirs.text if match.pairs else "",
                "page": match.pairs[0].theirs.page if match.pairs else None,
                "document": match.document,
            }
            for match in self.matches
        ]


def similar(
    view: LibraryView,
    like: Sequence[Example],
    unlike: Sequence[Example] = (),
    *,
    k: int = 10,
    documents: Sequence[str] | None = None,
) -> Similar:
    """Find the k documents most like the examples; raise RagError where there is nothing to compare."""
    passages = view.passages(documents)
    outside = {example.document for example in (*like, *unlike) if example.document}
    known = view.passages(sorted(outside)) if outside else passages
    wanted = [_parts(view, known, example) for example in like]
    if not wanted:
        raise RagError("Give a text or a document to look for.")
    avoided = [_parts(view, known, example) for example in unlike]
    return rank(passages, wanted, avoided, k=k, leave_out=outside)


@dataclass(frozen=True, slots=True)
class Parts:
    """An example as the lens sees it: its pieces, and a vector for each."""

    texts: tuple[str, ...]
    vectors: Vectors


def _parts(view: LibraryView, known: Passages, example: Example) -> Parts:
    if example.document:
        rows = [row for row, chunk in enumerate(known.chunks) if chunk.document == example.document]
        if not rows:
            raise RagError("That document has no passages to compare. Choose another, or paste its text.")
        return Parts(tuple(known.chunks[row].text for row in rows), known.vectors[rows])
    pieces = view.pieces(example.text)
    if not pieces:
        raise RagError("The text to look for is empty. Paste a description or a whole document.")
    return Parts(tuple(pieces), view.embed(pieces))


def rank(
    passages: Passages,
    like: Sequence[Parts],
    unlike: Sequence[Parts] = (),
    *,
    k: int = 10,
    leave_out: set[str] | None = None,
) -> Similar:
    """Rank documents by nearness to `like`, less what makes them near to `unlike`."""
    held = rows_of(passages)
    groups = {key: rows for key, rows in held.items() if key not in (leave_out or set())}
    if not groups:
        return Similar((), "There is no other document to compare with.")
    names, rows = list(groups), list(groups.values())
    common = _common(passages.vectors, list(held.values()))
    near = _nearness(passages.vectors - common, rows, like, common)
    score = near.mean(axis=0)
    if unlike:
        score = score - AWAY * _nearness(passages.vectors - common, rows, unlike, common).mean(axis=0)
    order = np.argsort(-score, kind="stable").tolist()
    shown, copies = _without_copies(order, centres(passages.vectors, rows), k)
    file_of = {chunk.document: file for chunk, file in zip(passages.chunks, passages.files, strict=True)}
    matches = tuple(
        Match(
            document=names[at],
            file=file_of[names[at]],
            score=float(score[at]),
            whole=float(near[0, at]),
            opening=float(near[1, at]),
            parts=float(near[2, at]),
            pairs=_pairs(passages, rows[at].tolist(), like),
            copies=tuple(file_of[names[other]] for other in copies[at]),
        )
        for at in shown
    )
    return Similar(matches, _note(len(names), bool(common.any())))


def _common(vectors: Vectors, groups: Sequence[Rows]) -> Vectors:
    """Return what the documents have in common, shape (dimension,); zeros where they are few."""
    if len(groups) < ENOUGH:
        return np.zeros(vectors.shape[1], np.float32)
    shared: Vectors = centres(vectors, groups).mean(axis=0)
    return shared


def _nearness(
    vectors: Vectors, groups: Sequence[Rows], examples: Sequence[Parts], common: Vectors
) -> npt.NDArray[np.float64]:
    """Return whole, opening and passage similarity of each group, shape (3, groups)."""
    whole, opening = centres(vectors, groups), centres(vectors, [rows[:OPENING] for rows in groups])
    single = unit(vectors)
    near = np.zeros((3, len(groups)))
    for example in examples:
        mine = example.vectors - common
        cosines = single @ unit(mine).T  # passages by pieces of the example
        best = np.stack([cosines[rows].max(axis=0) for rows in groups])
        near[0] += whole @ unit(mine.mean(axis=0))
        near[1] += opening @ unit(mine[:OPENING].mean(axis=0))
        near[2] += best.mean(axis=1)
    return near / len(examples)


def _without_copies(order: list[int], means: Vectors, k: int) -> tuple[list[int], dict[int, list[int]]]:
    """Return the first k of the order that are no near-copy of a better one, and the copies of each."""
    shown: list[int] = []
    copies: dict[int, list[int]] = {}
    for at in order:
        close = [other for other in shown if float(means[at] @ means[other]) >= COPY]
        if close:
            copies[close[0]].append(at)
        elif len(shown) < k:
            shown.append(at)
            copies[at] = []
    return shown, copies


def _pairs(passages: Passages, rows: list[int], like: Sequence[Parts]) -> tuple[Pair, ...]:
    """Return the closest pairs of passages, each passage of either side once."""
    texts = [text for example in like for text in example.texts]
    cosines = passages.vectors[rows] @ np.concatenate([example.vectors for example in like]).T
    pairs: list[Pair] = []
    for _ in range(min(PAIRS, *cosines.shape)):
        row, column = np.unravel_index(int(cosines.argmax()), cosines.shape)
        pairs.append(Pair(texts[int(column)], passages.chunks[rows[int(row)]], float(cosines[row, column])))
        cosines[row, :] = cosines[:, column] = -np.inf
    return tuple(pairs)


def _note(count: int, centred: bool) -> str:
    if count < FEW:
        return too_few(count, "document")
    scale = "0 is as near as any two documents here" if centred else "about 0.3 and less is another subject"
    return (
        "Whole: how near the documents are as a whole; opening: how near they begin; parts: how near the "
        f"best passages come. The score is their mean: 1 is the same, {scale}."
    )
