"""reStructuredText: the text stays as it is; underlined lines are its headings."""

from __future__ import annotations

import re

from rag.load.limits import Limits
from rag.load.plain import text_of
from rag.types import Document, Heading

_TITLE = re.compile(
    r"^(?P<over>([^\w\s])\2{2,}\n)?[ ]?(?P<title>\S[^\n]*)\n(?P<under>([^\w\s])\5{2,})[ ]*$", re.MULTILINE
)


def read(data: bytes, limits: Limits) -> Document:
    """The text, with headings ranked by the order in which their marks first appear, as the format says."""
    text = text_of(data, "reStructuredText")
    ranks: dict[tuple[str, bool], int] = {}
    headings = []
    for match in _TITLE.finditer(text):
        title = match["title"].rstrip()
        if len(match["under"]) >= len(title):
            style = (match["under"][0], match["over"] is not None)
            level = ranks.setdefault(style, len(ranks) + 1)
            start = match.start("title")
            headings.append(Heading(level, title, start, start + len(title)))
    return Document(text=text, media_type="text/x-rst", headings=tuple(headings))
