"""What stands beside every page: the collection in use; beside the chat, its conversations."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from rag.catalog.chats import Chat
from rag.errors import RagError
from rag.library import COLLECTION, SAMPLES
from rag.ui import collections, components, conversation, parts, state
from rag.ui.typeset import plain

SHOWN = 15  # conversations listed until more are asked for: each costs the browser a moment at every page
SEARCHED_FROM = 6  # conversations from which searching them is worth a box


# --- collections ---------------------------------------------------------------------------------


@parts.guarded
def collections_menu() -> None:
    """Draw which collection is in use, with the way to another."""
    known = collections.titles(state.runtime().owner.library)
    if state.collection() == SAMPLES:  # the menu has its place before the first sample is in
        known |= {SAMPLES: collections.SAMPLE}
    with st.sidebar, st.container(key="collections", gap=None):
        if len(known) > 1:
            st.session_state["collection_chosen"] = state.collection()
            st.selectbox(
                "Collection",
                list(known),
                format_func=lambda key: known.get(key, key),
                key="collection_chosen",
                help="What is in one collection is never searched, asked or compared from another.",
                on_change=parts.acting(_chosen),
            )
        if st.button(
            "Manage collections", icon=":material/stacks:", type="tertiary", key="collections_manage"
        ):
            _manage()
        components.closing_menu()


def _chosen() -> None:
    state.choose_collection(st.session_state["collection_chosen"])


@parts.dialog("Collections", icon=":material/stacks:")
def _manage() -> None:
    """Begin, rename and delete collections."""
    key = state.collection()
    title = collections.title(state.runtime().owner.library, key)
    parts.note()
    st.write("A collection keeps its documents and conversations apart: a client, a product, a year.")
    done = [_named("collection_new", "A new collection", "Begin it", _begun)]
    if key != SAMPLES:
        done.append(_named("collection_name", f"Another name for {plain(title)}", "Rename", _renamed))
    st.divider()
    documents, chats = state.library().documents(), conversation.chats_of(key)
    held = f"{parts.counted(len(documents), 'document')} and {parts.counted(len(chats), 'conversation')}"
    with st.form("collection_end", border=False):
        st.checkbox(f"Delete {plain(title)}, with {held}", key="collection_sure")
        done.append(
            st.form_submit_button(
                "Delete this collection", icon=":material/delete:", on_click=parts.acting(_deleted)
            )
        )
    if any(done) and not state.noted():
        st.rerun()


def _named(key: str, label: str, word: str, act: Callable[[], None]) -> bool:
    with st.form(f"{key}_form", border=False):
        st.text_input(label, max_chars=collections.LONGEST, key=key)
        return st.form_submit_button(word, on_click=parts.acting(act))


def _begun() -> None:
    name = st.session_state["collection_new"]
    state.choose_collection(collections.create(state.runtime().owner.library, name))


def _renamed() -> None:
    name = st.session_state["collection_name"]
    collections.rename(state.runtime().owner.library, state.collection(), name)


def _deleted() -> None:
    if not st.session_state["collection_sure"]:
        raise RagError("Tick the box first: a deleted collection does not come back.")
    if state.collection() == SAMPLES:
        state.remove_samples()
        return
    collections.delete(state.runtime().owner.library, state.collection())
    state.choose_collection(COLLECTION)


# --- conversations -------------------------------------------------------------------------------


def render() -> None:
    """Draw the conversations of the collection."""
    with st.sidebar:
        st.button(
            "New conversation",
            key="new_chat",
            icon=":material/edit_square:",
            width="stretch",
            disabled=not state.chat(),
            on_click=parts.acting(state.open_chat),
            args=("",),
        )
        known = conversation.listed()
        if not known:
            st.caption("Your conversations will be kept here, on this computer.")
            return
        part = ""
        if len(known) >= SEARCHED_FROM:
            part = st.text_input(
                "Search conversations", placeholder="Search conversations", label_visibility="collapsed"
            )
        _list(conversation.listed(part) if part.strip() else known)


def _list(found: list[Chat]) -> None:
    if not found:
        st.caption("No conversation holds these words.")
        return
    all_of_them = st.session_state.get("chats_all", False)
    with st.container(key="chats", gap=None):
        for chat in found if all_of_them else found[:SHOWN]:
            _row(chat)
    if len(found) > SHOWN and not all_of_them:
        st.button(
            f"Show all {len(found)}",
            type="tertiary",
            key="chats_more",
            on_click=lambda: st.session_state.update(chats_all=True),
        )


def _row(chat: Chat) -> None:
    sample = chat.collection == SAMPLES != state.collection()
    st.button(
        plain(chat.title),
        key=f"chat_{chat.id}",
        icon=":material/science:" if sample else None,
        type="secondary" if chat.id == state.chat() else "tertiary",
        width="stretch",
        help="Asked of the sample library" if sample else None,
        on_click=parts.acting(state.open_chat),
        args=(chat.id,),
    )
