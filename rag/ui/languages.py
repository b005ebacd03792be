"""Languages that the embedder in use is weak in, said where it matters: over documents and under an answer.

Knows the library in use; which language it is and what the embedder can do, `catalog.language` says.
"""

from __future__ import annotations

import streamlit as st

from rag.catalog.chats import ChatTurn
from rag.catalog.language import language, warning, weakness
from rag.types import Answer
from rag.ui import state
from rag.ui.typeset import plain

ICON = ":material/translate:"


def of_documents() -> None:
    """Warn where documents of the collection are in such a language."""
    codes = [info.language for info in state.library().documents()]
    if said := warning(codes, state.library().index().embedder):
        st.warning(plain(said), icon=ICON)


def of_turn(turn: ChatTurn) -> None:
    """Say, under a turn, that its question or a document it rests on is in such a language."""
    embedder, used = state.library().index().embedder, _documents(turn.answer)
    languages = [info.language for info in state.library().documents() if info.id in used]
    said = [weak for code in (language(turn.question), *languages) if (weak := weakness(code, embedder))]
    if said:
        st.caption(f"{ICON} {plain(said[0])}")


def _documents(answer: Answer) -> set[str]:
    """Return what it cites; of a refusal, what it was nearest to."""
    if answer.refused:
        return {hit.chunk.document for hit in answer.hits}
    return {citation.document for citation in answer.citations}
