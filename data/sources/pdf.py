"""Draws a source as a PDF, in one of two looks: a house handbook or a contract.

Fonts are those that every PDF reader has (Helvetica, Times), so the files stay small. Bytes are the same
on every run (reportlab's invariant mode).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from markup import Block, Source, runs, typeset
from reportlab.lib.colors import HexColor, white
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    HRFlowable,
    KeepTogether,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
)

MARGIN = 24 * mm
WIDTH = A4[0] - 2 * MARGIN
GREY = HexColor("#66716c")


@dataclass(frozen=True, slots=True)
class Look:
    """Typefaces, sizes in points and colours of one kind of document."""

    regular: str
    bold: str
    heading: str
    size: float
    ink: HexColor
    accent: HexColor
    tint: HexColor
    cover: bool


HANDBOOK = Look("Helvetica", "Helvetica-Bold", "Helvetica-Bold", 10.8,
                HexColor("#22302b"), HexColor("#1f5a4a"), HexColor("#eef4f1"), cover=False)  # fmt: skip
CONTRACT = Look("Times-Roman", "Times-Bold", "Times-Bold", 11.6,
                HexColor("#1a1a1a"), HexColor("#2b3a55"), HexColor("#f1f3f7"), cover=True)  # fmt: skip


def write(source: Source, look: Look, target: Path) -> None:
    """Write the PDF. Drawn twice: the first pass counts the pages for "Page 3 of 12"."""
    total = draw(source, look, target, "")
    draw(source, look, target, f" of {total}")


def draw(source: Source, look: Look, target: Path, total: str) -> int:
    """Draw all pages and return how many there are."""
    pages = Pages(source, look, target, total)
    pages.build([*opening(source, look), *body(source.blocks, look)])
    return int(pages.page)


class Pages(BaseDocTemplate):  # type: ignore[misc]
    """A4 pages with a running head, a page number and an outline of the headings."""

    def __init__(self, source: Source, look: Look, target: Path, total: str) -> None:
        front = source.front
        super().__init__(
            str(target), pagesize=A4, invariant=1, title=f"{front['title']} ({front['head']})",
            author=front["author"], subject=front["subtitle"], lang="en-GB",
        )  # fmt: skip
        self.front, self.look, self.total, self.headings = front, look, total, 0
        frame = Frame(MARGIN, 22 * mm, WIDTH, A4[1] - 49 * mm, 0, 0, 0, 0)
        self.addPageTemplates(PageTemplate("page", [frame], onPage=self.top, onPageEnd=self.foot))

    def top(self, canvas: Canvas, _document: BaseDocTemplate) -> None:
        """Draw the running head, which the first page goes without."""
        if canvas.getPageNumber() == 1:
            return
        canvas.saveState()
        canvas.setFont(self.look.regular, 8)
        canvas.setFillColor(GREY)
        canvas.setStrokeColor(GREY)
        canvas.setLineWidth(0.3)
        canvas.drawString(MARGIN, A4[1] - 17 * mm, self.front["head"])
        canvas.drawRightString(A4[0] - MARGIN, A4[1] - 17 * mm, self.front["edition"])
        canvas.line(MARGIN, A4[1] - 19 * mm, A4[0] - MARGIN, A4[1] - 19 * mm)
        canvas.restoreState()

    def foot(self, canvas: Canvas, _document: BaseDocTemplate) -> None:
        """Draw the page number, after the text so that it is also read after it."""
        canvas.saveState()
        canvas.setFont(self.look.regular, 8)
        canvas.setFillColor(GREY)
        canvas.drawCentredString(A4[0] / 2, 12 * mm, f"Page {canvas.getPageNumber()}{self.total}")
        canvas.restoreState()

    def afterFlowable(self, flowable: Flowable) -> None:
        """Headings become the outline that PDF readers show beside the pages."""
        level = getattr(flowable, "outline_level", None)
        if level is None:
            return
        self.headings += 1
        key = f"heading-{self.headings}"
        self.canv.bookmarkPage(key)
        self.canv.addOutlineEntry(flowable.getPlainText(), key, level - 1, closed=level > 1)


def style(look: Look, name: str, **changes: object) -> ParagraphStyle:
    """The text style of a look, with changes."""
    base = {"fontName": look.regular, "fontSize": look.size, "leading": look.size * 1.45,
            "textColor": look.ink, "spaceAfter": look.size * 0.62,
            "allowWidows": 0, "allowOrphans": 0}  # fmt: skip
    return ParagraphStyle(name, **{**base, **changes})


def rich(text: str, look: Look) -> str:
    """Reportlab's inline markup of a line."""
    parts = [(escape(part), bold) for part, bold in runs(typeset(text))]
    return "".join(f'<font name="{look.bold}">{part}</font>' if bold else part for part, bold in parts)


def opening(source: Source, look: Look) -> list[Flowable]:
    """The title block: a coloured band for the handbook, a centred title page for the contract."""
    front = source.front
    if look.cover:
        return cover(front, look)
    small = style(look, "company", textColor=white, fontSize=9.5, spaceAfter=2)
    big = style(look, "title", textColor=white, fontName=look.heading, fontSize=27, leading=34, spaceAfter=2)
    lines = [Paragraph(escape(front["company"].upper()), small), Paragraph(escape(front["title"]), big),
             Paragraph(escape(front["subtitle"]), style(look, "sub", textColor=white, fontSize=11.5)),
             Paragraph(escape(front["edition"]), small)]  # fmt: skip
    band = Table([[lines]], colWidths=[WIDTH])
    band.setStyle(
        [("BACKGROUND", (0, 0), (-1, -1), look.accent), ("LEFTPADDING", (0, 0), (-1, -1), 16),
         ("TOPPADDING", (0, 0), (-1, -1), 16), ("BOTTOMPADDING", (0, 0), (-1, -1), 12)]
    )  # fmt: skip
    return [band, Spacer(0, 12)]


