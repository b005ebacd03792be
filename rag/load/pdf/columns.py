"""The order in which the parts of a page are read: columns one after the other, bands across them between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rag.load.pdf.lines import Segment

_FEWEST = 4
"""A column has at least this many segments."""
_WIDE = 8.0
"""Running text has segments of at least this many letter heights; columns of figures do not."""
_DEEPEST = 6


def regions(parts: Sequence[Segment], depth: int = 0) -> list[list[Segment]]:
    """The segments of a page in groups that are read one after the other, each from top to bottom."""
    gutter = _gutter(parts) if depth < _DEEPEST else None
    if gutter is None:
        return [list(parts)] if parts else []
    ordered: list[list[Segment]] = []
    for left, right, across in _bands(parts, gutter):
        if across:
            ordered.append(across)
        else:
            ordered += [*regions(left, depth + 1), *regions(right, depth + 1)]
    return ordered


Band = tuple[list[Segment], list[Segment], list[Segment]]
"""From one height to another: what is left of the gutter, right of it, or (then alone) across it."""


def _bands(parts: Sequence[Segment], gutter: float) -> list[Band]:
    """The page from top to bottom as bands of two columns and bands across both."""
    bands: list[Band] = [([], [], [])]
    for part in sorted(parts, key=lambda part: part.top):
        side = 0 if part.x1 <= gutter else 1 if part.x0 >= gutter else 2
        if (side == 2) != bool(bands[-1][2]):
            bands.append(([], [], []))
        bands[-1][side].append(part)
    joined: list[Band] = []
    for left, right, across in bands:
        if len(left) + len(right) < 2 * _FEWEST:  # too little to be columns: authors, a line of figures
            if not (joined and joined[-1][2]):
                joined.append(([], [], []))
            joined[-1][2].extend([*left, *right, *across])
        else:
            joined.append((left, right, across))
    return joined


def _gutter(parts: Sequence[Segment]) -> float | None:
    """The middle of the space between two columns of running text, None where there is one column."""
    starts = Counter(round(part.x0) for part in parts if not part.rows)
    best, gutter = 0.0, None
    for start in sorted(start for start, count in starts.items() if count >= 3):
        left = sorted((part for part in parts if part.x1 <= start - 2), key=lambda part: part.x1)
        right = [part for part in parts if part.x0 >= start - 2]
        across = len(parts) - len(left) - len(right)
        score = min(len(left), len(right)) - across
        if score > best and _running(left) and _running(right) and _beside(left, right):
            best, gutter = score, (left[len(left) * 9 // 10].x1 + start) / 2
    return gutter


def _running(parts: Sequence[Segment]) -> bool:
    """Whether these are lines of running text: enough of them, and most of them long."""
    wide = sum(part.x1 - part.x0 > _WIDE * part.size for part in parts)
    return len(parts) >= _FEWEST and wide >= 0.5 * len(parts)


def _beside(left: Sequence[Segment], right: Sequence[Segment]) -> bool:
    """Whether the two stand side by side over half the height of the shorter one."""
    tops = max(min(part.top for part in side) for side in (left, right))
    bottoms = min(max(part.bottom for part in side) for side in (left, right))
    shorter = min(
        max(part.bottom for part in side) - min(part.top for part in side) for side in (left, right)
    )
    return bottoms - tops > 0.5 * shorter
