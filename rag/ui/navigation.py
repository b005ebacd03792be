"""The pages of the app, by name; each has an address of its own."""

from __future__ import annotations

import importlib
from collections.abc import Callable

import streamlit as st
from streamlit.navigation.page import StreamlitPage

PAGES = {
    "chat": ("Chat", "forum"),
    "library": ("Library", "folder_open"),
    "search": ("Search", "search"),
    "evaluate": ("Evaluate", "straighten"),
    "settings": ("Settings", "tune"),
    "similar": ("Similar", "join_inner"),
    "topics": ("Topics", "bubble_chart"),
    "compare": ("Meaning and words", "compare_arrows"),
    "adapt": ("Adapt", "model_training"),
    "words": ("Words", "abc"),
    "gaps": ("Gaps", "unpublished"),
    "classify": ("Classify", "label"),
}
"""Title and icon of each page by its name, which is its address and its module in rag/ui."""


def pages() -> dict[str, StreamlitPage]:
    """Return the pages in the order of the menu."""
    return {
        name: st.Page(
            _drawing(name), title=title, icon=f":material/{icon}:", url_path=name, default=name == "chat"
        )
        for name, (title, icon) in PAGES.items()
    }


def _drawing(name: str) -> Callable[[], None]:
    """Return what draws a page; its module is imported then, so that the menu stands before the models do."""

    def draw() -> None:
        importlib.import_module(f"rag.ui.{name}").render()

    return draw


LENSES = ("similar", "classify", "topics", "compare", "gaps", "words", "adapt")


def menu() -> list[StreamlitPage]:
    """Return the pages as the menu lists them: the lenses last.

    One flat list: Streamlit puts a group's entries where screen readers find no list.
    """
    known = pages()
    return [known[name] for name in (*(name for name in known if name not in LENSES), *LENSES)]


def go(name: str) -> None:
    """Turn to another page."""
    st.switch_page(pages()[name])
