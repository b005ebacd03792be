"""Rows of tables as cases: the products, orders or patients most like a description, their numbers beside it.

A row is compared by what its cells say in words; its numbers are shown, not compared, because a price is what
the nearest rows are asked for. Knows no model: the library embeds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rag.errors import RagError
from rag.lenses.export import Cell
from rag.lenses.view import too_few
from rag.protocols import LibraryView
from rag.tables import Grid, grids_in, number
from rag.types import Span, Vectors
from rag.words import counted

MOST = 5000  # rows compared
FEW = 5  # rows below which an order says little
RESERVED = {"score", "file"}


@dataclass(frozen=True, slots=True)
class Case:
    """A row: its cells by column name, where it stands in its document, and the words it is compared by."""

    document: str
    file: str
    cells: tuple[tuple[str, str], ...]
    numeric: frozenset[str]
    span: Span
    words: str


@dataclass(frozen=True, slots=True)
class Cases:
    """Rows with a unit vector each; `left_out` counts those beyond the most that are compared."""

    rows: tuple[Case, ...]
    vectors: Vectors
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Nearest:
    """The rows most like a description, best first, and a sentence on how far to trust the order."""

    found: tuple[tuple[Case, float], ...]
    note: str

    def rows(self) -> list[dict[str, Cell]]:
        """Return one row each for a table or CSV: every column of any of them, numbers as numbers."""
        names = list(dict.fromkeys(_shown(name) for case, _ in self.found for name, _ in case.cells))
        return [
            {"score": score, "file": case.file, **dict.fromkeys(names, ""), **_values(case)}
            for case, score in self.found
        ]

    def numbers(self) -> list[dict[str, Cell]]:
        """Return the numeric columns of these rows: how many have one, the lowest, median and highest."""
        values: dict[str, list[float]] = {}
        for case, _ in self.found:
            for name, cell in case.cells:
                if name in case.numeric and (value := number(cell)) is not None:
                    values.setdefault(name, []).append(value)
        return [
            {
                "column": name,
                "rows": len(held),
                "lowest": min(held),
                "median": float(np.median(held)),
                "highest": max(held),
            }
            for name, held in values.items()
        ]


def cases(view: LibraryView, documents: Sequence[str] | None = None) -> Cases:
    """Return the rows of all tables in these documents."""
    chosen = [info for info in view.documents() if documents is None or info.id in documents]
    rows = [
        case
        for info in chosen
        for text in [view.text(info.id)]
        for grid in grids_in(text, 0, len(text))
        for case in _rows(info.id, info.name, grid)
    ]
    kept = tuple(rows[:MOST])
    vectors = view.embed([case.words for case in kept]) if kept else np.zeros((0, 0), np.float32)
    return Cases(kept, vectors, len(rows) - len(kept))


def nearest(view: LibraryView, held: Cases, like: str, *, k: int = 10) -> Nearest:
    """Return the k rows most like a description; raise RagError where there is none."""
    if not like.strip():
        raise RagError("Describe what to look for: a product, an order, a case.")
    if not held.rows:
        return Nearest((), "No document here has a table that can be read.")
    cosines = held.vectors @ view.embed([like])[0]
    order = np.argsort(-cosines, kind="stable")[:k].tolist()
    return Nearest(tuple((held.rows[at], float(cosines[at])) for at in order), _note(held))


def like_row(held: Cases, case: Case, *, k: int = 10) -> Nearest:
    """Return the k rows most like a row, which is not among them."""
    cosines = held.vectors @ held.vectors[held.rows.index(case)]
    order = [at for at in np.argsort(-cosines, kind="stable").tolist() if held.rows[at] != case]
    return Nearest(tuple((held.rows[at], float(cosines[at])) for at in order[:k]), _note(held))


def _rows(document: str, file: str, grid: Grid) -> list[Case]:
    numeric = frozenset(name for at, name in enumerate(grid.names) if grid.numeric(at))
    found = []
    for cells, span in zip(grid.rows, grid.spans, strict=True):
        named = tuple(zip(grid.names, cells, strict=True))
        said = [f"{name}: {cell}" for name, cell in named if cell and name not in numeric]
        words = "; ".join(said or [f"{name}: {cell}" for name, cell in named])
        found.append(Case(document, file, named, numeric, span, words))
    return found


def _values(case: Case) -> dict[str, Cell]:
    return {
        _shown(name): number(cell) if name in case.numeric and number(cell) is not None else cell
        for name, cell in case.cells
    }


def _shown(name: str) -> str:
    return f"{name} (column)" if name.lower() in RESERVED else name or "(no name)"


def _note(held: Cases) -> str:
    if len(held.rows) < FEW:
        return too_few(len(held.rows), "row")
    beyond = f" {counted(held.left_out, 'further row')} left out." if held.left_out else ""
    return (
        f"{len(held.rows):,} rows compared by what they say in words; numbers are shown and not compared. "
        f"1 is the same, about 0.3 and less is something else.{beyond}"
    )
