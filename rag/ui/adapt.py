"""The page that adapts search to a library's own terms: learn, see the gain, take it back."""

from __future__ import annotations

import streamlit as st

from rag.lenses.adapt import FILE, kept
from rag.ui import lens, parts, state

PURPOSE = (
    "Where terms mean something special here: learn them from headings, from questions kept under Evaluate, "
    "and from others you know."
)


@parts.guarded
def render() -> None:
    """Draw the page."""
    parts.note()
    if not lens.head("Adapt", PURPOSE):
        return
    library = state.library()
    there = (library.home.root / FILE).is_file()
    st.write("Search uses an adapter now." if there else "Search works as the embedder came.")
    if there:
        st.button("Take it back", on_click=parts.acting(_undone), icon=":material/undo:")
    known = lens.table(
        "Questions you know as CSV: question, and words that stand in the passage that answers",
        ("question", "words"),
        "adapt_pairs",
    )
    if not st.button("Learn and judge", type="primary"):
        return
    pairs = kept(library.golden.all(library.collection), library.text)
    pairs += [(row["question"], row["words"]) for row in known or []]
    with st.spinner("Learning on halves, judging on the others", show_time=True):
        trial = library.adapt(pairs)
    (st.success if trial.helps else st.warning)(trial.note)


def _undone() -> None:
    state.library().unadapt()
