"""The words that every format of an audit says alike. Knows the audit; knows no format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from rag.audit.gather import Audit, Entry, Quote
from rag.types import Span

ABOUT = (
    "Each answer below was drawn from the documents quoted under it. A document is named by its SHA-256: the "
    "same bytes have the same number, so anybody who holds the file can check that it is this one. Places "
    "count the characters of the text that Docent read from it. Not legal or medical advice."
)
KINDS = {"answer": "Answer", "refusal": "Refused", "question": "Asked back"}


def facts(audit: Audit) -> str:
    """Say where the conversation comes from."""
    return f"Collection: {audit.collection} · begun {audit.begun} · exported {audit.exported}"


def made(entry: Entry) -> list[str]:
    """Say what the answer was made with, one line a kind."""
    lines = [f"Asked {entry.asked}"]
    if entry.searched and entry.searched != entry.question:
        lines.append(f"Searched for: {entry.searched}")
    if entry.kind == "answer":
        lines.append(f"Support, as Docent judged it: {entry.support:.2f} of 1")
    for name, pairs in (("Models", entry.models), ("Settings", entry.settings)):
        if pairs:
            lines.append(f"{name}: " + "; ".join(f"{key} {value}" for key, value in pairs))
    return lines


def source(quote: Quote) -> list[str]:
    """Say where a quotation stands, and whether it still does."""
    digest = f"SHA-256 {quote.sha256}" if quote.sha256 else "SHA-256 not known"
    return [f"[{quote.number}] {quote.file}, {quote.place}", digest, quote.check]


def marked(text: str, marks: Sequence[Span]) -> Iterator[tuple[str, bool]]:
    """Yield the text in pieces, each with whether it is marked."""
    edges = sorted({0, len(text), *(edge for mark in marks for edge in mark)})
    for start, end in pairwise(edges):
        yield text[start:end], any(a <= start and end <= b for a, b in marks)
