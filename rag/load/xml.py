"""XML of any kind: titles as headings, running text as paragraphs, records as lines of "name: value"."""

from __future__ import annotations

from lxml import etree
from lxml.etree import _Element

from rag.errors import UnreadableFile
from rag.load.draft import Draft, one_line
from rag.load.limits import Limits
from rag.types import Document

_TITLES = {"title", "head", "heading", "article-title"}


def read(data: bytes, limits: Limits) -> Document:
    """The text of all elements in order; entities that the file defines are not unfolded."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True, huge_tree=False
    )
    try:
        root = etree.fromstring(data.lstrip(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableFile("is damaged XML; check it with the program that wrote it.") from error
    draft = Draft()
    pending: list[tuple[_Element, int]] = [(root, 1)]
    while pending:
        element, depth = pending.pop()
        if isinstance(element.tag, str):
            pending += _element(draft, element, depth)
    return draft.document("application/xml")


def _words(element: _Element) -> str:
    return "".join(str(text) for text in element.itertext())


def _element(draft: Draft, element: _Element, depth: int) -> list[tuple[_Element, int]]:
    """Write the element; returns those below it that are still to be written, last first."""
    name = etree.QName(element).localname
    running = [element.text, *(child.tail for child in element)]
    if name.lower() in _TITLES:
        draft.heading(min(depth // 2, 6), _words(element))
    elif any(text and text.strip() for text in running):
        words = one_line(_words(element))
        record = len(element) == 0 and all(len(other) == 0 for other in element.itersiblings(preceding=True))
        if len(element) or not record or name.lower() in ("p", "para"):
            draft.block(words)
        else:
            draft.block(f"{name}: {words}", "\n")
    else:
        return [(child, depth + 1) for child in reversed(element)]
    return []
