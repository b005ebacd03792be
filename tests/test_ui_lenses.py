"""The pages of the lenses, each alone over a real library with small parts."""

from __future__ import annotations

from rag.lenses.classify import Labelled
from rag.types import Answer
from tests.test_ui import components, filled, owner, page, shown

__all__ = ["filled", "owner"]


def test_a_lens_without_documents_says_what_to_do(owner, monkeypatch):
    from rag.ui import samples

    owner.library.preferences.set(samples.REMOVED, "yes")
    at = page("similar")
    assert "no documents" in shown(at)
    assert [button.label for button in at.button] == ["Add documents"]


def test_a_pasted_text_finds_documents_and_shows_the_passages_that_match(filled):
    at = page("similar")
    at.text_area(key="similar_text").input("Opened items may be returned within a month.").run()
    first = components(at)[0]
    assert first["sources"][0]["file"].startswith("Yours")
    assert "**1\\. returns\\.md**".replace("\\. ", ". ") in [found.value for found in at.markdown]
    assert "Only 2 documents" in at.info[0].value


def test_more_like_a_document_leaves_it_out(filled):
    at = page("similar")
    returns = next(info for info in filled.library.documents() if info.name == "returns.md")
    at.multiselect(key="similar_more").select(returns).run()
    text = " ".join(found.value for found in at.markdown)
    assert "shipping" in text and "returns" not in text


def classified(at, rows):
    at.session_state["classify_taught"] = [Labelled(text, label) for text, label in rows]
    return at.run()


def test_documents_are_labelled_by_examples_and_the_next_to_label_are_offered(filled):
    at = classified(
        page("classify"),
        [
            ("opened items returned", "returns"),
            ("returned within days", "returns"),
            ("shipping to Ireland", "shipping"),
            ("shipping costs euro", "shipping"),
        ],
    )
    table = at.dataframe[-1].value
    assert dict(zip(table["name"], table["suggestion"], strict=True)) == {
        "returns.md": "returns",
        "shipping.txt": "shipping",
    }
    at.button(key="teach_0_shipping").click().run()
    assert at.session_state["classify_taught"][-1].label == "shipping"


def test_too_few_labels_are_asked_for(filled):
    at = classified(page("classify"), [("opened items", "returns")])
    assert "at least two labels" in at.info[0].value


def test_topics_name_what_the_documents_are_about(filled):
    at = page("topics")
    assert not at.exception and not at.error
    names = " ".join(found.value for found in at.markdown)
    assert "returned" in names and "euro" in names
    assert "Only 2 texts" in at.info[0].value


def test_refused_questions_become_a_gap_with_the_nearest_passage(filled):
    chat = filled.library.chats.create("Documents", "Talk")
    for question in ("Who repairs tulips?", "Who repairs the tulips here?"):
        filled.library.chats.append(chat, Answer(question, "refusal", "Not in the documents."))
    at = page("gaps")
    assert any("tulips" in found.value and "2 questions" in found.value for found in at.markdown)
    assert any("Nearest passage" in found.value for found in at.caption)


def test_no_question_yet_is_said(filled):
    assert "Nobody has asked anything yet" in shown(page("gaps"))


def test_meaning_and_words_stand_side_by_side(filled):
    at = page("compare")
    at.text_area(key="compare_queries").input("opened items\nzebra").run()
    meaning, exact = components(at)
    assert exact["sources"][0]["file"] == "returns.md" and meaning["sources"]
    assert list(at.dataframe[0].value["words find nothing"]) == [False, True]
