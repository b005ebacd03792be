"""A language that the embedder in use is weak in is told where somebody would wonder about what was found."""

from __future__ import annotations

import pytest

from rag.catalog.language import DEFAULT
from tests.fakes import HashEmbedder
from tests.test_ui import ask, filled, named, owner, page

__all__ = ["filled", "owner"]

RIGHTS = "人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心。"


@pytest.fixture
def english(monkeypatch):
    """What answers is known as the default embedder, which knows English alone."""
    monkeypatch.setattr(HashEmbedder, "name", DEFAULT)


def notices(at):
    return [found.value for found in at.caption if "The embedder in use finds" in found.value]


@pytest.mark.parametrize("name", ["similar", "chat"])
def test_a_library_in_a_language_that_is_hardly_found_is_warned_of(english, filled, name):
    assert not page(name).warning
    filled.library.add([named("zh.txt", RIGHTS)])
    (said,) = page(name).warning
    assert "1 of 3 documents are not in English" in said.value and "in Chinese" in said.value


def test_a_question_in_such_a_language_is_told_under_its_answer(english, filled):
    at = page("chat")
    ask(at)
    assert not notices(at)
    ask(at, "人人生而自由在什么上平等？")
    (said,) = notices(at)
    assert "Chinese hardly at all by meaning" in said


def test_another_embedder_is_not_spoken_ill_of(filled):
    filled.library.add([named("zh.txt", RIGHTS)])
    at = page("chat")
    assert not at.warning
    ask(at, "人人生而自由在什么上平等？")
    assert not notices(at)
