"""EPUB books: the chapters of their spine, each read as the web page that it is."""

from __future__ import annotations

import posixpath
from urllib.parse import unquote

from lxml import etree
from lxml.etree import _Element

from rag.errors import UnreadableFile
from rag.load.decode import decode
from rag.load.draft import Draft
from rag.load.html import Walker, tree
from rag.load.limits import Limits
from rag.load.package import checked, entry
from rag.types import Document

_DAMAGED = "is a damaged book; download it again."


def read(data: bytes, limits: Limits) -> Document:
    """All chapters in reading order."""
    checked(data, limits)
    draft = Draft()
    for name in _spine(data):
        page = tree(decode(entry(data, name)) or "")
        if page is not None:
            Walker(draft).walk(page)
    return draft.document("application/epub+zip")


def _spine(data: bytes) -> list[str]:
    """Names of the chapters' files in reading order."""
    container = _parsed(entry(data, "META-INF/container.xml"))
    root = next(container.iter("{*}rootfile"), None)
    place = root.get("full-path", "") if root is not None else ""
    package = _parsed(entry(data, place))
    files = {item.get("id"): item.get("href", "") for item in package.iter("{*}item")}
    chapters = [files.get(item.get("idref"), "") for item in package.iter("{*}itemref")]
    folder = posixpath.dirname(place)
    return [posixpath.normpath(posixpath.join(folder, unquote(name))) for name in chapters if name]


def _parsed(content: bytes) -> _Element:
    try:
        return etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        raise UnreadableFile(_DAMAGED) from error
