"""An audit as one HTML page that fetches nothing: no script, no picture, its style inside."""

from __future__ import annotations

from html import escape

from rag.audit import words
from rag.audit.gather import Audit, Entry, Quote

_STYLE = """
body { font: 16px/1.6 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1rem;
  color: #23272e; background: #fdfcf9; }
h1, h2 { font-family: Georgia, serif; line-height: 1.3; }
h2 { margin-top: 2.5rem; border-top: 1px solid #e2ddd2; padding-top: 1.5rem; }
blockquote { margin: .5rem 0; padding: .2rem 1rem; border-left: 3px solid #1d5f5a; white-space: pre-wrap; }
mark { background: #ffe9a6; }
.facts, li, .check { color: #5a5f68; font-size: .9rem; }
.digest { font-family: ui-monospace, monospace; font-size: .8rem; overflow-wrap: anywhere; }
.answer { white-space: pre-wrap; font-size: 1.05rem; }
"""
_HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width"><title>{title}</title><style>{style}</style></head><body>
"""


def html(audit: Audit) -> bytes:
    """Return the file."""
    parts = [_HEAD.format(title=escape(audit.title), style=_STYLE)]
    parts += [f"<h1>{escape(audit.title)}</h1>", f'<p class="facts">{escape(words.facts(audit))}</p>']
    parts.append(f"<p>{escape(words.ABOUT)}</p>")
    parts += [_entry(number, entry) for number, entry in enumerate(audit.entries, 1)]
    return ("\n".join(parts) + "\n</body></html>\n").encode()


def _entry(number: int, entry: Entry) -> str:
    made = "".join(f"<li>{escape(line)}</li>" for line in words.made(entry))
    quotes = "\n".join(_quote(quote) for quote in entry.quotes)
    return (
        f"<section><h2>{number}. {escape(entry.question)}</h2>"
        f"<p><strong>{words.KINDS[entry.kind]}</strong></p>"
        f'<p class="answer">{escape(entry.answer)}</p>\n{quotes}\n<ul>{made}</ul></section>'
    )


def _quote(quote: Quote) -> str:
    place, digest, check = words.source(quote)
    text = "".join(
        f"<mark>{escape(piece)}</mark>" if marked else escape(piece)
        for piece, marked in words.marked(quote.text, quote.marks)
    )
    return (
        f"<p><strong>{escape(place)}</strong></p><blockquote>{text}</blockquote>"
        f'<p class="digest">{escape(digest)}</p><p class="check">{escape(check)}</p>'
    )
