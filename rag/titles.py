"""What a document calls itself: the short lines it opens with.

A file's name often says little ("manual.docx"), and passages say "the cooler" where people ask for the Tarn
38; the opening lines tell which one is meant. Knows text alone.
"""

from __future__ import annotations

import re

LONGEST = 100  # characters of all lines together
LINE = 90  # characters from which a line is no title
WORDS = 9  # words from which a line that ends like a sentence is one

_MARKS = re.compile(r"^[\s#*_=>-]+|[\s#*_=]+$")
_SECTION = re.compile(r"(?:article|section|chapter|clause|part|page|§)?\s*(?:\d{1,2}(?!\w)|[ivx]+\b)", re.I)


def document_title(opening: str, known: str = "", section: str = "") -> str:
    """Return the lines that a document opens with, up to its first sentence or section; "" for none.

    Lines that stand in `known`, the file's name and heading, are left out. `section` is the heading that the
    opening stands under: where the first line is that and not known, the document begins with a section.
    """
    found: list[str] = []
    lines = [line for raw in opening.splitlines() if (line := _MARKS.sub("", raw))]
    if lines and lines[0] in section.split(" > ") and lines[0].casefold() not in known.casefold():
        return ""
    for line in lines:
        if not _titles(line) or len(", ".join([*found, line])) > LONGEST:
            break
        if line.casefold() not in known.casefold():
            found.append(line)
    return ", ".join(found)


def _titles(line: str) -> bool:
    """Tell whether the line may be of a title: no sentence, no row of a table, no numbered section."""
    if "|" in line or len(line) > LINE or _SECTION.match(line):
        return False
    return not (line[-1] in ".!?:;" and len(line.split()) >= WORDS)
