"""The source beside the page: a PDF page drawn, or a stretch of text, with the quoted words marked."""

from __future__ import annotations

import functools
import logging
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from rag import errors, pages
from rag.errors import UnreadableFile
from rag.library import Library
from rag.pages import PageView
from rag.types import DocumentInfo, Page, Span
from rag.ui import beside, components, parts, state, typeset
from rag.ui.typeset import plain

logger = logging.getLogger(__name__)


@parts.guarded
def panel() -> None:
    """Draw what is open, with leafing, download and a way to close it."""
    opened = beside.opened()
    if opened is None:
        return
    library = state.runtime().owner.library.within(opened.collection)
    with st.container(key="source"):
        with st.container(key="source_head", horizontal=True, vertical_alignment="center", wrap=False):
            st.markdown(f"**{plain(opened.file)}**", width="stretch")
            st.button(
                "Close source",
                icon=":material/close:",
                type="tertiary",
                key="source_close",
                shortcut=None if _growing() else "Escape",
                on_click=beside.close,
            )
        _document(library, opened)


def _growing() -> bool:
    """Tell whether an answer is on its way: Escape stops that first."""
    return bool(state.chat()) and state.runtime().askings.of(state.chat()) is not None


@parts.guarded
def _document(library: Library, opened: beside.Source) -> None:
    info = library.document(opened.document)
    if info.media_type == "application/pdf":
        _sheet(library, info, opened)
    else:
        _certainty(library.pages(info.id))
        _stretch(library.text(info.id), info, opened, library.file(info.id))


def _sheet(library: Library, info: DocumentInfo, opened: beside.Source) -> None:
    path = library.file(info.id)
    number = opened.part or opened.page or 1
    sheets = library.pages(info.id)
    passage, spans = _on_page(sheets, number, opened)
    try:
        view = _drawn(path, number, passage, spans)
    except UnreadableFile:  # encrypted: its password is not kept
        _stretch(library.text(info.id), info, opened, path)
        return
    _leaf("Page", number, view.pages, path, info)
    _certainty([sheet for sheet in sheets if sheet.number == number])
    with st.container(key="source_body"):
        components.picture("source_page", view, f"{info.name}, page {number}", passage)


def _certainty(sheets: Sequence[Page]) -> None:
    """Say that text was recognised from a picture, and how surely."""
    sure = [sheet.confidence for sheet in sheets if sheet.confidence is not None]
    if sure:
        st.caption(
            f"Recognised from a picture (OCR), letters {int(100 * min(sure))} % sure. "
            "Compare figures and names with the original."
        )


def _on_page(sheets: Sequence[Page], number: int, opened: beside.Source) -> tuple[str, tuple[Span, ...]]:
    """Return the part of the passage that stands on this page, and spans in it: all of it, then each mark."""
    sheet = next((sheet for sheet in sheets if sheet.number == number), None)
    if sheet is None or not opened.text:
        return "", ()
    start, end = max(opened.start, sheet.start), min(opened.end, sheet.end)
    if start >= end:
        return "", ()
    marks = [(max(a, start) - start, min(b, end) - start) for a, b in opened.marks if a < end and b > start]
    return opened.text[start - opened.start : end - opened.start], ((0, end - start), *marks)


def ahead(library: Library, opened: beside.Source) -> None:
    """Draw the page of a citation before anybody asks to see it, so that it opens at once."""
    try:
        info = library.document(opened.document)
        if info.media_type == "application/pdf":
            number = opened.page or 1
            _drawn(library.file(info.id), number, *_on_page(library.pages(info.id), number, opened))
    except errors.RagError:
        logger.info("a page could not be drawn ahead", exc_info=True)


@functools.lru_cache(maxsize=40)
def _drawn(path: Path, page: int, passage: str, spans: tuple[Span, ...]) -> PageView:
    return pages.render(path, page, passage, spans)


def _stretch(text: str, info: DocumentInfo, opened: beside.Source, path: Path) -> None:
    stretches = typeset.stretches(text)
    number = opened.part or next(
        (n for n, (_, end) in enumerate(stretches, 1) if opened.start < end), len(stretches)
    )
    start, end = stretches[number - 1]
    marks = opened.marks or (((opened.start, opened.end),) if opened.text else ())
    _leaf("Part", number, len(stretches), path, info)
    inside = [(a - start, b - start) for a, b in marks if a < end and b > start]
    label = f"{info.name}, part {number} of {len(stretches)}"
    with st.container(key="source_body"):
        components.reader("source_text", text[start:end], inside, label)


def _leaf(word: str, number: int, last: int, path: Path, info: DocumentInfo) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="source_leaf"):
        st.button(
            f"Previous {word.lower()}",
            icon=":material/chevron_left:",
            key="source_previous",
            disabled=number <= 1,
            on_click=beside.turn_to,
            args=(number - 1,),
        )
        st.markdown(f"{word} {number} of {last}", width="content")
        st.button(
            f"Next {word.lower()}",
            icon=":material/chevron_right:",
            key="source_next",
            disabled=number >= last,
            on_click=beside.turn_to,
            args=(number + 1,),
        )
        st.download_button(
            "Download",
            path.read_bytes,
            file_name=info.name,
            mime="application/octet-stream",  # a browser must save it, never run it
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
            key="source_download",
        )
