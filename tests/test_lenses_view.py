"""What a library hands to the lenses, opened here or reached over loopback."""

from __future__ import annotations

import io

import numpy as np
import pytest

from rag.home import Home
from rag.library import Library, Parts
from rag.owner import Owner, connect
from rag.settings import Settings
from rag.types import Answer
from tests.fakes import HashEmbedder, OverlapJudge, OverlapReader, ScriptGenerator


@pytest.fixture
def library(tmp_path):
    home = Home(tmp_path / "home")
    home.acquire()
    parts = Parts(
        home,
        Settings.read(),
        embedder=HashEmbedder(),
        reader=OverlapReader(),
        judge=OverlapJudge(),
        generator=ScriptGenerator("Yes."),
    )
    with Owner.of(Library(parts)) as owner:
        yield owner.library


def add(library, name, text):
    file = io.BytesIO(text.encode())
    file.name = name
    (report,) = library.add([file])
    return report.document


def test_passages_come_in_reading_order_with_their_vectors(library):
    second = add(library, "b.txt", "Lamps burn for nine hours.\n\n" + "Kettles boil. " * 30)
    first = add(library, "a.txt", "Opened items may be returned.")
    found = library.passages()
    assert [chunk.document for chunk in found.chunks][:2] == [first, second]
    assert len(found.chunks) == len(found.files) == len(found.vectors) > 2
    again = library.embed([chunk.context for chunk in found.chunks])
    assert np.allclose(found.vectors, again, atol=1e-6)
    assert {chunk.document for chunk in library.passages([first]).chunks} == {first}


def test_an_empty_library_has_no_passages(library):
    assert library.passages().chunks == ()


def test_questions_keep_what_became_of_them(library):
    chat = library.chats.create("Documents", "Talk")
    library.chats.append(chat, Answer("Who?", "refusal", "Not in the documents."))
    turn = library.chats.append(chat, Answer("When?", "answer", "Now."))
    library.chats.rate(turn, -1, "wrong")
    who, when = library.questions()
    assert (who.question, who.refused, who.rating) == ("Who?", True, 0)
    assert (when.question, when.refused, when.rating, when.reason) == ("When?", False, -1, "wrong")


def test_another_process_sees_the_same(library):
    add(library, "a.txt", "Opened items may be returned.\n\n" + "Sealed items later. " * 40)
    library.chats.append(library.chats.create("Documents", "Talk"), Answer("Who?", "refusal", "No."))
    with connect(library.home.root) as remote:
        here, there = library.passages(), remote.passages()
        assert (here.chunks, here.files) == (there.chunks, there.files)
        assert np.array_equal(here.vectors, there.vectors)
        assert np.array_equal(library.embed(["a lamp"]), remote.embed(["a lamp"]))
        assert library.pieces("One.\n\nTwo.") == remote.pieces("One.\n\nTwo.")
        assert library.questions() == remote.questions()
        assert remote.passages([]).chunks == ()
