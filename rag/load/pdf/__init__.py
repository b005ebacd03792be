"""PDF: PDFium opens it and reads words and rules with their places, pypdf its outline and form.

Words become segments, tables, columns, lines and paragraphs here; no font is kept. Pages without text are
drawn and recognised, where that is wanted.
"""

from __future__ import annotations

from functools import partial

import pypdfium2  # type: ignore[import-untyped]

from rag.errors import EmptyDocument, UnreadableFile
from rag.load.draft import Draft
from rag.load.limits import Limits
from rag.load.pdf.compose import compose
from rag.load.pdf.opening import fields, opened, outlined, plain_text, titles
from rag.load.pdf.page import PageText, picture, typed
from rag.load.pdf.scans import Scans
from rag.types import Document


def read(data: bytes, limits: Limits) -> Document:
    """The text page by page, in reading order, with headings and tables."""
    file, password = opened(data, limits)
    pdf = outlined(data, password)
    scans = Scans(limits)
    draft = Draft()
    compose(draft, _pages(file, scans), titles(pdf), partial(plain_text, pdf))
    draft.block("\n".join(fields(pdf)))
    draft.note(*scans.notes())
    document = draft.document("application/pdf")
    if not document.text.strip():
        raise EmptyDocument(f"is a PDF without text; {scans.remedy()}")
    return document


def _pages(file: pypdfium2.PdfDocument, scans: Scans) -> list[PageText]:
    scans.pages = len(file)
    try:
        with scans:
            return [_page(file[index], index + 1, scans) for index in range(len(file))]
    except pypdfium2.PdfiumError as error:
        raise UnreadableFile("is a damaged PDF and cannot be read; save or download it again.") from error


def _page(page: pypdfium2.PdfPage, number: int, scans: Scans) -> PageText:
    try:
        text = typed(page)
        return (scans.read(number, partial(picture, page)) or text) if text.blind else text
    finally:
        page.close()
