"""Meaning against words: the same queries searched both ways, and what each way missed.

Knows no model: the library searches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.lenses.export import Cell
from rag.lenses.gaps import NEAR
from rag.protocols import LibraryView
from rag.types import Hit

DEPTH = 10  # passages looked at for each query and way
FEW = 10


@dataclass(frozen=True, slots=True)
class Compared:
    """One query: what was found by meaning and by words, and what only one of them found."""

    query: str
    meaning: tuple[Hit, ...]
    words: tuple[Hit, ...]

    @property
    def only_meaning(self) -> tuple[Hit, ...]:
        """Passages that no word of the query leads to."""
        return _without(self.meaning, self.words)

    @property
    def only_words(self) -> tuple[Hit, ...]:
        """Passages that hold its words and are not near it."""
        return _without(self.words, self.meaning)

    @property
    def rescued(self) -> bool:
        """True where words find nothing, and meaning finds a passage that is near."""
        return not self.words and bool(self.meaning) and self.meaning[0].score >= NEAR

    def row(self) -> dict[str, Cell]:
        """Return it for a table or CSV."""
        return {
            "query": self.query,
            "first by meaning": self.meaning[0].text if self.meaning else "",
            "its file": self.meaning[0].file if self.meaning else "",
            "similarity": self.meaning[0].score if self.meaning else 0.0,
            "first by words": self.words[0].text if self.words else "",
            "in file": self.words[0].file if self.words else "",
            "only by meaning": len(self.only_meaning),
            "only by words": len(self.only_words),
            "words find nothing": not self.words,
            "meaning answers instead": self.rescued,
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """A log of queries searched both ways."""

    queries: tuple[Compared, ...]

    @property
    def without_words(self) -> float:
        """The share of queries with no passage that holds one of their words."""
        return _share([not one.words for one in self.queries])

    @property
    def rescued(self) -> float:
        """The share of those that meaning answers."""
        return _share([one.rescued for one in self.queries if not one.words])

    @property
    def agreed(self) -> float:
        """The share of queries whose first passage is the same both ways."""
        return _share([_first(one.meaning) == _first(one.words) != "" for one in self.queries])

    @property
    def note(self) -> str:
        """Say what the log shows."""
        if not self.queries:
            return "There is no query to search."
        few = f" Of {len(self.queries)} queries this says little." if len(self.queries) < FEW else ""
        return (
            f"{self.without_words:.0%} of the queries have no passage with one of their words; meaning "
            f"answers {self.rescued:.0%} of those with a passage nearer than {NEAR}. "
            f"Both ways begin with the same passage for {self.agreed:.0%}.{few}"
        )


def compare(
    view: LibraryView, queries: Sequence[str], *, depth: int = DEPTH, documents: Sequence[str] | None = None
) -> Comparison:
    """Search each query both ways."""
    return Comparison(
        tuple(
            Compared(
                query,
                tuple(view.search(query, "semantic", depth, documents)),
                tuple(view.search(query, "keyword", depth, documents)),
            )
            for query in queries
            if query.strip()
        )
    )


def _without(hits: Sequence[Hit], others: Sequence[Hit]) -> tuple[Hit, ...]:
    known = {hit.chunk.id for hit in others}
    return tuple(hit for hit in hits if hit.chunk.id not in known)


def _first(hits: Sequence[Hit]) -> str:
    return hits[0].chunk.id if hits else ""


def _share(flags: Sequence[bool]) -> float:
    return sum(flags) / len(flags) if flags else 0.0
