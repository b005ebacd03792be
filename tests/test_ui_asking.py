"""Answers are written by threads of their own: they can be stopped and fail in a sentence."""

from __future__ import annotations

import io
import threading
from types import SimpleNamespace

import pytest

from rag.answer import AnswerStream
from rag.errors import ModelUnavailable
from rag.jobs import Worker
from rag.types import Answer
from rag.ui import samples
from rag.ui.asking import Asking, Askings
from tests.memory import MemoryLibrary


def endless():
    """A stream that writes until it is stopped; the answer is what was written."""
    stop = threading.Event()

    def pieces():
        said = []
        while not stop.is_set():
            said.append("on ")
            yield "on "
            stop.wait(0.01)
        return Answer("Q", "answer", "".join(said))

    return AnswerStream(pieces(), stop)


def test_a_stopped_answer_keeps_what_was_written():
    saved = []
    asking = Asking("Q", endless, saved.append)
    while not asking.text:
        assert not asking.wait(0.01)
    asking.stop()
    assert asking.wait(10) and not asking.error
    assert saved[0].text == asking.text


def test_an_answer_that_is_stopped_before_its_first_word_ends():
    begun = threading.Event()

    def late():
        begun.wait(10)
        return endless()

    asking = Asking("Q", late, lambda answer: None)
    asking.stop()
    begun.set()
    assert asking.wait(10)


def test_an_error_a_person_can_act_on_is_shown_and_nothing_is_saved():
    def fails():
        raise ModelUnavailable("The model server did not answer.")

    saved = []
    asking = Asking("Q", fails, saved.append)
    assert asking.wait(10)
    assert asking.error == "The model server did not answer." and saved == []


def test_a_new_question_stops_the_one_before_it():
    askings = Askings()
    first = Asking("first", endless, lambda answer: None)
    askings.start("chat", first)
    second = Asking("second", endless, lambda answer: None)
    askings.start("chat", second)
    assert first.wait(10)
    assert askings.of("chat") is second
    askings.forget("chat")
    assert second.wait(10) and askings.of("chat") is None


def test_a_whole_answer_is_no_longer_on_its_way():
    askings = Askings()
    done = Asking("Q", lambda: AnswerStream(iter_whole(), threading.Event()), lambda answer: None)
    askings.start("chat", done)
    assert done.wait(10)
    assert askings.of("chat") is None


def iter_whole():
    yield "Yes."
    return Answer("Q", "answer", "Yes.")


@pytest.mark.parametrize("coming", [True, False])
def test_samples_let_a_persons_files_pass(tmp_path, coming):
    worker = Worker(MemoryLibrary(tmp_path))
    slow = io.BytesIO(b"text")
    slow.name = "slow.txt"  # is read until somebody cancels
    job = worker.submit([slow], "Samples") if coming else None
    assert samples.let_pass(SimpleNamespace(worker=worker)) is coming
    assert job is None or job.wait(10)
    worker.close()
