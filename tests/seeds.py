"""A small good file for each reader that a library can write for: what the fuzzer damages."""

from __future__ import annotations

import io
import json
from email.message import EmailMessage

import docx
import openpyxl
import pptx
from PIL import Image, ImageDraw
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from tests import hostile

_OPEN = "urn:oasis:names:tc:opendocument:xmlns"
_TABLE = "<table><tr><td>a</td><td>b</td></tr></table>"
_CHAPTER = f"<html><body><h1>Care</h1><p>Wash <b>cold</b>.</p>{_TABLE}</body></html>"


def files() -> dict[str, bytes]:
    """Name and bytes of each."""
    return {
        "seed.pdf": pdf(),
        "seed.docx": word(),
        "seed.xlsx": workbook(),
        "seed.pptx": deck(),
        "seed.odt": open_document(),
        "seed.epub": book(),
        "seed.rtf": rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}\f0 The \b warranty\b0  lasts;"
        rb" M\'fcller.\par\u8364? 3}",
        "seed.html": ("<!doctype html>" + _CHAPTER).encode(),
        "seed.md": b"# Care\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n> ## Quoted\n\n- one\n  - two\n",
        "seed.csv": b'Item,Price\n"Tent, green",1.299\nRope,"4""0"\n',
        "seed.rst": b"=====\nGuide\n=====\n\nWords.\n\nSetting up\n----------\n\nA | b\n",
        "seed.json": json.dumps(
            {"shop": {"open": [9, 18], "name": "x"}, "rows": [{"a": 1}, {"a": None}]}
        ).encode(),
        "seed.jsonl": b'{"item": "Tent", "price": 129.5}\n{"item": "Rope", "stock": true}\n',
        "seed.xml": b'<?xml version="1.0"?><b><s><title>R</title><p>In <i>30</i> days.</p></s>'
        b"<o><id>7</id></o></b>",
        "seed.eml": mail(),
        "seed.zip": hostile.packed({"a/one.txt": "First words.", "b/two.md": "# Second\n\nMore."}),
        "seed.png": picture("Hi"),
        "seed.jpg": picture("Hi", format="JPEG"),
        "seed.tif": picture("Hi", format="TIFF"),
        "seed.gif": picture("Hi", format="GIF"),
        "seed.bmp": picture("Hi", format="BMP"),
        "seed.webp": picture("Hi", format="WEBP"),
        "seed.txt": "Die Rückgabe ist möglich.\r\nZeile zwei\n".encode("cp1252"),
    }


def pdf() -> bytes:
    """Two pages: a heading, lines, a ruled table, an outline."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=True)
    for page in range(2):
        canvas.bookmarkPage(str(page))
        canvas.addOutlineEntry(f"Part {page}", str(page), 0)
        canvas.setFont("Helvetica-Bold", 16)
        canvas.drawString(72, 780, f"Part {page}")
        canvas.setFont("Helvetica", 10)
        for line in range(8):
            canvas.drawString(
                72, 740 - 13 * line, "Goods are taken back within thirty days of their arrival."
            )
        canvas.grid([72, 172, 272], [400, 420, 440])
        for column, row in ((0, 0), (0, 1), (1, 0), (1, 1)):
            canvas.drawString(76 + 100 * column, 405 + 20 * row, f"cell {row}{column}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def word() -> bytes:
    """Headings, a list, a table."""
    document = docx.Document()
    document.add_heading("Manual", 0)
    document.add_paragraph("Wipe it", style="List Number")
    document.add_table(rows=2, cols=2).cell(0, 0).text = "Part"
    return _saved(document)


def workbook() -> bytes:
    """Two sheets with numbers, dates and a formula."""
    book = openpyxl.Workbook()
    for row in (["Item", "Price"], ["Tent", 129.5], ["Sum", "=SUM(B2:B2)"]):
        book.active.append(row)
    book.create_sheet("Other").append([True, None, "x"])
    return _saved(book)


def deck() -> bytes:
    """A slide with title, text, table and notes."""
    show = pptx.Presentation()
    slide = show.slides.add_slide(show.slide_layouts[1])
    slide.shapes.title.text = "Results"
    slide.placeholders[1].text = "Sales grew\nCosts fell"
    slide.shapes.add_table(2, 2, 0, 5_000_000, 3_000_000, 800_000).table.cell(0, 0).text = "Year"
    slide.notes_slide.notes_text_frame.text = "Mention the weather."
    return _saved(show)


def _saved(document: object) -> bytes:
    out = io.BytesIO()
    document.save(out)  # type: ignore[attr-defined]
    return out.getvalue()


def open_document() -> bytes:
    """OpenDocument text with a heading, a list and a table."""
    content = (
        f'<o:document-content xmlns:o="{_OPEN}:office:1.0" xmlns:t="{_OPEN}:text:1.0" '
        f'xmlns:b="{_OPEN}:table:1.0"><o:body><o:text><t:h t:outline-level="2">Care</t:h>'
        "<t:p>Wash<t:s/>cold.</t:p><t:list><t:list-item><t:p>dry</t:p></t:list-item></t:list>"
        '<b:table><b:table-row><b:table-cell b:number-columns-repeated="3"><t:p>Part</t:p></b:table-cell>'
        "</b:table-row></b:table></o:text></o:body></o:document-content>"
    )
    return hostile.packed({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content})


def book() -> bytes:
    """An EPUB of one chapter."""
    return hostile.packed(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<container><rootfiles><rootfile full-path="in/b.opf"/>'
            "</rootfiles></container>",
            "in/b.opf": '<package><manifest><item id="a" href="a.xhtml"/></manifest>'
            '<spine><itemref idref="a"/></spine></package>',
            "in/a.xhtml": _CHAPTER,
        }
    )


def mail() -> bytes:
    """A mail in two versions with two attachments."""
    message = EmailMessage()
    message["Subject"] = "Rückgabe Zelt"
    message["From"] = "Ada <ada@example.org>"
    message["Date"] = "Fri, 1 May 2026 10:00:00 +0200"
    message.set_content("The tent arrived torn.")
    message.add_alternative("<p>The <b>tent</b> arrived torn.</p>", subtype="html")
    message.add_attachment(b"a,b\n1,2\n", maintype="text", subtype="csv", filename="list.csv")
    message.add_attachment(picture("Hi"), maintype="image", subtype="png", filename="tear.png")
    return bytes(message)


def picture(*lines: str, size: int = 24, format: str = "PNG", turned: int = 0) -> bytes:
    """A picture of these lines, black on white, turned by so many degrees against the clock."""
    from PIL import ImageFont

    font = ImageFont.load_default(size)
    width = max(int(font.getlength(line)) for line in lines) + 2 * size
    image = Image.new("RGB", (width, (2 * len(lines) + 1) * size), "white")
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        draw.text((size, (2 * number + 0.7) * size), line, fill="black", font=font)
    out = io.BytesIO()
    image.rotate(turned, expand=True, fillcolor="white").save(out, format)
    return out.getvalue()
