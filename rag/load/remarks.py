"""What stands beside the text of Office files: comments, titles of charts, footnotes and endnotes."""

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
_TALK = "{http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments}"
_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_THREAD = re.compile(r"^\[Threaded comment\].*?Comment: ")
"""What Excel writes before the words of a thread, for programs that know no threads."""
_NOTES = (
    ("word/footnotes.xml", "footnote", "Footnote"),
    ("word/endnotes.xml", "endnote", "Endnote"),
    ("word/comments.xml", "comment", "Comment"),
)


def on_cells(archive: ZipFile, sheet: str) -> list[str]:
    """The comments on the cells of a sheet, by its place in the package: a line each."""
    threads = [line for part in _linked(archive, sheet, "threadedComment") for line in _talk(archive, part)]
    notes = [
        line
        for part in _linked(archive, sheet, "comments")
        for line in _comments(archive, part, threaded=not threads)
    ]
    return notes + threads


def charts(archive: ZipFile, sheet: str) -> list[str]:
    """The titles of each chart on the sheet and of its axes, in a line; its numbers stand in cells."""
    parts = [
        part for drawing in _linked(archive, sheet, "drawing") for part in _linked(archive, drawing, "chart")
    ]
    roots = [root for part in parts if (root := _parsed(archive, part)) is not None]
    titles = [[_drawn(title) for title in root.iter(f"{_CHART}title")] for root in roots]
    return [f"Chart: {', '.join(filter(None, found))}" for found in titles if any(found)]


def _drawn(title: _Element) -> str:
    return one_line("".join(text.text or "" for text in title.iter(f"{_DRAWING}t")))


def _linked(archive: ZipFile, part: str, kind: str) -> list[str]:
    """The places of the parts of this kind that a part of the package links to."""
    folder, name = posixpath.split(part.lstrip("/"))
    links = _parsed(archive, f"{folder}/_rels/{name}.rels")
    targets = [
        link.get("Target", "")
        for link in ([] if links is None else links)
        if link.get("Type", "").endswith(f"/{kind}")
    ]
    return [posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/") for target in targets]


def _talk(archive: ZipFile, name: str) -> Iterator[str]:
    """The comments of threads, each with who wrote it."""
    root, people = _parsed(archive, name), _parsed(archive, "xl/persons/person.xml")
    names = {one.get("id", ""): one.get("displayName", "") for one in ([] if people is None else people)}
    for comment in [] if root is None else root.iter(f"{_TALK}threadedComment"):
        words = one_line("".join(text.text or "" for text in comment.iter(f"{_TALK}text")))
        author = one_line(names.get(comment.get("personId", ""), ""))
        yield f"Comment on {comment.get('ref', '')}{f' by {author}' if author else ''}: {words}"


def _comments(archive: ZipFile, name: str, *, threaded: bool) -> Iterator[str]:
    """The comments in a part; those of threads, which another part may have better, where `threaded`."""
    root = _parsed(archive, name)
    if root is None:
        return
    authors = [author.text or "" for author in root.iter(f"{_SHEET}author")]
    for comment in root.iter(f"{_SHEET}comment"):
        number = comment.get("authorId", "")
        author = authors[int(number)] if number.isdecimal() and int(number) < len(authors) else ""
        if author.startswith("tc=") and not threaded:
            continue
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
