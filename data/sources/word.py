"""Writes a source as a DOCX with real heading, list and table styles. Bytes are the same on every run."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from pathlib import Path

import docx
from docx.document import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph
from markup import Block, Source, runs, typeset

ACCENT = RGBColor(0x1F, 0x5A, 0x4A)
WRITTEN = datetime(2026, 5, 4, 9, 0)
STYLES = {"bullet": "List Bullet", "step": "List Number", "text": "Normal", "note": "Intense Quote"}


def write(source: Source, target: Path) -> None:
    """Write the document."""
    document = docx.Document()
    describe(document, source.front)
    document.add_paragraph(source.front["title"], style="Title")
    document.add_paragraph(source.front["subtitle"], style="Subtitle")
    document.add_paragraph(f"{source.front['company']} · {source.front['edition']}")
    previous = ""
    for block in source.blocks:
        if block.kind == "table":
            add_table(document, block)
        else:
            add_paragraph(document, block, restart=block.kind == "step" and previous != "step")
        previous = block.kind
    target.write_bytes(same_every_time(document))


def describe(document: Document, front: dict[str, str]) -> None:
    """Set the properties, page, fonts and running head."""
    core = document.core_properties
    core.title, core.subject, core.author = front["title"], front["subtitle"], front["author"]
    core.created = core.modified = WRITTEN
    core.last_modified_by, core.comments = front["author"], ""
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(25)
    section.header.paragraphs[0].text = f"{front['company']} · {front['head']}"
    font(document.styles["Normal"], 10.5)
    document.styles["Normal"].paragraph_format.space_after = Pt(6)
    for name, size in (("Title", 26), ("Subtitle", 13), ("Heading 1", 16), ("Heading 2", 12.5)):
        font(document.styles[name], size, ACCENT)
    font(document.styles["Intense Quote"], 10.5, RGBColor(0x8A, 0x2F, 0x14))
    document.styles["Caption"].font.color.rgb = ACCENT


def font(style: ParagraphStyle, size: float, colour: RGBColor | None = None) -> None:
    """Calibri in a size; the theme's font would win over it in headings, so it is taken out."""
    style.font.name, style.font.size = "Calibri", Pt(size)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for key in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{key}"), None)
    if colour is not None:
        style.font.color.rgb = colour


def add_paragraph(document: Document, block: Block, *, restart: bool) -> None:
    """Add a heading, list item, note or paragraph."""
    if block.kind == "heading":
        document.add_heading(typeset(block.text), level=int(block.mark))
        return
    paragraph = document.add_paragraph(style=STYLES[block.kind])
    text = f"**{block.mark}:** {block.text}" if block.kind == "note" else block.text
    for part, bold in runs(typeset(text)):
        paragraph.add_run(part).bold = bold or None
    if block.kind == "step":
        number(document, paragraph, restart=restart)


def number(document: Document, paragraph: Paragraph, *, restart: bool) -> None:
    """Give the step its list; each procedure begins at 1 again."""
    numbering = document.part.numbering_part.numbering_definitions._numbering
    if restart:
        abstract = numbering.num_having_numId(list_style(document)).abstractNumId.val
        numbering.add_num(abstract).add_lvlOverride(ilvl=0).add_startOverride(1)
    properties = paragraph._p.get_or_add_pPr().get_or_add_numPr()
    properties.get_or_add_numId().val = max(num.numId for num in numbering.num_lst)
    properties.get_or_add_ilvl().val = 0


def list_style(document: Document) -> int:
    """The id of the list that the style "List Number" uses."""
    return int(document.styles["List Number"].element.pPr.numPr.numId.val)


def add_table(document: Document, block: Block) -> None:
    """Add a table under its caption; the header row repeats on every page."""
    document.add_paragraph(block.mark, style="Caption")
    table = document.add_table(rows=0, cols=len(block.rows[0]), style="Light Grid Accent 3")
    for row in block.rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = typeset(text)
    repeat = OxmlElement("w:tblHeader")
    table.rows[0]._tr.get_or_add_trPr().append(repeat)
    document.add_paragraph()


def same_every_time(document: Document) -> bytes:
    """The file's bytes with the clock taken out of the archive."""
    written, fixed = io.BytesIO(), io.BytesIO()
    document.save(written)
    with zipfile.ZipFile(written) as before, zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            after.writestr(zipfile.ZipInfo(name, WRITTEN.timetuple()[:6]), before.read(name),
                           zipfile.ZIP_DEFLATED)  # fmt: skip
    return fixed.getvalue()
