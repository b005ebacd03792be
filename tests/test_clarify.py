"""Asking back: only where several documents answer differently and the question does not choose."""

from dataclasses import replace

import pytest

from rag.clarify import pointed, readings, unnamed
from rag.types import Chunk, Evidence, Hit, Reading, Turn


def evidence(file, text, words, answers=0.9):
    start = text.index(words)
    hit = Hit(Chunk(f"{file}-0", file, 0, text, 0, len(text)), file, 0.8, "hybrid")
    return Evidence(hit, Reading(answers, (start, start + len(words)), answers), text)


NORTH = evidence("north.txt", "The lease may be ended with a notice of three months.", "three months")
SOUTH = evidence("south.txt", "The lease may be ended with a notice of six weeks.", "six weeks")
QUESTION = "What is the notice for ending the lease?"


def test_two_documents_that_answer_differently_are_both_meant():
    assert readings(QUESTION, [NORTH, SOUTH]) == [0, 1]


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("What is the notice for ending the lease of north?", [NORTH, SOUTH]),  # the question chooses
        (QUESTION, [NORTH]),
        (QUESTION, [NORTH, evidence("copy.txt", NORTH.text, "three months")]),  # they agree
        (QUESTION, [NORTH, evidence("copy.txt", NORTH.text, "a notice of three months")]),  # more words
        (QUESTION, [NORTH, evidence("south.txt", SOUTH.text, "six weeks", 0.3)]),  # one answers
        (QUESTION, [NORTH, evidence("north.txt", SOUTH.text, "six weeks")]),  # one document
        (QUESTION, []),
    ],
)
def test_nothing_is_asked_back_where_one_answer_is_meant(question, found):
    assert readings(question, found) == []


@pytest.mark.parametrize(
    ("question", "history"),
    [
        ("What is the notice for ending this lease?", ()),
        ("Who keeps these old machines?", (Turn("What is the notice?", "Three months."),)),
    ],
)
def test_a_thing_pointed_at_that_nobody_named_is_asked_for(question, history):
    assert pointed(question, history, [NORTH, SOUTH, NORTH]) == [0, 1]


@pytest.mark.parametrize(
    ("question", "history", "found"),
    [
        ("What is the notice for ending this lease?", (), [NORTH, NORTH]),  # one document
        ("And how is this lease ended?", (Turn("What does the lease of north say?", "…"),), [NORTH, SOUTH]),
        ("What has changed this year?", (), [NORTH, SOUTH]),
        ("Is this allowed?", (), [NORTH, SOUTH]),
        (QUESTION, (), [NORTH, SOUTH]),
    ],
)
def test_nothing_is_asked_where_the_thing_is_known(question, history, found):
    assert pointed(question, history, found) == []


BEARS = evidence(
    "bears.txt", "This animal sleeps through the winter; the actor played with it.", "winter"
).hit
CASE = evidence("a.txt", "In this case call the vet.", "vet").hit
WOLVES = evidence("wolves.txt", "The animal hunts in packs. An actor once kept one.", "packs").hit


@pytest.mark.parametrize(
    ("question", "thing"),
    [
        ("What does this animal eat?", "animal"),
        ("Which awards has the actor received?", "actor"),
        ("What is the actor's approach to fitness?", "actor"),
        ("Which awards has the actor received in Berlin?", "actor"),  # where, and not who
        ("Which awards has the Actor received?", "Actor"),
    ],
)
def test_one_thing_of_many_needs_a_name(question, thing):
    assert unnamed(question, (), [BEARS, WOLVES]) == thing


@pytest.mark.parametrize(
    ("question", "history", "hits"),
    [
        ("Which awards has the actor received?", (Turn("Which actor kept wolves?", "…"),), [BEARS, WOLVES]),
        ("Which awards has the actor who kept wolves received?", (), [BEARS, WOLVES]),
        ("Which awards has the actor received from Berlin?", (), [BEARS, WOLVES]),
        ("Which awards has the Wolves actor received?", (), [BEARS, WOLVES]),
        ("What does this animal eat?", (), [BEARS, BEARS]),  # one document is the one meant
        ("Who wrote the book?", (), [BEARS, WOLVES]),  # no document is about such a thing
        ("How are returns handled?", (), [BEARS, WOLVES]),
        ("Which awards has the actor received?", (), [BEARS, replace(WOLVES, file="the-actor.pdf")]),
        ("What is done in this case?", (), [CASE, replace(CASE, chunk=replace(CASE.chunk, document="b"))]),
    ],
)
def test_a_thing_that_is_clear_needs_no_name(question, history, hits):
    assert unnamed(question, history, hits) == ""
