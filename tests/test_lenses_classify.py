"""Few-shot classification: what is learned, where it abstains, why it chose, what it asks next."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from rag.errors import RagError
from rag.lenses import batch
from rag.lenses.classify import Labelled, learn
from rag.lenses.dates import dated, written
from rag.types import DocumentInfo
from tests.view import MemoryView

CARD = ["my card was lost", "the card is stolen", "card lost in the street", "a thief has my card"]
RATE = [
    "what is the exchange rate",
    "exchange of euro rate",
    "rate for dollars",
    "the rate of exchange today",
]
EXAMPLES = [Labelled(text, "lost_card") for text in CARD] + [Labelled(text, "exchange_rate") for text in RATE]


@pytest.fixture
def view():
    return MemoryView({"a.txt": "My card was stolen.", "b.txt": "Which rate of exchange applies to euro?"})


def labelled(view, texts, **more):
    return learn(view, EXAMPLES).predict(texts, view.embed(texts), **more)


def test_texts_get_the_label_of_examples_like_them(view):
    card, rate = labelled(view, ["somebody stole the lost card", "exchange rate for euro please"])
    assert (card.label, rate.label) == ("lost_card", "exchange_rate")
    assert not card.unsure and card.probability > 0.5


def test_the_reason_is_the_nearest_example(view):
    (found,) = labelled(view, ["a thief has my new card"])
    assert found.nearest == "a thief has my card" and found.nearest_label == "lost_card"
    assert 0.8 < found.similarity <= 1.0


def test_what_is_like_neither_is_left_open(view):
    (found,) = labelled(view, ["tulips bloom"], unsure_below=0.9)
    assert found.unsure and found.row()["label"] == "" and found.row()["suggestion"]


def test_the_name_of_a_class_is_an_example_too(view):
    examples = [Labelled("zzz", "garden_tulips"), Labelled("yyy", "kettle_lamps")]
    learned = learn(view, examples)
    found = learned.predict(["kettle"], view.embed(["kettle"]))
    assert found[0].label == "kettle_lamps"
    assert learned.accuracy is None and "at least two" in learned.note


def test_probabilities_sum_to_one_over_any_number_of_classes(view):
    three = [*EXAMPLES, Labelled("plant tulips", "garden"), Labelled("water tulips", "garden")]
    for examples in (EXAMPLES, three):
        learned = learn(view, examples)
        chances = learned.probabilities(view.embed(["card", "rate", "tulips"]))
        assert chances.shape == (3, len(learned.labels))
        assert np.allclose(chances.sum(axis=1), 1)


def test_examples_held_out_in_turn_say_how_good_it_is(view):
    learned = learn(view, EXAMPLES)
    assert learned.accuracy is not None and learned.accuracy >= 0.75
    assert f"{learned.accuracy:.0%}" in learned.note
    shuffled = [Labelled(one.text, EXAMPLES[at % 2 * 4].label) for at, one in enumerate(EXAMPLES)]
    assert learn(view, shuffled).accuracy < learned.accuracy


def test_it_asks_about_what_lies_between_two_labels(view):
    texts = ["my card was lost", "the rate of exchange", "lost rate card exchange"]
    assert learn(view, EXAMPLES).ask_next(view.embed(texts), 1) == [2]


def test_it_asks_about_texts_unlike_each_other(view):
    texts = ["lost rate card exchange", "lost rate card exchange", "tulips"]
    asked = learn(view, EXAMPLES).ask_next(view.embed(texts), 2)
    assert len({texts[at] for at in asked}) == 2


def test_one_class_is_refused_in_a_sentence(view):
    with pytest.raises(RagError, match="at least two classes"):
        learn(view, EXAMPLES[:4])


def test_a_table_is_read_whatever_its_delimiter_and_case():
    rows = batch.read_table("Text;Label\nmy card;lost\n\n", ("text", "label"))
    assert rows == [{"text": "my card", "label": "lost"}]
    with pytest.raises(RagError, match="column label"):
        batch.read_table("text\nx\n", ("text", "label"), "e.csv")


def test_documents_are_one_item_each_with_their_day(view):
    items = batch.of_documents(view)
    assert items.names == ("a.txt", "b.txt") and items.days == (date(2026, 1, 2),) * 2
    assert set(items.sources) == {"added"}
    assert len(batch.of_passages(view, ["a.txt"]).texts) == 1


def test_labels_are_counted_by_month():
    days = [date(2026, 1, 3), date(2026, 1, 9), date(2026, 2, 1), None]
    rows = batch.by_month(["a", "b", "a", "a"], days)
    assert [(row["month"], row["label"], row["count"], row["share"]) for row in rows] == [
        ("2026-01", "a", 1, 0.5),
        ("2026-01", "b", 1, 0.5),
        ("2026-02", "a", 1, 1.0),
    ]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Report 2021-03-04", date(2021, 3, 4)),
        ("scan_20190812.pdf", date(2019, 8, 12)),
        ("dated as of March 5, 2004 between", date(2004, 3, 5)),
        ("this 5th day of Mar 2004", date(2004, 3, 5)),
        ("03/04/2020", None),
        ("2021-13-40", None),
        ("in the year 2999-01-01", None),
    ],
)
def test_a_day_is_read_only_where_it_can_be_read_one_way(text, day):
    assert written(text) == day


def test_a_mail_is_from_when_it_was_sent_not_from_a_day_it_mentions():
    info = DocumentInfo(
        "m", "m.eml", "D", "ready", "message/rfc822", "00", 1, 0, 1, "2026-01-02T10:00:00+00:00"
    )
    text = "Hello\nDate: Mon, 06 Jan 2020 10:00:00 +0100\n\nSince 2011-01-01 we wait."
    assert (dated(info, text).day, dated(info, text).source) == (date(2020, 1, 6), "mail header")
    assert dated(info, "no day").source == "added"


def test_a_file_that_says_no_day_has_the_one_it_was_last_changed_on(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("no day")
    os.utime(path, (1_580_000_000, 1_580_000_000))
    info = replace(MemoryView({"notes.txt": "no day"}).documents()[0], source=str(path))
    found = dated(info, "no day")
    assert (found.day, found.source) == (date(2020, 1, 26), "file date")
    path.unlink()
    assert dated(info, "no day").source == "added"
