"""An audit as a PDF.

Set in Bitstream Vera, the free face that reportlab brings. It has the letters of western and central Europe;
a character that it lacks is written as its Unicode number, so that nothing is lost without a word.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from rag.audit import words
from rag.audit.gather import Audit, Entry, Quote

_REGULAR, _BOLD = "DocentVera", "DocentVeraBold"

Spell = Callable[[str], str]


def pdf(audit: Audit) -> bytes:
    """Return the file."""
    from reportlab.lib.pagesizes import A4  # type: ignore[import-untyped]
    from reportlab.lib.units import mm  # type: ignore[import-untyped]
    from reportlab.platypus import Paragraph, SimpleDocTemplate  # type: ignore[import-untyped]

    spell, styles = _speller(), _styles()

    def paragraph(kind: str, markup: str) -> Any:  # noqa: ANN401 - reportlab carries no types
        return Paragraph(markup or "&nbsp;", styles[kind])

    flow = [paragraph("title", spell(audit.title)), paragraph("small", spell(words.facts(audit)))]
    flow.append(paragraph("text", spell(words.ABOUT)))
    for number, entry in enumerate(audit.entries, 1):
        flow += [paragraph(kind, markup) for kind, markup in _entry(number, entry, spell)]
    out = io.BytesIO()
    margins = {f"{side}Margin": 22 * mm for side in ("left", "right", "top", "bottom")}
    SimpleDocTemplate(out, pagesize=A4, title=audit.title, author="Docent", **margins).build(
        flow, onFirstPage=_footed, onLaterPages=_footed
    )
    return out.getvalue()


def _entry(number: int, entry: Entry, spell: Spell) -> list[tuple[str, str]]:
    parts = [("heading", f"{number}. {spell(entry.question)}"), ("strong", words.KINDS[entry.kind])]
    parts += [("answer", spell(line)) for line in entry.answer.splitlines() if line.strip()]
    for quote in entry.quotes:
        parts += _quote(quote, spell)
    return parts + [("small", spell(line)) for line in words.made(entry)]


def _quote(quote: Quote, spell: Spell) -> list[tuple[str, str]]:
    first, *others = words.source(quote)
    markup = "".join(
        f'<font backColor="#ffe9a6">{spell(piece)}</font>' if marked else spell(piece)
        for piece, marked in words.marked(quote.text, quote.marks)
    )
    return [("strong", spell(first)), ("quote", markup), *(("small", spell(line)) for line in others)]


def _speller() -> Spell:
    """Load the face; return what makes any text markup of characters that it has."""
    import reportlab  # type: ignore[import-untyped]
    from reportlab.pdfbase import pdfmetrics  # type: ignore[import-untyped]
    from reportlab.pdfbase.ttfonts import TTFont  # type: ignore[import-untyped]

    folder = Path(reportlab.__file__).parent / "fonts"
    faces = [TTFont(_REGULAR, str(folder / "Vera.ttf")), TTFont(_BOLD, str(folder / "VeraBd.ttf"))]
    for face in faces:
        pdfmetrics.registerFont(face)
    known = set(faces[0].face.charToGlyph) & set(faces[1].face.charToGlyph)

    def spell(text: str) -> str:
        shown = "".join(
            letter if letter in "\n\t" or ord(letter) in known else f"[U+{ord(letter):04X}]"
            for letter in text
        )
        return escape(shown).replace("\n", "<br/>")

    return spell


def _styles() -> dict[str, Any]:
    from reportlab.lib.styles import ParagraphStyle  # type: ignore[import-untyped]

    # A SHA-256 is one long word.
    base = {"fontName": _REGULAR, "fontSize": 9.5, "leading": 14, "spaceAfter": 5, "splitLongWords": 1}
    kinds: dict[str, dict[str, Any]] = {
        "title": {"fontName": _BOLD, "fontSize": 17, "leading": 22, "spaceAfter": 8},
        "heading": {"fontName": _BOLD, "fontSize": 12.5, "leading": 17, "spaceBefore": 14, "keepWithNext": 1},
        "strong": {"fontName": _BOLD, "spaceBefore": 4, "keepWithNext": 1},
        "text": {},
        "answer": {"fontSize": 10.5, "leading": 15.5},
        "quote": {"leftIndent": 14, "fontSize": 9},
        "small": {"fontSize": 7.5, "leading": 11, "textColor": "#5a5f68", "spaceAfter": 2},
    }
    return {name: ParagraphStyle(name, **{**base, **changes}) for name, changes in kinds.items()}


def _footed(canvas: Any, document: Any) -> None:  # noqa: ANN401
    canvas.setFont(_REGULAR, 8)
    canvas.drawCentredString(document.pagesize[0] / 2, 30, str(canvas.getPageNumber()))
