"""Search in pictures by what they show: a part of the page of similar documents. Experimental."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from rag.lenses.pictures import Picture, Pictures, Wanted, drawn
from rag.ui import lens, parts, state
from rag.ui.typeset import plain

PURPOSE = "Here pictures are searched by what they show. Experimental: how well this finds was not measured."
MISSING = (
    "No model that sees pictures is installed. Set `RAG_IMAGE_MODEL` to the folder or the Hugging Face id "
    "of a CLIP or SigLIP model with safetensors weights, and start Docent again. From then on pictures "
    "without text can be added too."
)
KINDS = ["png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff"]
COLUMNS = 3
RESULTS = 12


def section() -> None:
    """Draw it."""
    st.caption(PURPOSE)
    if not state.library().settings.image_model:
        st.info(MISSING, icon=":material/info:")
        return
    wanted = _wanted()
    within = lens.selection("pictures")
    pages = st.toggle("Search in the pages of PDFs too", key="pictures_pages")
    if wanted is not None:
        _found(wanted, within, pages)


def _wanted() -> Wanted | None:
    """Let a person give words or a picture; one of the library chosen below goes before both."""
    text = st.text_input("What they should show", key="pictures_text", on_change=_words)
    upload = st.file_uploader(
        "Or a picture: find those like it",
        type=KINDS,
        key="pictures_file",
        max_upload_size=state.library().settings.max_file_mb,
    )
    like: Picture | None = st.session_state.get("pictures_like")
    if like is not None:
        st.markdown(f"Pictures like **{plain(_title(like))}**")
        st.button("Search by words or a picture again", on_click=_words)
        return Wanted(document=like.document, page=like.page)
    if upload is not None:
        return Wanted(picture=upload.getvalue())
    return Wanted(text=text) if text.strip() else None


def _words() -> None:
    st.session_state.pop("pictures_like", None)


def _like(picture: Picture) -> None:
    st.session_state["pictures_like"] = picture


def _found(wanted: Wanted, within: Sequence[str] | None, pages: bool) -> None:
    bar = st.progress(0.0, "Looking at the pictures")

    def looked(done: int, total: int) -> None:
        bar.progress(done / total, f"Looking at the pictures: {done} of {total}")

    try:
        found: Pictures = state.library().pictures(
            wanted, k=RESULTS, documents=within, pages=pages, on_look=looked
        )
    finally:
        bar.empty()
    lens.explained(found.note)
    if not found.found:
        return
    lens.take_away(found.rows(), "pictures")
    for start in range(0, len(found.found), COLUMNS):
        row = found.found[start : start + COLUMNS]
        for column, picture in zip(st.columns(COLUMNS), row, strict=False):
            with column:
                _card(picture)


@parts.guarded
def _card(picture: Picture) -> None:
    st.image(_drawn(state.collection(), picture.document, picture.page), caption=plain(_title(picture)))
    st.caption(f"score {picture.score:.2f}")
    st.button(
        "More like this",
        key=f"pictures_{picture.document}_{picture.page}",
        on_click=_like,
        args=(picture,),
    )


@st.cache_data(show_spinner=False, max_entries=60)
def _drawn(collection: str, document: str, page: int) -> bytes:
    library = state.library().within(collection)
    return drawn(library.document(document), library.file(document), page)


def _title(picture: Picture) -> str:
    return picture.file if picture.page == 1 else f"{picture.file}, page {picture.page}"
