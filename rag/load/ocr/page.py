"""A picture of a page to its lines: the page turned upright, lines found and read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL.Image import Image, Transpose

from rag.load.ocr.find import Box, boxes
from rag.load.ocr.read import cropped, tall, texts, upside_down

_SURE = 0.5
"""What is read less surely is dirt or a drawing."""
_SPARSE = 0.25
"""Fewer letters than this for each height of a line that it is long: the others are of a script not known."""
_ASKED = 12
"""Lines that are asked whether the page stands on its head: the widest ones."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it was recognised; its place as shares (0 to 1) of the page as it is read upright.

    `sure` is the mean probability of its letters.
    """

    text: str
    x0: float
    top: float
    x1: float
    bottom: float
    sure: float


@dataclass(frozen=True, slots=True)
class Sheet:
    """What was recognised: the lines in no order, and width over height of the page as it is read."""

    lines: tuple[Line, ...]
    ratio: float

    @property
    def sure(self) -> float:
        """Mean probability of the letters of the page."""
        letters = sum(len(line.text) for line in self.lines)
        return sum(line.sure * len(line.text) for line in self.lines) / letters if letters else 0.0


def recognise(image: Image) -> Sheet:
    """The lines of a picture; pages that lie on their side or stand on their head are turned first."""
    image = image.convert("RGB")
    found = boxes(image)
    if sum(map(tall, found)) > len(found) / 2:
        image = image.transpose(Transpose.ROTATE_90)
        found = boxes(image)
    widest = sorted(found, key=_width, reverse=True)[:_ASKED]
    turned = upside_down([cropped(image, box) for box in widest])
    if sum(turned) > len(turned) / 2:
        image = image.transpose(Transpose.ROTATE_180)
        found = boxes(image)
    read = texts([cropped(image, box) for box in found])
    lines = [
        _line(box, text, sure, image.size)
        for box, (text, sure) in zip(found, read, strict=True)
        if sure >= _SURE and len(text) >= _SPARSE * _length(box)
    ]
    return Sheet(tuple(lines), image.width / image.height)


def _width(box: Box) -> float:
    return float(abs(box[1, 0] - box[0, 0]))


def _length(box: Box) -> float:
    """How many times its height a line is long."""
    sides = sorted(float(np.hypot(*(box[corner] - box[0]))) for corner in (1, 3))
    return sides[1] / max(sides[0], 1.0)


def _line(box: Box, text: str, sure: float, size: tuple[int, int]) -> Line:
    (x0, top), (x1, bottom) = box.min(axis=0) / size, box.max(axis=0) / size
    return Line(text, float(x0), float(top), float(x1), float(bottom), sure)
