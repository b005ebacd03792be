"""Reads lines of text that were found: which way up they are, which letters they hold, how sure that is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from PIL.Image import Image, Resampling, Transform, Transpose

from rag.load.ocr.find import Box
from rag.load.ocr.networks import READER, TURNER, Pixels, as_pixels, letters, run

_HEIGHT = 48
"""Pixels of a line's height as the networks read it."""
_WIDEST = 3200
"""Longer lines are squeezed to this width."""
_BATCH = 1200
"""Pixels of width read at once: the reader's 18,710 classes an eighth of them are what takes memory."""
_TURNED = (48, 192)
_TALL = 1.5
"""A box this many times as high as wide holds a line that runs from top to bottom."""

Read = tuple[str, float]
"""The letters of a line, and the mean probability of each (0 to 1)."""


def tall(box: Box) -> bool:
    """Whether the line in the box runs up or down the page."""
    return bool(np.hypot(*(box[3] - box[0])) > _TALL * np.hypot(*(box[1] - box[0])))


def cropped(image: Image, box: Box) -> Image:
    """The line, upright as far as its box tells, 48 pixels high."""
    width, height = (max(round(float(np.hypot(*side))), 1) for side in (box[1] - box[0], box[3] - box[0]))
    corners = [float(value) for corner in box[[0, 3, 2, 1]] for value in corner]
    if abs(box[0, 1] - box[1, 1]) < 1 and abs(box[0, 0] - box[3, 0]) < 1:
        line = image.crop(tuple(round(value) for value in (*box[0], *box[2])))
    else:
        line = image.transform((width, height), Transform.QUAD, corners, Resampling.BILINEAR)
    if tall(box):
        line = line.transpose(Transpose.ROTATE_90)
    wide = min(max(round(line.width * _HEIGHT / max(line.height, 1)), 16), _WIDEST)
    return line.resize((wide, _HEIGHT))


def upside_down(lines: Sequence[Image]) -> list[bool]:
    """For each line whether it stands on its head."""
    found = []
    for line in lines:
        height, width = _TURNED
        pixels = np.zeros((1, 3, height, width), np.float32)
        shown = as_pixels(line.resize((min(line.width, width), height)))
        pixels[:, :, :, : shown.shape[3]] = shown
        found.append(bool(run(TURNER, pixels)[0, 1] > 0.9))
    return found


def texts(lines: Sequence[Image]) -> list[Read]:
    """What the lines say, in their order."""
    found: list[Read] = [("", 0.0)] * len(lines)
    for batch in _batches([line.width for line in lines]):
        pixels = _side_by_side([lines[index] for index in batch])
        for index, row in zip(batch, run(READER, pixels), strict=True):
            found[index] = _spelled(row)
    return found


def _batches(widths: Sequence[int]) -> Iterator[list[int]]:
    """Lines of like width together, no more than fit."""
    batch: list[int] = []
    for index in sorted(range(len(widths)), key=widths.__getitem__):
        if batch and (len(batch) + 1) * widths[index] > _BATCH:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def _side_by_side(lines: Sequence[Image]) -> Pixels:
    widest = max(320, *(line.width for line in lines))
    pixels = np.zeros((len(lines), 3, _HEIGHT, widest), np.float32)
    for number, line in enumerate(lines):
        pixels[number, :, :, : line.width] = as_pixels(line)[0]
    return pixels


def _spelled(row: Any) -> Read:  # noqa: ANN401
    """The letters of a line: at each step the likeliest class; the same one again, and gaps, are no letter.

    Connectionist temporal classification, Graves et al. 2006, best path decoding. Row: (steps, classes).
    """
    best = row.argmax(axis=1)
    new = np.concatenate([[True], best[1:] != best[:-1]]) & (best != 0)
    if not new.any():
        return "", 0.0
    alphabet = letters()
    text = "".join(alphabet[index] for index in best[new])
    return " ".join(text.split()), float(row.max(axis=1)[new].mean())
