"""The page of similar documents: paste a case or choose documents, see what is most like them and why."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from rag.lenses.cases import Cases, Nearest, cases, like_row, nearest
from rag.lenses.similar import Example, Match, Pair, Similar, similar
from rag.types import Chunk, DocumentInfo
from rag.ui import beside, components, lens, parts, pictures, state
from rag.ui.typeset import plain

RESULTS = 10
PURPOSE = "Paste a case, a list of symptoms or a whole document, or choose documents that you want more of."


@parts.guarded
def render() -> None:
    """Draw the page."""
    st.set_page_config(layout="wide" if beside.opened() else "centered")
    parts.note()
    with parts.beside_source():
        if not lens.head("Similar documents", PURPOSE):
            return
        what = st.segmented_control(
            "Compare",
            ["Documents", "Rows of tables", "Pictures"],
            default="Documents",
            key="similar_what",
            required=True,
        )
        if what == "Pictures":
            pictures.section()
            return
        if what == "Rows of tables":
            _rows()
            return
        like, unlike = _examples()
        within = lens.selection("similar")
        if like:
            with st.spinner("Comparing"):
                found = similar(lens.Cached(), like, unlike, k=RESULTS, documents=within)
            _shown(found)


def _examples() -> tuple[list[Example], list[Example]]:
    text = st.text_area(
        "What to look for", placeholder="A text of any length", height=160, key="similar_text"
    )
    _go()
    documents = state.library().documents()
    left, right = st.columns(2)
    with left:
        more: list[DocumentInfo] = st.multiselect(
            "More like these", documents, format_func=lambda info: info.name, key="similar_more"
        )
    with right:
        less: list[DocumentInfo] = st.multiselect(
            "Less like these", documents, format_func=lambda info: info.name, key="similar_less"
        )
    like = [Example(text=text)] if text.strip() else []
    like += [Example(document=info.id) for info in more]
    return like, [Example(document=info.id) for info in less]


def _go() -> None:
    """A text counts once its box is left, which nobody knows who has just pasted it."""
    st.button("Find similar", type="primary", key="similar_go")


def _rows() -> None:
    like = st.text_area("What to look for", placeholder="A product, an order, a case", key="similar_row")
    _go()
    within = lens.selection("similar")
    if not like.strip():
        return
    view = lens.Cached()
    with st.spinner("Comparing rows", show_time=True):
        held = _held(lens.signature(), tuple(within) if within else None)
        found = nearest(view, held, like, k=RESULTS)
    lens.explained(found.note)
    picked = _table(found, "rows", "similar_rows")
    if picked is not None:
        st.subheader("Rows like the chosen one", anchor=False)
        _table(like_row(held, found.found[picked][0], k=RESULTS), "rows like it", "similar_rows_more")


@st.cache_resource(show_spinner=False, max_entries=2)
def _held(library: lens.Signature, within: tuple[str, ...] | None) -> Cases:
    return cases(lens.Cached(), within)


def _table(found: Nearest, name: str, key: str) -> int | None:
    """Draw rows side by side with what their numbers come to; return the one that is chosen."""
    rows = found.rows()
    if not rows:
        return None
    chosen = st.dataframe(
        pd.DataFrame(rows), hide_index=True, key=key, on_select="rerun", selection_mode="single-row"
    )
    lens.take_away(rows, key)
    if numbers := found.numbers():
        st.caption(f"What the numbers of these {name} come to:")
        st.dataframe(pd.DataFrame(numbers), hide_index=True, key=f"{key}_numbers")
    return next((row for row in chosen.selection.rows if row < len(rows)), None)


def _shown(found: Similar) -> None:
    lens.explained(found.note)
    if not found.matches:
        return
    lens.take_away(found.rows(), "similar")
    for number, match in enumerate(found.matches, 1):
        _match(number, match)


def _match(number: int, match: Match) -> None:
    with st.container(border=True, key=f"similar_{match.document}"):
        st.markdown(f"**{number}. {plain(match.file)}**")
        parts_of = {"whole": match.whole, "opening": match.opening, "parts": match.parts}
        said = " · ".join(f"{name} {value:.2f}" for name, value in parts_of.items())
        st.caption(f"score {match.score:.2f} · {said}")
        if match.copies:
            st.caption(plain(f"Nearly the same: {', '.join(match.copies)}"))
        cards = [
            components.Card(0, _ours(pair), _place(pair.theirs, pair.score), pair.theirs.text)
            for pair in match.pairs
        ]
        components.answer(
            f"similar_pairs_{match.document}",
            "",
            cards,
            heading="Passages that match",
            on_open=lambda index: _open(match, index),
        )


def _ours(pair: Pair) -> str:
    words = " ".join(pair.ours.split())
    return f"Yours: “{words if len(words) <= 80 else words[:78] + ' …'}”"


def _place(chunk: Chunk, score: float) -> str:
    return " · ".join(part for part in (parts.place(chunk.page, chunk.heading), f"{score:.2f}") if part)


def _open(match: Match, index: int) -> None:
    chunk = match.pairs[index].theirs
    lens.open_passage(match.document, match.file, chunk.page, chunk.text, chunk.start, chunk.end)
