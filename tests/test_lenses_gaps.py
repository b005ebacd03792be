"""Gaps and comparison: what counts as unserved, how it is grouped, and what each way of searching misses."""

from __future__ import annotations

import pytest

from rag.lenses.compare import compare
from rag.lenses.gaps import gaps
from rag.types import Asked
from tests.view import MemoryView

TEXTS = {
    "returns.txt": "Opened items may be returned within 14 days.",
    "lamps.txt": "Lamps burn for nine hours.",
}


@pytest.fixture
def view():
    return MemoryView(TEXTS)


def test_refused_disliked_and_far_questions_count_and_served_ones_do_not(view):
    questions = [
        Asked("May opened items be returned within days?"),
        Asked("How long do lamps burn for hours?", refused=True),
        Asked("Opened items returned within 14 days?", rating=-1),
        Asked("Who waters tulips?"),
    ]
    found = gaps(view, questions)
    reasons = {one.question: one.reason for gap in found.gaps for one in gap.questions}
    assert reasons == {
        "How long do lamps burn for hours?": "refused",
        "Opened items returned within 14 days?": "marked as bad",
        "Who waters tulips?": "nothing near",
    }
    assert found.asked == 4 and "3 of 4" in found.note


def test_questions_about_one_thing_are_one_gap_named_by_their_words(view):
    tulips = [f"When do tulips bloom {word}?" for word in ("early", "late", "twice", "again")]
    kettles = [f"Which kettle boils {word}?" for word in ("fast", "slow", "quietly")]
    found = gaps(view, [Asked(text, refused=True) for text in kettles + tulips])
    assert [len(gap.questions) for gap in found.gaps] == [4, 3]
    assert "tulips" in found.gaps[0].name and "kettle" in found.gaps[1].name
    assert {row["gap"] for row in found.rows()} == {gap.name for gap in found.gaps}


def test_a_question_as_like_a_gap_as_any_passage_belongs_to_it(view):
    refused = [Asked(f"When do tulips bloom {word}?", refused=True) for word in ("early", "late", "twice")]
    like, served = (
        Asked("When do tulips bloom for nine hours?"),
        Asked("May opened items be returned within days?"),
    )
    first = gaps(view, [*refused, like, served]).gaps[0]
    assert {one.question: one.reason for one in first.questions if one.reason != "refused"} == {
        like.question: "like a gap"
    }
    liked = Asked(like.question, rating=1)
    assert len(gaps(view, [*refused, liked, served]).gaps[0].questions) == 3


def test_the_nearest_passage_is_shown_even_so(view):
    (gap,) = gaps(view, [Asked("Are lamps returned?", refused=True)]).gaps
    assert gap.questions[0].file in TEXTS and 0 < gap.similarity < 1


def test_a_library_without_documents_leaves_every_question_unserved():
    found = gaps(MemoryView({}), [Asked("Who?")])
    assert found.gaps[0].questions[0].nearest == ""
    assert gaps(MemoryView({}), []).gaps == ()


def test_a_query_without_a_known_word_is_found_by_meaning_alone(view):
    found = compare(view, ["opened items", "zebra"])
    known, unknown = found.queries
    assert known.words[0].file == "returns.txt" and known.row()["words find nothing"] is False
    assert unknown.words == () and set(unknown.only_meaning) == set(unknown.meaning)
    assert found.without_words == 0.5 and found.rescued == 0
    assert "50% of the queries" in found.note


def test_both_ways_agree_where_words_and_meaning_lead_to_one_passage(view):
    assert compare(view, ["opened items returned"]).agreed == 1
    assert compare(view, [" "]).note == "There is no query to search."
