"""The page that labels: a few examples a class, labels for a table or the library, what to label next."""

from __future__ import annotations

import altair as alt
import pandas as pd
import streamlit as st

from rag.lenses import batch
from rag.lenses.classify import UNSURE_BELOW, Classifier, Labelled, Prediction, learn
from rag.ui import lens, parts
from rag.ui.typeset import plain

PURPOSE = (
    "Give a few examples of each label; the rest is labelled by likeness, and left open where it is unsure."
)
STARTER = [{"text": "", "label": ""}]
ASKED = 5
OFFERED = 8  # labels offered as buttons, the likeliest first
SHOWN = 200  # rows on the page; the CSV has them all
WHAT = {"Documents": "documents", "Passages": "passages", "A table of mine": "table"}


@parts.guarded
def render() -> None:
    """Draw the page."""
    st.set_page_config(layout="wide")
    parts.note()
    if not lens.head("Classify", PURPOSE):
        return
    examples = _examples()
    items = _items()
    if len({one.label for one in examples}) < 2:
        st.info("Examples of at least two labels are needed; eight of each is a good start.")
        return
    if items is None or not items.texts:
        st.caption("There is nothing to label yet.")
        return
    with st.spinner("Learning from your examples"):
        learned = learn(lens.Cached(), examples)
    _results(learned, items)


def _examples() -> list[Labelled]:
    rows = lens.table("Examples as CSV: columns text and label", ("text", "label"), "classify_csv")
    given = st.session_state["classify_csv"]
    edited = st.data_editor(
        pd.DataFrame(rows or STARTER)[["text", "label"]],
        num_rows="dynamic",
        width="stretch",
        height=220,
        key=f"classify_examples_{given.file_id if given else ''}",
    )
    typed = [Labelled(str(row["text"] or ""), str(row["label"] or "")) for _, row in edited.iterrows()]
    return [one for one in [*typed, *_taught()] if one.text.strip() and one.label.strip()]


def _taught() -> list[Labelled]:
    """Return what was labelled on this page when it was asked for."""
    found: list[Labelled] = st.session_state.setdefault("classify_taught", [])
    return found


def _items() -> batch.Items | None:
    what = st.segmented_control(
        "What to label", list(WHAT), default="Documents", key="classify_what", required=True
    )
    if WHAT[what] == "table":
        rows = lens.table("Texts as CSV: column text, and date if you have it", ("text",), "classify_texts")
        return None if rows is None else batch.from_table(lens.Cached(), rows, "text")
    within = lens.selection("classify")
    return lens.items(within, whole=WHAT[what] == "documents")


def _results(learned: Classifier, items: batch.Items) -> None:
    lens.explained(learned.note)
    below = st.slider("Leave open below this probability", 0.0, 1.0, UNSURE_BELOW, 0.05, key="classify_below")
    found = learned.predict(items.texts, items.vectors, unsure_below=below)
    unsure = sum(one.unsure for one in found)
    st.markdown(f"{parts.counted(len(found) - unsure, 'text')} labelled, {unsure:,} left open.")
    rows = [{"name": name, **one.row()} for name, one in zip(items.names, found, strict=True)]
    lens.take_away(rows, "classified")
    st.dataframe(pd.DataFrame(rows[:SHOWN]), hide_index=True, key="classify_table")
    _over_time(found, items)
    _teach(learned, items, found)


def _over_time(found: list[Prediction], items: batch.Items) -> None:
    counts = batch.by_month(["open" if one.unsure else one.label for one in found], items.days)
    if len({row["month"] for row in counts}) < 2:
        return
    st.subheader("Over time", anchor=False)
    sources = sorted(set(items.sources) - {""})
    st.caption(f"Days were taken from: {', '.join(sources)}.")
    chart = alt.Chart(pd.DataFrame(counts)).mark_bar().encode(x="month:O", y="count:Q", color="label:N")
    st.altair_chart(chart, width="stretch")
    lens.take_away(counts, "labels_by_month")


def _teach(learned: Classifier, items: batch.Items, found: list[Prediction]) -> None:
    st.subheader("Label these next", anchor=False)
    st.caption("Between two labels, and unlike each other: an answer here teaches most.")
    for at in learned.ask_next(items.vectors, ASKED):
        with st.container(border=True, key=f"teach_{at}"):
            st.text(" ".join(items.texts[at].split())[:400])
            st.caption(f"It would say: {plain(found[at].label)} ({found[at].probability:.0%})")
            with st.container(horizontal=True):
                offered = dict.fromkeys([found[at].label, found[at].second, *learned.labels])
                for label in list(offered)[:OFFERED]:
                    taught = Labelled(items.texts[at], label)
                    st.button(label, key=f"teach_{at}_{label}", on_click=_taught().append, args=(taught,))
    if _taught():
        lens.take_away([{"text": one.text, "label": one.label} for one in learned.examples], "examples")
