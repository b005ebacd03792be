"""The page of topics: a map to look at, topics with names, what is new and what is moving.

What lies in a frame drawn on the map, or in a topic, is listed, opened, named and taken away.
"""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd
import streamlit as st

from rag.lenses import batch
from rag.lenses.layout import plane
from rag.lenses.topics import Topics, topics
from rag.types import Vectors
from rag.ui import lens, parts, state
from rag.ui.typeset import plain

PURPOSE = "What your documents are about, which of them belong together, what is new and what is moving."
MAPPED = 5000  # points drawn
FEW = 30  # points for which a low map is enough: what they are named stands below it
TALL, LOW = 480, 220  # pixels
LISTED = ["name", "topic name", "day", "day from", "text"]


@parts.guarded
def render() -> None:
    """Draw the page."""
    st.set_page_config(layout="wide")
    parts.note()
    with parts.beside_source():
        if not lens.head("Topics", PURPOSE):
            return
        left, right = st.columns(2)
        with left:
            within = lens.selection("topics")
        with right:
            what = st.segmented_control(
                "Look at", ["Documents", "Passages"], default="Documents", key="topics_what", required=True
            )
            wanted = st.number_input("How many topics (0: as fits)", 0, 200, 0, key="topics_count")
        items = lens.items(within, whole=what == "Documents")
        found = _found(lens.signature(), tuple(within) if within else None, what, wanted)
        lens.explained(found.note)
        if found.topics:
            _map(items, found)
            _list(items, found)


@st.cache_resource(show_spinner="Grouping", show_time=True, max_entries=4)
def _found(library: lens.Signature, within: tuple[str, ...] | None, what: str, wanted: int) -> Topics:
    return topics(lens.items(within, whole=what == "Documents"), wanted)


def _map(items: batch.Items, found: Topics) -> None:
    frame = pd.DataFrame(found.rows(items)).assign(text=[text[:160] for text in items.texts])
    with st.spinner("Drawing the map", show_time=True):
        places = _placed(items.vectors)
    frame["x"], frame["y"] = places[:, 0], places[:, 1]
    lasso = alt.selection_interval(name="lasso")
    chart = (
        alt.Chart(frame.head(MAPPED))
        .mark_circle(size=60, opacity=0.7)
        .encode(
            x=alt.X("x", axis=None),
            y=alt.Y("y", axis=None),
            color=alt.Color("topic name:N", legend=None),
            shape="outlier:N",
            tooltip=["topic name", "name", "day", "text"],
        )
        # As SVG the frame would be an image without a name; the table says the same in words
        .properties(
            height=TALL if len(frame) > FEW else LOW, usermeta={"embedOptions": {"renderer": "canvas"}}
        )
        .add_params(lasso)
    )
    picked = st.altair_chart(chart, width="stretch", on_select="rerun", key="topics_map")
    st.caption(
        f"Each dot is one of the {parts.counted(len(frame), 'text')}; resting on it says which. Draw a frame "
        "on the map, or choose a topic, to list what is in it. Far distances on the map mean nothing."
    )
    names = [topic.name for topic in found.topics]
    topic = st.selectbox(
        "Topic", range(len(names)), index=None, format_func=names.__getitem__, key="topics_topic"
    )
    box = picked.selection.get("lasso") if picked else None
    if box and "x" in box and "y" in box:
        within = frame["x"].between(*sorted(box["x"])) & frame["y"].between(*sorted(box["y"]))
        _chosen(items, frame[within], found)
    elif topic is not None:
        _chosen(items, frame[frame["topic"] == topic], found)


def _chosen(items: batch.Items, chosen: pd.DataFrame, found: Topics) -> None:
    """List the chosen texts: a row opens its document, and all get a tag by which they are found again."""
    rows = chosen.index.tolist()
    st.markdown(f"{parts.counted(len(rows), 'text')} chosen. Choose a row to open it.")
    st.dataframe(
        chosen[LISTED],
        hide_index=True,
        key="topics_chosen",
        on_select=lambda: _open(items, rows),
        selection_mode="single-row",
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(
            "Name them", key="topics_name", help="A tag, by which questions, search and lenses are narrowed."
        )
        documents = list(dict.fromkeys(items.passages[at].document for at in rows))
        st.button(
            "Give them this tag",
            disabled=not name.strip() or not rows,
            icon=":material/sell:",
            on_click=parts.acting(_named),
            args=(documents, name),
        )
    every = found.rows(items)
    lens.take_away([every[at] for at in rows], "topics_chosen_texts")


def _open(items: batch.Items, rows: Sequence[int]) -> None:
    picked = st.session_state["topics_chosen"].selection.rows
    if picked and picked[0] < len(rows):
        at = rows[picked[0]]
        chunk = items.passages[at]
        lens.open_passage(chunk.document, items.names[at], chunk.page, chunk.text, chunk.start, chunk.end)


def _named(documents: Sequence[str], tag: str) -> None:
    library = state.library()
    for document in documents:
        library.tag(document, [*library.document(document).tags, tag])


@st.cache_data(show_spinner=False, max_entries=4)
def _placed(vectors: Vectors) -> Vectors:
    return plane(vectors)


def _list(items: batch.Items, found: Topics) -> None:
    lens.take_away(found.rows(items), "topics")
    sources = ", ".join(sorted(set(items.sources) - {""}))
    st.caption(f"Days were taken from: {sources}. Drift of the latest quarter: {found.drift:.0%}.")
    for topic in found.topics:
        with st.container(border=True, key=f"topic_{topic.number}"):
            st.markdown(f"**{plain(topic.name)}** · {parts.counted(topic.size, 'text')}")
            moved = f"{topic.change:+.0%} of the latest quarter" if topic.change else ""
            st.caption(" · ".join(part for part in ("emerging" if topic.emerging else "", moved) if part))
            st.text(", ".join(items.names[at] for at in topic.typical))
    if found.outliers:
        st.subheader("Unlike the rest", anchor=False)
        st.text("\n".join(items.names[at] for at in found.outliers[:20]))
    _over_time(items, found)


def _over_time(items: batch.Items, found: Topics) -> None:
    names = {topic.number: topic.name for topic in found.topics}
    counts = batch.by_month([names[number] for number in found.member], items.days)
    if len({row["month"] for row in counts}) < 2:
        return
    st.subheader("Over time", anchor=False)
    chart = alt.Chart(pd.DataFrame(counts)).mark_area().encode(x="month:O", y="count:Q", color="label:N")
    st.altair_chart(chart, width="stretch")
