"""The library page: add files, watch them being read, look at them, remove them."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from rag.library import COLLECTION, SAMPLES
from rag.types import DocumentInfo
from rag.ui import adding, beside, comparing, navigation, parts, removing, samples, shelf, state, uploads
from rag.ui.typeset import plain

PER_PAGE = 15
ORDERS = {"Name": "name", "Newest": "added", "Largest": "size"}


@parts.guarded
def render() -> None:
    """Draw the page."""
    st.set_page_config(layout="wide" if beside.opened() else "centered")
    parts.note()
    with parts.beside_source():
        st.title("Library", anchor=False)
        _upload()
        _progress()
        removing.status()
        _samples_line()
        documents = state.library().documents()
        if documents:
            _documents(documents)


# --- adding --------------------------------------------------------------------------------------


def _target() -> str:
    """Files never go into the samples."""
    return COLLECTION if state.collection() == SAMPLES else state.collection()


def _upload() -> None:
    files = st.file_uploader(
        "Drop files here: PDF, Office, HTML, Markdown, text, tables, mail, EPUB, pictures, ZIP",
        accept_multiple_files=True,
        key=f"upload_{_uploader()}",
        max_upload_size=state.library().settings.max_file_mb,
        help="They stay on this computer. Text is read from them, cut into passages and made searchable.",
    )
    if not files:
        return
    worker = state.runtime().owner.worker
    documents = state.runtime().owner.library.within(_target()).documents()
    clashing = uploads.clashes(files, documents)
    choices = _choices(clashing) if clashing else {}
    if choices is None:
        return
    interrupted = samples.let_pass(state.runtime().owner)
    with st.spinner(f"Taking over {parts.counted(len(files), 'file')}"):
        uploads.submit(worker, files, _target(), clashing, choices)
    if interrupted:
        samples.bring(state.runtime().owner)
    _empty_uploader()
    state.choose_collection(_target())
    st.rerun()


def _uploader() -> int:
    """Return the number of the upload box; a new number is a new, empty box."""
    number: int = st.session_state.get("library_uploader", 0)
    return number


def _empty_uploader() -> None:
    """Let go of the uploaded bytes that Streamlit holds in memory."""
    st.session_state["library_uploader"] = _uploader() + 1


def _choices(clashing: dict[str, DocumentInfo]) -> dict[str, uploads.Choice] | None:
    """Ask what to do with files whose name is taken; None until it is known."""
    words: dict[str, uploads.Choice] = {"Replace the first": "replace", "Keep both": "both", "Skip": "skip"}
    with st.form("clashes"):
        st.markdown(f"**{parts.counted(len(clashing), 'file')} of that name** with other content is here.")
        chosen = {
            name: st.segmented_control(
                plain(name), list(words), default="Replace the first", key=f"clash_{name}", required=True
            )
            for name in clashing
        }
        if not st.form_submit_button("Add", type="primary"):
            return None
    return {name: words[choice] for name, choice in chosen.items()}


def _progress() -> None:
    names = [_target(), *([SAMPLES] if state.collection() == SAMPLES else [])]
    for name in names:
        if adding.running(name):
            adding.ticking(name, adding.known(name))
    done = [job for job in adding.jobs(_target()) if job.finished]
    if done:
        with st.container(key="outcome", gap="small"):
            for job in done:
                adding.outcome(job)
        with st.container(horizontal=True):
            if any(result.document for job in done for result in job.reports) and st.button(
                "Ask about them", type="primary", icon=":material/forum:"
            ):
                state.runtime().put_away.update(job.id for job in done)
                navigation.go("chat")
            st.button(
                "Clear this list",
                on_click=state.runtime().put_away.update,
                args=([job.id for job in done],),
            )


# --- samples -------------------------------------------------------------------------------------


def _samples_line() -> None:
    """Say where the samples stand, and offer the one step from there."""
    shared = state.runtime().owner.library
    there = bool(shared.within(SAMPLES).documents())
    if adding.running(SAMPLES):
        return
    with st.container(horizontal=True, vertical_alignment="center", key="samples"):
        if state.collection() == SAMPLES and there:
            st.caption(
                ":material/science: The sample library: it steps aside once you add files of your own.",
                width="content",
            )
            if shared.within(COLLECTION).documents():
                _collection_button("Back to your documents", COLLECTION)
            _remove_samples()
        elif there:
            _collection_button("Show the sample library", SAMPLES)
            _remove_samples()
        else:
            st.button(
                "Bring the sample library",
                icon=":material/science:",
                type="tertiary",
                on_click=parts.acting(state.bring_samples),
            )


def _collection_button(label: str, name: str) -> None:
    st.button(label, type="tertiary", on_click=parts.acting(state.choose_collection), args=(name,))


def _remove_samples() -> None:
    if st.button("Remove the sample library", key="samples_remove", type="tertiary"):
        removing.confirm_samples()


# --- documents -----------------------------------------------------------------------------------


def _documents(documents: Sequence[DocumentInfo]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="library_tools"):
        part = st.text_input("Find a document", placeholder="Part of its name", key="library_find")
        order = st.selectbox("Sort by", list(ORDERS), key="library_order", width=160)
        if len(documents) > 1 and st.button("Compare two", icon=":material/difference:"):
            comparing.choose(documents)
    tags = sorted({tag for info in documents for tag in info.tags})
    tagged = st.pills("Tagged", tags, key="library_tag") if tags else None
    shown = [info for info in documents if part.casefold() in info.name.casefold()]
    shown = [info for info in shown if tagged is None or tagged in info.tags]
    shown.sort(key=lambda info: getattr(info, ORDERS[order]), reverse=order != "Name")
    st.caption(f"{parts.counted(len(documents), 'document')} · {_stored()}")
    pages = max(1, -(-len(shown) // PER_PAGE))
    number = st.pagination(pages, key="library_page") if pages > 1 else 1
    with st.container(gap="xsmall", key="shelf"):
        for info in shown[(number - 1) * PER_PAGE : number * PER_PAGE]:
            shelf.row(info)
    if not shown:
        st.caption("No document here has that.")


def _stored() -> str:
    """Say what the whole home takes on the disk."""
    home = state.library().home
    files, index, rest = _sizes(str(home.files), str(home.vectors), str(home.root))
    return (
        f"on this disk: {parts.size(files)} of files, {parts.size(index)} of index, "
        f"{parts.size(rest - files - index)} of text and conversations"
    )


@st.cache_data(ttl=20, show_spinner=False)
def _sizes(*folders: str) -> tuple[int, ...]:
    return tuple(_size(Path(folder)) for folder in folders)


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):  # gone in this very moment
            total += path.lstat().st_size if path.is_file() else 0
    return total
