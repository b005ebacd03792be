"""A PDF is opened: is it encrypted, how many pages has it; then what its outline and its form say."""

from __future__ import annotations

import io
import logging
from collections.abc import Sequence
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from rag.errors import EmptyDocument, LockedFile, UnreadableFile
from rag.load.limits import Limits
from rag.load.pdf.flow import bare

logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it warns of every flaw that it can mend

FLAWS = (
    PyPdfError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    IndexError,
    AssertionError,
    NotImplementedError,
    ArithmeticError,
)
"""What pypdf raises on damaged files: its own errors, and those that its parsing of garbage runs into."""
_NO_PAGES = "is a PDF without pages; save or download it again."
_DEEPEST = 6


def opened(data: bytes, limits: Limits) -> tuple[pypdfium2.PdfDocument, str]:
    """The open file and the password that opened it; refuses what is locked, damaged, empty or too long."""
    file, password = _unlocked(data, ("", *limits.passwords))
    if len(file) == 0:
        raise EmptyDocument(_NO_PAGES)
    if len(file) > limits.pages:
        raise UnreadableFile(
            f"has {len(file)} pages and the limit is {limits.pages}; split it or raise RAG_MAX_PAGES."
        )
    return file, password


def _unlocked(data: bytes, passwords: Sequence[str]) -> tuple[pypdfium2.PdfDocument, str]:
    for password in passwords:
        try:
            return pypdfium2.PdfDocument(data, password=password or None), password
        except pypdfium2.PdfiumError as error:
            # A file without pages sets no error of its own: PDFium then tells that of the file before
            if b"/Encrypt" not in data:
                raise _damage(data) from error
            if error.err_code == pdfium.FPDF_ERR_SECURITY:
                raise UnreadableFile(
                    "is encrypted in a way that cannot be opened; save it without encryption and add that."
                ) from error
            if error.err_code != pdfium.FPDF_ERR_PASSWORD:
                raise _damage(data) from error
    if len(passwords) > 1:
        raise LockedFile(
            "is encrypted and the password given does not open it; give the right one, "
            "or save it without a password and add it again."
        )
    raise LockedFile(
        "is encrypted with a password; give it (add --password), or save it without one and add it again."
    )


def _damage(data: bytes) -> UnreadableFile | EmptyDocument:
    """Why PDFium does not open the file: it takes one without pages for damaged."""
    try:
        if len(PdfReader(io.BytesIO(data)).pages) == 0:
            return EmptyDocument(_NO_PAGES)
    except FLAWS:
        pass
    return UnreadableFile("is a damaged PDF and cannot be read; save or download it again.")


def outlined(data: bytes, password: str) -> PdfReader | None:
    """The file as pypdf opens it, for outline and form; None where pypdf is lost in it."""
    try:
        pdf = PdfReader(io.BytesIO(data))
        locked = pdf.is_encrypted and not pdf.decrypt(password)
        return None if locked or not len(pdf.pages) else pdf
    except FLAWS:
        return None


def titles(pdf: PdfReader | None) -> dict[str, int]:
    """Outline entries by their bare words, with their level, 1 the highest."""
    found: dict[str, int] = {}
    try:
        pending: list[tuple[Any, int]] = [(pdf.outline if pdf else [], 0)]
        while pending:
            entry, level = pending.pop()
            if isinstance(entry, list):
                if level < _DEEPEST:
                    pending.extend((below, level + 1) for below in reversed(entry))
            else:
                found.setdefault(bare(str(entry.title or "")), level)
    except (*FLAWS, RecursionError):
        return {}
    found.pop("", None)
    return found


def fields(pdf: PdfReader | None) -> list[str]:
    """What was filled into the form, a line "name: value" each; PDFium draws it but does not read it."""
    try:
        filled = (pdf.get_fields() if pdf and "/AcroForm" in pdf.root_object else None) or {}
        values = ((field.name, field.value) for field in filled.values())
        return [
            f"{name}: {value}" for name, value in values if isinstance(value, str) and value[:1] not in "/"
        ]
    except (*FLAWS, RecursionError):
        return []


def plain_text(pdf: PdfReader | None, number: int) -> str:
    """The text of a page (counted from 1) as pypdf reads it, for pages where PDFium finds none."""
    try:
        return pdf.pages[number - 1].extract_text() if pdf else ""
    except FLAWS:
        return ""
