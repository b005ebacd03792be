"""What the pages of the lenses share: the head, the choice of documents, tables to take away.

Knows Streamlit and the library in use; knows no lens.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from rag.lenses.batch import Items, of_documents, of_passages, read_table
from rag.lenses.export import Cell, to_csv
from rag.types import DocumentInfo, Passages
from rag.ui import adding, beside, languages, state

PICTURES = "Pictures are compared by the text recognised in them."
Row = dict[str, Cell]
Signature = tuple[str, str, str, tuple[tuple[str, str, int], ...]]


def head(title: str, purpose: str) -> bool:
    """Draw title and purpose; return False where there is no document yet, and say what to do."""
    st.title(title, anchor=False)
    st.caption(purpose)
    if documents := state.library().documents():
        languages.of_documents()
        if any(info.media_type.startswith("image/") for info in documents):
            st.caption(PICTURES)
        return True
    adding.nothing("There are no documents to look at yet.")
    return False


def selection(key: str, label: str = "Only in these documents") -> list[str] | None:
    """Let a person choose documents, or those with a tag; return their ids, None for all."""
    documents = state.library().documents()
    tags = sorted({tag for info in documents for tag in info.tags})
    tag = st.pills("Tagged", tags, key=f"{key}_tag") if tags else None
    tagged = [info for info in documents if tag is None or tag in info.tags]
    chosen: list[DocumentInfo] = st.multiselect(
        label,
        tagged,
        format_func=lambda info: info.name,
        placeholder="All documents" if tag is None else "All with this tag",
        key=f"{key}_documents",
    )
    return [info.id for info in chosen or tagged] if chosen or tag is not None else None


def passages(documents: Sequence[str] | None) -> Passages:
    """Return passages with vectors, read once as long as the documents stay the same."""
    return _passages(signature(), None if documents is None else tuple(documents))


def signature() -> Signature:
    """Return what changes whenever the library in use does: a key for what is kept of it."""
    library = state.library()
    held = tuple((info.id, info.added, info.chunks) for info in library.documents())
    return library.collection, str(library.home.root), library.index().embedder, held


@st.cache_resource(show_spinner="Reading the passages", max_entries=4)
def _passages(library: Signature, documents: tuple[str, ...] | None) -> Passages:
    return state.library().passages(documents)


class Cached:
    """The library in use as a LibraryView whose passages are read once."""

    def __init__(self) -> None:
        library = state.library()
        self.collection = library.collection
        self.documents, self.text, self.embed = library.documents, library.text, library.embed
        self.pieces, self.questions, self.search = library.pieces, library.questions, library.search

    def passages(self, documents: Sequence[str] | None = None) -> Passages:
        """Return passages with vectors."""
        return passages(documents)


@st.cache_resource(show_spinner="Reading the documents", max_entries=4)
def _items(library: Signature, documents: tuple[str, ...] | None, whole: bool) -> Items:
    opened = state.library()
    make = of_documents if whole else of_passages
    return make(Cached(), documents, lambda info: opened.file(info.id))


def items(documents: Sequence[str] | None, *, whole: bool) -> Items:
    """Return whole documents or their passages with their days, read once as long as they stay the same."""
    return _items(signature(), None if documents is None else tuple(documents), whole)


def table(label: str, columns: Sequence[str], key: str) -> list[dict[str, str]] | None:
    """Let a person give a CSV table that has these columns; return its rows, None where none is given.

    It may be as large as any other file here, and the box says so.
    """
    given = st.file_uploader(
        label, type=["csv", "tsv"], key=key, max_upload_size=state.library().settings.max_file_mb
    )
    if given is None:
        return None
    return read_table(given.getvalue().decode("utf-8-sig", "replace"), columns, given.name)


def take_away(rows: Sequence[Row], name: str) -> None:
    """Offer the rows as a CSV file."""
    st.download_button(
        "Download as CSV",
        to_csv(rows).encode("utf-8-sig"),  # the mark tells spreadsheets that it is UTF-8
        file_name=f"{name}.csv",
        mime="text/csv",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
        key=f"{name}_download",
    )


def open_passage(document: str, file: str, page: int | None, text: str, start: int, end: int) -> None:
    """Show a passage in its document beside the page."""
    beside.open(beside.Source(state.collection(), document, file, page, text, start, end))


def explained(note: str) -> None:
    """Say how to read the scores, or why not to trust them."""
    st.info(note, icon=":material/info:")
