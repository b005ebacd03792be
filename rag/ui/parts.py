"""Pieces that several pages share: the style, errors in plain words, places, sizes.

Knows types and Streamlit; knows no library.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Literal, ParamSpec

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from rag.errors import RagError
from rag.types import Citation, Hit, Span
from rag.ui import beside, components, state
from rag.ui.typeset import plain
from rag.words import counted as counted

logger = logging.getLogger(__name__)

P = ParamSpec("P")

BESIDE = (10, 11)
"""The widths of a page and of the source beside it; app.css counts with them."""

UNEXPECTED = "Something went wrong that is ours to mend. The log has the details; trying again may help."


# --- page ----------------------------------------------------------------------------------------


def guarded(draw: Callable[P, None]) -> Callable[P, None]:
    """Show a RagError's sentence; log anything else and show one plain sentence. No traceback is shown."""

    @functools.wraps(draw)
    def safe(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            draw(*args, **kwargs)
        except RagError as exc:
            trouble(str(exc))
        except Exception:
            logger.exception("%s failed", draw.__qualname__)
            trouble(UNEXPECTED)

    return safe


def dialog(
    title: str, *, width: Literal["small", "large"] = "small", icon: str | None = None
) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Guard a dialog, and keep it open: drawing the page anew would close it (see `redraw`)."""

    def framed(draw: Callable[P, None]) -> Callable[P, None]:
        @functools.wraps(draw)
        def marked(*args: P.args, **kwargs: P.kwargs) -> None:
            state.note_dialog(True)
            guarded(draw)(*args, **kwargs)

        return st.dialog(title, width=width, icon=icon, on_dismiss="rerun")(marked)

    return framed


def redraw() -> None:
    """Draw the page anew from a piece that ticks; while a dialog is open, wait until it is closed."""
    if not state.dialog_open():
        st.rerun()


def acting(act: Callable[P, None]) -> Callable[P, None]:
    """Guard a callback: it runs before the page is drawn, so its sentence is kept for the page."""

    @functools.wraps(act)
    def safe(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            act(*args, **kwargs)
        except RagError as exc:
            state.leave_note(str(exc))
        except Exception:
            logger.exception("%s failed", act.__qualname__)
            state.leave_note(UNEXPECTED)

    return safe


@guarded
def opened(page: StreamlitPage) -> None:
    """Open the library, then run the page; a home that another process owns is one sentence."""
    from rag.ui import entrance, sidebar

    if not entrance.admitted():
        return
    with st.spinner("Opening your library"):
        state.runtime()
    state.arrive(page.url_path)
    state.note_dialog(False)  # drawing a page closes the dialog that was over it
    sidebar.collections_menu()
    page.run()


def trouble(sentence: str) -> None:
    """Show what went wrong."""
    st.error(plain(sentence), icon=":material/error:")


def note() -> None:
    """Show, once, what a callback left to say, in sight wherever the page is scrolled to."""
    if sentence := state.take_note():
        with st.container(key="note"):
            trouble(sentence)


# --- words ---------------------------------------------------------------------------------------


def place(page: int | None, heading: str) -> str:
    """Say where in a document: page, heading, or both."""
    return " · ".join(part for part in (f"page {page}" if page else "", heading) if part)


def cited(citation: Citation) -> components.Card:
    """The card of a citation; its marks count in the quoted passage."""
    marks = [(start - citation.start, end - citation.start) for start, end in citation.marks]
    where = place(citation.page, citation.heading)
    return components.Card(citation.number, citation.file, where, citation.text, tuple(marks))


def found(hit: Hit, marks: Sequence[Span] = (), tag: str = "") -> components.Card:
    """The card of a hit, which has no number; `marks` count in its passage."""
    where = place(hit.chunk.page, hit.chunk.heading)
    return components.Card(0, hit.file, where, hit.passage, tuple(marks), tag)


def size(octets: int) -> str:
    """Say a size in bytes, kB or MB."""
    if octets < 1000:
        return f"{octets} bytes"
    if octets < 1_000_000:
        return f"{octets / 1000:.0f} kB"
    return f"{octets / 1_000_000:.{0 if octets >= 1e8 else 1}f} MB"


def left(seconds: float) -> str:
    """Say how long something will take."""
    return f"{max(1, round(seconds))} s" if seconds < 90 else f"{round(seconds / 60)} min"


def ago(moment: str) -> str:
    """Say how long ago an ISO 8601 time was, or its date."""
    then = datetime.fromisoformat(moment)
    then = then if then.tzinfo else then.replace(tzinfo=UTC)
    minutes = int((datetime.now(UTC) - then).total_seconds() // 60)
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min ago"
    return f"{minutes // 60} h ago" if minutes < 24 * 60 else f"{then:%d %b %Y}"


# --- layout --------------------------------------------------------------------------------------


@contextmanager
def beside_source() -> Iterator[None]:
    """Draw the page, with the open source beside it where there is one.

    Alone it stands in a column too: what is drawn stays what it is, and keeps the focus, when a source opens.
    """
    from rag.ui import source

    left, *right = st.columns(1 if beside.opened() is None else BESIDE, gap="medium")
    with left:
        yield
    for column in right:
        with column:
            source.panel()
