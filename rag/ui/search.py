"""The search page: the same query by meaning and by words, side by side, with what only one of them found."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from rag import words
from rag.types import Hit
from rag.ui import adding, beside, components, parts, state, typeset

RESULTS = 8
PURPOSE = (
    "Shows the passages themselves, found in two ways side by side: those that say something near it, and "
    "those that hold its very words. The chat answers in a sentence; here you look for yourself."
)


@parts.guarded
def render() -> None:
    """Draw the page."""
    st.set_page_config(layout="wide")
    parts.note()
    with parts.beside_source():
        st.title("Search", anchor=False)
        if not state.library().documents():
            adding.nothing("There is nothing to search yet.")
            return
        query = st.text_input(
            "Search your documents",
            placeholder="Words, a name, a number, or a whole sentence",
            key="search_query",
        )
        if query.strip():
            _results(query)
        else:
            st.caption(PURPOSE)


def _results(query: str) -> None:
    library = state.library()
    with st.spinner("Searching"):
        meaning = library.search(query, "semantic", RESULTS)
        exact = library.search(query, "keyword", RESULTS)
    # Beside an open source there is room for one column.
    left, right = st.columns(2, gap="large") if beside.opened() is None else (st.container(), st.container())
    with left:
        st.header("By meaning", anchor=False, help="Passages that say something near it")
        _hits("meaning", query, meaning, exact)
    with right:
        st.header("By words", anchor=False, help="Passages that hold these words")
        _hits("words", query, exact, meaning)


def _hits(key: str, query: str, hits: Sequence[Hit], others: Sequence[Hit]) -> None:
    if not hits:
        st.caption("Nothing found this way.")
        return
    known = {hit.chunk.id for hit in others}
    sources = [beside.Source.of_hit(hit, state.collection()) for hit in hits]
    opened = beside.opened()
    components.answer(
        f"search_{key}",
        "",
        [
            parts.found(
                hit,
                typeset.spots(hit.passage, words.content(query), words.content),
                "" if hit.chunk.id in known else "only found here",
            )
            for hit in hits
        ],
        on_open=lambda index: beside.open(sources[index]),
        heading=parts.counted(len(hits), "passage"),
        opened=sources.index(opened) if opened in sources else -1,
    )
