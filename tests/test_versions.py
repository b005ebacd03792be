"""What changed between two versions of a text."""

from __future__ import annotations

from rag.versions import changes


def marked(text, marks):
    return [text[start:end] for start, end in marks]


def test_a_changed_word_is_marked_in_both():
    (change,) = changes("One.\nPay within 30 days.\nEnd.", "One.\nPay within 45 days.\nEnd.")
    assert (change.kind, change.same) == ("changed", 1)
    assert marked(change.old, change.old_marks) == ["30"]
    assert marked(change.new, change.new_marks) == ["45"]


def test_added_and_removed_paragraphs_have_one_side():
    first, second = changes("A one.\nB two.\nC three.", "A one.\nC three.\nD four.")
    assert (first.kind, first.old, first.new) == ("removed", "B two.", "")
    assert (second.kind, second.old, second.new, second.same) == ("added", "", "D four.", 1)


def test_white_space_is_no_change():
    assert changes("One  two\n\nthree", "One two\n three") == []
