"""Word documents: python-docx opens the package and knows its styles; text is taken in document order."""

from __future__ import annotations

import io
import re
import zipfile

import docx
from docx.document import Document as WordDocument
from docx.opc.exceptions import OpcError
from docx.oxml.ns import qn
from lxml.etree import XMLSyntaxError, _Element

from rag.errors import UnreadableFile
from rag.load import remarks
from rag.load.draft import Draft
from rag.load.limits import Limits
from rag.load.numbering import Numbering
from rag.load.package import DAMAGE, checked, usual
from rag.types import Document

_MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_FLAWS = (OpcError, XMLSyntaxError, KeyError, AttributeError, TypeError, IndexError, *DAMAGE)
_HEADING = re.compile(r"heading (\d)", re.IGNORECASE)
# Where text is not part of what the page says: deletions, field codes, and the copy of a drawing for
# programs that cannot show the first.
_SKIP = {
    qn("w:del"),
    qn("w:moveFrom"),
    qn("w:instrText"),
    qn("w:pPr"),
    qn("w:rPr"),
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
}
_WORD = {qn("w:t"), qn("m:t")}
_BREAK = {qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:tab"): "\t", qn("w:noBreakHyphen"): "-"}
_HOLDERS = {qn("w:sdt"), qn("w:sdtContent"), qn("w:customXml"), qn("w:ins"), qn("w:smartTag")}


def read(data: bytes, limits: Limits) -> Document:
    """Paragraphs, headings, lists and tables in document order."""
    checked(data, limits)
    try:
        package = usual(data)
        word = docx.Document(io.BytesIO(package))
        draft = Draft()
        reader = _Reader(draft, _levels(word), Numbering(word))
        reader.blocks(word.element.body)
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            draft.block("\n".join(remarks.in_word(archive)))
    except _FLAWS as error:
        raise UnreadableFile(
            "is a damaged Word document; open it in a word processor and save it again."
        ) from error
    return draft.document(_MEDIA_TYPE)


def _levels(word: WordDocument) -> dict[str, int]:
    """Heading level by style id, from the style's name or outline level."""
    levels: dict[str, int] = {}
    for style in word.styles.element.findall(qn("w:style")):
        name = style.find(qn("w:name"))
        outline = style.find(f"{qn('w:pPr')}/{qn('w:outlineLvl')}")
        title = name.get(qn("w:val"), "") if name is not None else ""
        match = _HEADING.match(title)
        if match:
            levels[style.get(qn("w:styleId"))] = int(match.group(1))
        elif title.lower() == "title":
            levels[style.get(qn("w:styleId"))] = 1
        elif outline is not None and int(outline.get(qn("w:val"), "9")) < 9:
            levels[style.get(qn("w:styleId"))] = int(outline.get(qn("w:val"))) + 1
    return levels


class _Reader:
    """Walks a body and writes what it finds into the draft."""

    def __init__(self, draft: Draft, levels: dict[str, int], numbering: Numbering) -> None:
        self._draft = draft
        self._levels = levels
        self._numbering = numbering

    def blocks(self, parent: _Element) -> None:
        for child in parent:
            if child.tag == qn("w:p"):
                self._paragraph(child)
            elif child.tag == qn("w:tbl"):
                self._draft.table([_cells(row) for row in _rows(child)])
            elif child.tag in _HOLDERS:
                self.blocks(child)

    def _paragraph(self, paragraph: _Element) -> None:
        text = text_of(paragraph)
        style = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        level = self._levels.get(style.get(qn("w:val"), "")) if style is not None else None
        if not text.strip():
            return
        label = self._numbering.label(paragraph)
        if level:
            self._draft.heading(level, label.replace("- ", "") + text)
        else:
            self._draft.block(label + text.lstrip(), "\n" if label else "\n\n")


def text_of(element: _Element) -> str:
    """The text of a paragraph, cell or text box as a reader sees it."""
    parts: list[str] = []
    pending = [element]
    while pending:
        node = pending.pop()
        if node.tag in _WORD:
            parts.append(node.text or "")
        elif node.tag in _BREAK:
            parts.append(_BREAK[node.tag])
        elif node.tag not in _SKIP:
            if node.tag == qn("w:p") and parts and node is not element:
                parts.append("\n")
            pending.extend(reversed(node))
    return "".join(parts)


def _rows(table: _Element) -> list[_Element]:
    return [row for row in table.iter(qn("w:tr")) if next(row.iterancestors(qn("w:tbl"))) is table]


def _cells(row: _Element) -> list[str]:
    """The row's cells; a wide one is followed by empty ones, so that columns stay in line."""
    cells: list[str] = []
    for cell in row.iter(qn("w:tc")):
        if next(cell.iterancestors(qn("w:tr"))) is not row:
            continue
        span = cell.find(f"{qn('w:tcPr')}/{qn('w:gridSpan')}")
        cells.append(text_of(cell))
        width = span.get(qn("w:val"), "1") if span is not None else "1"
        cells.extend([""] * (min(int(width), 100) - 1 if width.isdigit() else 0))
    return cells
