"""A question asked while files are coming waits for the first ones, and tells of those that came later."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest
import streamlit as st

from rag.errors import RagError
from rag.home import Home
from rag.jobs import coming
from rag.library import Library, Parts
from rag.owner import Owner
from rag.settings import Settings
from rag.types import Counts, Progress
from rag.ui import samples, state
from tests.fakes import HashEmbedder, OverlapJudge, OverlapReader, ScriptGenerator
from tests.test_ui import ANSWER, QUESTION, RETURNS, SHIPPING, button, components, named, page, settle, text

LAMP = "Which oil burns in the lamp of the lighthouse?"
LAMPS = "The lamp of the lighthouse burns colza oil.\n"


class GatedEmbedder(HashEmbedder):
    """Embeds documents once the gate is open; questions at any time."""

    def __init__(self):
        self.gate = threading.Event()

    def embed_documents(self, texts, /):
        assert self.gate.wait(60)
        return super().embed_documents(texts)

    embed_queries = HashEmbedder.embed_documents


@pytest.fixture
def gate(owner):
    return owner.library._parts.embedder.gate


@pytest.fixture
def owner(tmp_path, monkeypatch):
    shipped = tmp_path / "samples"
    shipped.mkdir()
    (shipped / "returns.md").write_text(RETURNS)
    (shipped / "shipping.txt").write_text(SHIPPING)
    monkeypatch.setattr(samples, "FOLDER", shipped)
    monkeypatch.setattr(samples, "QUESTIONS", {QUESTION: "returns.md"})
    home = Home(tmp_path / "home")
    home.acquire()
    embedder = GatedEmbedder()
    parts = Parts(
        home,
        Settings.read(),
        embedder=embedder,
        reader=OverlapReader(),
        judge=OverlapJudge(),
        generator=ScriptGenerator(ANSWER),
    )
    owner = Owner.of(Library(parts))
    monkeypatch.setattr(state, "open_owner", lambda: owner)
    st.cache_resource.clear()
    yield owner
    embedder.gate.set()
    owner.close()
    st.cache_resource.clear()


@pytest.fixture
def filled(owner, gate):
    """A person's own two documents; what is added next waits at the gate."""
    owner.library.preferences.set(samples.REMOVED, "yes")
    gate.set()
    owner.library.add([named("returns.md", RETURNS), named("shipping.txt", SHIPPING)])
    gate.clear()
    return owner


def put(at, question):
    at.chat_input[0].set_value(question).run()
    return at


def waits(at):
    return any(
        given.get("waiting", "").startswith("Reading your documents first") for given in components(at)
    )


def answered(at, seconds=20):
    return settle(at, lambda: not any(found.label == "Stop" for found in at.button), seconds)


def kept(owner, collection="Documents"):
    (chat,) = owner.library.chats.list(collection)
    return owner.library.chats.turns(chat.id)


def offered(at):
    return [found.label for found in at.button]


# --- the first files -----------------------------------------------------------------------------


def test_a_question_asked_on_first_run_waits_for_the_samples_and_is_answered(owner, gate):
    at = page("chat")
    button(at, QUESTION).click().run()
    settle(at, lambda: waits(at))
    assert components(at)[0]["waiting"] == "Reading your documents first: 0 of 2"
    gate.set()
    answered(at)
    assert text(components(at)[0]["blocks"]).startswith(ANSWER)


def test_it_waits_with_the_tab_closed_too(owner, gate):
    settle(put(page("chat"), QUESTION), lambda: True)
    gate.set()
    (chat,) = owner.library.chats.list("Samples")
    assert state.runtime().askings.of(chat.id).wait(20)
    assert [turn.answer.kind for turn in kept(owner, "Samples")] == ["answer"]


