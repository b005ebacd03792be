"""Pictures as they show, upright and scaled down: for models that see, and for pages that show them.

Reads no text (`image.py` does) and knows no document.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from rag.errors import UnreadableFile

Pixels = npt.NDArray[np.uint8]
"""Shape (height, width, 3): red, green, blue."""

MOST_PIXELS = 100_000_000
"""Pixels of a picture: a sheet of A3 at 600 dots an inch has 70 million."""
TOO_LARGE = "is a picture of more than 100 million pixels; scale it down and add it again."
DAMAGED = "is a damaged picture; save or download it again."
FLAWS = (OSError, ValueError, SyntaxError, KeyError, IndexError, TypeError, EOFError, ArithmeticError)
"""What Pillow raises on damaged files: its own error is an OSError; its parsers run into the others."""
LONGEST = 512
"""Pixels of the longer side; models that see scale to 224 to 384."""


def frames(path: Path) -> int:
    """How many pictures the file holds: a TIFF may hold several, all others count as one."""
    with _opened(path) as image:
        return getattr(image, "n_frames", 1) if image.format == "TIFF" else 1


def shown(source: Path | bytes, frame: int = 1) -> bytes:
    """A frame (from 1) as a small PNG, upright, on white. Raises UnreadableFile."""
    with _opened(source) as image:
        image.seek(frame - 1)
        if image.width * image.height > MOST_PIXELS:
            raise UnreadableFile(TOO_LARGE)
        data = io.BytesIO()
        upright(image, LONGEST).save(data, "PNG", compress_level=1)
        return data.getvalue()


def pixels(picture: bytes) -> Pixels:
    """The pixels of a picture that `shown` made. Raises UnreadableFile."""
    with _opened(picture) as image:
        return np.asarray(image.convert("RGB"))


def upright(image: Image.Image, longest: int) -> Image.Image:
    """The picture as its camera held it, on white where it is clear, its longer side no longer than this."""
    image.draft("RGB", (longest, longest))  # a JPEG is unpacked no larger than this where it can be
    turned = ImageOps.exif_transpose(image)
    turned.thumbnail((longest, longest))
    if turned.mode in ("RGBA", "LA", "PA") or "transparency" in turned.info:
        clear = turned.convert("RGBA")
        white = Image.new("RGBA", clear.size, "white")
        turned = Image.alpha_composite(white, clear)
    return turned.convert("RGB")


@contextmanager
def _opened(source: Path | bytes) -> Iterator[Image.Image]:
    """Hold an open picture; what Pillow raises becomes a sentence that follows the file's name."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of sizes, which are checked here, and of odd tags
            with Image.open(io.BytesIO(source) if isinstance(source, bytes) else source) as image:
                yield image
    except Image.DecompressionBombError as error:
        raise UnreadableFile(TOO_LARGE) from error
    except FLAWS as error:
        raise UnreadableFile(DAMAGED) from error
