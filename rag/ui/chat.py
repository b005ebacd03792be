"""The chat page: questions, answers with their sources, and the open source beside them."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from rag.library import COLLECTION, SAMPLES
from rag.types import DocumentInfo
from rag.ui import (
    adding,
    beside,
    collections,
    conversation,
    exporting,
    languages,
    navigation,
    parts,
    samples,
    sidebar,
    state,
    turns,
)
from rag.ui.asking import Asking
from rag.ui.conversation import Conversation
from rag.ui.typeset import plain

EXPORT = "Take this conversation along as a file, with its quoted sources"
KEEP = "Rename or delete this conversation"
QUICKLY, SLOWLY = 0.2, 1.0  # seconds between two looks: at words that come, at files that are being read
CUT_OFF = "Docent was closed before this was answered. The question was kept."


@parts.guarded
def render() -> None:
    """Draw the page."""
    sidebar.render()
    conversation_now = conversation.current()
    st.set_page_config(layout="wide" if beside.opened() else "centered")
    state.keep_address()
    parts.note()
    with parts.beside_source():
        _conversation(conversation_now)
    hint = conversation.obstacle()
    question = st.chat_input(
        hint or "Ask a question about your documents", key="chat_question", disabled=bool(hint)
    )
    if question:
        conversation.ask(question)
        st.rerun()


def _conversation(now: Conversation) -> None:
    _head(now)
    beginning = st.empty()  # a place of its own: what a new conversation begins with goes at once
    if now.empty:
        with beginning.container(key="begin"):
            _start()
        return
    for index, turn in enumerate(now.turns):
        turns.draw(turn, last=index == len(now.turns) - 1 and not now.open)
    if now.asking is not None:
        turns.asked("now", now.asking.question)
        if now.asking.error:
            _failed(now.asking)
        else:
            waiting = now.asking.waiting
            st.fragment(run_every=SLOWLY if waiting else QUICKLY)(_answering)(state.chat(), waiting)
    elif now.cut_off:
        turns.asked("now", now.cut_off)
        st.info(CUT_OFF, icon=":material/history:")
        _once_more(now.cut_off, "Ask again")


@parts.guarded
def _answering(chat: str, waiting: bool) -> None:
    """Draw the answer as it grows; the whole page is drawn again once it begins, and once it is stored."""
    asking = state.runtime().askings.of(chat)
    if asking is None or asking.finished or asking.waiting != waiting:
        parts.redraw()
    if asking is not None:
        turns.growing(asking)


def _failed(asking: Asking) -> None:
    parts.trouble(asking.error)
    _once_more(asking.question, "Try again")


def _once_more(question: str, label: str) -> None:
    with st.container(horizontal=True):
        st.button(
            label,
            icon=":material/refresh:",
            on_click=parts.acting(conversation.ask),
            args=(question,),
        )
        st.button("Leave it", on_click=parts.acting(conversation.give_up), type="tertiary")


# --- head ----------------------------------------------------------------------------------------


def _head(now: Conversation) -> None:
    """Say which collection is asked and which of its documents, with what can be done with the whole."""
    documents = state.library().documents()
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="chat_head"):
        sample = state.collection() == SAMPLES
        st.badge(
            plain(collections.title(state.runtime().owner.library, state.collection())),
            icon=":material/science:" if sample else ":material/folder:",
            color="yellow" if sample else "green",
        )
        if documents:
            _choice(documents)
        if now.turns and st.button(
            "Export", icon=":material/ios_share:", type="tertiary", key="head_export", help=EXPORT
        ):
            exporting.choose(state.chat())
        if state.chat() and st.button(
            "Rename or delete", icon=":material/edit_note:", type="tertiary", key="head_keep", help=KEEP
        ):
            _keep(state.chat())
        if sample and state.runtime().owner.library.within(COLLECTION).documents():
            st.button(
                "Ask your documents instead",
                type="tertiary",
                on_click=parts.acting(state.choose_collection),
                args=(COLLECTION,),
            )


def _choice(documents: Sequence[DocumentInfo]) -> None:
    allowed = conversation.allowed()
    count = len(documents)
    all_of_them = f"All {count} documents" if count > 1 else "1 document"
    label = all_of_them if allowed is None else f"{len(allowed)} of {parts.counted(count, 'document')}"
    help = "Choose the documents this conversation may use"
    if st.button(label, icon=":material/filter_list:", type="tertiary", key="choice", help=help):
        _choose(documents, allowed)


@parts.dialog("What may this conversation use?")
def _choose(documents: Sequence[DocumentInfo], allowed: Sequence[str] | None) -> None:
    tags = sorted({tag for info in documents for tag in info.tags})
    tagged = st.pills("With the tag", tags, key="choice_tag") if tags else None
    offered = [info for info in documents if tagged is None or tagged in info.tags]
    preset = offered if tagged else [info for info in offered if allowed and info.id in allowed]
    key = f"documents_{state.chat()}_{tagged}"
    st.multiselect(
        "Use only these documents",
        offered,
        default=preset,
        format_func=lambda info: info.name,
        placeholder="All documents",
        key=key,
    )
    with st.container(horizontal=True):
        chosen = st.button(
            "Use these", type="primary", key="choice_set", on_click=parts.acting(_chosen), args=(key,)
        )
        everything = allowed and st.button(
            "Use all documents", key="choice_all", on_click=parts.acting(conversation.restrict), args=((),)
        )
    if chosen or everything:
        st.rerun()


def _chosen(key: str) -> None:
    conversation.restrict(st.session_state[key])


@parts.dialog("This conversation")
def _keep(chat: str) -> None:
    title = state.runtime().owner.library.chats.chat(chat).title
    with st.form("conversation_name", border=False):
        st.text_input("Title", value=title, key=f"title_{chat}")
        renamed = st.form_submit_button(
            "Rename", type="primary", on_click=parts.acting(_renamed), args=(chat,)
        )
    st.divider()
    st.write("Deleting forgets its questions and answers. The documents stay.")
    deleted = st.button(
        "Delete conversation",
        key=f"delete_{chat}",
        icon=":material/delete:",
        on_click=parts.acting(conversation.delete),
        args=(chat,),
    )
    if renamed or deleted:
        st.rerun()


def _renamed(chat: str) -> None:
    conversation.rename(chat, st.session_state[f"title_{chat}"])


# --- a new conversation --------------------------------------------------------------------------


def _start() -> None:
    """Draw what a new conversation begins with."""
    st.title("Ask your documents", anchor=False)
    coming = adding.running(state.collection())
    if state.collection() == SAMPLES:
        _samples(bool(coming))
    elif state.library().documents() or coming:
        st.write(
            "Every answer is drawn from your documents and points at the place where it stands. "
            "What they do not say is not answered."
        )
        st.caption(
            "Ask for one thing, as you would ask a colleague: a date, a sum, a rule, what a term means. The "
            "next question may lean on the one before."
        )
    else:
        _empty()
    languages.of_documents()
    if coming:
        adding.ticking(state.collection(), adding.known(state.collection()), briefly=True)
        st.caption("You can ask already.")


def _empty() -> None:
    st.write("Docent answers from your own files and shows you the place each answer stands.")
    with st.container(horizontal=True):
        if st.button("Add documents", type="primary", icon=":material/upload_file:"):
            navigation.go("library")
        st.button(
            "Try the sample library",
            icon=":material/science:",
            on_click=parts.acting(state.bring_samples),
        )


def _samples(coming: bool) -> None:
    """Draw what to try. Each question can be asked from the start; its answer waits for the documents."""
    st.write(
        "This is a sample library: handbook, contract, manual, policy, price list and FAQ of an outdoor "
        "shop that does not exist. Try a question, or add your own files and the samples step aside."
    )
    with st.container(key="start"):
        columns = st.columns(2)
        there = {info.name for info in state.library().documents()}
        asked = [each for each, file in samples.QUESTIONS.items() if coming or file in there]
        for index, question in enumerate(asked):
            columns[index % 2].button(
                question,
                key=f"first_{index}",
                width="stretch",
                wrap=True,
                on_click=parts.acting(conversation.ask),
                args=(question,),
            )
    if st.button("Add your own documents", type="tertiary", icon=":material/upload_file:"):
        navigation.go("library")