def test_what_waits_for_files_can_be_stopped_and_asked_again(owner, gate):
    at = put(page("chat"), QUESTION)
    settle(at, lambda: waits(at))
    button(at, "Stop").click().run()
    answered(at)
    assert "Stopped" in text(components(at)[0]["blocks"])
    assert not gate.is_set()
    button(at, "Ask again when they are in").click().run()
    settle(at, lambda: waits(at))
    gate.set()
    answered(at)
    assert [turn.answer.kind for turn in kept(owner, "Samples")] == ["answer"]


def test_samples_that_an_earlier_process_was_adding_are_not_added_twice(owner):
    samples.bring(owner)
    samples.first_start(owner)
    assert len(owner.worker.jobs()) == 1


def test_where_no_file_could_be_added_the_question_is_told_so(owner, monkeypatch):
    monkeypatch.setattr(samples, "first_start", lambda owner: None)
    blocking = owner.worker.submit([named("first.txt", "held at the gate")], "Elsewhere")
    owner.worker.submit([named("empty.txt", "")], "Documents")
    at = put(page("chat"), QUESTION)
    settle(at, lambda: waits(at))
    owner.library._parts.embedder.gate.set()
    assert blocking.wait(20)
    settle(at, lambda: len(at.error) == 1)
    assert "could be added" in at.error[0].value and button(at, "Try again")


def test_where_adding_is_paused_the_question_is_told_so(owner):
    at = put(page("chat"), QUESTION)
    settle(at, lambda: waits(at))
    (job,) = owner.worker.jobs()
    owner.worker.pause(job)
    settle(at, lambda: len(at.error) == 1)
    assert "paused" in at.error[0].value


def test_an_empty_library_asks_for_documents_and_a_paused_one_says_so(owner, gate):
    owner.library.preferences.set(samples.REMOVED, "yes")
    at = page("chat")
    assert at.chat_input[0].disabled and "Add a document" in at.chat_input[0].placeholder
    job = owner.worker.submit([named("first.txt", "held at the gate")], "Documents")
    at.run()
    assert not at.chat_input[0].disabled
    owner.worker.pause(job)
    at.run()
    assert at.chat_input[0].disabled and "paused" in at.chat_input[0].placeholder


@pytest.mark.parametrize("name", ["search", "topics"])
def test_a_page_with_nothing_to_show_yet_says_that_documents_are_coming(owner, gate, name):
    at = page(name)
    assert any("are being read" in found.value for found in at.markdown)
    assert "Add documents" not in offered(at)
    gate.set()
    settle(at, lambda: not any("are being read" in found.value for found in at.markdown))


# --- more files ----------------------------------------------------------------------------------


def test_a_refusal_says_that_files_are_coming_and_asks_again_when_they_are_in(filled, gate):
    filled.worker.submit([named("lamp.txt", LAMPS)], "Documents")
    at = answered(put(page("chat"), LAMP))
    assert [turn.answer.kind for turn in kept(filled)] == ["refusal"]
    assert any("1 file is still being added" in found.value for found in at.markdown)
    button(at, "Ask again when they are in").click().run()
    settle(at, lambda: waits(at))
    gate.set()
    answered(at)
    (turn,) = kept(filled)
    assert {citation.file for citation in turn.answer.citations} == {"lamp.txt"}
    assert not any("added" in found.value for found in at.markdown)


def test_who_does_not_want_to_wait_gets_the_answer_from_what_is_in(filled, gate):
    filled.worker.submit([named("lamp.txt", LAMPS)], "Documents")
    at = answered(put(page("chat"), LAMP))
    button(at, "Ask again when they are in").click().run()
    settle(at, lambda: waits(at))
    button(at, "Answer from what is in").click().run()
    answered(at)
    assert not gate.is_set() and [turn.answer.kind for turn in kept(filled)] == ["refusal"]


