"""What the app remembers: one library for all browser sessions, and what each session has before it.

Pages reach session state only through these functions. Knows no widget and draws nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

import streamlit as st

from rag.library import COLLECTION, SAMPLES, Library
from rag.owner import Owner
from rag.settings import Settings
from rag.types import DocumentInfo
from rag.ui import beside, collections, samples
from rag.ui.asking import Askings
from rag.ui.suggesting import Suggestions

OF_A_COLLECTION = (
    "adapt_",
    "choice",
    "classify_",
    "compare_",
    "draft_",
    "evaluate_",
    "gaps_",
    "search_",
    "settings_tried",
    "similar_",
    "topics_",
    "words_",
)
"""How the keys begin under which a session holds what belongs to one collection."""

LAST = "collection"
"""A preference: the collection of their own making that a person turned to last."""


@dataclass(frozen=True, slots=True)
class Removed:
    """A document that was just removed, and its bytes in a file without a name until undoing is over."""

    info: DocumentInfo
    copy: BinaryIO
    until: float


@dataclass(frozen=True, slots=True)
class Runtime:
    """What every browser session shares: the owner, the answers on their way, the questions to go on with,
    the jobs that were put away, what was just removed.
    """

    owner: Owner
    askings: Askings
    suggestions: Suggestions = field(default_factory=Suggestions)
    put_away: set[str] = field(default_factory=set)
    removed: list[Removed] = field(default_factory=list)


# --- shared --------------------------------------------------------------------------------------


def open_owner() -> Owner:
    """Own the home of the settings; raise HomeInUse where another process does."""
    return Owner.open(Settings.read())


@st.cache_resource(show_spinner=False)
def runtime() -> Runtime:
    """Open the home once; a failure is not kept, so that trying again can succeed."""
    owner = open_owner()
    samples.first_start(owner)
    return Runtime(owner, Askings())


def library() -> Library:
    """Return the library of the collection in use."""
    return runtime().owner.library.within(collection())


# --- door ----------------------------------------------------------------------------------------


def let_in() -> bool:
    """Tell whether this session gave the password."""
    return bool(st.session_state.get("let_in"))


def admit(ticket: str) -> None:
    """Let this session in, and keep what its browser is to be known by in other tabs."""
    st.session_state["let_in"] = True
    st.session_state["ticket"] = ticket


def take_ticket() -> str:
    """Return that ticket, once."""
    ticket: str = st.session_state.pop("ticket", "")
    return ticket


# --- collections ---------------------------------------------------------------------------------


def collection() -> str:
    """Return the collection in use: the chosen one, else the person's own, else the samples."""
    owner = runtime().owner
    if "collection" not in st.session_state:
        # A new tab begins where the last one was.
        st.session_state["collection"] = _remembered(owner)
    chosen: str = st.session_state["collection"]
    if chosen:
        return chosen
    there = owner.library.collections()  # not their documents: this is asked many times a page
    if COLLECTION in there:
        return COLLECTION
    coming = any(job.collection == SAMPLES and not job.finished for job in owner.worker.jobs())
    return SAMPLES if coming or SAMPLES in there else COLLECTION


def choose_collection(name: str) -> None:
    """Ask `name` from now on ("" goes back to the rule); an open conversation is left."""
    if name != collection():
        open_chat("")
        set_new_chat_documents(())
        _leave()
    st.session_state["collection"] = name
    runtime().owner.library.preferences.set(LAST, name if name not in (COLLECTION, SAMPLES) else None)


def _remembered(owner: Owner) -> str:
    last = owner.library.preferences.get(LAST)
    return last if last in collections.titles(owner.library) else ""


def visit_collection(name: str) -> None:
    """Turn to the collection of a conversation that is being resumed."""
    _leave()
    st.session_state["collection"] = name


def _leave() -> None:
    """Forget what was typed, taught, drafted and measured here: elsewhere it would show through the wall."""
    for key in [str(key) for key in st.session_state]:
        if key.startswith(OF_A_COLLECTION):
            del st.session_state[key]


def bring_samples() -> None:
    """Add the sample library and turn to it where there is nothing else."""
    samples.bring(runtime().owner)
    if not runtime().owner.library.within(COLLECTION).documents():
        choose_collection(SAMPLES)


def remove_samples() -> None:
    """Remove the sample library and turn to the person's own documents."""
    samples.remove(runtime().owner)
    choose_collection(COLLECTION)


# --- conversation --------------------------------------------------------------------------------


def chat() -> str:
    """Return the id of the open conversation, "" for a new one. A reload finds it in the address."""
    if "chat_id" not in st.session_state:
        st.session_state["chat_id"] = st.query_params.get("chat", "")
    found: str = st.session_state["chat_id"]
    return found


def open_chat(chat_id: str) -> None:
    """Turn to another conversation; "" starts a new one."""
    st.session_state["chat_id"] = chat_id
    st.session_state["chat_editing"] = None
    beside.close()


def keep_address() -> None:
    """Put the open conversation into the address, so that a reload resumes it."""
    if chat():
        st.query_params["chat"] = chat()
    elif "chat" in st.query_params:
        del st.query_params["chat"]


def new_chat_documents() -> tuple[str, ...]:
    """Return the documents a conversation that is about to start may use; none means all."""
    chosen: tuple[str, ...] = st.session_state.get("chat_documents", ())
    return chosen


def set_new_chat_documents(documents: Sequence[str]) -> None:
    """Choose the documents of the conversation about to start."""
    st.session_state["chat_documents"] = tuple(documents)


def editing() -> int | None:
    """Return the turn whose question is being edited."""
    found: int | None = st.session_state.get("chat_editing")
    return found


def edit(turn: int | None) -> None:
    """Edit the question of that turn; None ends editing."""
    st.session_state["chat_editing"] = turn


# --- pages ---------------------------------------------------------------------------------------


def arrive(page: str) -> None:
    """Note the page that is drawn; a source that was open beside another page is closed."""
    if st.session_state.get("page", page) != page:
        beside.close()
    st.session_state["page"] = page


def note_dialog(is_open: bool) -> None:
    """Note that a dialog stands over the page, or that none does."""
    st.session_state["dialog_open"] = is_open


def dialog_open() -> bool:
    """Tell whether a dialog stands over the page."""
    return bool(st.session_state.get("dialog_open"))


# --- notes and jobs -------------------------------------------------------------------------------


def leave_note(sentence: str) -> None:
    """Keep a sentence that the page shows when it is drawn next."""
    st.session_state["note"] = sentence


def noted() -> bool:
    """Tell whether a sentence waits to be shown."""
    return bool(st.session_state.get("note"))


def take_note() -> str:
    """Return that sentence, once."""
    sentence: str = st.session_state.pop("note", "")
    return sentence


def search_for(query: str) -> None:
    """Fill the box of the search page."""
    st.session_state["search_query"] = query
