"""An audit as a Word document."""

from __future__ import annotations

import io
import re
from typing import Any

from rag.audit import words
from rag.audit.gather import Audit, Entry, Quote

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0 cannot hold these


def docx(audit: Audit) -> bytes:
    """Return the file."""
    import docx as word

    document = word.Document()
    document.core_properties.title = _clean(audit.title)[:255]
    document.core_properties.author = "Docent"
    document.add_heading(_clean(audit.title), 0)
    document.add_paragraph(_clean(words.facts(audit)))
    document.add_paragraph(words.ABOUT)
    for number, entry in enumerate(audit.entries, 1):
        _entry(document, number, entry)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _entry(document: Any, number: int, entry: Entry) -> None:  # noqa: ANN401 - python-docx carries no types
    document.add_heading(f"{number}. {_clean(entry.question)}", 1)
    document.add_paragraph().add_run(words.KINDS[entry.kind]).bold = True
    document.add_paragraph(_clean(entry.answer))
    for quote in entry.quotes:
        _quote(document, quote)
    for line in words.made(entry):
        document.add_paragraph(_clean(line), style="List Bullet")


def _quote(document: Any, quote: Quote) -> None:  # noqa: ANN401
    from docx.enum.text import WD_COLOR_INDEX

    first, *others = words.source(quote)
    document.add_paragraph().add_run(_clean(first)).bold = True
    passage = document.add_paragraph(style="Quote")
    for piece, marked in words.marked(quote.text, quote.marks):
        run = passage.add_run(_clean(piece))
        if marked:
            run.font.highlight_color = WD_COLOR_INDEX.YELLOW
    for line in others:
        document.add_paragraph(_clean(line))


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
