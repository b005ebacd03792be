"""The pages of the app, by name; each has an address of its own."""

from __future__ import annotations

import streamlit as st
from streamlit.navigation.page import StreamlitPage


def pages() -> dict[str, StreamlitPage]:
    """Return the pages in the order of the menu."""
    from rag.ui import (
        adapt,
        chat,
        classify,
        compare,
        evaluate,
        gaps,
        library,
        search,
        settings,
        similar,
        topics,
        words,
    )

    return {
        "chat": st.Page(chat.render, title="Chat", icon=":material/forum:", url_path="chat", default=True),
        "library": st.Page(
            library.render, title="Library", icon=":material/folder_open:", url_path="library"
        ),
        "search": st.Page(search.render, title="Search", icon=":material/search:", url_path="search"),
        "evaluate": st.Page(
            evaluate.render, title="Evaluate", icon=":material/straighten:", url_path="evaluate"
        ),
        "settings": st.Page(settings.render, title="Settings", icon=":material/tune:", url_path="settings"),
        "similar": st.Page(similar.render, title="Similar", icon=":material/join_inner:", url_path="similar"),
        "topics": st.Page(topics.render, title="Topics", icon=":material/bubble_chart:", url_path="topics"),
        "compare": st.Page(
            compare.render, title="Meaning and words", icon=":material/compare_arrows:", url_path="compare"
        ),
        "adapt": st.Page(adapt.render, title="Adapt", icon=":material/model_training:", url_path="adapt"),
        "words": st.Page(words.render, title="Words", icon=":material/abc:", url_path="words"),
        "gaps": st.Page(gaps.render, title="Gaps", icon=":material/unpublished:", url_path="gaps"),
        "classify": st.Page(classify.render, title="Classify", icon=":material/label:", url_path="classify"),
    }


LENSES = ("similar", "classify", "topics", "compare", "gaps", "words", "adapt")


def menu() -> dict[str, list[StreamlitPage]]:
    """Return the pages under their headings; the first ones stand under none."""
    known = pages()
    first = [page for name, page in known.items() if name not in LENSES]
    return {"": first, "Lenses": [known[name] for name in LENSES]}


def go(name: str) -> None:
    """Turn to another page."""
    st.switch_page(pages()[name])
