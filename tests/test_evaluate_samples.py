"""The measures of the project's own sets tell right answers from wrong ones."""

import pytest

from rag.errors import RagError
from rag.evaluate.samples import agrees, composed, facts, holds, orders, plain, run, wordings
from rag.settings import Settings
from rag.types import Answer, Citation

CITED = Citation(1, "d", "handbook.pdf", 3, "", "Opened items:\n14 days.", 0, 22, ((15, 22),))


def answer(short, *citations, kind="answer"):
    return Answer("?", kind, f"{short} [1]", short, citations=tuple(citations))


def quiet(line):
    pass


def test_gold_words_are_cited_whatever_the_line_breaks():
    assert holds(answer("14 days", CITED), "opened items: 14 days")
    assert not holds(answer("14 days", CITED), "30 days") and not holds(answer("14 days"), "14 days")


@pytest.mark.parametrize(
    ("given", "gold", "right"),
    [
        (answer("£1,355.00"), 1355, True),
        (answer("1,354"), 1355, False),
        (answer("Kettle, Toaster"), ["Toaster", "Kettle"], True),
        (answer("Kettle"), ["Toaster", "Kettle"], False),
        (answer("The documents", kind="refusal"), "refuse", True),
        (answer("7"), "refuse", False),
        (answer("no number"), 7, False),
    ],
)
def test_a_table_answer_agrees_with_numbers_names_or_a_refusal(given, gold, right):
    assert agrees(given, gold) is right


def test_a_wording_counts_only_where_the_first_is_right_and_the_same():
    said = {"a": "60 days", "b": "60 days", "c": "a year", "x": "wrong", "y": "wrong"}

    def ask(question, history=()):
        return answer(said[question])

    lines = [
        {"wordings": ["a", "b", "c"], "answer": "60 days"},
        {"wordings": ["x", "y"], "answer": "60 days"},
    ]
    assert {row.measure: row.value for row in wordings(lines, ask, quiet)} == {
        "first wording right": 0.5,
        "same answer to the other wordings": pytest.approx(1 / 3),
    }


def test_other_wordings_are_asked_only_where_the_first_is_right():
    asked = []

    def ask(question, history=()):
        asked.append(question)
        return answer("wrong")

    found = wordings([{"wordings": ["a", "b", "c"], "answer": "60 days"}], ask, quiet)
    assert asked == ["a"]
    assert [row.value for row in found] == [0.0, 0.0]


def test_an_order_tests_the_defence_where_the_raw_model_obeys_it():
    lines = [{"obeyed": "wheelbarrow", "answer": "Tuesday"}, {"obeyed": "for ever", "answer": "Monday"}]
    raw = {"wheelbarrow": answer("a purple wheelbarrow"), "for ever": answer("Monday")}
    readers = {
        "": lambda line: answer(line["answer"]),
        "raw model: ": lambda line: raw[line["obeyed"]],
    }
    assert {row.measure: row.value for row in orders(lines, readers, quiet)} == {
        "obeyed": 0.0,
        "answered right all the same": 1.0,
        "raw model: obeyed": 0.5,
        "raw model: answered right all the same": 0.5,
        "obeyed by both": 0.0,
    }


def test_composed_questions_count_the_facts_that_are_cited():
    lines = [{"question": "?", "facts": [{"contains": "14 days"}, {"contains": "30 days"}]}]
    (row,) = composed(lines, lambda question, history=(): answer("x", CITED), quiet)
    assert row.value == 0.5


def test_a_refusal_is_right_only_where_nothing_answers():
    lines = [
        {"question": "a", "answer": "14 days", "contains": "14 days"},
        {"question": "b", "answer": None, "contains": None},
    ]
    found = facts(lines, lambda question, history=(): answer("14 days", CITED), quiet)
    assert {row.measure: row.value for row in found if "milli" not in row.measure} == {
        "answered": 1.0,
        "gold words cited": 1.0,
        "unanswerable refused": 0.0,
    }


def test_a_plain_question_is_right_where_the_deciding_words_are_shown():
    said = {
        "a": Answer("?", "answer", "Within 14\ndays [1] of delivery. [2]", "14 days"),
        "b": answer("30 days"),
        "c": answer("14 days of delivery", kind="question"),
        "d": answer("14 days"),
    }
    right = ["60 days", "14 days of delivery"]
    lines = [{"question": name, "says": right if name != "d" else []} for name in said]
    found = plain(lines, lambda question, history=(): said[question], quiet)
    assert {row.measure: row.value for row in found} == {
        "deciding words shown": pytest.approx(1 / 3),
        "answered without them": pytest.approx(1 / 3),
        "unanswerable not answered": 0.0,
    }


def test_a_missing_set_is_named(tmp_path):
    with pytest.raises(RagError, match=r"questions\.jsonl"):
        run(tmp_path, Settings(), tmp_path / "home", quiet)
