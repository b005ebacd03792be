"""The straight lines drawn on a page, in paths of their own or as sides of boxes."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

from rag.load.pdf.words import Handle, turned

SHORTEST = 6.0
_MOST_PATHS = 4000
"""A page with more drawing than this is a map or a chart."""
_MOST_SEGMENTS = 400
"""A path with more is a curve."""
_DEEPEST = 5


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line: at `at` across, from `start` to `end` along it."""

    upright: bool
    at: float
    start: float
    end: float


Matrix = tuple[float, float, float, float, float, float]


def rules(page: Handle, turn: int) -> list[Rule]:
    """The horizontal and vertical lines drawn on a page, also as sides of boxes."""
    found: list[Rule] = []
    for count, (path, matrix) in enumerate(_paths(page, None, (1, 0, 0, 1, 0, 0), 0)):
        if count > _MOST_PATHS:
            return []
        for stroke in _strokes(path, matrix):
            found += _sides([turned(x, y, turn) for x, y in stroke])
    return found


def _paths(page: Handle, form: Handle | None, outer: Matrix, depth: int) -> Iterator[tuple[Handle, Matrix]]:
    """Every path object that is painted, with the matrix that brings it to the page."""
    count = pdfium.FPDFFormObj_CountObjects(form) if form else pdfium.FPDFPage_CountObjects(page.raw)
    for index in range(count):
        item = (
            pdfium.FPDFFormObj_GetObject(form, index) if form else pdfium.FPDFPage_GetObject(page.raw, index)
        )
        kind = pdfium.FPDFPageObj_GetType(item)
        if kind == pdfium.FPDF_PAGEOBJ_PATH and _painted(item):
            yield item, _product(_matrix(item), outer)
        elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth < _DEEPEST:
            yield from _paths(page, item, _product(_matrix(item), outer), depth + 1)


def _painted(path: Handle) -> bool:
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDFPath_GetDrawMode(path, fill, stroke)
    return bool(fill.value or stroke.value)


def _matrix(item: Handle) -> Matrix:
    matrix = pdfium.FS_MATRIX()
    if not pdfium.FPDFPageObj_GetMatrix(item, matrix):
        return (1, 0, 0, 1, 0, 0)
    return (matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f)


def _product(m: Matrix, n: Matrix) -> Matrix:
    return (
        m[0] * n[0] + m[1] * n[2],
        m[0] * n[1] + m[1] * n[3],
        m[2] * n[0] + m[3] * n[2],
        m[2] * n[1] + m[3] * n[3],
        m[4] * n[0] + m[5] * n[2] + n[4],
        m[4] * n[1] + m[5] * n[3] + n[5],
    )


def _strokes(path: Handle, m: Matrix) -> list[list[tuple[float, float]]]:
    """The path's lines as corners on the page, one list each time the pen is set down."""
    strokes: list[list[tuple[float, float]]] = []
    if pdfium.FPDFPath_CountSegments(path) > _MOST_SEGMENTS:
        return strokes
    x, y = ctypes.c_float(), ctypes.c_float()
    for index in range(pdfium.FPDFPath_CountSegments(path)):
        segment = pdfium.FPDFPath_GetPathSegment(path, index)
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        point = (x.value * m[0] + y.value * m[2] + m[4], x.value * m[1] + y.value * m[3] + m[5])
        if pdfium.FPDFPathSegment_GetType(segment) == pdfium.FPDF_SEGMENT_MOVETO or not strokes:
            strokes.append([])
        strokes[-1].append(point)
        if pdfium.FPDFPathSegment_GetClose(segment):
            strokes[-1].append(strokes[-1][0])
    return strokes


def _sides(corners: Sequence[tuple[float, float]]) -> Iterator[Rule]:
    for (x0, y0), (x1, y1) in pairwise(corners):
        if abs(x0 - x1) < 1 and abs(y0 - y1) >= SHORTEST:
            yield Rule(True, x0, min(y0, y1), max(y0, y1))
        elif abs(y0 - y1) < 1 and abs(x0 - x1) >= SHORTEST:
            yield Rule(False, y0, min(x0, x1), max(x0, x1))
