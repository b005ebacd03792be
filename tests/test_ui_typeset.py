"""Document and model text is set as runs of characters: what looks like markup stays what it is."""

from __future__ import annotations

from rag import words
from rag.ui import typeset


def runs(blocks, kind=None):
    return [
        run["text"]
        for block in blocks
        for row in block["rows"]
        for cell in row
        for run in cell
        if kind in (None, run["kind"])
    ]


def test_marks_cut_the_passage_where_they_stand():
    blocks = typeset.passage("Returns within 14 days.", [(15, 22)])
    assert runs(blocks) == ["Returns within ", "14 days", "."]
    assert runs(blocks, "mark") == ["14 days"]


def test_a_mark_over_a_line_break_marks_both_lines():
    blocks = typeset.passage("one two\nthree four", [(4, 13)])
    assert runs(blocks, "mark") == ["two", "three"]


def test_marks_beyond_the_passage_mark_nothing():
    assert runs(typeset.passage("short", [(40, 50)]), "mark") == []


def test_table_rows_become_cells_and_keep_their_marks():
    text = "Fees\n| Region | Fee |\n|---|---|\n| Ireland | £8.20 |"
    start = text.index("£8.20")
    fees, table = typeset.passage(text, [(start, start + 5)])
    assert fees["kind"] == "text" and table["kind"] == "table"
    assert [[cell[0]["text"] for cell in row] for row in table["rows"]] == [
        ["Region", "Fee"],
        ["Ireland", "£8.20"],
    ]
    assert runs([table], "mark") == ["£8.20"]


def test_an_empty_line_begins_a_paragraph():
    assert len(typeset.passage("one\ntwo\n\nthree")) == 2


def test_a_markdown_title_loses_its_signs_and_keeps_its_marks():
    (title, body) = typeset.passage("## 4. Meals\nLunch is paid.", [(6, 11)])
    assert title["kind"] == "title" and runs([title], "mark") == ["Meals"]
    assert runs([title]) == ["4. ", "Meals"] and runs([body]) == ["Lunch is paid."]


def test_only_numbers_with_a_source_become_citations():
    blocks = typeset.answer("Within 14 days [1], as always [0] [7].", {1})
    assert runs(blocks, "cite") == ["1"]
    assert "".join(runs(blocks)) == "Within 14 days 1, as always [0] [7]."


def test_markup_in_an_answer_is_shown_as_its_characters():
    hostile = "<script>x()</script> ![a](http://a.test/b.png) [c](javascript:d) :red[e] $f$"
    blocks = typeset.answer(hostile, {1})
    assert runs(blocks) == [hostile]
    assert runs(blocks, "plain") == [hostile]


def test_lists_and_bold_are_set():
    blocks = typeset.answer("Two ways:\n- by **post** [2]\n- in the shop", {2})
    assert [block["kind"] for block in blocks] == ["text", "item", "item"]
    assert runs(blocks, "strong") == ["post"]


def test_a_file_name_is_escaped_for_markdown():
    assert typeset.plain("a_*b*_[c](d) :red[e] $f$.pdf") == (r"a\_\*b\*\_\[c\]\(d\) \:red\[e\] \$f\$\.pdf")
    assert typeset.plain("two\nlines") == "two lines"


def test_stretches_cover_the_text_and_break_at_lines():
    text = "".join(f"line {number}\n" for number in range(4000))
    cut = typeset.stretches(text)
    assert "".join(text[a:b] for a, b in cut) == text
    assert all(text[b - 1] == "\n" and b - a <= 7800 for a, b in cut)
    assert typeset.stretches("") == [(0, 1)]


def test_found_words_are_spotted_in_other_forms():
    text = "Opened items can be returned."
    assert [text[a:b] for a, b in typeset.spots(text, words.content("returning an item"), words.content)] == [
        "items",
        "returned",
    ]


def test_running_text_has_no_signs_of_tables_and_titles():
    text = "## Fees\n| Region | Fee |\n|---|---|\n| Ireland | £8.20 |\nPaid on **order**."
    assert typeset.flat(text) == "Fees Region Fee Ireland £8.20 Paid on **order**."
