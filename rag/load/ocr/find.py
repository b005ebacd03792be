"""Where lines of text stand in a picture: the finder's map of text to boxes.

The map says for each pixel how surely it lies in the core of a line. Method: differentiable binarization,
Liao et al. 2020, https://arxiv.org/abs/1911.08947, section 3.4 (boxes from the shrunk map).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL.Image import Image

from rag.load.ocr.networks import FINDER, as_pixels, run

Box = npt.NDArray[np.float32]
"""Shape (4, 2): the corners, x and y in pixels, from the text's top left on clockwise."""

_TEXT = 0.3
"""A pixel this surely text belongs to a line's core."""
_LINE = 0.5
"""A core whose pixels are this surely text on average is a line."""
_GROWTH = 1.6
"""How much of the core's area over its circumference was shrunk away in training."""
_LONGEST = 1280
"""Pixels of a page's longer side when lines are looked for, which takes most memory: 0.5 GB, not 0.7."""
_MOST = 2000
"""Lines of a page that are read; more are noise."""


def boxes(image: Image) -> list[Box]:
    """The lines of an RGB picture, in no order."""
    width, height = image.size
    scale = min(1.0, _LONGEST / max(width, height))
    size = _whole(width * scale), _whole(height * scale)
    text = run(FINDER, as_pixels(image.resize(size)))[0, 0]
    factor = np.array([width / size[0], height / size[1]], dtype=np.float32)
    return [box * factor for box in _cores(text)]


def _whole(side: float) -> int:
    """The side in pixels as the network takes it: a multiple of 32."""
    return max(32, round(side / 32) * 32)


def _cores(text: npt.NDArray[np.float32]) -> list[Box]:
    from scipy import ndimage  # type: ignore[import-untyped]

    mask = ndimage.binary_dilation(text > _TEXT, np.ones((2, 2)))
    labels, _ = ndimage.label(mask, np.ones((3, 3)))
    found: list[Box] = []
    for number, place in enumerate(ndimage.find_objects(labels)[:_MOST], start=1):
        core = labels[place] == number
        if text[place][core].mean() < _LINE:
            continue
        box = _grown(_rectangle(_outline(core) + np.array([place[1].start, place[0].start])))
        if box is not None:
            found.append(box)
    return found


def _outline(core: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """The outermost points of each row, as x and y: all that a rectangle around the core touches."""
    rows = np.flatnonzero(core.any(axis=1))
    first = core[rows].argmax(axis=1)
    last = core.shape[1] - 1 - core[rows, ::-1].argmax(axis=1)
    points = [np.stack([edge, rows], axis=1) for edge in (first, last)]
    return np.concatenate(points).astype(np.float32)


def _rectangle(points: npt.NDArray[np.float32]) -> Box:
    """The smallest rectangle, turned any way, around the points: one of its sides lies on their hull."""
    from scipy.spatial import ConvexHull, QhullError  # type: ignore[import-untyped]

    try:
        hull = points[ConvexHull(points).vertices]
    except (QhullError, ValueError):  # points on one line
        hull = points
    edges = np.roll(hull, -1, axis=0) - hull
    angles = np.unique(np.round(np.arctan2(edges[:, 1], edges[:, 0]) % (np.pi / 2), 4))
    best, smallest = np.zeros((4, 2), np.float32), np.inf
    for angle in [*angles, 0.0]:
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]], np.float32)
        turned = hull @ turn
        low, high = turned.min(axis=0), turned.max(axis=0)
        area = float(np.prod(high - low + 1))
        if area < smallest - 1e-3:
            smallest = area
            corners = np.array([[low[0], low[1]], [high[0], low[1]], [high[0], high[1]], [low[0], high[1]]])
            best = (corners @ turn.T).astype(np.float32)
    return _upright(best)


def _upright(corners: Box) -> Box:
    """The corners from the top left on, clockwise."""
    by_x = corners[np.argsort(corners[:, 0], kind="stable")]
    left, right = by_x[:2], by_x[2:]
    left, right = left[np.argsort(left[:, 1])], right[np.argsort(right[:, 1])]
    return np.array([left[0], right[0], right[1], left[1]], np.float32)


def _grown(box: Box) -> Box | None:
    """The box of the whole line around the box of its core; None where it is too small to be read."""
    across, down = box[1] - box[0], box[3] - box[0]
    width, height = float(np.hypot(*across)), float(np.hypot(*down))
    if min(width, height) < 3:
        return None
    by = _GROWTH * width * height / (2 * (width + height))
    x, y = across / width * by, down / height * by
    return np.array([box[0] - x - y, box[1] + x - y, box[2] + x + y, box[3] - x + y], np.float32)
