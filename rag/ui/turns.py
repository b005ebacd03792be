"""One turn of a conversation: the question, the answer, what can be done with it, and why it says so."""

from __future__ import annotations

import streamlit as st

from rag import words
from rag.catalog.chats import ChatTurn, Rating
from rag.jobs.coming import Wait
from rag.types import Answer, Hit
from rag.ui import beside, components, conversation, following, languages, parts, state, typeset, why
from rag.ui.asking import Asking

ADVICE = "Drawn from your documents by a language model; check the source. Not legal or medical advice."
AHEAD = "Do not wait for the files that are still being read"
NEAREST = 3  # passages shown under a refusal
NEAR = 0.4  # share of the question's words that a passage holds to be called near


def draw(turn: ChatTurn, *, last: bool) -> None:
    """Draw a stored turn; the last one carries the advice and can be asked again."""
    if state.editing() == turn.id:
        _editor(turn)
        return
    asked(str(turn.id), turn.question, _searched(turn.answer))
    _answer(turn)
    _acts(turn)
    if last:
        st.caption(ADVICE)
        languages.of_turn(turn)
        following.draw(turn)  # at the very end: it grows when questions are found, and nothing may move


def asked(key: str, question: str, searched: str = "") -> None:
    """Draw a question as its writer wrote it, and what was looked for where that is another."""
    with st.container(key=f"asked_{key}", gap="small"):
        with st.container(key=f"bubble_{key}"):
            st.text(question)
        # A question that was asked of one document has its name behind it: that is no other question
        if searched and not question.startswith(searched):
            st.caption(f"Looked for: {typeset.plain(searched)}", width="content")


def growing(asking: Asking) -> None:
    """Draw an answer on its way, with the buttons that stop it or its waiting for files."""
    held = asking.held if asking.waiting else None
    components.answer("growing", asking.text, waiting=_doing(asking, held))
    with st.container(horizontal=True, gap="small", key="growing_acts"):
        st.button(
            "Stop",
            icon=":material/stop_circle:",
            shortcut="Escape",
            disabled=asking.stopping,
            on_click=asking.stop,
        )
        if held and held.some and not asking.stopping:
            st.button("Answer from what is in", key="go_ahead", help=AHEAD, on_click=held.end)


def _doing(asking: Asking, held: Wait | None) -> str:
    if asking.stopping:
        return "Stopping"
    if held:
        files = held.files
        return f"Reading your documents first: {files.settled} of {files.total}"
    return "Writing" if asking.text else "Reading your documents"


def _answer(turn: ChatTurn) -> None:
    answer = turn.answer
    collection = state.collection()
    sources = [beside.Source.of_citation(citation, collection) for citation in answer.citations]
    cards = [parts.cited(citation) for citation in answer.citations]
    heading = "Sources"
    if answer.refused:
        near = nearest(answer)
        sources = [beside.Source.of_hit(hit, collection) for hit in near]
        wanted = words.content(_searched(answer))
        cards = [parts.found(hit, typeset.spots(hit.passage, wanted, words.content)) for hit in near]
        heading = "Nearest passages, which do not answer it"
    opened = beside.opened()
    components.answer(
        f"turn_{turn.id}",
        answer.text,
        cards,
        on_open=lambda index: beside.open(sources[index]),
        heading=heading,
        refused=answer.refused,
        opened=sources.index(opened) if opened in sources else -1,
        copy="" if answer.refused else _copied(turn.question, answer),
    )


def nearest(answer: Answer) -> list[Hit]:
    """Return the passages that share a fair part of the question's words; others would look random."""
    wanted = set(words.content(_searched(answer)))
    near = [hit for hit in answer.hits if wanted and _shared(hit, wanted) >= NEAR * len(wanted)]
    return near[:NEAREST]


def _shared(hit: Hit, wanted: set[str]) -> int:
    return len(wanted & set(words.content(f"{hit.title} {hit.passage}")))


def _searched(answer: Answer) -> str:
    return answer.searched or answer.question


def _copied(question: str, answer: Answer) -> str:
    """Return question, answer and quoted sources as plain text."""
    lines = [question, "", answer.text, ""]
    for citation in answer.citations:
        where = parts.place(citation.page, citation.heading)
        lines.append(f"[{citation.number}] {citation.file}{', ' + where if where else ''}")
        lines.append("    " + " ".join(citation.text.split()))
    return "\n".join(lines)


# --- what can be done ----------------------------------------------------------------------------


def _acts(turn: ChatTurn) -> None:
    with st.container(key=f"acts_{turn.id}", horizontal=True, vertical_alignment="center", gap="small"):
        label, icon = _judged(turn.answer)
        if st.button(label, key=f"why_{turn.id}", icon=icon, type="tertiary", help="How it came about"):
            why.explain(turn.answer)
        st.button(
            "Ask again",
            key=f"again_{turn.id}",
            icon=":material/refresh:",
            type="tertiary",
            help="Ask the same question again, with what the library holds now",
            on_click=parts.acting(conversation.ask_again),
            args=(turn.id, turn.question),
        )
        st.button(
            "Edit",
            key=f"edit_{turn.id}",
            icon=":material/edit:",
            type="tertiary",
            help="Change the question and ask it instead; later turns are dropped",
            on_click=parts.acting(state.edit),
            args=(turn.id,),
        )
        _rating(turn)
    if turn.rating == -1:
        _reason(turn)


def _judged(answer: Answer) -> tuple[str, str]:
    """Say how well the answer is supported, on the button that explains it, with an icon."""
    if answer.kind != "answer":
        return "Why?", ":material/help:"
    word, icon = why.support(answer.support)
    return f"{word}. Why?", icon


def _rating(turn: ChatTurn) -> None:
    key = f"rating_{turn.id}"

    def rated() -> None:
        given: Rating = {None: 0, 0: -1, 1: 1}[st.session_state[key]]  # type: ignore[assignment]
        conversation.rate(turn.id, given)

    default = {1: 1, -1: 0}.get(turn.rating)
    st.feedback("thumbs", key=key, default=default, on_change=parts.acting(rated))


def _reason(turn: ChatTurn) -> None:
    key = f"reason_{turn.id}"

    def told() -> None:
        conversation.rate(turn.id, -1, st.session_state[key].strip())

    st.text_input(
        "What was wrong with this answer?",
        value=turn.reason,
        key=key,
        placeholder="Kept on this computer, beside the answer",
        on_change=parts.acting(told),
    )


def _editor(turn: ChatTurn) -> None:
    with st.form(f"editor_{turn.id}"):
        question = st.text_area("Your question", value=turn.question)
        with st.container(horizontal=True):
            sent = st.form_submit_button("Ask", type="primary")
            left = st.form_submit_button("Cancel")
    if sent:
        conversation.ask_again(turn.id, question)
        st.rerun()
    if left:
        state.edit(None)
        st.rerun()
