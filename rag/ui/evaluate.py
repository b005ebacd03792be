"""The evaluation page: a person's own questions, drafted from their documents, and which search finds more.

Drafts are kept, reworded or dropped; what is kept is measured. Knows the library and how drafts are made.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from rag.evaluate.drafts import drafted
from rag.evaluate.golden import MEASURES, WAYS, Comparison, compare
from rag.types import GoldenQuestion
from rag.ui import navigation, parts, state
from rag.ui.typeset import plain

DRAFTS = 20  # questions drafted at a time
LOOKED_AT = 40  # documents that drafts are made from
ENOUGH = 20  # questions from which a difference can be told from chance


@parts.guarded
def render() -> None:
    """Draw the page."""
    st.set_page_config(layout="centered")
    parts.note()
    st.title("Evaluate", anchor=False)
    st.caption(
        "Which way of searching suits your documents? Keep some questions with known answers; each way is "
        "measured on them. Everything stays on this computer."
    )
    library = state.library()
    if not library.documents():
        st.write("There is nothing to ask about yet.")
        if st.button("Add documents", type="primary", icon=":material/upload_file:"):
            navigation.go("library")
        return
    kept = library.golden.all(library.collection)
    _drafting(kept)
    if kept:
        _kept(kept)
        _measured(kept)


# --- drafts --------------------------------------------------------------------------------------


def _drafting(kept: Sequence[GoldenQuestion]) -> None:
    st.subheader("Draft questions", anchor=False)
    if st.button("Draft questions from my documents", type="secondary" if kept else "primary", key="draft"):
        st.session_state["evaluate_drafts"] = _drafts(kept)
    drafts: list[GoldenQuestion] = st.session_state.get("evaluate_drafts", [])
    if not drafts:
        if "evaluate_drafts" in st.session_state:
            st.caption("No more questions could be drafted from these documents. Write your own below.")
        _own()
        return
    with st.form("drafts"):
        st.caption("Reword what reads badly, untick what you do not want, then keep the rest.")
        wanted = [_draft(number, draft) for number, draft in enumerate(drafts)]
        if st.form_submit_button("Keep the ticked ones", type="primary"):
            _keep([(draft, text) for draft, (ticked, text) in zip(drafts, wanted, strict=True) if ticked])
    _own()


def _drafts(kept: Sequence[GoldenQuestion]) -> list[GoldenQuestion]:
    library = state.library()
    documents = [(info.id, library.structure(info.id)) for info in library.documents()[:LOOKED_AT]]
    known = {(question.document, question.start) for question in kept}
    drafts = drafted(documents, DRAFTS + len(kept))
    return [draft for draft in drafts if (draft.document, draft.start) not in known][:DRAFTS]


def _draft(number: int, draft: GoldenQuestion) -> tuple[bool, str]:
    ticked = st.checkbox(plain(_quoted(draft)), value=True, key=f"draft_keep_{number}")
    text = st.text_input(
        "Question", value=draft.question, key=f"draft_text_{number}", label_visibility="collapsed"
    )
    return ticked, text


def _keep(wanted: Sequence[tuple[GoldenQuestion, str]]) -> None:
    for draft, text in wanted:
        if text.strip():
            state.library().golden.keep(text.strip(), draft.document, draft.start, draft.end)
    del st.session_state["evaluate_drafts"]
    st.rerun()


def _own() -> None:
    """Let a person write a question and choose, of what is found, the passage that answers it."""
    with st.expander("Write one yourself"):
        question = st.text_input("Your question", key="evaluate_question").strip()
        if not question:
            return
        hits = state.library().search(question, "hybrid", 8)
        st.caption("Which passage answers it?")
        for number, hit in enumerate(hits):
            with st.container(border=True):
                st.text(f"{hit.title}\n{' '.join(hit.text.split())[:240]}")
                if st.button("This one", key=f"own_{number}"):
                    chunk = hit.chunk
                    state.library().golden.keep(question, chunk.document, chunk.start, chunk.end)
                    st.rerun()


# --- what is kept ---------------------------------------------------------------------------------


def _kept(kept: Sequence[GoldenQuestion]) -> None:
    st.subheader(parts.counted(len(kept), "question"), anchor=False)
    with st.expander("Change or remove"):
        for question in kept:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.text_input(
                    _quoted(question),
                    value=question.question,
                    key=f"golden_{question.id}",
                    on_change=parts.acting(_reword),
                    args=(question.id,),
                )
                st.button(
                    "Remove",
                    key=f"golden_drop_{question.id}",
                    on_click=parts.acting(_drop),
                    args=(question.id,),
                )


def _reword(id: int) -> None:
    text = str(st.session_state[f"golden_{id}"]).strip()
    if text:
        state.library().golden.reword(id, text)


def _drop(id: int) -> None:
    state.library().golden.drop(id)


def _quoted(question: GoldenQuestion) -> str:
    library = state.library()
    text = " ".join(library.text(question.document)[question.start : question.end].split())
    quote = text if len(text) <= 160 else text[:160].rsplit(" ", 1)[0] + " …"
    return f"{library.document(question.document).name}: “{quote}”"


# --- the measure ----------------------------------------------------------------------------------


def _measured(kept: Sequence[GoldenQuestion]) -> None:
    st.subheader("Which search finds more", anchor=False)
    if st.button("Measure", type="primary", key="measure"):
        bar = st.progress(0.0, text="Searching each question in four ways")
        st.session_state["evaluate_result"] = compare(
            state.library(), kept, lambda done: bar.progress(done / len(kept))
        )
        bar.empty()
    result: Comparison | None = st.session_state.get("evaluate_result")
    if result is None:
        return
    st.markdown(f"**{plain(result.verdict)}**")
    if len(result.ranks["hybrid"]) < ENOUGH:
        st.caption(f"Fewer than {ENOUGH} questions rarely tell two ways apart; draft or write some more.")
    rows = _rows(result)
    st.altair_chart(_chart(rows))
    st.dataframe(pd.DataFrame(_table(result)), hide_index=True)
    st.caption("Share of questions whose right passage is found; the lines are 95 % intervals.")
    st.download_button("Save the figures", "\n".join(result.report.lines()), "evaluation.jsonl", key="save")


def _rows(result: Comparison) -> list[dict[str, Any]]:
    found = {row.measure: row for row in result.report.rows}
    return [
        {"Search": told, "found": row.value, "low": row.low, "high": row.high}
        for way, told in WAYS.items()
        for row in [found[f"{way} {MEASURES[0]}"]]
    ]


def _table(result: Comparison) -> list[dict[str, Any]]:
    found = {row.measure: row for row in result.report.rows}
    return [
        {"Search": told} | {name: round(found[f"{way} {name}"].value, 2) for name in MEASURES}
        for way, told in WAYS.items()
    ]


def _chart(rows: Sequence[dict[str, Any]]) -> alt.LayerChart | alt.FacetChart:
    """Draw the share found first, with its interval."""
    base = alt.Chart(pd.DataFrame(rows)).encode(y=alt.Y("Search:N", sort=None, title=None))
    axis = alt.X(
        "low:Q", title="right passage first", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%")
    )
    lines = base.mark_rule(strokeWidth=3).encode(x=axis, x2="high:Q")
    points = base.mark_point(filled=True, size=120).encode(x="found:Q")
    return alt.layer(lines, points)
