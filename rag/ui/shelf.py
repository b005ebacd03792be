"""One document on the library page: what it is, its tags, and what can be done with it."""

from __future__ import annotations

import streamlit as st

from rag.types import DocumentInfo
from rag.ui import parts, removing, state
from rag.ui.typeset import plain


def row(info: DocumentInfo) -> None:
    """Draw it."""
    with st.container(border=True, key=f"document_{info.id}", gap=None):
        st.markdown(f"**{plain(info.name)}**")
        facts = [parts.counted(info.pages, "page")] if info.pages else []
        facts += [parts.counted(info.chunks, "passage"), parts.size(info.size), parts.ago(info.added)]
        if info.tags:
            facts.append("tagged " + ", ".join(plain(tag) for tag in info.tags))
        st.caption(" · ".join(facts))
        with st.container(horizontal=True, gap="small", key=f"acts_{info.id}"):
            _acts(info)


def _acts(info: DocumentInfo) -> None:
    st.button(
        "Open",
        key=f"open_{info.id}",
        icon=":material/visibility:",
        type="tertiary",
        on_click=state.open_source,
        args=(state.Source(info.collection, info.id, info.name, None),),
    )
    st.download_button(
        "Download",
        state.library().file(info.id).read_bytes,
        file_name=info.name,
        mime="application/octet-stream",  # a browser must save it, never run it
        key=f"download_{info.id}",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
    )
    if st.button("Tags", key=f"tags_{info.id}", icon=":material/sell:", type="tertiary"):
        _tags(info)
    if st.button("Remove", key=f"remove_{info.id}", icon=":material/delete:", type="tertiary"):
        removing.confirm(info)


@st.dialog("Tags")
@parts.guarded
def _tags(info: DocumentInfo) -> None:
    st.markdown(f"**{plain(info.name)}**")
    known = sorted({tag for other in state.library().documents() for tag in other.tags})
    st.multiselect(
        "Tags of this document",
        known,
        default=list(info.tags),
        accept_new_options=True,
        placeholder="Choose, or write a new one and press Enter",
        key=f"tagged_{info.id}",
    )
    if st.button("Keep", type="primary", key="tags_keep", on_click=parts.acting(_tagged), args=(info.id,)):
        st.rerun()


def _tagged(document: str) -> None:
    state.library().tag(document, st.session_state[f"tagged_{document}"])
