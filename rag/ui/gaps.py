"""The page of gaps: what people asked and the documents do not answer, as a list for whoever writes them."""

from __future__ import annotations

import streamlit as st

from rag.lenses.gaps import LEAST, Gap, gaps
from rag.types import Asked
from rag.ui import lens, parts
from rag.ui.typeset import flat, plain

PURPOSE = "What people ask that your documents do not answer, grouped, with the passages that come nearest."


@parts.guarded
def render() -> None:
    """Draw the page."""
    if not lens.head("Gaps", PURPOSE):
        return
    within = lens.selection("gaps")
    view = lens.Cached()
    questions = view.questions() + _uploaded()
    if not questions:
        st.write("Nobody has asked anything yet. Ask in the chat, or give a log of questions.")
        return
    with st.spinner("Looking for gaps"):
        found = gaps(view, questions, documents=within)
    lens.explained(found.note)
    if found.gaps:
        lens.take_away(found.rows(), "gaps")
    for number, gap in enumerate(found.gaps):
        _gap(number, gap)


def _uploaded() -> list[Asked]:
    rows = lens.table("A log of questions as CSV: column question", ("question",), "gaps_csv") or []
    return [Asked(row["question"], row.get("date", "")) for row in rows]


def _gap(number: int, gap: Gap) -> None:
    with st.container(border=True, key=f"gap_{number}"):
        alone = len(gap.questions) < LEAST
        title = gap.questions[0].question if alone else gap.name
        st.markdown(f"**{plain(title)}** · {parts.counted(len(gap.questions), 'question')}")
        for one in gap.questions[:5]:
            st.text(f"{one.question}  ({one.reason})")
        nearest = max(gap.questions, key=lambda one: one.similarity)
        near = flat(nearest.nearest)[:240]
        st.caption(plain(f"Nearest passage ({nearest.similarity:.2f}, {nearest.file}): {near}"))
