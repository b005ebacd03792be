"""A conversation taken along as a file. Knows the audit and its formats; holds no words of its own."""

from __future__ import annotations

import re
from functools import partial

import streamlit as st

from rag import audit
from rag.ui import collections, parts, state


@parts.dialog("Export this conversation", icon=":material/ios_share:")
def choose(chat: str) -> None:
    """Offer the formats; a file is written when its button is pressed."""
    st.write(
        "Questions, answers and every quoted passage, with file name, page and the SHA-256 of the file, and "
        "the models and settings that were in use: enough to prove later where each sentence stood."
    )
    title = state.runtime().owner.library.chats.chat(chat).title
    with st.container(horizontal=True):
        for kind in audit.FORMATS:
            st.download_button(
                kind.name,
                partial(written, chat, kind),
                file_name=file_name(title) + kind.suffix,
                mime="application/octet-stream",
                icon=":material/download:",
                on_click="ignore",
                key=f"export_{kind.suffix}",
            )


def written(chat: str, kind: audit.Format) -> bytes:
    """Return the conversation in one format."""
    library = state.runtime().owner.library
    found = library.chats.chat(chat)
    title = collections.title(library, found.collection)
    return kind.write(audit.gather(library, found, library.chats.turns(chat), title))


def file_name(title: str) -> str:
    """Return the title as the stem of a file name that every system takes."""
    return re.sub(r"[^\w .()-]+", "", title).strip(" .")[:60] or "conversation"
