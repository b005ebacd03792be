"""An audit as Markdown. Document text is escaped: it shows as text, links to nothing and fetches nothing."""

from __future__ import annotations

import re

from rag.audit import words
from rag.audit.gather import Audit, Entry, Quote

_SIGN = re.compile(r"([!-/:-@\[-`{-~])")


def markdown(audit: Audit) -> bytes:
    """Return the file."""
    parts = [f"# {_plain(audit.title)}", _plain(words.facts(audit)), _plain(words.ABOUT)]
    for number, entry in enumerate(audit.entries, 1):
        parts += _entry(number, entry)
    return ("\n\n".join(parts) + "\n").encode()


def _entry(number: int, entry: Entry) -> list[str]:
    parts = [f"## {number}\\. {_plain(entry.question)}"]
    parts.append(f"**{words.KINDS[entry.kind]}**")
    parts += [_plain(line) for line in entry.answer.splitlines() if line.strip()]
    parts += [_quote(quote) for quote in entry.quotes]
    parts.append("\n".join(f"- {_plain(line)}" for line in words.made(entry)))
    return parts


def _quote(quote: Quote) -> str:
    first, *others = words.source(quote)
    pieces = [
        "\n".join(_bold(line) if marked else _plain(line) for line in piece.split("\n"))
        for piece, marked in words.marked(quote.text, quote.marks)
    ]
    quoted = "\n".join(f"> {line}" if line.strip() else ">" for line in "".join(pieces).split("\n"))
    return "\n\n".join([f"**{_plain(first)}**", quoted, *(_plain(line) for line in others)])


def _bold(line: str) -> str:
    inner = line.strip()
    return line.replace(inner, f"**{_plain(inner)}**", 1) if inner else line


def _plain(text: str) -> str:
    return _SIGN.sub(r"\\\1", text)
