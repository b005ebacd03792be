"""Two documents side by side: what changed from one to the other."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import combinations
from pathlib import Path

import streamlit as st

from rag import versions
from rag.types import DocumentInfo
from rag.ui import components, parts, state

MOST = 60  # changes drawn; documents that differ more are hardly versions of each other
PAIRED = 60  # documents among which a likely pair is looked for
SHOWN = 4000  # letters of a change that are drawn


@parts.dialog("Compare two versions", width="large", icon=":material/difference:")
def choose(documents: Sequence[DocumentInfo]) -> None:
    """Let two be chosen, and show what changed."""
    first, second = _likely(documents)
    left, right = st.columns(2)
    with left:
        old = st.selectbox("Before", documents, first, lambda info: info.name, key="compare_old")
    with right:
        new = st.selectbox("After", documents, second, lambda info: info.name, key="compare_new")
    if old is None or new is None or old.id == new.id:
        st.caption("Choose two different documents.")
        return
    library = state.library()
    with st.spinner("Comparing"):
        found = versions.changes(library.text(old.id), library.text(new.id))
    if not found:
        st.success("Their texts are the same.", icon=":material/check:")
        return
    cut = f"; the first {MOST} are shown" if len(found) > MOST else ""
    st.caption(parts.counted(len(found), "change") + cut)
    for number, change in enumerate(found[:MOST]):
        _change(number, change)


def _likely(documents: Sequence[DocumentInfo]) -> tuple[int, int]:
    """Return the two whose names are most alike, the one added first before the other.

    Of two that were added together, the one with the plainer name: "lease" before "lease-v2".
    """
    pairs = list(combinations(range(min(len(documents), PAIRED)), 2))
    best = max(pairs, key=lambda pair: _alike(documents[pair[0]].name, documents[pair[1]].name))
    first, second = sorted(best, key=lambda place: _age(documents[place]))
    return first, second


def _age(info: DocumentInfo) -> tuple[str, str]:
    return info.added[: len("2026-11-22T20:53")], Path(info.name).stem


def _alike(first: str, second: str) -> float:
    return SequenceMatcher(None, first.casefold(), second.casefold()).ratio()


def _change(number: int, change: versions.Change) -> None:
    if change.same:
        st.caption(f"{parts.counted(change.same, 'paragraph')} unchanged")
    left, right = st.columns(2)
    with left:
        _side(f"old_{number}", change.old, change.old_marks, "Before: nothing here")
    with right:
        _side(f"new_{number}", change.new, change.new_marks, "After: nothing here")


def _side(key: str, text: str, marks: Sequence[tuple[int, int]], empty: str) -> None:
    if text:
        components.reader(f"compare_{key}", text[:SHOWN], marks, f"Change, {key.replace('_', ' ')}")
    else:
        st.caption(empty)
