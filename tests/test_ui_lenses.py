"""The pages of the lenses, each alone over a real library with small parts."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState

from rag.lenses.classify import Labelled
from rag.lenses.space import unit
from rag.lenses.words import WordTable
from rag.types import Answer
from tests.test_ui import components, filled, named, owner, page, shown

__all__ = ["filled", "owner"]


def test_a_lens_without_documents_says_what_to_do(owner, monkeypatch):
    from rag.ui import samples

    owner.library.preferences.set(samples.REMOVED, "yes")
    at = page("similar")
    assert "no documents" in shown(at)
    assert [button.label for button in at.button] == ["Add documents"]


@pytest.mark.parametrize("name", ["adapt", "classify", "compare", "gaps"])
def test_the_box_for_a_table_says_how_large_a_file_may_be(filled, name):
    (box,) = page(name).get("file_uploader")
    assert box.proto.max_upload_size_mb == filled.library.settings.max_file_mb


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


def test_the_documents_of_a_topic_are_listed_and_get_a_tag(filled):
    at = page("topics")
    names = {row["name"]: row["topic"] for row in _rows_of_topics(filled)}
    at.selectbox(key="topics_topic").set_value(names["returns.md"]).run()
    listed = at.dataframe[0].value
    assert list(listed["name"]) == [name for name, topic in names.items() if topic == names["returns.md"]]
    assert set(listed["day from"]) <= {"text", "added"}
    at.text_input(key="topics_name").input("going back").run()
    next(button for button in at.button if button.label == "Give them this tag").click().run()
    assert not at.error and not at.exception
    tags = {info.name: info.tags for info in filled.library.documents()}
    assert tags["returns.md"] == ("going back",)
    other = next(info for info in filled.library.documents() if info.name == "shipping.txt")
    at.multiselect(key="topics_documents").select(other).run()
    at.pills(key="topics_tag").set_value("going back").run()
    assert not at.error and not at.exception
    assert "at least two texts" in at.info[0].value  # only the one with the tag is looked at


def the_map(at):
    """What the browser draws as the map, and the name it answers by."""
    (found,) = at.get("plotly_chart")
    return json.loads(found.proto.spec), found.proto.id


def lassoed(at, *dots):
    """Draw the page as after a lasso around these dots, given as in the browser's message."""
    ring = {"xref": "x", "yref": "y", "x": [0, 1, 1], "y": [0, 0, 1]}
    points = [{"customdata": row} for row in dots]
    selection = {"points": points, "point_indices": [], "box": [], "lasso": [ring]}
    states = at._tree.get_widget_states()  # AppTest has no plotly chart
    value = json.dumps({"selection": selection})
    states.widgets.append(WidgetState(id=the_map(at)[1], string_value=value))
    return at._run(states)


def test_what_a_lasso_holds_is_listed_and_an_empty_one_lists_nothing(filled):
    at = page("topics")
    names = [row["name"] for row in _rows_of_topics(filled)]
    assert list(lassoed(at, 1).dataframe[0].value["name"]) == names[1:]
    assert list(lassoed(at, 0, 1).dataframe[0].value["name"]) == names
    assert any(found.value.startswith("0 texts chosen") for found in lassoed(at).markdown)
    assert not at.error and not at.exception


def test_texts_without_a_dot_of_their_own_go_with_the_nearest(filled, monkeypatch):
    monkeypatch.setattr("rag.ui.topics.MAPPED", 1)
    at = page("topics")
    assert any("The dots are 1 of the 2 texts" in found.value for found in at.caption)
    assert len(lassoed(at, 0).dataframe[0].value) == 2


def test_the_tip_of_a_dot_shows_the_markup_of_a_file_and_does_not_follow_it(filled):
    text = "<a href='http://tracker.invalid'>Tulips</a> bloom %{x} with crocuses early."
    filled.library.add([named("<b>garden.md", text)])
    drawn, _ = the_map(page("topics"))
    tips = [tip for dots in drawn["data"] for tip in dots["hovertext"]]
    assert {mark for tip in tips for mark in re.findall("<[^>]*>", tip)} == {"<br>"}
    (garden,) = [tip for tip in tips if "garden.md" in tip]
    assert "&lt;b&gt;garden.md" in garden and "&lt;a href" in garden
    # Only a template's braces would be filled in
    assert {dots["hoverinfo"] for dots in drawn["data"]} == {"text"}
    assert not any("hovertemplate" in dots for dots in drawn["data"])


