"""Which questions need several facts, and which sentences are told."""

import pytest

from rag.compose import MOST, Statement, chosen, open_ended, several


@pytest.mark.parametrize(
    "question",
    [
        "What are the termination rights of each party?",
        "Which items cannot be returned?",
        "What is the delivery credit and what is its upper limit?",
        "Compare both warranties.",
    ],
)
def test_a_question_for_several_facts_is_known(question):
    assert several(question)


@pytest.mark.parametrize(
    "question", ["How long is the warranty?", "Which law governs the contract?", "Who approves a refund?"]
)
def test_a_question_for_one_fact_is_left_to_the_generator(question):
    assert not several(question)


def test_sentences_that_answer_are_told_in_reading_order():
    read = [Statement(1, (0, 9), 0.9), Statement(0, (20, 30), 0.8), Statement(0, (0, 9), 0.1)]
    assert chosen(read) == [Statement(0, (20, 30), 0.8), Statement(1, (0, 9), 0.9)]


def test_what_stands_far_behind_the_best_is_left_out():
    assert chosen([Statement(0, (0, 9), 0.95), Statement(1, (0, 9), 0.5)]) == [Statement(0, (0, 9), 0.95)]


def test_an_answer_has_an_end():
    assert len(chosen([Statement(0, (n, n + 1), 0.9) for n in range(40)])) == MOST


@pytest.mark.parametrize(
    "question",
    [
        "How do I clean the cooler?",
        "why is it so loud",
        "My tent leaks, what now?",
        "What should we do if a parcel is lost?",
        "Can't I fly with it?",
        "I lost the receipt. Do I get my money back?",
    ],
)
def test_a_question_that_wants_more_than_a_phrase_is_known(question):
    assert open_ended(question)


@pytest.mark.parametrize(
    "question",
    ["How long is the warranty?", "how many days do I have", "Who pays?", "What can the lantern weigh?"],
)
def test_a_question_for_a_phrase_is_not_open(question):
    assert not open_ended(question)
