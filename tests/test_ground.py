"""Citations are repaired and sentences held against their passages."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from rag import ground
from rag.errors import MissingWeights
from rag.types import Chunk, Evidence, Hit, Reading

PASSAGE = (
    "Unopened items may be returned within 30 days. Opened items may be returned within 14 days. "
    "Gift cards are not refundable. Ms Okafor approves exceptions."
)
QUESTION = "How long can opened items be returned?"


def evidence(text=PASSAGE, span=(0, 0), answers=0.9, header="", file="handbook.pdf"):
    chunk = Chunk("d-00000", "d", 0, text, 0, len(text), header=header)
    return Evidence(Hit(chunk, file, 0.8, "hybrid"), Reading(answers, span, answers), text)


def test_only_existing_passages_count_as_cited():
    assert ground.cited("Yes [2][0] and [7], again [2] [1].", 3) == (2, 1)


def test_zero_is_not_the_last_passage():
    assert ground.cited("So it is [0].", 3) == ()


def test_a_statement_of_the_passage_is_carried():
    assert ground.carried("Opened items can be returned within 14 days.", PASSAGE, QUESTION) == 1.0


@pytest.mark.parametrize(
    "invention",
    [
        "Opened items can be returned within 45 days.",
        "According to Mr Lindqvist, opened items are returned within 14 days.",
        "Opened laptops go straight to the recycling partner abroad.",
    ],
)
def test_an_invention_is_not_carried(invention):
    assert ground.carried(invention, PASSAGE, QUESTION) < ground.CARRIED


def test_a_negation_the_passage_does_not_make_is_not_carried():
    passage = "Opened items may be returned within 14 days."
    assert ground.carried("Opened items may not be returned.", passage, QUESTION) == 0.0


def test_words_of_the_question_are_no_claim():
    assert ground.carried("Within 14 days.", PASSAGE, QUESTION) == 1.0


def test_a_wrong_citation_is_repaired():
    passages = [evidence("Shipping takes four days."), evidence()]
    checked = ground.check("Opened items: 14 days [1].", QUESTION, passages)
    assert checked.sources == (1,) and checked.supported


def test_an_unsupported_sentence_is_known_as_such():
    assert not ground.check("It takes 99 days [1].", QUESTION, [evidence()]).supported


def test_the_mark_is_the_readers_words_where_the_answer_says_them():
    start = PASSAGE.index("14 days")
    item = evidence(span=(start, start + 7))
    checked = ground.check("14 days [1].", QUESTION, [item])
    assert ground.marks(checked, item, QUESTION) == (start, start + 7)


def test_the_mark_is_the_nearest_sentence_where_the_reader_looked_elsewhere():
    item = evidence(span=(0, 8))
    checked = ground.check("Gift cards are not refundable.", "What about gift cards?", [item])
    start, end = ground.marks(checked, item, "What about gift cards?")
    assert PASSAGE[start:end] == "Gift cards are not refundable."


def test_a_quotation_is_the_whole_sentence_of_the_readers_words():
    start = PASSAGE.index("14 days")
    assert ground.quoted(evidence(span=(start, start + 7))) == "Opened items may be returned within 14 days."


def test_an_item_of_a_list_is_told_without_its_mark():
    item = evidence("Before you call\n\n- It gurgles: this is normal.\n- It smells: air it.", (19, 27))
    assert ground.quoted(item) == "It gurgles: this is normal."


def test_headings_are_not_told_as_part_of_a_sentence():
    text = "### 2.4 Taxis\nTaxis are paid for after 21:00."
    item = evidence(text)
    under = replace(item, hit=replace(item.hit, chunk=replace(item.hit.chunk, heading="Policy > 2.4 Taxis")))
    assert ground.told(under, (0, len(text))) == "Taxis are paid for after 21:00."
    assert ground.told(under, (0, 13)) == "### 2.4 Taxis"


def test_a_heading_that_the_passage_does_not_know_is_not_told_either():
    text = "Cleaning and maintenance\nNote: Disconnect it first."
    assert ground.told(evidence(text), (0, len(text))) == "Note: Disconnect it first."
    wrapped = "Standard shipping takes\nfour working days."
    assert ground.told(evidence(wrapped), (0, len(wrapped))) == "Standard shipping takes four working days."


def test_several_items_stay_a_list():
    text = "Before you call:\n- It gurgles: this\n  is normal.\n- It smells: air it."
    assert ground.told(evidence(text), (0, len(text))) == (
        "Before you call:\n- It gurgles: this is normal.\n- It smells: air it."
    )
    items = text.index("- It")
    assert ground.told(evidence(text), (items, len(text))).startswith("- It gurgles")


def test_a_quoted_table_row_is_told_with_its_column_names():
    item = evidence("| Kettle K2 | 24 |", span=(13, 15), header="| Product | Months |\n| --- | --- |")
    assert ground.quoted(item) == "Product: Kettle K2; Months: 24."


def test_a_quoted_stretch_of_a_table_leaves_out_its_header_and_rule():
    text = "Table 7\n\n| Role | Limit |\n| --- | --- |\n| Adviser | £40 |"
    assert ground.told(evidence(text), (0, len(text))) == "Table 7 Role: Adviser; Limit: £40."


def test_a_quoted_header_is_not_empty():
    text = "| Role | Limit |\n| --- | --- |\n| Adviser | £40 |"
    assert ground.told(evidence(text), (0, text.index("| Adviser"))) == "Role; Limit"


def test_support_rises_with_the_readers_score():
    model = ground.SupportModel({"quoted": {"bias": -1.0, "reader": 1.0}})
    checked = ground.Checked("14 days", (0,), 1.0)
    low, high = (
        model.probability("quoted", ground.features(checked, "How long?", [evidence(answers=score)], ()))
        for score in (0.2, 0.9)
    )
    assert 0 < low < high < 1


def test_a_sentence_that_has_the_words_of_the_question_covers_it():
    start = PASSAGE.index("14 days")
    item = evidence(span=(start, start + 7))
    near, far = (
        ground.features(ground.check("14 days", question, [item]), question, [item], ()).coverage
        for question in ("When can opened items be returned?", "Who repairs the lifts?")
    )
    assert near == 1 and far < 0.5


def test_missing_support_weights_name_the_file(tmp_path):
    with pytest.raises(MissingWeights, match=r"support\.json"):
        ground.SupportModel.load(tmp_path / "support.json")


def test_support_weights_are_read_from_their_file(tmp_path):
    path = tmp_path / "support.json"
    path.write_text(json.dumps({"weights": {"quoted": {"bias": 0.0}}}))
    checked = ground.Checked("14 days", (0,), 1.0)
    inputs = ground.features(checked, "How long?", [evidence()], ())
    assert ground.SupportModel.load(path).probability("quoted", inputs) == 0.5