def cover(front: dict[str, str], look: Look) -> list[Flowable]:
    """The upper part of the contract's title page; the parties follow as its first table."""
    centred = {"alignment": TA_CENTER}
    title = style(
        look, "title", fontName=look.heading, fontSize=30, leading=38, textColor=look.accent, **centred
    )
    line = HRFlowable(width="30%", color=look.accent, thickness=1.2, spaceBefore=10, spaceAfter=14)
    return [
        Spacer(0, 110),
        Paragraph(escape(front["title"].upper()), title),
        Paragraph(escape(front["subtitle"]), style(look, "sub", fontSize=13, leading=18, **centred)),
        line,
        Paragraph(escape(front["edition"]), style(look, "date", fontSize=11.5, **centred)),
        Paragraph(escape(front["company"]), style(look, "company", fontSize=11.5, **centred)),
        Spacer(0, 44),
    ]


def body(blocks: list[Block], look: Look) -> list[Flowable]:
    """All blocks as flowables; headings stay on one page with the table or paragraph below them."""
    story: list[Flowable] = []
    above: list[Flowable] = []
    for block in blocks:
        if look.cover and block.text.startswith("1. "):
            story.append(PageBreak())
        if block.kind == "heading":
            above.append(heading(block, look))
            continue
        below = [*above, *flow(block, look)]
        story += [KeepTogether(below)] if block.kind == "table" else below
        above = []
    return story


def flow(block: Block, look: Look) -> list[Flowable]:
    """One block as flowables."""
    if block.kind == "break":
        return [PageBreak()]
    if block.kind == "table":
        return table(block, look)
    if block.kind == "text":
        return [Paragraph(rich(block.text, look), style(look, "text"))]
    left = {"bullet": 14, "step": 18, "clause": 30, "point": 50}[block.kind]
    start = {"bullet": 3, "step": 3, "clause": 0, "point": 30}[block.kind]
    mark = f"{block.mark}." if block.kind == "step" else block.mark
    after = look.size * (0.3 if block.kind in ("bullet", "step") else 0.6)
    shape = style(look, block.kind, leftIndent=left, bulletIndent=start, spaceAfter=after,
                  bulletFontName=look.regular, bulletFontSize=look.size)  # fmt: skip
    return [Paragraph(rich(block.text, look), shape, bulletText=mark)]


def heading(block: Block, look: Look) -> Paragraph:
    """A heading that the outline lists."""
    level = int(block.mark)
    size = look.size + (5.5 if level == 1 else 1.7) - (2.5 if look.cover else 0)
    shape = style(look, f"h{level}", fontName=look.heading, fontSize=size, leading=size * 1.3,
                  textColor=look.accent, spaceBefore=size * (1.0 if level == 1 else 0.7),
                  spaceAfter=size * 0.45, keepWithNext=1)  # fmt: skip
    paragraph = Paragraph(typeset(escape(block.text)), shape)
    paragraph.outline_level = level
    return paragraph


def table(block: Block, look: Look) -> list[Flowable]:
    """A ruled table with its caption."""
    header, *rows = block.rows
    cell = style(look, "cell", fontSize=look.size - 1, leading=(look.size - 1) * 1.3, spaceAfter=0)
    head = style(look, "head", parent=None, fontName=look.bold, fontSize=look.size - 1,
                 leading=(look.size - 1) * 1.3, textColor=white, spaceAfter=0)  # fmt: skip
    cells = [[Paragraph(rich(text, look), head) for text in header]]
    cells += [[Paragraph(rich(text, look), cell) for text in row] for row in rows]
    drawn = Table(
        cells, colWidths=widths(block.rows, look), repeatRows=1, spaceBefore=2, spaceAfter=look.size * 1.3
    )
    drawn.setStyle(
        [("BACKGROUND", (0, 0), (-1, 0), look.accent), ("VALIGN", (0, 0), (-1, -1), "TOP"),
         ("ROWBACKGROUNDS", (0, 1), (-1, -1), [white, look.tint]),
         ("GRID", (0, 0), (-1, -1), 0.5, HexColor("#b9c4bf")),
         ("TOPPADDING", (0, 0), (-1, -1), 3.5), ("BOTTOMPADDING", (0, 0), (-1, -1), 4.5)]
    )  # fmt: skip
    caption = style(look, "caption", fontName=look.bold, fontSize=look.size - 1, spaceBefore=4, spaceAfter=4)
    above = [Paragraph(typeset(escape(block.mark)), caption)] if block.mark else []
    return [*above, drawn]


def widths(rows: tuple[tuple[str, ...], ...], look: Look) -> list[float]:
    """Column widths: room for the longest word of each, the rest shared by the length of the texts."""
    columns = list(zip(*rows, strict=True))
    words = [max((word for cell in column for word in cell.split()), key=len) for column in columns]
    least = [stringWidth(word, look.bold, look.size - 1) + 16 for word in words]
    share = [min(44, max(len(cell) for cell in column)) for column in columns]
    spare = WIDTH - sum(least)
    return [width + spare * part / sum(share) for width, part in zip(least, share, strict=True)]
