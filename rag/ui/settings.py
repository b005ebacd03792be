"""The settings page: the models, how answers are written, and every setting with where it comes from.

What is set here lives in the library's folder and takes effect at once; a `RAG_*` variable wins and is shown
as locked.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from rag import chosen
from rag.errors import RagError
from rag.generate import servers
from rag.settings import Settings
from rag.types import Answer
from rag.ui import parts, state, switching
from rag.ui.typeset import plain
from rag.weights.found import embedders

SECRET = ("generator_key", "password")
LOCKED = "Set by {variable} in the environment, so it cannot be changed here."


@parts.guarded
def render() -> None:
    """Draw the page."""
    st.set_page_config(layout="centered")
    parts.note()
    st.title("Settings", anchor=False)
    _writing()
    _finding()
    _answering()
    _everything(state.library().settings)


# --- models --------------------------------------------------------------------------------------


def _writing() -> None:
    library = state.library()
    settings = library.settings
    st.header("The model that writes answers", anchor=False)
    where = f"through {settings.generator_url}" if settings.generator_url else "on this computer"
    st.text(f"{settings.generator}, {where}")
    _tried()
    if _locked("generator") or _locked("generator_url"):
        return
    st.caption("Found on this computer. Choosing one loads it and asks it a question, to see that it works.")
    with st.container(key="models", gap="small"):
        for number, choice in enumerate(switching.choices(library)):
            _model(number, choice)
        for number, served in enumerate(_served()):
            _served_model(number, served)
    folder = plain(str(library.home.models))
    st.caption(f"A model's folder or GGUF file in {folder} is listed here, and so is a running model server.")
    _server(settings)


def _model(number: int, choice: switching.Choice) -> None:
    settings = state.library().settings
    using = settings.generator == choice.model.setting and not settings.generator_url
    if _offered(str(number), choice.model.setting, " · ".join(_needs(choice)), using):
        _switch(generator=choice.model.setting, generator_url="")


@st.cache_data(ttl=30, show_spinner=False)
def _served() -> list[servers.Served]:
    return servers.found()


def _served_model(number: int, served: servers.Served) -> None:
    settings = state.library().settings
    using = (settings.generator, settings.generator_url) == (served.model, served.url)
    needs = f"through {served.program} at {served.url}, which holds it in its own memory"
    if _offered(f"served_{number}", served.model, needs, using):
        _switch(generator=served.model, generator_url=served.url)


def _offered(key: str, name: str, needs: str, using: bool) -> bool:
    """Draw a model with what it needs; True where it shall be used."""
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"model_{key}"):
        with st.container(gap=None):
            st.markdown(f"**{plain(name)}**")
            st.caption(plain(needs))
        if using:
            st.badge("In use", icon=":material/check:", color="green")
            return False
        return st.button("Use it", key=f"use_{key}")


def _needs(choice: switching.Choice) -> list[str]:
    there = switching.memory()
    needs = f"needs {parts.size(choice.model.memory)} of memory"
    if there and choice.model.memory > 0.7 * there:
        needs += f", too much for the {parts.size(there)} here"
    if choice.speed is None:
        return [needs, "speed not measured here yet"]
    how = "measured here" if choice.measured else "reckoned from the one measured here"
    return [needs, f"{choice.speed:.0f} tokens a second, {how}"]


def _server(settings: Settings) -> None:
    with st.expander("Use a model server at another address"), st.form("server", border=False):
        url = st.text_input(
            "Address", value=settings.generator_url, placeholder="http://127.0.0.1:11434/v1", key="server_url"
        )
        name = st.text_input("Name of the model there", placeholder="llama3.2", key="server_model")
        st.caption("Questions and passages are sent to this address and nowhere else.")
        if st.form_submit_button("Use it"):
            if not url.strip() or not name.strip():
                parts.trouble("Give both the address and the name of the model.")
            else:
                _switch(generator=name.strip(), generator_url=url.strip())


def _switch(**values: object) -> None:
    """Switch, and show what the model answered; where it fails all stays as it was."""
    with st.spinner("Loading the model and asking it a question"):
        try:
            answer = switching.switch(state.library(), **values)
        except RagError as exc:
            state.leave_note(f"{exc} The model before it is in use again.")
            st.rerun()
    st.session_state["settings_tried"] = answer
    st.rerun()


def _tried() -> None:
    answer: Answer | None = st.session_state.get("settings_tried")
    if answer is None:
        return
    with st.container(border=True):
        st.caption(f"Asked to try it, in {answer.timings.total_ms / 1000:.1f} s:")
        st.text(answer.question)
        st.text(answer.text)


def _finding() -> None:
    library = state.library()
    index = library.index()
    st.header("The model that finds passages", anchor=False)
    st.text(f"{index.embedder}, on this computer")
    if index.state != "current":
        st.fragment(run_every=1)(_indexing)()
    if _locked("embedder"):
        return
    st.caption(
        "Found on this computer. Choosing another makes the index anew with it, in the background; until "
        "that is whole the one before answers, and no file needs to be added again."
    )
    with st.container(key="embedders", gap="small"):
        for number, model in enumerate(embedders(library.home.models)):
            needs = f"needs {parts.size(model.memory)} of memory"
            if _offered(
                f"embedder_{number}", model.setting, needs, model.setting == library.settings.embedder
            ):
                _embed_with(model.setting)


@parts.guarded
def _indexing() -> None:
    """Draw how far the next index is; the page again once it answers."""
    index = state.library().index()
    if index.state == "current":
        parts.redraw()
    if index.state == "failed":
        parts.trouble(
            f"The index for {index.wanted} could not be made, so the one before answers: {index.reason}"
        )
    elif index.total:
        far = f"{index.done} of {parts.counted(index.total, 'document')}"
        words = f"Making the index for {plain(index.wanted)}: {far}"
        st.progress(index.done / index.total, text=words)


def _embed_with(setting: str) -> None:
    try:
        state.library().change(embedder=setting)
    except RagError as exc:
        state.leave_note(str(exc))
    st.rerun()


# --- answering -----------------------------------------------------------------------------------


def _answering() -> None:
    settings = state.library().settings
    st.header("How answers are made", anchor=False)
    _number("passages", "Passages handed to the model", 1, 5, settings.passages, 1)
    _number("answer_tokens", "Longest answer, in tokens", 16, 1024, settings.answer_tokens, 16)
    _number("refuse_below", "Refuse below this support", 0.0, 1.0, settings.refuse_below, 0.05)


def _number(name: str, label: str, low: Any, high: Any, value: Any, step: Any) -> None:  # noqa: ANN401
    key = f"set_{name}"
    st.slider(
        label,
        low,
        max(high, value),
        value,
        step,
        key=key,
        disabled=chosen.locked(name),
        help=Settings.model_fields[name].description,
        on_change=parts.acting(_set),
        args=(name, key),
    )
    _locked(name)


def _set(name: str, key: str) -> None:
    state.library().change(**{name: st.session_state[key]})


def _locked(name: str) -> bool:
    """Say that the environment holds a setting, if it does."""
    if chosen.locked(name):
        st.caption(":material/lock: " + LOCKED.format(variable=f"`RAG_{name.upper()}`"))
    return chosen.locked(name)


# --- all of them ---------------------------------------------------------------------------------


def _everything(settings: Settings) -> None:
    st.header("All settings", anchor=False)
    st.caption(f"The library lives in {plain(str(state.library().home.root))}")
    st.table(_rows(settings), border="horizontal", hide_index=True)


def _rows(settings: Settings) -> list[dict[str, str]]:
    kept = chosen.read(state.library().home)
    rows = []
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        source = "environment" if chosen.locked(name) else "this app" if name in kept else "default"
        rows.append(
            {
                "Setting": f"`RAG_{name.upper()}`",
                "Value": plain("set" if name in SECRET and value else str(value)),
                "From": source,
                "Meaning": field.description or "",
            }
        )
    return rows
