"""Collections are walls: after turning to another one, no page shows anything of the one before."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from rag.lenses.classify import Labelled
from rag.types import Answer
from tests.test_ui import filled, named, owner, page

__all__ = ["filled", "owner"]

HERE, THERE = "quillon", "zephyr"
TEXTS = {
    "gate": "The {0} gate opens at seven and closes at nine. The {0} gate is painted green every spring.",
    "pump": "Pump four of {0} is checked weekly. The {0} pump delivers thirty litres a minute.",
    "lamp": "A {0} lamp burns for nine hours. Each {0} lamp has a warranty of two years.",
}


@pytest.fixture
def matters(filled):
    """Two collections that speak of the same things; one word of each tells them apart."""
    for collection, word in (("Documents", HERE), ("Acme", THERE)):
        library = filled.library.within(collection)
        library.add([named(f"{word}-{name}.txt", text.format(word)) for name, text in TEXTS.items()])
        chat = library.chats.create(collection, f"Talk of {word}")
        library.chats.append(chat, Answer(f"Who repairs {word}?", "refusal", "Not in the documents."))
    return filled


def everything(at):
    """All that the browser is told, tables and choices included."""
    return str([getattr(element, "proto", "") for element in [*at.main, *at.sidebar]]).casefold()


def typed(at, key):
    (at.text_input if key in [str(found.key) for found in at.text_input] else at.text_area)(key=key).input(
        "gate pump lamp"
    ).run()


def teach(at):
    word = HERE if at.session_state["collection"] == "Documents" else THERE
    at.session_state["classify_taught"] = [
        Labelled(f"{word} gate opens", "gate"),
        Labelled(f"{word} gate painted", "gate"),
        Labelled(f"{word} pump weekly", "pump"),
        Labelled(f"{word} pump litres", "pump"),
    ]
    at.run()


ACTS = {
    "chat": lambda at: None,
    "library": lambda at: None,
    "search": lambda at: typed(at, "search_query"),
    "similar": lambda at: typed(at, "similar_text"),
    "compare": lambda at: typed(at, "compare_queries"),
    "classify": teach,
    "topics": lambda at: None,
    "gaps": lambda at: None,
    "evaluate": lambda at: typed(at, "evaluate_question"),
}


def turned(name, collection):
    at = page(name)
    at.session_state["collection"] = collection
    return at.run()


@pytest.mark.parametrize("name", list(ACTS))
def test_a_page_shows_its_own_collection_and_nothing_of_another(matters, name):
    at = turned(name, "Documents")
    ACTS[name](at)
    assert not at.exception
    assert HERE in everything(at) and THERE not in everything(at)
    other = turned(name, "Acme")
    ACTS[name](other)
    assert THERE in everything(other) and HERE not in everything(other)


@pytest.mark.parametrize("name", list(ACTS))
def test_what_was_done_on_a_page_stays_behind_when_its_reader_turns_to_another(matters, name):
    def script(name):
        import importlib

        from rag.ui import sidebar

        sidebar.collections_menu()
        importlib.import_module(f"rag.ui.{name}").render()

    at = AppTest.from_function(script, args=(name,), default_timeout=30).run()
    ACTS[name](at)
    assert HERE in everything(at)
    at.selectbox(key="collection_chosen").select("Acme").run()
    assert HERE not in everything(at)
