"""What counts as found, right, refused and cited, and how sure a figure is."""

import json

import numpy as np
import pytest

from rag.errors import RagError
from rag.evaluate.answers import Outcome, balanced, exact, f1, rows, shared
from rag.evaluate.index import Gold, moved
from rag.evaluate.report import Report, Row, difference, measured, median
from rag.evaluate.retrieval import scores
from rag.evaluate.sets import Question
from rag.types import Answer, Citation, Timings


def outcome(kind="answer", short="", expects="answer", answers=("four",), cited=(), marks=(), golds=()):
    citations = tuple(
        Citation(number, "d", "d.txt", None, "", text, 0, len(text), marks)
        for number, text in enumerate(cited, 1)
    )
    question = Question("q", "?", "g", answers if expects == "answer" else (), expects=expects)
    answer = Answer("?", kind, short, short, citations=citations, timings=Timings(total_ms=10.0))
    return Outcome(question, answer, tuple(golds))


def values(outcomes, kind="answer"):
    return {row.measure: row.value for row in rows("set", outcomes, kind, 0)}


def test_exact_match_forgets_case_articles_and_punctuation():
    assert exact("The  Four.", ["four"]) == 1
    assert exact("forty four", ["four"]) == 0


def test_f1_is_the_best_over_the_accepted_answers():
    assert f1("four red wheels", ["nine", "four wheels"]) == pytest.approx(0.8)


def test_refusing_everything_scores_half_on_a_set_half_of_which_has_no_answer():
    found = values([outcome("refusal"), outcome("refusal", expects="refusal")])
    assert found["F1 over all"] == 0.5
    assert (found["refusal precision"], found["refusal recall"]) == (0.5, 1.0)
    assert found["answered"] == 0.0


def test_f1_of_answered_leaves_refusals_out_and_f1_over_all_does_not():
    found = values([outcome(short="four"), outcome("refusal"), outcome("refusal", expects="refusal")])
    assert found["F1 of answered"] == 1.0
    assert found["F1 over all"] == pytest.approx(2 / 3)


def test_an_answer_to_an_unanswerable_question_is_a_missed_refusal():
    found = values([outcome(short="four"), outcome(short="four", expects="refusal")])
    assert (found["refusal recall"], found["F1 over all"]) == (0.0, 0.5)


def test_citation_precision_counts_each_cited_passage():
    found = values([outcome(short="four", cited=("It has four spokes.", "It is fourteen."))])
    assert found["citation precision"] == 0.5


def test_an_answer_without_citation_has_none_right():
    assert values([outcome(short="four")])["citation precision"] == 0.0


def test_a_clause_is_found_by_half_the_shorter_spans_words():
    assert shared("governed by the laws of Utah", "the laws of Utah and of no other state here") >= 0.5
    assert shared("governed by laws", "nothing of the kind is said") == 0.0
    assert shared("", "words") == 0.0


def test_balanced_accuracy_is_not_moved_by_many_empty_cells():
    empty = [outcome("refusal", expects="refusal")] * 9
    found = values([outcome("refusal"), *empty], "clause")
    assert (found["clause found"], found["absent clause refused"]) == (0.0, 1.0)
    assert found["balanced accuracy"] == 0.5
    assert balanced(np.zeros((1, 4))) == 0.0


def test_a_section_cited_second_is_cited_but_not_first():
    wrong = Citation(1, "d", "d.txt", None, "", "x", 50, 60)
    right = Citation(2, "d", "d.txt", None, "", "x", 0, 10)
    question = Question("q", "?", "g", ("four",))
    both = Outcome(question, Answer("?", "answer", "", citations=(wrong, right)), (Gold("d", 5, 20),))
    found = values([both], "section")
    assert (found["section cited first"], found["section cited"]) == (0.0, 1.0)


def test_the_marks_must_lie_in_the_sentence():
    inside = outcome(cited=("a long passage",), marks=((2, 6),), golds=[Gold("d", 0, 10)])
    outside = outcome(cited=("a long passage",), marks=((8, 14),), golds=[Gold("d", 0, 10)])
    assert values([inside, outside], "sentence")["evidence sentence marked"] == 0.5


def test_a_passage_that_is_cited_for_the_wrong_words_is_cited_all_the_same():
    beside = outcome(cited=("a long passage",), marks=((10, 14),), golds=[Gold("d", 0, 10)])
    elsewhere = outcome(cited=("a long passage",), marks=((0, 4),), golds=[Gold("e", 0, 10)])
    found = values([beside, elsewhere], "sentence")
    assert (found["evidence sentence marked"], found["passage with it cited"]) == (0.0, 0.5)


def test_asking_back_is_right_only_where_the_question_is_unclear():
    found = values([outcome("question", expects="question"), outcome("question"), outcome(short="four")])
    assert (found["asked back, unclear"], found["asked back, answerable"]) == (1.0, 0.5)
    assert found["kind of reply right"] == pytest.approx(2 / 3)


def test_a_question_that_found_nothing_counts_as_zero():
    found = scores({"a": {"x": 1}, "b": {"y": 1}}, {"a": ["w", "x"], "b": []})
    assert found["recall@5"] == {"a": 1.0, "b": 0.0}
    assert found["MRR@10"] == {"a": 0.5, "b": 0.0}


def test_ndcg_is_that_of_trec_eval():
    found = scores({"a": {"x": 1, "y": 1}}, {"a": ["x", "w", "y"]})
    ideal = 1 + 1 / np.log2(3)
    assert found["nDCG@10"]["a"] == pytest.approx((1 + 1 / np.log2(4)) / ideal)


def test_an_interval_holds_the_value_and_narrows_with_more_questions():
    few, many = (measured("s", "m", [[0.0, 1.0] * count], 0) for count in (10, 1000))
    assert few.low < few.value == many.value == 0.5 < few.high
    assert many.high - many.low < few.high - few.low


def test_the_same_seed_gives_the_same_interval():
    assert measured("s", "m", [[0.0, 1.0, 1.0]], 3) == measured("s", "m", [[0.0, 1.0, 1.0]], 3)


def test_one_question_or_none_is_no_error():
    assert measured("s", "m", [[7.0]], 0, median) == Row("s", "m", 7.0, 7.0, 7.0, 1)
    assert measured("s", "m", [[]], 0).n == 0


def test_a_paired_difference_sees_what_two_wide_intervals_hide():
    one = [number % 2 + 0.1 for number in range(40)]
    other = [float(number % 2) for number in range(40)]
    gain = difference("s", "m", one, other, 0)
    assert gain.low == pytest.approx(0.1) and gain.high == pytest.approx(0.1)


def test_a_report_prints_every_row_and_one_json_object_a_line():
    report = Report((Row("squad", "F1", 0.5, 0.4, 0.6, 10), Row("squad", "milliseconds", 1234.0, 1, 2, 10)))
    assert "F1" in report.table() and "1234.0" in report.table()
    first, _ = map(json.loads, report.lines())
    assert first == {"set": "squad", "measure": "F1", "value": 0.5, "low": 0.4, "high": 0.6, "n": 10}
    assert report.value("F1") == 0.5


def test_spans_follow_their_words_when_reading_changes_the_white_space():
    written, read = "\n\nOne  two.\r\nThree", "One two.\nThree"
    ((start, end),) = moved([(written.index("two"), len(written))], written, read, "x.txt")
    assert read[start:end] == "two.\nThree"


def test_a_text_that_lost_words_in_reading_is_no_ground_for_figures():
    with pytest.raises(RagError, match=r"x\.txt changed"):
        moved([(0, 3)], "One two", "One", "x.txt")
