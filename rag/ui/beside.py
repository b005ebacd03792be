"""The source that stands open beside a page: which one, and at which place. Draws nothing; source.py does."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from rag.types import Citation, Hit, Span


@dataclass(frozen=True, slots=True)
class Source:
    """What the source panel shows: a document, from its passage on. `part` is a page, or a stretch of text.

    `marks` are offsets in the document, as `start` and `end` are; `part` 0 means wherever the passage is.
    """

    collection: str
    document: str
    file: str
    page: int | None
    text: str = ""
    start: int = 0
    end: int = 0
    marks: tuple[Span, ...] = ()
    part: int = 0

    @classmethod
    def of_citation(cls, citation: Citation, collection: str) -> Source:
        """The place a citation points at."""
        return cls(
            collection,
            citation.document,
            citation.file,
            citation.page,
            citation.text,
            citation.start,
            citation.end,
            citation.marks,
        )

    @classmethod
    def of_hit(cls, hit: Hit, collection: str) -> Source:
        """The place of a found passage."""
        chunk = hit.chunk
        return cls(collection, chunk.document, hit.file, chunk.page, chunk.text, chunk.start, chunk.end)


def opened() -> Source | None:
    """Return what stands beside the page."""
    found: Source | None = st.session_state.get("source")
    return found


def open(place: Source) -> None:
    """Show a place in a document beside the page."""
    st.session_state["source"] = place


def turn_to(part: int) -> None:
    """Leaf to another page or part of the open document."""
    if place := opened():
        st.session_state["source"] = replace(place, part=part)


def close() -> None:
    """Close the source panel."""
    st.session_state["source"] = None
