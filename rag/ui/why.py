"""Why an answer says what it says: what was looked for, the passages considered, how sure, how long."""

from __future__ import annotations

import functools
import json

import streamlit as st

from rag import words
from rag.types import Answer, Hit
from rag.ui import beside, components, parts, state, typeset
from rag.ui.typeset import plain
from rag.weights import models_folder

ENOUGH = 30  # test answers from which a share means something

VIA = {
    "semantic": "by meaning",
    "keyword": "by words",
    "hybrid": "by meaning and words",
    "reader": "by reading it",
}


def support(probability: float) -> tuple[str, str]:
    """Say a probability of support in words, with an icon."""
    if probability >= 0.8:
        return "Well supported", ":material/verified:"
    if probability >= 0.6:
        return "Fairly supported", ":material/check_circle:"
    return "Weakly supported", ":material/error:"


@parts.dialog("How this came about", width="large")
def explain(answer: Answer) -> None:
    """Show it for one answer or refusal."""
    if answer.kind == "answer":
        _support(answer.support)
    elif answer.refused:
        st.write("None of the passages was found to answer the question, so nothing was written.")
    st.header("Looked for", anchor=False)
    st.text(answer.searched or answer.question)
    if answer.searched and answer.searched != answer.question:
        st.caption(f"Asked: {plain(answer.question)}")
    if answer.hits:
        _passages(answer)
    _made(answer)


def _support(probability: float) -> None:
    word, icon = support(probability)
    st.markdown(f"{icon} **{word}** ({probability:.2f} of 1)")
    st.write(
        "Small models read the question together with each passage and judged how likely the passages carry "
        "this answer. The judgement can be wrong; the quotation under the answer is the document's own text, "
        "so read the marked words before you rely on it."
    )
    if (seen := measured(probability)) is not None:
        right, count = seen
        st.caption(
            f"Of {count} test answers judged about like this one, {right:.0%} were right. The tests are "
            "hard: half of their questions are written to look answered where nothing answers them."
        )


@functools.cache
def _bins() -> list[dict[str, float]]:
    """Return the reliability of the support probability as it was measured when it was fitted."""
    found = json.loads((models_folder() / "support.json").read_text("utf-8")).get("reliability", {})
    return [each for way in found.values() for each in way["bins"]]


def measured(probability: float) -> tuple[float, int] | None:
    """Return which share of test answers judged like this was right, and their number; None for too few."""
    like = [each for each in _bins() if each["low"] <= probability <= each["high"]]
    count = int(sum(each["n"] for each in like))
    if count < ENOUGH:
        return None
    return sum(each["right"] * each["n"] for each in like) / count, count


def _passages(answer: Answer) -> None:
    """Draw what was considered; a click opens it beside the conversation."""
    cited = {(citation.document, citation.start) for citation in answer.citations}
    wanted = words.content(answer.searched or answer.question)

    def card(hit: Hit) -> components.Card:
        used = "cited, " if (hit.chunk.document, hit.chunk.start) in cited else ""
        marks = typeset.spots(hit.passage, wanted, words.content)
        return parts.found(hit, marks, f"{used}score {hit.score:.2f}, found {VIA[hit.via]}")

    def opened(index: int) -> None:
        beside.open(beside.Source.of_hit(answer.hits[index], state.collection()))
        st.session_state["why_done"] = True

    st.header("Passages considered, best first", anchor=False)
    components.answer("why_passages", "", [card(hit) for hit in answer.hits], on_open=opened, heading="")
    if st.session_state.pop("why_done", False):
        st.rerun()


def _made(answer: Answer) -> None:
    took = answer.timings
    st.caption(
        f"Passages found after {took.retrieve_ms / 1000:.1f} s, first words after "
        f"{took.first_token_ms / 1000:.1f} s, whole after {took.total_ms / 1000:.1f} s; "
        f"{took.prompt_tokens} tokens read, {took.answer_tokens} written."
    )
    if answer.origin:
        st.caption("Models: " + plain("; ".join(f"{part} {name}" for part, name in answer.origin.models)))
