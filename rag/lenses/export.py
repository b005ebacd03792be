"""Rows of a lens as CSV that a spreadsheet opens. Knows no lens."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

Cell = str | int | float | bool | None


def to_csv(rows: Sequence[Mapping[str, Cell]]) -> str:
    """Return rows as CSV with a header; the keys of the first one are the columns, "" for no rows."""
    if not rows:
        return ""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(rows[0])
    writer.writerows([_cell(row.get(key)) for key in rows[0]] for row in rows)
    return written.getvalue()


def _cell(value: Cell) -> Cell:
    """Round numbers, and keep a spreadsheet from running a text that looks like a formula."""
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return "'" + value
    return value
