"""What stands beside the text of Office files: comments on cells and words, footnotes and endnotes."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from zipfile import ZipFile

from lxml import etree
from lxml.etree import _Element

from rag.load.draft import one_line

_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_THREAD = re.compile(r"^\[Threaded comment\].*?Comment: ")
"""What Excel writes before the words of a thread, for programs that know no threads."""
_NOTES = (
    ("word/footnotes.xml", "footnote", "Footnote"),
    ("word/endnotes.xml", "endnote", "Endnote"),
    ("word/comments.xml", "comment", "Comment"),
)


def on_cells(archive: ZipFile, sheet: str) -> list[str]:
    """The comments on the cells of a sheet, by its place in the package: a line each."""
    folder, name = posixpath.split(sheet.lstrip("/"))
    links = _parsed(archive, f"{folder}/_rels/{name}.rels")
    found: list[str] = []
    for link in [] if links is None else links:
        if link.get("Type", "").endswith("/comments"):
            target = link.get("Target", "")
            found += _comments(archive, posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/"))
    return found


def _comments(archive: ZipFile, name: str) -> Iterator[str]:
    root = _parsed(archive, name)
    if root is None:
        return
    authors = [author.text or "" for author in root.iter(f"{_SHEET}author")]
    for comment in root.iter(f"{_SHEET}comment"):
        number = comment.get("authorId", "")
        author = authors[int(number)] if number.isdecimal() and int(number) < len(authors) else ""
        words = one_line("".join(text.text or "" for text in comment.iter(f"{_SHEET}t")))
        by = f" by {one_line(author)}" if author.strip() and not author.startswith("tc=") else ""
        yield f"Comment on {comment.get('ref', '')}{by}: {_THREAD.sub('', words)}"


def in_word(archive: ZipFile) -> list[str]:
    """Footnotes, endnotes and comments of a Word document, in their order: a line each."""
    found: list[str] = []
    for name, tag, title in _NOTES:
        root = _parsed(archive, name)
        for note in [] if root is None else root.iter(f"{_WORD}{tag}"):
            words = one_line("".join(_pieces(note)))
            author = note.get(f"{_WORD}author", "")
            if words and note.get(f"{_WORD}type") is None:  # separators have one
                found.append(f"{title}{f' by {one_line(author)}' if author else ''}: {words}")
    return found


def _pieces(note: _Element) -> Iterator[str]:
    """The letters of the note; its paragraphs are parted by spaces."""
    for element in note.iter(f"{_WORD}p", f"{_WORD}t"):
        yield " " if element.tag == f"{_WORD}p" else element.text or ""


def _parsed(archive: ZipFile, name: str) -> _Element | None:
    try:
        data = archive.read(name)
    except KeyError:
        return None
    try:
        return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        return None  # the text is read all the same
