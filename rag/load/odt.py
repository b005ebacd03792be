"""OpenDocument text, read from its content.xml: headings, paragraphs, lists and tables in order."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree
from lxml.etree import _Element

from rag.errors import UnreadableFile
from rag.load.draft import Draft
from rag.load.limits import Limits
from rag.load.package import checked, entry
from rag.types import Document

_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_SKIP = {f"{_TEXT}tracked-changes", f"{_TEXT}sequence-decls", f"{_TEXT}note-citation"}
_WIDEST = 100


def read(data: bytes, limits: Limits) -> Document:
    """The body of the document; deletions that are only tracked are left out."""
    content = entry(checked(data, limits), "content.xml")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise UnreadableFile(
            "is a damaged document; open it in a word processor and save it again."
        ) from error
    draft = Draft()
    for body in root.iter("{urn:oasis:names:tc:opendocument:xmlns:office:1.0}body"):
        _blocks(draft, body, "")
    return draft.document("application/vnd.oasis.opendocument.text")


def _blocks(draft: Draft, parent: _Element, label: str) -> None:
    for child in parent:
        if child.tag in _SKIP or not isinstance(child.tag, str):
            continue
        if child.tag == f"{_TEXT}h":
            level = child.get(f"{_TEXT}outline-level", "1")
            draft.heading(int(level) if level.isdecimal() else 1, _words(child))
        elif child.tag == f"{_TEXT}p":
            words = _words(child)
            draft.block(label + words if words.strip() else "", "\n" if label else "\n\n")
        elif child.tag == f"{_TABLE}table":
            draft.table(list(_rows(child)))
        else:
            _blocks(draft, child, "- " if child.tag == f"{_TEXT}list-item" else label)


def _words(element: _Element) -> str:
    """The words of a paragraph, with its tabs, spaces and line breaks."""
    parts: list[str] = [element.text or ""]
    for child in element:
        if child.tag in (f"{_TEXT}tab", f"{_TEXT}s"):
            parts.append(" ")
        elif child.tag == f"{_TEXT}line-break":
            parts.append("\n")
        elif child.tag not in _SKIP and isinstance(child.tag, str):
            parts.append(_words(child))
        parts.append(child.tail or "")
    return "".join(parts)


def _rows(table: _Element) -> Iterator[list[str]]:
    for row in table.iter(f"{_TABLE}table-row"):
        cells: list[str] = []
        for cell in row:
            if cell.tag not in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
                continue
            repeats = cell.get(f"{_TABLE}number-columns-repeated", "1")
            text = " ".join(_words(paragraph) for paragraph in cell.iter(f"{_TEXT}p", f"{_TEXT}h"))
            cells += [text] * min(int(repeats) if repeats.isdecimal() else 1, _WIDEST)
        while cells and not cells[-1]:
            cells.pop()
        yield cells