def test_a_refusal_tells_of_documents_that_came_after_it(filled, gate):
    at = answered(put(page("chat"), LAMP))
    assert not any("may hold the answer" in found.value for found in at.markdown)
    gate.set()
    filled.library.add([named("lamp.txt", LAMPS)])
    at.run()
    assert any("1 document was added after" in found.value for found in at.markdown)
    button(at, "Ask again with them").click().run()
    answered(at)
    assert [turn.answer.kind for turn in kept(filled)] == ["answer"]


def test_an_answer_needs_no_word_about_files_that_are_coming(filled):
    filled.worker.submit([named("lamp.txt", LAMPS)], "Documents")
    at = answered(put(page("chat"), QUESTION))
    assert [turn.answer.kind for turn in kept(filled)] == ["answer"]
    assert "Ask again when they are in" not in offered(at)


def test_a_conversation_limited_to_documents_waits_for_no_others(filled):
    at = page("chat")
    shipping = next(info for info in filled.library.documents() if info.name == "shipping.txt")
    at.button(key="choice").click().run()
    at.multiselect[0].select(shipping)
    at.button(key="choice_set").click().run()
    filled.worker.submit([named("lamp.txt", LAMPS)], "Documents")
    answered(put(at, LAMP))
    assert [turn.answer.kind for turn in kept(filled)] == ["refusal"]
    assert "Ask again when they are in" not in offered(at)


# --- for what a question waits -------------------------------------------------------------------


def shelf(documents, files, came, **more):
    """A worker with one job of so many files, of which so many are documents, over a library of so many."""
    stages = ["done"] * came + ["waiting"] * (files - came)
    job = SimpleNamespace(
        collection="Documents",
        finished=more.get("finished", False),
        paused=more.get("paused", False),
        counts=Counts(files, came, 0, files - came),
        progress={str(number): Progress(str(number), stage) for number, stage in enumerate(stages)},
    )
    library = SimpleNamespace(collection="Documents", documents=lambda: [object()] * documents)
    return SimpleNamespace(jobs=lambda: [job]), library


@pytest.mark.parametrize(
    ("documents", "files", "came", "more", "held"),
    [
        (0, 500, 0, {}, True),  # nothing to ask yet
        (3, 6, 3, {}, True),  # the first ones, soon in
        (3, 500, 3, {}, False),  # the first ones, for a long time yet
        (5, 6, 3, {}, False),  # documents were there before
        (3, 6, 3, {"paused": True}, False),
        (3, 6, 3, {"finished": True}, False),
    ],
)
def test_a_question_waits_for_few_first_files(documents, files, came, more, held):
    wait = coming.Wait(*shelf(documents, files, came, **more))
    stopped = threading.Event()
    waiting = threading.Thread(target=wait.hold, args=(stopped,))
    waiting.start()
    waiting.join(0.5)
    assert waiting.is_alive() is held
    stopped.set()
    waiting.join()


def test_nothing_is_asked_of_an_empty_library():
    wait = coming.Wait(*shelf(0, 1, 0, finished=True))
    with pytest.raises(RagError, match="could be added"):
        wait.hold(threading.Event())


# --- cut off by the end of the process -----------------------------------------------------------


@pytest.fixture
def cut_off(filled):
    """A conversation as a killed process leaves it: the question is stored, and nothing answers it."""
    chat = filled.library.chats.create("Documents", QUESTION)
    filled.library.chats.ask(chat, QUESTION)
    at = page("chat")
    next(found for found in at.sidebar.button if found.key == f"chat_{chat}").click().run()
    return at


def test_a_question_cut_off_comes_back_and_is_asked_again(filled, cut_off):
    assert [found.value for found in cut_off.main.text] == [QUESTION]
    assert "was kept" in cut_off.info[0].value
    button(cut_off, "Ask again").click().run()
    answered(cut_off)
    assert [turn.question for turn in kept(filled)] == [QUESTION]
    assert not cut_off.info


def test_a_question_cut_off_can_be_left(filled, cut_off):
    button(cut_off, "Leave it").click().run()
    assert not cut_off.info and kept(filled) == []
