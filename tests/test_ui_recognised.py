"""The source panel over documents that are no plain pages: recognised pictures, encrypted files."""

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from rag.home import Home
from rag.library import Library, Parts
from rag.owner import Owner
from rag.settings import Settings
from rag.ui import state
from tests import hostile, seeds
from tests.fakes import HashEmbedder, OverlapJudge, OverlapReader


@pytest.fixture
def owner(tmp_path, monkeypatch):
    home = Home(tmp_path / "home")
    home.acquire()
    owner = Owner.of(
        Library(
            Parts(
                home,
                Settings.read(),
                embedder=HashEmbedder(),
                reader=OverlapReader(),
                judge=OverlapJudge(),
            )
        )
    )
    monkeypatch.setattr(state, "open_owner", lambda: owner)
    st.cache_resource.clear()
    yield owner
    owner.close()
    st.cache_resource.clear()


def panel(owner, path):
    """The source panel with this file open in it."""
    (report,) = owner.library.add([path])

    def script(collection, document, file):
        from rag.ui import beside, source

        beside.open(beside.Source(collection, document, file, 1))
        source.panel()

    arguments = (owner.library.collection, report.document, path.name)
    return AppTest.from_function(script, args=arguments, default_timeout=60).run()


def test_a_recognised_page_says_so_and_how_surely(owner, tmp_path):
    (tmp_path / "photo.png").write_bytes(seeds.picture("Goods are taken back."))
    at = panel(owner, tmp_path / "photo.png")
    assert not at.exception and not at.error
    assert any("Recognised from a picture (OCR), letters 9" in caption.value for caption in at.caption)


def test_a_typed_page_says_nothing_of_the_kind(owner, tmp_path):
    (tmp_path / "typed.pdf").write_bytes(hostile.pdf("Goods are taken back."))
    assert not panel(owner, tmp_path / "typed.pdf").caption


def test_an_encrypted_file_shows_its_text_in_place_of_its_pages(owner, tmp_path):
    (tmp_path / "locked.pdf").write_bytes(hostile.encrypted_pdf("secret"))
    owner.library.unlock("secret")
    at = panel(owner, tmp_path / "locked.pdf")
    assert not at.exception and not at.error
    assert any(
        "Secret terms" in found.proto.mixed.json + found.proto.json for found in at.get("bidi_component")
    )
