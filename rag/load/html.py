"""Web pages: what a person would see, with headings, lists and tables. Scripts, styles and hidden text go."""

from __future__ import annotations

import re

from lxml import etree, html
from lxml.etree import _Element

from rag.errors import UnreadableFile
from rag.load.decode import decode
from rag.load.draft import Draft, clean, one_line
from rag.load.limits import Limits
from rag.types import Document

_DECLARED = re.compile(rb"<(?:meta[^>]+charset|\?xml[^>]+encoding)\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]+)", re.I)
_DROP = set(
    "script style noscript template head svg iframe object embed nav select option datalist "
    "canvas audio video map".split()
)
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])|opacity\s*:\s*0(?![.\d])", re.I
)
_BLOCKS = set(
    "address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption "
    "figure footer form header hgroup hr legend li main menu ol p pre section summary table tbody td tfoot "
    "th thead tr ul h1 h2 h3 h4 h5 h6".split()
)
_SPACES = re.compile(r"[ \t\n\r\f]+")
_WIDEST = 50  # columns a single cell may span


def read(data: bytes, limits: Limits) -> Document:
    """The page's visible text."""
    declared = _DECLARED.search(data[:4096])
    text = decode(data, declared.group(1).decode("ascii") if declared else None)
    if text is None:
        raise UnreadableFile("is named like a web page but holds binary data; save the page again.")
    draft = Draft()
    root = tree(text)
    if root is not None:
        Walker(draft).walk(root)
    return draft.document("text/html")


def tree(text: str) -> _Element | None:
    """The parsed page, None where there is nothing in it."""
    # Bytes, because lxml refuses text with an encoding declaration in it.
    parser = html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    data = clean(text).encode("utf-8")
    try:
        root: _Element | None = etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        return None
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        raise UnreadableFile("nests its elements thousands deep; save the page as text and add that.")
    return root


class Walker:
    """Walks elements without recursion (pages nest thousands deep) and writes blocks into the draft."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._inline: list[str] = []
        self._marker = ""
        self._pre = 0
        self._lists: list[int] = []
        self._item = False

    def walk(self, root: _Element) -> None:
        """Take in everything below `root`."""
        pending: list[tuple[_Element, bool]] = [(root, True)]
        while pending:
            element, entering = pending.pop()
            if not entering:
                self._leave(element)
                self._text(element.tail)
            elif not self._enter(element):
                self._text(element.tail)
            else:
                self._text(element.text)
                pending.append((element, False))
                pending.extend((child, True) for child in reversed(element))
        self._flush()

    def _enter(self, element: _Element) -> bool:
        """Begin an element; False where its content is not to be walked."""
        tag = element.tag if isinstance(element.tag, str) else ""
        if not tag or tag in _DROP or _hidden(element):
            return False
        if tag == "br":
            self._inline.append("\n")
            return False
        if tag in _BLOCKS:
            self._flush()
        if tag == "table" and _is_data(element):
            self._table(element)
            return False
        if tag[0] == "h" and tag[1:] in "123456" and len(tag) == 2:
            self._draft.heading(int(tag[1]), visible_text(element))
            return False
        self._open(tag)
        return True

    def _open(self, tag: str) -> None:
        if tag in ("ul", "menu"):
            self._lists.append(-1)
        elif tag == "ol":
            self._lists.append(0)
        elif tag == "li":
            self._marker = self._next_marker()
        elif tag == "pre":
            self._pre += 1
        elif tag in ("td", "th") and self._inline:
            self._inline.append(" ")

    def _next_marker(self) -> str:
        if not self._lists or self._lists[-1] < 0:
            return "- "
        self._lists[-1] += 1
        return f"{self._lists[-1]}. "

    def _leave(self, element: _Element) -> None:
        tag = str(element.tag)
        if tag in _BLOCKS:
            self._flush()
        if tag in ("ul", "ol", "menu") and self._lists:
            self._lists.pop()
        elif tag == "pre":
            self._pre -= 1
        elif tag == "li":
            self._marker = ""

    def _text(self, text: str | None) -> None:
        if text:
            self._inline.append(text if self._pre else _SPACES.sub(" ", text))

    def _flush(self) -> None:
        """Close the paragraph that has gathered."""
        text = "".join(self._inline)
        self._inline.clear()
        if not text.strip():
            return
        if not self._pre:
            text = "\n".join(" ".join(line.split()) for line in text.split("\n")).strip()
        self._draft.block(self._marker + text, "\n" if self._marker else "\n\n")
        self._marker = ""

    def _table(self, table: _Element) -> None:
        for caption in table.findall("caption"):
            self._draft.block(one_line(visible_text(caption)))
        self._draft.table(_grid(table))


def _hidden(element: _Element) -> bool:
    return (
        element.get("hidden") is not None
        or element.get("aria-hidden") == "true"
        or bool(_HIDDEN.search(element.get("style", "")))
    )


def visible_text(element: _Element) -> str:
    """The text below an element, hidden parts left out, blocks and breaks as spaces."""
    parts: list[str] = []
    pending: list[_Element | str] = [element]
    while pending:
        node = pending.pop()
        if isinstance(node, str):
            parts.append(node)
            continue
        pending.append((node.tail or "") if node is not element else "")
        if not isinstance(node.tag, str) or node.tag in _DROP or (node is not element and _hidden(node)):
            continue
        if node.tag == "br" or (node.tag in _BLOCKS and parts):
            parts.append(" ")
            if node.tag in _BLOCKS:
                pending.append(" ")
        pending.extend(reversed(node))
        pending.append(node.text or "")
    return "".join(parts)


def _is_data(table: _Element) -> bool:
    """False for tables that only lay out a page: they hold tables or headings, or are one column."""
    if any(next(table.iter(tag), table) is not table for tag in ("h1", "h2", "h3", "form")):
        return False
    inner = [inner for inner in table.iter("table") if inner is not table]
    return not inner and max((len(row) for row in _grid(table)), default=0) > 1


def _grid(table: _Element) -> list[list[str]]:
    """Rows of cell texts; spans over columns and rows leave empty cells, so that columns stay in line."""
    rows: list[list[str]] = []
    taken: dict[int, int] = {}  # column -> rows that a cell above still covers
    for row in table.iter("tr"):
        cells: list[str] = []
        for cell in row.iterchildren("td", "th"):
            while taken.get(len(cells), 0) > 0:
                taken[len(cells)] -= 1
                cells.append("")
            down, across = _span(cell, "rowspan"), min(_span(cell, "colspan"), _WIDEST)
            for offset in range(across):
                taken[len(cells)] = down - 1
                cells.append("" if offset or _hidden(cell) else one_line(visible_text(cell)))
        rows.append(cells)
    return rows


def _span(cell: _Element, name: str) -> int:
    value = cell.get(name, "1").strip()
    return max(int(value), 1) if value.isdecimal() and len(value) < 5 else 1
