"""Which table a question over rows means: those among the passages, and those far below them.

Computes over each and takes the one that fits best. Knows no model.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag import compute
from rag.retrieve import Retriever
from rag.tables import Grid, grids_in
from rag.types import Hit, Span

REACH = 200_000  # characters on either side of a hit in which its table is looked for
LEAD = 400  # characters before a table that may say what it is about


@dataclass(frozen=True, slots=True)
class Place:
    """A table that `hit` touches, in a stretch `text` of its document that starts at `origin` there."""

    hit: Hit
    grid: Grid
    text: str
    origin: int

    @property
    def about(self) -> str:
        """The words that say what its rows are: file, headings, and the paragraph that leads to it."""
        header = self.text.rfind("\n|", 0, self.text.rfind("\n|", 0, self.grid.spans[0][0] - 1))
        before = self.text[max(header - LEAD, 0) : max(header, 0)].rpartition("\n\n")[2]
        return f"{self.hit.title} {before}"

    def spans(self, rows: Sequence[int]) -> list[Span]:
        """Return where the rows stand in `text`; all of them for none."""
        return [self.grid.spans[row] for row in rows] or list(self.grid.spans)


def computed(
    retriever: Retriever, question: str, read: Sequence[Hit], hits: Sequence[Hit]
) -> tuple[compute.Computed, Place] | None:
    """Return the answer computed over the table that fits best, None where none is wholly understood.

    `read` are the passages that were read; of `hits`, which go far further down, those with rows are looked
    at where the question may be about rows: rows look little like questions.
    """
    further = [hit for hit in hits if "|" in hit.text] if compute.tabular(question) else []
    best: tuple[compute.Computed, Place] | None = None
    for place in _places(retriever, [*read, *further]):
        found = compute.compute(question, place.grid, place.about)
        if found and (best is None or found.fit > best[0].fit):
            best = (found, place)
    return best


def _places(retriever: Retriever, hits: Sequence[Hit]) -> Iterator[Place]:
    """Yield each table once."""
    seen = set()
    for hit in hits:
        text, origin = retriever.around(hit, REACH)
        for grid in grids_in(text, hit.chunk.start - origin, hit.chunk.end - origin):
            key = (hit.chunk.document, origin + grid.spans[0][0])
            if key not in seen:
                seen.add(key)
                yield Place(hit, grid, text, origin)
