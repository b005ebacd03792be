"""Follow-ups are searched with the question they lean on; others are left alone."""

import pytest

from rag.rewrite import leans, rewrite, wordings
from rag.types import Turn

RETURNS = Turn("How long can customers return unopened items?", "30 days.")


@pytest.mark.parametrize(
    "question",
    [
        "and for parcels?",
        "What about the second one?",
        "How long does it take?",
        "why?",
        "Which one is cheaper?",
    ],
)
def test_a_leaning_question_brings_the_one_before(question):
    assert rewrite(question, [RETURNS]) == f"{RETURNS.question} {question}"


@pytest.mark.parametrize(
    ("before", "question", "whole"),
    [
        (RETURNS.question, "and for opened items?", "How long can customers return opened items?"),
        ("Who pays the shipping fee?", "And what about the customs fee?", "Who pays the customs fee?"),
        ("What are the fees for returns?", "What about late returns?", "What are the fees for late returns?"),
        ("What is the allowance in Germany?", "and in France?", "What is the allowance in France?"),
        ("What is the warranty for the kettle?", "And for the lamp?", "What is the warranty for the lamp?"),
    ],
)
def test_what_a_follow_up_names_takes_the_place_of_its_like(before, question, whole):
    assert rewrite(question, [Turn(before, "30 days.")]) == whole


@pytest.mark.parametrize(
    ("before", "question"),
    [
        ("How do I clean it?", "and repair it?"),
        ("Where was the kettle made?", "And when?"),
        ("Which rules hold in Germany?", "What about smoking?"),
        ("Do items and other items count?", "And opened items?"),
        (RETURNS.question, "And unopened items?"),
    ],
)
def test_what_has_no_like_in_the_question_before_is_read_after_it(before, question):
    assert rewrite(question, [Turn(before, "30 days.")]) == f"{before} {question}"


def test_a_question_that_stands_alone_is_left_alone():
    question = "What notice period applies to terminating the supply agreement?"
    assert rewrite(question, [RETURNS]) == question


@pytest.mark.parametrize(
    "question", ["What does this agreement say about payment?", "Who is the CEO of Apple?"]
)
def test_what_the_conversation_never_named_leans_on_nothing_in_it(question):
    assert rewrite(question, [RETURNS]) == question


def test_what_the_conversation_named_is_pointed_at():
    assert RETURNS.question in rewrite("Who pays for sending these items back?", [RETURNS])


def test_a_first_question_is_left_alone():
    assert rewrite("and for opened items?", []) == "and for opened items?"


def test_a_chain_of_follow_ups_reaches_the_question_that_stands():
    history = [RETURNS, Turn("and for opened items?", "14 days.")]
    assert rewrite("and in winter?", history) == "How long can customers return opened items? and in winter?"


def test_a_new_subject_does_not_lean():
    assert not leans("Who signs expense reports above the department budget?")


def test_a_later_turn_is_searched_by_itself_and_with_the_question_before_it_however_it_is_worded():
    alone, leaning = "Who signs expense reports above the budget?", "and in winter?"
    history = [RETURNS, Turn("and for opened items?", "14 days.")]
    assert wordings(alone, []) == [alone]
    assert wordings(alone, history) == [alone, f"and for opened items? {alone}"]
    assert wordings(leaning, history) == [leaning, rewrite(leaning, history)]


@pytest.mark.parametrize(
    "question",
    [
        "What if I lose a receipt?",
        "How do I clean the cooler?",
        "Why can't we fly with a power station?",
        "Is there a discount on large orders?",
    ],
)
def test_a_case_of_ones_own_stands_alone(question):
    assert not leans(question)


@pytest.mark.parametrize(
    "question", ["What if I lose it?", "Why?", "What if opened?", "How many are there?", "Do I need one?"]
)
def test_a_case_told_before_is_leaned_on(question):
    assert leans(question)
