"""Pictures: the text that is recognised on them, page by page where a file holds several (TIFF)."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from functools import partial

from PIL import Image, ImageOps

from rag.errors import EmptyDocument, UnreadableFile
from rag.load.draft import Draft
from rag.load.limits import Limits
from rag.load.pdf.compose import compose
from rag.load.pdf.page import PageText
from rag.load.pdf.scans import Scans
from rag.types import Document

_MOST_PIXELS = 100_000_000
"""Pixels of a picture: a sheet of A3 at 600 dots an inch has 70 million."""
_TOO_LARGE = "is a picture of more than 100 million pixels; scale it down and add it again."
_LONGEST = 3000
"""Pixels of the longer side at which a picture is recognised."""
_FLAWS = (OSError, ValueError, SyntaxError, KeyError, IndexError, TypeError, EOFError, ArithmeticError)
"""What Pillow raises on damaged files: its own error is an OSError; its parsers run into the others."""


def read(data: bytes, limits: Limits) -> Document:
    """What is recognised on the picture; each frame of a TIFF is a page."""
    scans = Scans(limits)
    draft = Draft()
    try:
        with scans, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of sizes that are checked here, and of odd tags
            with Image.open(io.BytesIO(data)) as image:
                media_type = Image.MIME.get(image.format or "", "image/*")
                pages = [page for page in _pages(image, scans, limits) if page]
    except Image.DecompressionBombError as error:
        raise UnreadableFile(_TOO_LARGE) from error
    except _FLAWS as error:
        raise UnreadableFile("is a damaged picture; save or download it again.") from error
    compose(draft, pages, {})
    draft.note(*scans.notes())
    document = draft.document(media_type)
    if not document.text.strip():
        raise EmptyDocument(f"is a picture; {scans.remedy()}")
    return document


def _pages(image: Image.Image, scans: Scans, limits: Limits) -> Iterator[PageText | None]:
    frames = getattr(image, "n_frames", 1) if image.format == "TIFF" else 1
    if frames > limits.pages:
        raise UnreadableFile(
            f"has {frames} pages and the limit is {limits.pages}; split it or raise RAG_MAX_PAGES."
        )
    scans.pages = frames
    for number in range(frames):
        image.seek(number)
        if image.width * image.height > _MOST_PIXELS:
            raise UnreadableFile(_TOO_LARGE)
        yield scans.read(number + 1, partial(_upright, image))


def _upright(image: Image.Image) -> Image.Image:
    """The picture as its camera held it, on white where it is clear, no larger than is recognised."""
    image.draft("RGB", (_LONGEST, _LONGEST))  # a JPEG is unpacked no larger than this where it can be
    turned = ImageOps.exif_transpose(image)
    turned.thumbnail((_LONGEST, _LONGEST))
    if turned.mode in ("RGBA", "LA", "PA") or "transparency" in turned.info:
        clear = turned.convert("RGBA")
        white = Image.new("RGBA", clear.size, "white")
        turned = Image.alpha_composite(white, clear)
    return turned.convert("RGB")
