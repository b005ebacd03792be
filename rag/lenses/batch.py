"""What a lens is run over: the rows of a table, or the documents or passages of the library, with their days.

Knows CSV and dates; knows no lens.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from rag.errors import RagError
from rag.lenses.dates import Dated, dated, written
from rag.lenses.export import Cell
from rag.lenses.space import centres, rows_of
from rag.protocols import LibraryView
from rag.types import Chunk, DocumentInfo, Vectors


@dataclass(frozen=True, slots=True)
class Items:
    """Texts with a vector each; `names` says where each is from, `days` when, with how that is known.

    `passages` are where each begins in the library; none for the rows of a table.
    """

    texts: tuple[str, ...]
    names: tuple[str, ...]
    vectors: Vectors
    days: tuple[date | None, ...]
    sources: tuple[str, ...]
    passages: tuple[Chunk, ...] = ()


Files = Callable[[DocumentInfo], Path]
"""Where the bytes of a document lie."""


def read_table(text: str, needed: Sequence[str], name: str = "The file") -> list[dict[str, str]]:
    """Read CSV or tab-separated rows with a header that has the needed columns, whatever their case."""
    first = text.partition("\n")[0]
    delimiter = max(",\t;", key=first.count)
    try:
        read = list(csv.DictReader(io.StringIO(text.lstrip("\ufeff")), delimiter=delimiter))
    except csv.Error as exc:
        raise RagError(f"{name} is no table that can be read ({exc}). Save it as CSV in UTF-8.") from exc
    rows = [
        {str(key).strip().lower(): str(value or "").strip() for key, value in row.items()} for row in read
    ]
    missing = [column for column in needed if not rows or column not in rows[0]]
    if missing:
        raise RagError(f"{name} needs a first line that names the column {' and '.join(missing)}.")
    return [row for row in rows if row[needed[0]]]


def from_table(view: LibraryView, rows: Sequence[dict[str, str]], column: str) -> Items:
    """Embed a column of a table; a column called date gives the days."""
    texts = tuple(row[column] for row in rows)
    days = tuple(written(row.get("date", "")) for row in rows)
    names = tuple(f"row {number}" for number in range(1, len(rows) + 1))
    sources = tuple("column date" if day else "" for day in days)
    return Items(texts, names, view.embed(texts), days, sources)


def of_documents(
    view: LibraryView, documents: Sequence[str] | None = None, files: Files | None = None
) -> Items:
    """Return whole documents: the mean of the vectors of their passages, and how they begin."""
    passages = view.passages(documents)
    infos = {info.id: info for info in view.documents()}
    groups = {key: rows for key, rows in rows_of(passages).items() if key in infos}
    days = [_dated(view, infos[key], files) for key in groups]
    texts = (" ".join(passages.chunks[int(row)].text for row in rows[:3])[:600] for rows in groups.values())
    return Items(
        texts=tuple(texts),
        names=tuple(infos[key].name for key in groups),
        vectors=centres(passages.vectors, list(groups.values())),
        days=tuple(one.day for one in days),
        sources=tuple(one.source for one in days),
        passages=tuple(passages.chunks[int(rows[0])] for rows in groups.values()),
    )


def of_passages(
    view: LibraryView, documents: Sequence[str] | None = None, files: Files | None = None
) -> Items:
    """Return every passage by itself, with the day of its document."""
    passages = view.passages(documents)
    known = {info.id: info for info in view.documents()}
    days = {key: _dated(view, known[key], files) for key in rows_of(passages) if key in known}
    kept = [row for row, chunk in enumerate(passages.chunks) if chunk.document in days]
    chunks = [passages.chunks[row] for row in kept]
    return Items(
        texts=tuple(chunk.text for chunk in chunks),
        names=tuple(passages.files[row] for row in kept),
        vectors=passages.vectors[kept] if kept else np.zeros((0, 0), np.float32),
        days=tuple(days[chunk.document].day for chunk in chunks),
        sources=tuple(days[chunk.document].source for chunk in chunks),
        passages=tuple(chunks),
    )


def _dated(view: LibraryView, info: DocumentInfo, files: Files | None) -> Dated:
    return dated(info, view.text(info.id), files(info) if files else None)


def by_month(labels: Sequence[str], days: Sequence[date | None]) -> list[dict[str, Cell]]:
    """Count labels by month, with their share of it; texts without a day are left out."""
    counts: dict[tuple[str, str], int] = {}
    for label, day in zip(labels, days, strict=True):
        if day is not None:
            key = (f"{day:%Y-%m}", label)
            counts[key] = counts.get(key, 0) + 1
    totals: dict[str, int] = {}
    for (month, _), count in counts.items():
        totals[month] = totals.get(month, 0) + count
    return [
        {"month": month, "label": label, "count": count, "share": count / totals[month]}
        for (month, label), count in sorted(counts.items())
    ]
