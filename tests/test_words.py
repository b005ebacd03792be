"""Sentences and words as grounding compares them."""

from rag.words import content, is_heading, overlap, sentences, tokens


def pieces(text):
    return [text[start:end] for start, end in sentences(text)]


def test_sentences_end_where_people_end_them():
    text = "Dr. Hall paid $2.50 on 3.4.2020. It was late! Was it? Yes."
    assert pieces(text) == ["Dr. Hall paid $2.50 on 3.4.2020.", "It was late!", "Was it?", "Yes."]


def test_a_citation_stays_with_its_sentence():
    assert pieces("Two years. [1] Parts only [2].") == ["Two years. [1]", "Parts only [2]."]


def test_the_number_of_a_clause_is_no_sentence():
    text = "19.\nTermination needs notice. 19.1. Either party may end it. It was 1998. 20. Notices"
    assert pieces(text) == [
        "19.\nTermination needs notice.",
        "19.1. Either party may end it.",
        "It was 1998.",
        "20. Notices",
    ]


def test_rows_and_list_items_are_sentences_of_their_own():
    assert pieces("Steps:\n- open the lid\n- pull\n| a | b |\n| c | d |") == [
        "Steps:",
        "- open the lid",
        "- pull",
        "| a | b |",
        "| c | d |",
    ]


def test_text_without_words_has_no_sentences():
    assert pieces(" \n ") == []


def test_numbers_compare_however_they_are_written():
    assert tokens("Two of 1,250 units") == tokens("2 of 1250 units")


def test_inflected_words_share_their_stem():
    assert content("The warranties covered repairs") == content("warranty covers repair")


def test_overlap_is_the_f1_of_the_words():
    assert overlap(["a", "b"], ["b", "c"]) == 0.5
    assert overlap([], ["a"]) == 0.0


def test_a_heading_is_short_begins_large_and_ends_without_a_mark():
    heads = ["### 2.4 Hire cars and taxis", "Cleaning and maintenance", "4. Delivery, title and risk"]
    assert all(is_heading(line) for line in heads)
    prose = [
        "- Dry it",
        "the lid ajar",
        "Note:",
        "Dry it.",
        "Larkfell shall inspect each delivery on arrival and report",
    ]
    assert not any(is_heading(line) for line in prose)
