"""The page of words: neighbours, analogies, one word in several sentences, and a question on a passage."""

from __future__ import annotations

import altair as alt
import pandas as pd
import streamlit as st

from rag.lenses.tokens import TokenReader
from rag.lenses.words import OBJECTIVE, WordTable, general, own
from rag.ui import lens, parts, state

PURPOSE = (
    "Why search by meaning works: words as vectors, what lies near them, and what a sentence does to them."
)
ASKED = ("man", "king", "woman")
TABLES = {"General words": "general", "This library's words": "own"}


@parts.guarded
def render() -> None:
    """Draw the page."""
    if lens.head("Words", PURPOSE):
        _static()
        _senses()
        _heat()


@parts.guarded
def _static() -> None:
    """Draw what a table knows of words; where there is too little to learn one from, only that is missing."""
    chosen = st.segmented_control(
        "Vectors of", list(TABLES), default="General words", key="words_table", required=True
    )
    table = _general() if TABLES[chosen] == "general" else _own()
    lens.explained(table.note)
    if TABLES[chosen] == "own":
        st.caption(OBJECTIVE)
    _neighbours(table)
    _analogy(table, TABLES[chosen])


@st.cache_resource(show_spinner="Reading the table")
def _general() -> WordTable:
    return general(state.library().settings)


def _own() -> WordTable:
    held = tuple((info.id, info.chunks) for info in state.library().documents())
    return _trained(state.collection(), held)


@st.cache_resource(show_spinner="Learning the words of your documents", max_entries=2)
def _trained(collection: str, held: tuple[tuple[str, int], ...]) -> WordTable:
    return own(lens.passages(None))


@st.cache_resource(show_spinner="Loading the embedder")
def _reader() -> TokenReader:
    return TokenReader(state.library().settings)


@parts.guarded
def _neighbours(table: WordTable) -> None:
    st.subheader("Neighbours", anchor=False)
    known = ", ".join(table.examples())
    word = st.text_input("A word", placeholder=f"Such as {known}", key="words_word").strip()
    if word:
        rows: list[lens.Row] = [{"word": near, "cosine": score} for near, score in table.neighbours(word)]
        st.dataframe(pd.DataFrame(rows), hide_index=True, key="words_neighbours")
        lens.take_away(rows, "neighbours")


@parts.guarded
def _analogy(table: WordTable, name: str) -> None:
    st.subheader("Analogies", anchor=False)
    shown = ASKED if name == "general" else ("", "", "")  # a library need not know of kings
    given = [
        column.text_input(label, value, key=f"words_{name}_{label}").strip()
        for column, label, value in zip(st.columns(3), ("as", "is to", "so what is to"), shown, strict=True)
    ]
    if all(given):
        rows = [
            {"word": word, "cosine": score} for word, score in table.analogy(given[0], given[1], given[2])
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True, key="words_analogy")


@parts.guarded
def _senses() -> None:
    st.subheader("One word in several sentences", anchor=False)
    st.caption("In the tables above a word has one vector; read in a sentence it has another in each.")
    word = st.text_input("The word", key="words_sense").strip()
    lines = [
        line
        for line in st.text_area("Sentences, one a line", key="words_sentences").splitlines()
        if line.strip()
    ]
    if word and len(lines) > 1:
        cosines = _reader().senses(word, lines)
        st.dataframe(
            pd.DataFrame(cosines.round(2), index=lines, columns=[f"{at + 1}" for at in range(len(lines))])
        )


@parts.guarded
def _heat() -> None:
    st.subheader("A question on a passage", anchor=False)
    question = st.text_input("Question", key="words_question").strip()
    passage = st.text_area("Passage", key="words_passage").strip()
    if not question or not passage:
        return
    heat = _reader().heat(question, passage)
    rows: list[lens.Row] = [
        {"question": mine, "passage": theirs, "cosine": float(heat.cosines[row, column])}
        for row, mine in enumerate(heat.question.words)
        for column, theirs in enumerate(heat.passage.words)
    ]
    st.caption("The darker, the nearer are the two words, each read in its own sentence.")
    st.altair_chart(_map(rows, len(heat.passage.words)), width="stretch")
    lens.take_away(rows, "heat")


def _map(rows: list[lens.Row], width: int) -> alt.Chart:
    """Draw rows of `width` words of the passage for each word of the question, in their order."""
    # A word may come twice, so its place stands before it; the axes leave the place out.
    places = [
        row | {"x": f"{at % width} {row['passage']}", "y": f"{at // width} {row['question']}"}
        for at, row in enumerate(rows)
    ]
    bare = "substring(datum.label, indexof(datum.label, ' ') + 1)"
    chart: alt.Chart = (
        alt.Chart(pd.DataFrame(places))
        .mark_rect()
        .encode(
            x=alt.X("x:N", sort=None, title="passage", axis=alt.Axis(labelExpr=bare)),
            y=alt.Y("y:N", sort=None, title="question", axis=alt.Axis(labelExpr=bare)),
            color="cosine:Q",
            tooltip=["question", "passage", alt.Tooltip("cosine:Q", format=".2f")],
        )
    )
    return chart
