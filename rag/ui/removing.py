"""Documents taken out: asked once more, undone for a moment, and what the disk still holds of them.

The bytes of a removed file are kept for a minute in a file that has no name, so that no program finds it and
the system takes it back even if this one is killed; putting it back adds the file again.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from typing import BinaryIO, cast

import streamlit as st

from rag.errors import RagError
from rag.types import DocumentInfo
from rag.ui import beside, parts, state
from rag.ui.typeset import plain

GRACE = 60.0  # seconds in which a removal can be undone


@parts.dialog("Remove this document?")
def confirm(info: DocumentInfo) -> None:
    """Ask whether it shall go, and say what that means."""
    st.markdown(
        f"**{plain(info.name)}** will no longer answer. Its text, vectors and file are erased from here, and "
        "so are earlier answers that quote it. For a minute you can put it back; those answers stay erased."
    )
    if info.source:
        st.caption("The file it was read from stays where it is.")
    for sentence in state.runtime().owner.library.unforgettable():
        st.caption(plain(sentence))
    with st.container(horizontal=True):
        removed = st.button(
            "Remove", type="primary", key="confirm_remove", on_click=parts.acting(_removed), args=(info,)
        )
        if removed or st.button("Keep it", key="confirm_keep"):
            st.rerun()


@parts.dialog("Remove the sample library?")
def confirm_samples() -> None:
    """Ask whether the samples shall go: what was asked of them goes too, unlike the samples not for good."""
    st.markdown(
        "Its documents will no longer answer, and earlier answers that quote them are erased. You can bring "
        "the sample library back at any time; those answers stay erased."
    )
    with st.container(horizontal=True):
        removed = st.button(
            "Remove", type="primary", key="confirm_remove", on_click=parts.acting(state.remove_samples)
        )
        if removed or st.button("Keep it", key="confirm_keep"):
            st.rerun()


def _removed(info: DocumentInfo) -> None:
    library = state.library()
    copy = cast(BinaryIO, tempfile.TemporaryFile(dir=library.home.incoming))  # noqa: SIM115 - until undone
    with library.file(info.id).open("rb") as file:
        shutil.copyfileobj(file, copy)
    library.remove(info.id)
    state.runtime().removed.append(state.Removed(info, copy, time.time() + GRACE))
    if (opened := beside.opened()) and opened.document == info.id:
        beside.close()


def _put_back(removed: state.Removed) -> None:
    if removed.copy.closed:  # drawn in time, pressed too late
        raise RagError(f"{removed.info.name} can no longer be put back. Add its file again.")
    _forget(removed)
    removed.copy.seek(0)
    runtime = state.runtime()
    named = _Named(removed.copy, removed.info.name)
    runtime.owner.worker.submit([cast(BinaryIO, named)], removed.info.collection)
    removed.copy.close()


class _Named:
    """An open file under the name it had."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self.name = name
        self.read, self.seek, self.tell = file.read, file.seek, file.tell


def _forget(removed: state.Removed) -> None:
    if removed in state.runtime().removed:
        state.runtime().removed.remove(removed)


# --- what is left --------------------------------------------------------------------------------


def status() -> None:
    """Draw the undo of what was just removed, and how far the disk has forgotten it."""
    undoable = _undoable()
    scrub = state.runtime().owner.library.scrubbing()
    changing = bool(undoable) or scrub.state in ("waiting", "running")
    if changing or scrub.state == "failed":
        st.fragment(run_every=2.0 if changing else None)(_status)(len(undoable))
    elif state.runtime().owner.library.preferences.get(CLEANED):
        st.caption(":material/verified: What you removed is gone from the files of this library, as checked.")


CLEANED = "removals_cleaned"
"""A preference: something was removed in this home, so that saying it is gone means something."""


@parts.guarded
def _status(before: int) -> None:
    undoable = _undoable()
    scrub = state.runtime().owner.library.scrubbing()
    if len(undoable) != before:
        parts.redraw()
    for removed in undoable:
        if removed.info.collection == state.collection():
            _undo(removed)
    if scrub.state == "running":
        share = scrub.done / scrub.total if scrub.total else 0.0
        st.progress(share, text="Erasing traces of what was removed from the disk")
    elif scrub.state == "waiting":
        held = parts.counted(scrub.documents, "removed document")
        st.caption(f"{held} no longer answers; traces on the disk are erased when the library is at rest.")
    elif scrub.state == "failed":
        parts.trouble(f"Traces of removed documents could not be erased: {scrub.reason}")
    elif not undoable and before == 0:
        parts.redraw()


def _undo(removed: state.Removed) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"undo_{removed.info.id}"):
        st.markdown(f":material/delete: **{plain(removed.info.name)}** was removed.", width="content")
        st.button(
            "Put it back",
            key=f"put_back_{removed.info.id}",
            icon=":material/undo:",
            on_click=parts.acting(_put_back),
            args=(removed,),
        )


def _undoable() -> list[state.Removed]:
    """Return what can still be put back; let go of the rest.

    Scrubbing does not end it: that begins within seconds, and the copy is in no file of the library.
    """
    runtime = state.runtime()
    for removed in list(runtime.removed):
        if removed.until < time.time():
            _forget(removed)
            removed.copy.close()
    if runtime.removed:
        runtime.owner.library.preferences.set(CLEANED, "yes")
    return list(runtime.removed)