def _rows_of_topics(filled):
    from rag.lenses.batch import of_documents
    from rag.lenses.topics import topics

    items = of_documents(filled.library)
    return topics(items).rows(items)


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


def test_rows_of_tables_are_found_and_a_chosen_one_shows_those_like_it(filled):
    filled.library.add([named("prices.csv", "product,price\ndesk lamp,39\nfloor lamp,120\nkettle,49\n")])
    at = page("similar")
    at.segmented_control(key="similar_what").set_value("Rows of tables").run()
    at.text_area(key="similar_row").input("a lamp for the desk").run()
    assert not at.error and not at.exception
    rows, numbers = (found.value for found in at.dataframe)
    assert rows["product"][0] == "desk lamp" and rows["price"][0] == 39
    assert numbers["median"].tolist() == [49]


@pytest.fixture
def table(monkeypatch):
    axes = {"man": (0, 0), "woman": (1, 0), "king": (0, 1), "queen": (1, 1), "pear": (-1, -1)}
    rows = np.array([[3, *place] for place in axes.values()], dtype=np.float32)
    known = WordTable(tuple(axes), unit(rows), "Five words.")
    monkeypatch.setattr("rag.ui.words.general", lambda settings: known)


def test_words_show_an_analogy_and_the_neighbours_of_a_word(filled, table):
    at = page("words")
    assert at.info[0].value == "Five words."
    assert at.dataframe[0].value["word"][0] == "queen"  # man is to king as woman is to
    at.text_input(key="words_word").input("queen").run()
    neighbours = at.dataframe[0].value["word"].tolist()
    assert "queen" not in neighbours and neighbours[-1] == "pear"
    at.text_input(key="words_word").input("zebra").run()
    assert "zebra" in at.error[0].value


def test_words_of_too_small_a_library_are_refused_in_a_sentence(filled, table):
    at = page("words")
    at.segmented_control(key="words_table").set_value("This library's words").run()
    assert "too few to learn from" in at.error[0].value
    assert at.text_input(key="words_question").label == "Question"  # what needs no table goes on


def test_a_librarys_own_words_begin_with_no_error_and_name_some_to_try(filled, table):
    said = "Tulips bloom with crocuses early. Kettles boil with water soon. "
    filled.library.add([named("garden.txt", "\n\n".join([said * 6] * 4))])
    at = page("words")
    at.segmented_control(key="words_table").set_value("This library's words").run()
    assert not at.error and not at.exception
    assert "words learned from" in at.info[0].value
    named_words = at.text_input(key="words_word").placeholder.removeprefix("Such as ").split(", ")
    assert len(named_words) == 3 and "with" not in named_words
    at.text_input(key="words_word").input(named_words[0]).run()
    assert not at.error and len(at.dataframe[0].value) > 3


def test_adapting_too_few_pairs_says_how_many_are_needed(filled):
    at = page("adapt")
    assert "Search works as the embedder came." in shown(at)
    next(button for button in at.button if button.label == "Learn and judge").click().run()
    assert "at least 20 are needed" in at.error[0].value


def test_an_adapter_that_does_not_help_is_not_used_and_one_in_use_is_taken_back(filled):
    from rag.lenses.adapt import FILE, Adapter

    text = "".join(f"# Head{at}\n\n{f'number{at} shelf{at} ' * 20}\n\n" for at in range(24))
    filled.library.add([named("heads.md", text)])
    at = page("adapt")
    next(button for button in at.button if button.label == "Learn and judge").click().run(timeout=90)
    assert not at.error, at.error[0].value
    assert "nDCG@10" in (*at.warning, *at.success)[0].value
    Adapter("hash", np.zeros((256, 256), np.float32)).save(filled.library.home.root / FILE)
    at = page("adapt")
    assert "Search uses an adapter now." in shown(at)
    next(button for button in at.button if button.label == "Take it back").click().run()
    assert "Search works as the embedder came." in shown(at)
