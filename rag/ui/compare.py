"""The page that holds meaning against words: one query side by side, or a whole log of queries."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from rag.lenses.compare import Compared, compare
from rag.types import Hit
from rag.ui import beside, components, lens, parts, state

PURPOSE = (
    "“Car problems” should find “automobile issues”: see what meaning finds that words miss, and the reverse."
)
SHOWN = 6


@parts.guarded
def render() -> None:
    """Draw the page."""
    st.set_page_config(layout="wide")
    parts.note()
    with parts.beside_source():
        if not lens.head("Meaning and words", PURPOSE):
            return
        within = lens.selection("compare")
        typed = st.text_area("Queries, one a line", key="compare_queries", height=90)
        logged = lens.table("Or a log as CSV: column query", ("query",), "compare_csv") or []
        queries = [line for line in typed.splitlines() if line.strip()]
        queries += [row["query"] for row in logged]
        if not queries:
            return
        with st.spinner("Searching both ways", show_time=True):
            found = compare(lens.Cached(), queries, documents=within)
        lens.explained(found.note)
        rows = [one.row() for one in found.queries]
        lens.take_away(rows, "compare")
        if len(found.queries) > 1:
            st.dataframe(pd.DataFrame(rows), hide_index=True, key="compare_table")
        _side_by_side(found.queries[0])


def _side_by_side(one: Compared) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("By meaning", anchor=False)
        _hits("meaning", one.meaning, one.only_meaning)
    with right:
        st.subheader("By words", anchor=False)
        _hits("words", one.words, one.only_words)


def _hits(key: str, hits: tuple[Hit, ...], alone: tuple[Hit, ...]) -> None:
    if not hits:
        st.caption("Nothing found this way.")
        return
    missed = {hit.chunk.id for hit in alone}
    cards = [
        parts.found(hit, (), "the other way misses it" if hit.chunk.id in missed else "")
        for hit in hits[:SHOWN]
    ]
    sources = [beside.Source.of_hit(hit, state.collection()) for hit in hits[:SHOWN]]
    components.answer(
        f"compare_{key}",
        "",
        cards,
        heading=parts.counted(len(hits), "passage"),
        on_open=lambda index: beside.open(sources[index]),
    )
