"""Pictures: the text that is recognised on them, page by page where a file holds several (TIFF)."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from PIL import Image

from rag.errors import EmptyDocument, UnreadableFile
from rag.load.draft import Draft
from rag.load.limits import Limits
from rag.load.pdf.compose import compose
from rag.load.pdf.page import PageText
from rag.load.pdf.scans import Scans
from rag.load.pictures import DAMAGED, FLAWS, MOST_PIXELS, TOO_LARGE, upright
from rag.types import Document

_LONGEST = 3000
"""Pixels of the longer side at which a picture is recognised."""
_TEXTLESS = "No text: found by what it shows, under Similar, and by nothing else."


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
        raise UnreadableFile(TOO_LARGE) from error
    except FLAWS as error:
        raise UnreadableFile(DAMAGED) from error
    compose(draft, pages, {})
    draft.note(*scans.notes())
    document = draft.document(media_type)
    if document.text.strip():
        return document
    if limits.textless:
        return replace(document, notes=(*document.notes, _TEXTLESS))
    raise EmptyDocument(f"is a picture; {scans.remedy()}")


def _pages(image: Image.Image, scans: Scans, limits: Limits) -> Iterator[PageText | None]:
    frames = getattr(image, "n_frames", 1) if image.format == "TIFF" else 1
    if frames > limits.pages:
        raise UnreadableFile(
            f"has {frames} pages and the limit is {limits.pages}; split it or raise RAG_MAX_PAGES."
        )
    scans.pages = frames
    for number in range(frames):
        image.seek(number)
        if image.width * image.height > MOST_PIXELS:
            raise UnreadableFile(TOO_LARGE)
        yield scans.read(number + 1, partial(upright, image, _LONGEST))
