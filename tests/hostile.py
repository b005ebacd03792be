"""Makers of bad files: each returns the bytes of one that a reader must refuse, or survive."""

from __future__ import annotations

import io
import zipfile

import docx
from PIL import Image
from pypdf import PdfWriter
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

JUNK = bytes((index * 7919) % 251 for index in range(4096))
"""Binary data without a signature."""


def scan() -> bytes:
    """A picture without anything on it."""
    out = io.BytesIO()
    Image.new("L", (60, 80), 200).save(out, "PNG")
    return out.getvalue()


def wide_picture() -> bytes:
    """A few kilobytes that unfold to 120 million pixels."""
    out = io.BytesIO()
    Image.new("1", (12_000, 10_000)).save(out, "PNG")
    return out.getvalue()


PNG = b"\x89PNG\r\n\x1a\n" + JUNK
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + JUNK


def pdf(*pages: str) -> bytes:
    """A good PDF with one line of text a page."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=True)
    for text in pages:
        canvas.drawString(72, 700, text)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def encrypted_pdf(user: str) -> bytes:
    """Encrypted so that `user` opens it; an empty one opens without a question."""
    writer = PdfWriter()
    writer.append(io.BytesIO(pdf("Secret terms of the agreement.")))
    writer.encrypt(user_password=user, owner_password="owner", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def pdf_without_pages() -> bytes:
    out = io.BytesIO()
    PdfWriter().write(out)
    return out.getvalue()


def scanned_pdf() -> bytes:
    """A page that is a picture."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=True)
    canvas.drawImage(ImageReader(Image.new("L", (60, 80), 200)), 0, 0, *A4)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def damaged_pdf() -> bytes:
    """Begins like a PDF and holds nothing of one."""
    return b"%PDF-1.7\n" + JUNK


def word(*paragraphs: str) -> bytes:
    """A good Word document."""
    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def packed_bomb(unpacked_mb: int) -> bytes:
    """A Word document of a few kilobytes whose text unpacks to so many megabytes."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(word("bomb"))) as good,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as bad,
    ):
        for name in good.namelist():
            if name != "word/document.xml":
                bad.writestr(name, good.read(name))
        with bad.open("word/document.xml", "w") as text:
            for _ in range(unpacked_mb):
                text.write(b" " * 1_000_000)
    return out.getvalue()


def zip_bomb(unpacked_mb: int) -> bytes:
    """An archive of a text of so many megabytes, a thousandth of that in size."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("long.txt", b" " * unpacked_mb * 1_000_000)
    return out.getvalue()


def nested_html(depth: int) -> bytes:
    return ("<html><body>" + "<div>" * depth + "the bottom" + "</div>" * depth + "</body></html>").encode()


def packed(entries: dict[str, str | bytes]) -> bytes:
    """A ZIP archive of these entries."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


def unpacked(data: bytes) -> dict[str, bytes]:
    """The entries of a ZIP archive."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
