"""What is set in the app stays in the home, and the environment wins."""

from __future__ import annotations

import pytest

from rag import chosen
from rag.errors import RagError
from rag.home import Home
from rag.library import Library
from rag.settings import Settings


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


def test_what_was_set_is_there_at_the_next_opening(home):
    chosen.keep(home, {"passages": 5, "refuse_below": Settings().refuse_below})
    assert chosen.read(home) == {"passages": 5}  # what equals the default needs no keeping
    with Library.open(home.root) as library:
        assert library.settings.passages == 5


def test_the_environment_wins(home, monkeypatch):
    chosen.keep(home, {"passages": 5})
    monkeypatch.setenv("RAG_PASSAGES", "2")
    assert chosen.locked("passages")
    assert chosen.over(home, Settings.read()).passages == 2


def test_a_file_that_makes_no_sense_is_one_sentence(home):
    home.root.mkdir()
    for text in ("[1]", "{", '{"passages": 99}'):
        home.chosen.write_text(text)
        with pytest.raises(RagError, match=r"settings\.json"):
            chosen.over(home, Settings.read())


def test_a_change_that_cannot_be_is_refused_and_nothing_is_kept(home):
    with Library.open(home.root) as library:
        with pytest.raises(RagError, match="passages"):
            library.change(passages=99)
        assert library.settings.passages == 3 and chosen.read(home) == {}
        library.change(passages=2)
        assert library.settings.passages == 2


def test_settings_that_only_a_new_start_takes_are_not_kept(home):
    chosen.keep(home, {"passages": 4})
    home.chosen.write_text('{"passages": 4, "home": "/elsewhere", "password": ""}')
    assert chosen.read(home) == {"passages": 4}
