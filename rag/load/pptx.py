"""PowerPoint by python-pptx: a slide is a page, its title a heading; shapes top to bottom; notes last."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pptx
from lxml.etree import LxmlError
from pptx.exc import PythonPptxError
from pptx.util import Emu

from rag.errors import UnreadableFile
from rag.load.draft import Draft
from rag.load.limits import Limits
from rag.load.package import DAMAGE, checked, usual
from rag.types import Document

_MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
_FLAWS = (PythonPptxError, LxmlError, KeyError, AttributeError, TypeError, IndexError, *DAMAGE)
_DEEPEST = 10
_BAND = Emu(300_000)  # a third of an inch: shapes that start this close in height stand side by side


def read(data: bytes, limits: Limits) -> Document:
    """Every slide that is shown."""
    package = usual(checked(data, limits))
    draft = Draft()
    try:
        slides = list(pptx.Presentation(io.BytesIO(package)).slides)
        for number, slide in enumerate(slides, start=1):
            draft.page(number)
            if slide._element.get("show") != "0":
                _slide(draft, slide)
    except _FLAWS as error:
        raise UnreadableFile(
            "is a damaged presentation; open it in a presentation program and save it again."
        ) from error
    return draft.document(_MEDIA_TYPE)


def _slide(draft: Draft, slide: Any) -> None:  # noqa: ANN401  (python-pptx carries no types)
    title = slide.shapes.title
    if title is not None:
        draft.heading(1, title.text_frame.text)
    for shape in _in_order(slide.shapes, 0):
        if title is None or shape.shape_id != title.shape_id:
            _shape(draft, shape)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        notes = slide.notes_slide.notes_text_frame.text.strip()
        draft.block(f"Notes: {notes}" if notes else "")


def _in_order(shapes: Any, depth: int) -> Iterator[Any]:  # noqa: ANN401
    """Shapes from top to bottom and left to right, those of a group together."""
    for shape in sorted(shapes, key=lambda shape: ((shape.top or 0) // _BAND, shape.left or 0)):
        if hasattr(shape, "shapes") and depth < _DEEPEST:
            yield from _in_order(shape.shapes, depth + 1)
        else:
            yield shape


def _shape(draft: Draft, shape: Any) -> None:  # noqa: ANN401
    if getattr(shape, "has_table", False):
        draft.table([[cell.text for cell in row.cells] for row in shape.table.rows])
    elif getattr(shape, "has_chart", False):
        draft.table(_chart(shape.chart))
    elif shape.has_text_frame:
        gap = "\n\n"
        for paragraph in shape.text_frame.paragraphs:
            text = paragraph.text.strip()
            if text:
                draft.block(("- " if paragraph.level else "") + text, gap)
                gap = "\n"


def _chart(chart: Any) -> list[list[str]]:  # noqa: ANN401
    """A chart's figures: a row a category, a column a series."""
    plot = chart.plots[0]
    series = list(plot.series)
    head = ["", *(str(one.name) for one in series)]
    columns = [list(one.values) for one in series]
    return [
        head,
        *(
            [str(category), *("" if column[row] is None else f"{column[row]:g}" for column in columns)]
            for row, category in enumerate(plot.categories)
        ),
    ]
