"""What Streamlit cannot draw: an answer whose numbers open their sources, and a page with words marked.

Two small components without an iframe. They receive blocks of runs (typeset.py) and numbers, never markup,
and their script writes text only as text. Knows no library and no state beyond the component's own.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from rag.pages import PageView
from rag.types import Span
from rag.ui import tickets, typeset

WEB = Path(__file__).parent / "web"


@dataclass(frozen=True, slots=True)
class Card:
    """A quoted passage as it is shown: `number` as in the text, 0 where nothing cites it."""

    number: int
    file: str
    place: str
    text: str
    marks: Sequence[Span] = ()
    tag: str = ""


def _files(*names: str) -> str:
    return "\n".join((WEB / name).read_text(encoding="utf-8") for name in names)


_ANSWER = st.components.v2.component(
    "docent.answer", css=_files("shared.css", "answer.css"), js=_files("shared.js", "answer.js")
)
_PAGE = st.components.v2.component(
    "docent.page", css=_files("shared.css", "page.css"), js=_files("shared.js", "page.js")
)
_DOOR = st.components.v2.component("docent.door", js=_files("door.js"))
_MENU = st.components.v2.component("docent.menu", js=_files("menu.js"))


def answer(
    key: str,
    text: str,
    cards: Sequence[Card] = (),
    *,
    on_open: Callable[[int], None] | None = None,
    heading: str = "Sources",
    waiting: str = "",
    refused: bool = False,
    opened: int = -1,
    copy: str = "",
) -> None:
    """Draw an answer and under it the passages; a click on a number or a passage calls `on_open`
    with the passage's place in `cards`; `opened` is the one that is open already.

    `waiting` is what goes on while the answer is not whole; `copy` the text that its button copies.
    """
    numbers = {card.number for card in cards if card.number}
    shown = [
        {
            "index": index,
            "number": card.number,
            "file": card.file,
            "place": card.place,
            "tag": card.tag,
            "quote": typeset.passage(card.text, card.marks),
        }
        for index, card in enumerate(cards)
    ]
    data = {
        "blocks": typeset.answer(text, numbers),
        "sources": shown,
        "heading": heading,
        "waiting": waiting,
        "live": bool(waiting),
        "refused": refused,
        "open": opened,
        "copy": copy,
    }

    def clicked() -> None:
        index = st.session_state[key].get("opened")
        if on_open is not None and isinstance(index, int) and 0 <= index < len(cards):
            on_open(index)

    _ANSWER(key=key, data=data, on_opened_change=clicked)


def hand_in(ticket: str) -> None:
    """Let the browser hand in a ticket; nothing is seen of it."""
    with st.container(key="ticket"):
        _DOOR(key="door", data={"ticket": ticket, "where": tickets.WHERE})


def closing_menu() -> None:
    """Let the menu close in a narrow window once something in it is chosen; nothing is seen of it."""
    with st.container(key="menu"):
        _MENU(key="menu_closing")


def picture(key: str, view: PageView, name: str, quoted: str) -> None:
    """Draw a PDF page; the first span's boxes tint the passage, the others mark its words."""
    kinds = ("passage", *["words"] * len(view.boxes))
    boxes = [
        {"kind": kind, "box": [box.left, box.top, box.right, box.bottom]}
        for kind, found in zip(kinds, view.boxes, strict=False)
        for box in found
    ]
    image = base64.b64encode(view.image).decode("ascii")
    size = {"width": view.width, "height": view.height}
    label = f"{name}. {quoted}" if quoted else name  # what a screen reader says in place of the picture
    _draw_page(key, {"image": image, "boxes": boxes, "name": name, "label": label, **size})


def reader(key: str, text: str, marks: Sequence[Span], label: str) -> None:
    """Draw a stretch of a document's text with words marked."""
    _draw_page(key, {"blocks": typeset.passage(text, marks), "label": label})


def _draw_page(key: str, data: dict[str, Any]) -> None:
    # The id tells the script whether it has this very page on screen already.
    known = hashlib.sha256(repr(sorted(data.items())).encode()).hexdigest()
    _PAGE(key=key, data={**data, "id": known})
