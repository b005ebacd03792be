"""The page of topics: a map to look at, topics with names, what is new and what is moving.

What lies in a lasso drawn on the map, or in a topic, is listed, opened, named and taken away.
"""

from __future__ import annotations

import html
import textwrap
from collections.abc import Sequence

import altair as alt
import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go  # type: ignore[import-untyped]
import streamlit as st
from streamlit.typing import PlotlyState

from rag.lenses import batch
from rag.lenses.layout import plane, stand_ins
from rag.lenses.topics import Topics, topics
from rag.types import Vectors
from rag.ui import lens, parts, state
from rag.ui.typeset import plain

PURPOSE = "What your documents are about, which of them belong together, what is new and what is moving."
MAPPED = 5000  # points drawn
FEW = 30  # points for which a low map is enough: what they are named stands below it
TALL, LOW = 480, 220  # pixels
LINE = 44  # characters of a line of what resting on a dot shows
BAR = {
    "displaylogo": False,
    "displayModeBar": True,  # a finger rests on nothing, so the buttons always stand there
    "modeBarButtonsToRemove": ["toImage", "zoomIn2d", "zoomOut2d", "autoScale2d"],
    "typesetMath": False,  # dollars in a text are dollars
}
TOLD = ["topic name", "name", "day", "text"]
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
    texts = parts.counted(len(frame), "text")
    picked = st.plotly_chart(
        _figure(frame.head(MAPPED), TALL if len(frame) > FEW else LOW),
        on_select="rerun",
        selection_mode=("lasso", "box", "points"),
        key="topics_map",
        config=BAR,
        alt=f"Map of {texts}; the topics below say the same in words",
    )
    st.caption(
        f"{_dots(texts, len(frame))}; resting on a dot says which. Draw a lasso on the map, or choose "
        "a topic, to list what is in it. Far distances on the map mean nothing."
    )
    names = [topic.name for topic in found.topics]
    topic = st.selectbox(
        "Topic", range(len(names)), index=None, format_func=names.__getitem__, key="topics_topic"
    )
    if any(picked.selection.values()):
        _chosen(items, frame[_within(picked, places)], found)
    elif topic is not None:
        _chosen(items, frame[frame["topic"] == topic], found)


def _dots(texts: str, count: int) -> str:
    if count <= MAPPED:
        return f"Each dot is one of the {texts}"
    return f"The dots are {MAPPED:,} of the {texts}, and each other one goes with the dot nearest to it"


def _within(picked: PlotlyState, places: Vectors) -> npt.NDArray[np.bool_]:
    dots = [point["customdata"] for point in picked.selection.points]
    return np.isin(stand_ins(places, MAPPED), dots)


@st.cache_resource(show_spinner=False, max_entries=4)
def _figure(frame: pd.DataFrame, height: int) -> go.Figure:
    """Draw the texts as dots that know their rows, topic by topic: the theme gives each its colour."""
    figure = go.Figure(
        layout={
            "height": height,
            "margin": {"l": 0, "r": 0, "t": 32, "b": 0},
            "dragmode": "lasso",
            "showlegend": False,
            "hoverlabel": {"align": "left"},
            "xaxis": {"visible": False},
            "yaxis": {"visible": False},
        }
    )
    for _, dots in frame.groupby("topic"):
        figure.add_scatter(
            x=dots["x"],
            y=dots["y"],
            mode="markers",
            customdata=dots.index,
            hovertext=[_tip(told) for told in dots[TOLD].to_numpy().tolist()],
            hoverinfo="text",
            marker={
                "size": 9,
                "opacity": 0.7,
                "symbol": np.where(dots["outlier"], "diamond-open", "circle"),
            },
            unselected={"marker": {"opacity": 0.3}},
        )
    return figure


def _tip(told: Sequence[str]) -> str:
    """Return the lines of a dot's tip in the markup that plotly reads; what stands in a file is none."""
    lines = [line for each in told for line in textwrap.wrap(each, LINE)]
    return "<br>".join(html.escape(line) for line in lines)


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
