"""The formats an audit is written in. Knows their names; each module knows its own format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rag.audit.docx import docx
from rag.audit.gather import Audit
from rag.audit.html import html
from rag.audit.markdown import markdown
from rag.audit.pdf import pdf


@dataclass(frozen=True, slots=True)
class Format:
    """A file format: its name for people, the ending of its files, and what writes it."""

    name: str
    suffix: str
    write: Callable[[Audit], bytes]


FORMATS = (
    Format("PDF", ".pdf", pdf),
    Format("Word", ".docx", docx),
    Format("HTML", ".html", html),
    Format("Markdown", ".md", markdown),
)
