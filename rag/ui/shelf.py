"""One document on the library page: what it is, its tags, and what can be done with it."""

from __future__ import annotations

import streamlit as st

from rag.catalog.language import NAMES, weakness
from rag.types import DocumentInfo
from rag.ui import beside, parts, removing, state
from rag.ui.typeset import plain


def row(info: DocumentInfo) -> None:
    """Draw it."""
    with st.container(
        border=True,
        key=f"document_{info.id}",
        horizontal=True,
        vertical_alignment="center",
        gap="small",
    ):
        with st.container(gap=None):
            st.markdown(f"**{plain(info.name)}**")
            st.caption(" · ".join(_facts(info)))
            if weak := weakness(info.language, state.library().settings.embedder):
                st.caption(f":material/info: {plain(weak)}")
        with st.container(horizontal=True, width="content", gap=None, key=f"row_{info.id}"):
            _acts(info)


def _facts(info: DocumentInfo) -> list[str]:
    facts = [parts.counted(info.pages, "page")] if info.pages else []
    facts += [parts.counted(info.chunks, "passage"), parts.size(info.size), parts.ago(info.added)]
    if info.language not in ("", "en"):
        facts.append(NAMES[info.language])
    if info.tags:
        facts.append("tagged " + ", ".join(plain(tag) for tag in info.tags))
    return facts


def _acts(info: DocumentInfo) -> None:
    """Draw what can be done, as pictures: their words are for screen readers, their tips for everybody."""
    st.button(
        "Open",
        key=f"open_{info.id}",
        icon=":material/visibility:",
        type="tertiary",
        help="Open it here",
        on_click=beside.open,
        args=(beside.Source(info.collection, info.id, info.name, None),),
    )
    st.download_button(
        "Download",
        state.library().file(info.id).read_bytes,
        file_name=info.name,
        mime="application/octet-stream",  # a browser must save it, never run it
        key=f"download_{info.id}",
        icon=":material/download:",
        type="tertiary",
        help="Download the file",
        on_click="ignore",
    )
    if st.button("Tags", key=f"tags_{info.id}", icon=":material/sell:", type="tertiary", help="Its tags"):
        _tags(info)
    if st.button(
        "Remove", key=f"remove_{info.id}", icon=":material/delete:", type="tertiary", help="Remove it"
    ):
        removing.confirm(info)


@parts.dialog("Tags")
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
