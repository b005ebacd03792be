"""The short answer is the reader's words, and of a time the time alone, however much was read with it."""

import pytest

from rag.short import shortest
from rag.types import Chunk, Evidence, Hit, Reading


def read(text, words):
    chunk = Chunk("d-00000", "d", 0, text, 0, len(text))
    start = text.index(words)
    reading = Reading(0.9, (start, start + len(words)), 0.9)
    return Evidence(Hit(chunk, "handbook.pdf", 0.8, "hybrid"), reading, text)


GIFT = "A gift card can be spent for four years from the day it was bought."


def test_the_words_that_were_read_are_the_short_answer():
    assert (
        shortest("How many pumps fail?", "Two of three pumps fail.", read("Two of three pumps fail.", "Two"))
        == "Two"
    )


def test_a_sentence_without_them_is_its_own_short_answer():
    assert shortest("How long?", "It is valid for long.", read(GIFT, "four years")) == "It is valid for long"


@pytest.mark.parametrize(
    ("text", "words", "time"),
    [
        (GIFT, "four years from the day it was bought", "four years"),
        ("Tell us within 24 hours of ordering it.", "within 24 hours of ordering", "within 24 hours"),
        ("Notice is 270 days’ written notice, from a Monday.", "270 days’ written notice, from", "270 days"),
        (
            "It lasts for more than 75 consecutive days, or so.",
            "more than 75 consecutive days, or",
            "more than 75 consecutive days",
        ),
    ],
)
def test_how_long_is_answered_by_the_time_alone(text, words, time):
    assert shortest("How long is that?", text, read(text, words)) == time


@pytest.mark.parametrize("question", ["When does it end?", "Why is it void?", "How do I count the years?"])
def test_what_asks_for_more_than_a_time_keeps_what_it_counts_from(question):
    words = "four years from the day it was bought"
    assert shortest(question, GIFT, read(GIFT, words)) == words


def test_other_amounts_keep_what_they_are_of():
    text = "It holds 31 g of isobutane in two days’ supply."
    assert shortest("How much?", text, read(text, "31 g of isobutane")) == "31 g of isobutane"
