"""What can follow the last turn: further questions, ways on under a refusal, the documents that a question
back names, files that came since.
"""

from __future__ import annotations

import streamlit as st

from rag.catalog.chats import ChatTurn
from rag.jobs import coming
from rag.library import SAMPLES
from rag.ui import collections, conversation, navigation, parts, state
from rag.ui.typeset import plain

ELSEWHERE = 3  # other collections that are offered


def draw(turn: ChatTurn) -> None:
    """Draw it."""
    if turn.answer.kind != "answer" and conversation.allowed() is None:
        left = coming.coming(state.runtime().owner.worker, state.collection()).left
        st.fragment(run_every=1 if left else None)(_later)(turn, bool(left))
    if turn.answer.refused:
        _ways_on(turn)
    elif turn.answer.kind == "question":
        _which(turn)
    elif turn.answer.kind == "answer":
        waiting = state.runtime().suggestions.of(turn.id) is None
        st.fragment(run_every=0.7 if waiting else None)(_further)(turn.id, waiting)


@parts.guarded
def _further(turn: int, waiting: bool) -> None:
    found = state.runtime().suggestions.of(turn)
    if found is None:
        st.caption("Looking for what else your documents answer near this")
        return
    if waiting:
        parts.redraw()
    with st.container(key=f"further_{turn}", gap="small"):
        for index, question in enumerate(found):
            st.button(
                plain(question),
                key=f"further_{turn}_{index}",
                icon=":material/subdirectory_arrow_right:",
                on_click=parts.acting(conversation.ask),
                args=(question,),
            )


def _which(turn: ChatTurn) -> None:
    """Offer the documents among which the reply asks: one click says which is meant."""
    named = {citation.document: citation.file for citation in turn.answer.citations}
    with st.container(horizontal=True, gap="small", key=f"which_{turn.id}"):
        for document, file in named.items():
            st.button(
                plain(file),
                key=f"which_{turn.id}_{document}",
                icon=":material/subdirectory_arrow_right:",
                help="Ask the same of this document",
                on_click=parts.acting(conversation.ask_of),
                args=(turn, document),
            )


@parts.guarded
def _later(turn: ChatTurn, coming_still: bool) -> None:
    """Say which files this reply could not know yet, and offer to ask again with them."""
    left = coming.coming(state.runtime().owner.worker, state.collection()).left
    if coming_still and not left:
        parts.redraw()
    came = coming.since(turn, state.library().documents())
    if not (left or came):
        return
    with st.container(key=f"later_{turn.id}", horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f":material/hourglass_top: {_told(left, came)}", width="content")
        st.button(
            "Ask again when they are in" if left else "Ask again with them",
            key=f"later_{turn.id}_ask",
            icon=":material/refresh:",
            on_click=parts.acting(conversation.ask_again),
            args=(turn.id, turn.question),
            kwargs={"whole": True},
        )


def _told(left: int, came: int) -> str:
    if left:
        files = parts.counted(left, "file")
        return f"{files} {'is' if left == 1 else 'are'} still being added and may hold the answer."
    documents = parts.counted(came, "document")
    return f"{documents} {'was' if came == 1 else 'were'} added after this was asked and may hold the answer."


def _ways_on(turn: ChatTurn) -> None:
    with st.container(horizontal=True, gap="small", key=f"ways_{turn.id}"):
        if st.button("Search for these words", icon=":material/search:", key=f"search_{turn.id}"):
            state.search_for(turn.question)
            navigation.go("search")
        if conversation.allowed() is not None:
            st.button(
                "Ask all documents",
                icon=":material/folder_open:",
                key=f"all_{turn.id}",
                on_click=parts.acting(_everywhere),
                args=(turn,),
            )
        for key, title in _others():
            st.button(
                f"Ask in {plain(title)}",
                icon=":material/stacks:",
                key=f"ask_{turn.id}_{key}",
                help="In a conversation of its own there; this collection stays apart",
                on_click=parts.acting(conversation.ask_elsewhere),
                args=(key, turn.question),
            )


def _everywhere(turn: ChatTurn) -> None:
    conversation.restrict(())
    conversation.ask_again(turn.id, turn.question)


def _others() -> list[tuple[str, str]]:
    """Return keys and titles of other collections that hold documents."""
    library = state.runtime().owner.library
    here = state.collection()
    there = {*library.collections()} - {here, SAMPLES}
    return [(key, title) for key, title in collections.titles(library).items() if key in there][:ELSEWHERE]
