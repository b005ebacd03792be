"""Searching in pictures, on the page of similar documents: without a model it says what to do."""

from __future__ import annotations

import pytest

from rag.ui import samples
from tests.test_lenses_pictures import ColourSight, picture
from tests.test_lenses_pictures import named as file
from tests.test_ui import filled, owner, page

__all__ = ["filled", "owner"]


def section():
    at = page("similar")
    at.segmented_control(key="similar_what").set_value("Pictures").run()
    assert not at.exception
    return at


def captions(at):
    return [found.value for found in at.caption]


@pytest.fixture
def model(monkeypatch):
    monkeypatch.setenv("RAG_IMAGE_MODEL", "colours")
    monkeypatch.setenv("RAG_OCR", "0")
    monkeypatch.setattr("rag.lenses.sight.Sight", lambda settings: ColourSight())


@pytest.fixture
def seeing(model, owner):
    """A library of a red and a blue picture, with a model that sees colours."""
    owner.library.preferences.set(samples.REMOVED, "yes")
    owner.library.add([file("red.png", picture("red")), file("blue.png", picture("blue"))])
    return owner


def test_without_a_model_the_page_says_how_to_set_one(filled):
    at = section()
    assert "RAG_IMAGE_MODEL" in at.info[0].value and "No model" in at.info[0].value
    assert any("Experimental" in said for said in captions(at))
    assert not at.text_input


def test_words_find_pictures_and_one_of_them_finds_those_like_it(seeing):
    at = section()
    at.text_input(key="pictures_text").input("blue").run()
    assert not at.error and not at.exception
    assert "not measured" in at.info[0].value
    more = [button for button in at.button if button.label == "More like this"]
    assert len(more) == 2
    more[0].click().run()
    assert not at.error and not at.exception
    assert "Pictures like **blue\\.png**" in [found.value for found in at.markdown]
    like = [button for button in at.button if button.label == "More like this"]
    assert len(like) == 1  # the chosen one is not among those like it
    at.text_input(key="pictures_text").input("red").run()
    assert len([button for button in at.button if button.label == "More like this"]) == 2
