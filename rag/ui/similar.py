"""The page of similar documents: paste a case or choose documents, see what is most like them and why."""

from __future__ import annotations

import streamlit as st

from rag.lenses.similar import Example, Match, Pair, Similar, similar
from rag.types import Chunk, DocumentInfo
from rag.ui import components, lens, parts, state
from rag.ui.typeset import plain

RESULTS = 10
PURPOSE = "Paste a case, a list of symptoms or a whole document, or choose documents that you want more of."


@parts.guarded
def render() -> None:
    """Draw the page."""
    st.set_page_config(layout="wide" if state.source() else "centered")
    parts.note()
    with parts.beside_source():
        if not lens.head("Similar documents", PURPOSE):
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
