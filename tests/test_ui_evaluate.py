"""The evaluation page over a real library with small parts, and what it is made of."""

from __future__ import annotations

import pytest

from rag.catalog import Catalog
from rag.errors import NotFound
from rag.evaluate.drafts import asked, drafted
from rag.evaluate.golden import rank, verdict
from rag.types import Chunk, Document, GoldenQuestion, Hit
from tests.test_catalog import add
from tests.test_ui import filled, owner, page

FIXTURES = (filled, owner)


@pytest.mark.parametrize(
    ("sentence", "question"),
    [
        ('"Net Sales" means all sums received.', "What does “Net Sales” mean?"),
        (
            "Opened items may be returned within 14 days of delivery.",
            "When or how long may opened items be returned?",
        ),
        ("The deposit is 500 euros.", "What is the deposit?"),
        ("Standard shipping to Ireland takes five days.", ""),
        ("The trial costs 20 euros a month.", "How much or how long does the trial cost?"),
        ("We like it here.", ""),
    ],
)
def test_a_sentence_becomes_the_question_it_answers(sentence, question):
    assert asked(sentence) == question


def test_drafts_come_from_every_document_and_point_at_their_answer():
    one = "The deposit is 500 euros. The rent is 900 euros."
    two = "The trial costs 20 euros a month."
    drafts = drafted([("a", Document(one, "")), ("b", Document(two, ""))], 2)
    texts = {"a": one, "b": two}
    assert {draft.document for draft in drafts} == {"a", "b"}
    assert all(texts[draft.document][draft.start : draft.end].endswith(".") for draft in drafts)


def test_a_kept_question_goes_with_its_document(tmp_path):
    catalog = Catalog(tmp_path / "catalog.sqlite")
    add(catalog, "d")
    id = catalog.golden.keep("When?", "d", 0, 4)
    catalog.golden.reword(id, "At what time?")
    assert catalog.golden.all("Documents") == [GoldenQuestion(id, "At what time?", "d", 0, 4)]
    assert catalog.golden.all("Other") == []
    catalog.forget("d")
    assert catalog.golden.all("Documents") == []
    with pytest.raises(NotFound):
        catalog.golden.keep("When?", "d", 0, 4)
    catalog.close()


def test_the_first_overlapping_hit_counts():
    hits = [
        Hit(Chunk(str(n), document, n, "x", start, start + 10), "f", 1.0, "hybrid")
        for n, (document, start) in enumerate([("other", 0), ("d", 50), ("d", 0)])
    ]
    assert rank(hits, GoldenQuestion(1, "q", "d", 5, 8)) == 3
    assert rank(hits, GoldenQuestion(1, "q", "d", 20, 30)) == 0


def test_a_difference_is_called_sure_only_where_chance_does_not_explain_it():
    clear = {"semantic": [0] * 40, "keyword": [2] * 40, "hybrid": [1] * 40, "reader": [2] * 40}
    assert "is sure" in verdict(clear)
    close = clear | {"keyword": [1] * 39 + [2]}
    assert "too close" in verdict(close)


def test_drafts_are_kept_changed_removed_and_measured(filled):
    at = page("evaluate")
    at.button(key="draft").click().run()
    assert [box.value for box in at.text_input if str(box.key).startswith("draft_text")] == [
        "When or how long may opened items be returned?"
    ]
    at.text_input(key="draft_text_0").set_value("How long can I return opened items?")
    next(button for button in at.button if button.label == "Keep the ticked ones").click().run()
    (kept,) = filled.library.golden.all("Documents")
    assert kept.question == "How long can I return opened items?"
    at.button(key="measure").click().run()
    assert not at.exception
    assert any("puts the right passage first" in markdown.value for markdown in at.markdown)
    assert [list(table.value["first"]) for table in at.dataframe] == [[1.0] * 4]
    at.text_input(key=f"golden_{kept.id}").set_value("Until when can opened items go back?").run()
    assert filled.library.golden.all("Documents")[0].question == "Until when can opened items go back?"
    at.button(key=f"golden_drop_{kept.id}").click().run()
    assert filled.library.golden.all("Documents") == []


def test_an_own_question_is_kept_with_the_passage_that_answers_it(filled):
    at = page("evaluate")
    at.text_input(key="evaluate_question").set_value("What does shipping to Ireland cost?").run()
    at.button(key="own_0").click().run()
    (kept,) = filled.library.golden.all("Documents")
    text = filled.library.text(kept.document)
    assert "eight euro" in text[kept.start : kept.end]
