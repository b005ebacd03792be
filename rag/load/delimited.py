"""CSV and TSV: one Markdown table, its header kept; the delimiter is found by trying."""

from __future__ import annotations

import csv
import io

from rag.load.draft import Draft
from rag.load.limits import Limits
from rag.load.plain import text_of
from rag.types import Document

_DELIMITERS = ",;\t|"
_SAMPLE_LINES = 50


def read(data: bytes, limits: Limits) -> Document:
    """The rows as a table; the first row that is not blank is its header."""
    text = text_of(data, "a table")
    csv.field_size_limit(max(len(text), csv.field_size_limit()))  # the usual limit refuses long cells
    draft = Draft()
    draft.table(_rows(text, _delimiter(text)))
    return draft.document("text/tab-separated-values" if _delimiter(text) == "\t" else "text/csv")


def _rows(text: str, delimiter: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True))


def _delimiter(text: str) -> str:
    """The delimiter that cuts most lines of the start into the same number of cells, more than one."""
    sample = "\n".join(text.split("\n", _SAMPLE_LINES)[:_SAMPLE_LINES])

    def fit(delimiter: str) -> tuple[float, int]:
        widths = [len(row) for row in _rows(sample, delimiter) if row]
        usual = max(set(widths), key=widths.count, default=1)
        return (widths.count(usual) / len(widths), usual) if usual > 1 else (0.0, 0)

    return max(_DELIMITERS, key=fit)
