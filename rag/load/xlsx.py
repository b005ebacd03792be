"""Excel workbooks by openpyxl: a sheet is a page with its name as heading; its filled areas are tables."""

from __future__ import annotations

import datetime
import io
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl  # type: ignore[import-untyped]
from lxml.etree import XMLSyntaxError
from openpyxl.utils.exceptions import InvalidFileException  # type: ignore[import-untyped]

from rag.errors import UnreadableFile
from rag.load import remarks
from rag.load.draft import Draft
from rag.load.limits import Limits
from rag.load.package import DAMAGE, checked, usual
from rag.types import Document

_MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MOST_CELLS = 2_000_000
_FLAWS = (
    InvalidFileException,
    KeyError,
    TypeError,
    AttributeError,
    IndexError,
    ParseError,
    XMLSyntaxError,
    *DAMAGE,
)


def read(data: bytes, limits: Limits) -> Document:
    """Every sheet with cells in it; formulas are read as the values last stored for them."""
    package = usual(checked(data, limits))
    draft = Draft()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl names every extension that it does not read
            book = openpyxl.load_workbook(io.BytesIO(package), read_only=True, data_only=True)
            with zipfile.ZipFile(io.BytesIO(package)) as archive:
                _sheets(draft, book, archive)
    except _FLAWS as error:
        raise UnreadableFile(
            "is a damaged workbook; open it in a spreadsheet program and save it again."
        ) from error
    return draft.document(_MEDIA_TYPE)


def _sheets(draft: Draft, book: Any, archive: zipfile.ZipFile) -> None:  # noqa: ANN401  (no types)
    budget = _Budget()
    for number, sheet in enumerate(book.worksheets, start=1):
        if sheet.sheet_state != "visible":
            continue
        draft.page(number)
        draft.heading(1, sheet.title)
        sheet.reset_dimensions()  # a sheet may claim a million rows that it does not have
        for area in _areas(_filled(row) for row in budget.counted(sheet.iter_rows())):
            _area(draft, area)
        draft.block("\n".join(remarks.charts(archive, sheet._worksheet_path)))
        draft.block("\n".join(remarks.on_cells(archive, sheet._worksheet_path)))


class _Budget:
    """Counts the cells of all sheets, empty ones before filled ones too: they take as long to read."""

    def __init__(self) -> None:
        self._left = _MOST_CELLS

    def counted(self, rows: Iterable[Any]) -> Iterator[Any]:
        for row in rows:
            self._left -= max(len(row), 1)
            if self._left < 0:
                raise UnreadableFile(f"has more than {_MOST_CELLS:,} cells; split it into smaller workbooks.")
            yield row


def _filled(row: Iterable[Any]) -> list[str]:
    """A row's cells as text, without the empty ones at its end."""
    texts = [_text(cell) for cell in row]
    while texts and not texts[-1]:
        texts.pop()
    return texts


def _text(cell: Any) -> str:  # noqa: ANN401
    """A cell as a person sees it, as far as its value and format tell."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        if "%" in (cell.number_format or ""):
            return f"{value * 100:.10g}%"
        return f"{value:.15g}"
    if isinstance(value, datetime.datetime):
        return (
            value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ", "minutes")
        )
    return str(value).strip()


def _areas(rows: Iterable[list[str]]) -> Iterator[list[list[str]]]:
    """Stretches of rows between blank ones, without the empty columns on their left."""
    area: list[list[str]] = []
    for row in rows:
        if row:
            area.append(row)
        elif area:
            yield _shifted(area)
            area = []
    if area:
        yield _shifted(area)


def _shifted(area: list[list[str]]) -> list[list[str]]:
    first = min(next(index for index, cell in enumerate(row) if cell) for row in area)
    return [row[first:] for row in area]


def _area(draft: Draft, area: list[list[str]]) -> None:
    """A table; lines of one cell above it are text, such as its title."""
    while area and len(area[0]) == 1 and max(map(len, area)) > 1:
        draft.block(area.pop(0)[0])
    if max(map(len, area), default=0) > 1:
        draft.table(area)
    else:
        draft.block("\n".join(row[0] for row in area))
