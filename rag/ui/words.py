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
TABLES = {"General words": "general", "This library's words": "own"}


@parts.guarded
def render() -> None:
    """Draw the page."""
    if not lens.head("Words", PURPOSE):
        return
    chosen = st.segmented_control(
        "Vectors of", list(TABLES), default="General words", key="words_table", required=True
    )
    table = _general() if TABLES[chosen] == "general" else _own()
    lens.explained(table.note)
    if TABLES[chosen] == "own":
        st.caption(OBJECTIVE)
    _neighbours(table)
    _analogy(table)
    _senses()
    _heat()


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
    word = st.text_input("A word", key="words_word").strip()
    if word:
        rows: list[lens.Row] = [{"word": near, "cosine": score} for near, score in table.neighbours(word)]
        st.dataframe(pd.DataFrame(rows), hide_index=True, key="words_neighbours")
        lens.take_away(rows, "neighbours")


@parts.guarded
def _analogy(table: WordTable) -> None:
    st.subheader("Analogies", anchor=False)
    columns = st.columns(3)
    labels = ("as", "is to", "so what is to")
    given = [
        column.text_input(label, value, key=f"words_{value}").strip()
        for column, label, value in zip(columns, labels, ("man", "king", "woman"), strict=True)
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
        {
            "question": f"{row} {mine}",
            "passage": f"{column:03d} {theirs}",
            "cosine": float(heat.cosines[row, column]),
        }
        for row, mine in enumerate(heat.question.words)
        for column, theirs in enumerate(heat.passage.words)
    ]
    chart = (
        alt.Chart(pd.DataFrame(rows))
        .mark_rect()
        .encode(
            x=alt.X("passage:N", sort=None),
            y=alt.Y("question:N", sort=None),
            color="cosine:Q",
            tooltip=["question", "passage", "cosine"],
        )
    )
    st.altair_chart(chart, width="stretch")
    lens.take_away(rows, "heat")
