"""Chunks: what the embedder can read whole, with exact offsets and with their headings."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.chunk import Splitter
from rag.chunk.breaks import unbroken
from rag.types import Document, Heading, Page, Table


def count(text):
    """Words and marks, and two special tokens."""
    return len(re.findall(r"\w+|[^\w\s]", text)) + 2


def split(text, most=40, overlap=0, **spans):
    return Splitter(count, most, overlap).split(Document(text, "text/plain", **spans), "d")


def with_headings(*lines):
    """A document whose lines that start with # are headings."""
    text, headings = "\n\n".join(line.lstrip("# ") for line in lines), []
    at = 0
    for line in lines:
        title = line.lstrip("# ")
        if line.startswith("#"):
            headings.append(Heading(len(line) - len(line.lstrip("#")), title, at, at + len(title)))
        at += len(title) + 2
    return {"text": text, "headings": tuple(headings)}


def table(rows, columns=2, cell="cell"):
    lines = ["| " + " | ".join(f"{cell} {row} {column}" for column in range(columns)) + " |" for row in rows]
    rule = "|" + " --- |" * columns
    text = "\n".join([lines[0], rule, *lines[1:]])
    return text, Table(0, len(lines[0]) + 1 + len(rule), len(text))


WORDS = "The quick brown fox jumps over the lazy dog again and again until it rests"

texts = st.lists(
    st.sampled_from(
        [
            *WORDS.split(),
            ".",
            ". ",
            "; ",
            ", ",
            " ",
            " ",
            "\n",
            "\n\n",
            "- ",
            "x" * 300,
            "字。",
            "é́",
            "\u3000",
        ]
    ),
    max_size=300,
).map("".join)


@st.composite
def documents(draw):
    """Text with headings, tables and pages at any place."""
    text, headings, tables, pages = "", [], [], [Page(1, 0, 0)]
    for part in draw(st.lists(texts, max_size=5)):
        kind = draw(st.sampled_from(["text", "heading", "table", "page"]))
        if kind == "heading":
            title = draw(st.sampled_from(["Returns", "1. Scope", WORDS * 3, "§"]))
            headings.append(Heading(draw(st.integers(1, 4)), title, len(text), len(text) + len(title)))
            text += title + "\n\n"
        elif kind == "table":
            rows, spans = table(range(draw(st.integers(1, 30))), draw(st.integers(1, 12)))
            tables.append(Table(len(text), len(text) + spans.header_end, len(text) + spans.end))
            text += rows + "\n\n"
        elif kind == "page":
            pages.append(Page(len(pages) + 1, len(text), len(text)))
        text += part + "\n\n"
    return Document(text, "text/plain", tuple(pages), tuple(headings), tuple(tables))


@given(document=documents(), most=st.integers(12, 80), overlap=st.integers(0, 30))
def test_chunks_fit_stand_where_they_say_and_leave_nothing_out(document, most, overlap):
    chunks = Splitter(count, most, overlap).split(document, "d")
    covered = bytearray(len(document.text))
    for position, chunk in enumerate(chunks):
        assert chunk.text == document.text[chunk.start : chunk.end] == chunk.text.strip()
        assert count(chunk.context) <= most
        assert (chunk.id, chunk.position) == (f"d-{position:05d}", position)
        covered[chunk.start : chunk.end] = b"x" * (chunk.end - chunk.start)
    left = [c for c, seen in zip(document.text, covered, strict=True) if not seen and not c.isspace()]
    assert left == []
    assert [chunk.start for chunk in chunks] == sorted({chunk.start for chunk in chunks})
    assert chunks == Splitter(count, most, overlap).split(document, "d")


@given(text=texts, most=st.integers(12, 80))
def test_a_sentence_is_cut_only_when_it_is_too_long_alone(text, most):
    chunks = split(text, most)
    for start, end in unbroken(text):
        holders = [chunk for chunk in chunks if chunk.start < end and chunk.end > start]
        if count(text[start:end]) <= most and end - start < most * 8:
            assert len(holders) == 1
            assert holders[0].outer is None
        elif len(holders) > 1:
            assert {chunk.outer for chunk in holders} <= {(start, end), None}


def test_headings_travel_with_their_text_and_do_not_mix_sections():
    body = "Every item that is returned is inspected on the day of its arrival. " * 2
    document = with_headings(
        "# Returns", body, "## Opened items", body, "## Sealed items", body, "# Warranty", body
    )
    chunks = Splitter(count, 60, 0).split(Document(media_type="text/plain", **document), "d")
    assert [chunk.heading for chunk in chunks] == [
        "Returns",
        "Returns > Opened items",
        "Returns > Sealed items",
        "Warranty",
    ]
    assert chunks[1].text.startswith("Opened items\n\nEvery item")


def test_a_heading_without_text_of_its_own_goes_with_the_section_below_it():
    document = with_headings("# Manual", "## Care", "Wash it cold and let it dry in the shade for a day.")
    (chunk,) = Splitter(count, 60, 0).split(Document(media_type="text/plain", **document), "d")
    assert chunk.heading == "Manual > Care"
    assert chunk.text.startswith("Manual\n\nCare\n\nWash")


def test_tiny_sections_share_a_chunk_under_the_heading_above_them():
    lines = [
        "# Glossary",
        "Words.",
        *(part for word in "abcdef" for part in (f"## {word}", f"Means {word}.")),
    ]
    chunks = Splitter(count, 120, 0).split(Document(media_type="text/plain", **with_headings(*lines)), "d")
    assert len(chunks) == 1
    assert chunks[0].heading == "Glossary"


def test_a_path_of_headings_takes_a_quarter_of_a_chunk_at_most():
    deep = [f"{'#' * level} Title {level} that is rather long for a title" for level in range(1, 7)]
    document = with_headings(*deep, "Some words of text.", f"# {WORDS * 4}", "Some more words of text.")
    chunks = Splitter(count, 60, 0).split(Document(media_type="text/plain", **document), "d")
    assert all(count(chunk.heading) - 2 <= 15 for chunk in chunks)
    assert any(chunk.heading.endswith("Title 6 that is rather long for a title") for chunk in chunks)


def test_a_long_table_is_cut_between_rows_and_each_piece_carries_the_header():
    text, span = table(range(40))
    chunks = split(text, 60, tables=(span,))
    assert len(chunks) > 3
    header = text[: span.header_end]
    assert chunks[0].header == "" and chunks[0].text.startswith(header)
    assert all(chunk.header == header for chunk in chunks[1:])
    for chunk in chunks:
        assert all(line.startswith("|") and line.endswith("|") for line in chunk.text.split("\n"))
        assert chunk.outer is None


def test_a_table_that_fits_stays_with_the_text_around_it():
    rows, span = table(range(3))
    before = "The periods are these:\n\n"
    moved = Table(len(before), len(before) + span.header_end, len(before) + span.end)
    (chunk,) = split(before + rows + "\n\nAfter.", 90, tables=(moved,))
    assert chunk.text == before + rows + "\n\nAfter."


def test_a_row_that_is_too_long_is_cut_and_knows_the_whole_row():
    text, span = table(range(2), columns=3, cell=WORDS * 3)
    row = (text.rindex("\n") + 1, len(text))
    pieces = [chunk for chunk in split(text, 40, tables=(span,)) if chunk.end > row[0] and chunk.outer]
    assert len(pieces) > 1
    assert {chunk.outer for chunk in pieces if chunk.start >= row[0]} == {row}


def test_a_sentence_that_is_too_long_is_cut_at_clause_marks_and_knows_the_whole():
    clauses = [f"where clause {number} holds for goods and services alike;" for number in range(12)]
    text = "Short one. The seller shall pay " + " ".join(clauses) + " and so on. Short two."
    chunks = split(text, 40)
    pieces = [chunk for chunk in chunks if chunk.outer]
    assert {text[slice(*chunk.outer)] for chunk in pieces} == {text[11:-11]}
    assert all(chunk.text.endswith((";", "so on.")) for chunk in pieces)
    assert chunks[0].text == "Short one." and chunks[-1].text == "Short two."


def test_neighbours_share_whole_sentences_up_to_the_overlap():
    text = " ".join(f"This is sentence number {number} of the text." for number in range(20))
    chunks = split(text, 40, overlap=12)
    for before, after in pairwise(chunks):
        shared = text[after.start : before.end]
        assert shared.startswith("This is sentence") and shared.endswith("text.")
        assert count(shared) - 2 <= 12


def test_a_chunk_names_the_page_where_it_starts():
    pages = [f"Page {number} tells one thing and then another thing about it." for number in (1, 2, 4)]
    text = "\n\n".join(pages)
    starts = [text.index(page) for page in pages]
    spans = tuple(Page(n, s, s + len(p)) for n, s, p in zip((1, 2, 4), starts, pages, strict=True))
    assert [chunk.page for chunk in split(text, 20, pages=spans)] == [1, 2, 4]
    assert {chunk.page for chunk in split(text, 20)} == {None}


def test_a_run_without_spaces_does_not_become_one_endless_chunk():
    chunks = split("x" * 20_000 + " end", 40)
    assert max(len(chunk.text) for chunk in chunks) <= 40 * 12
    assert "".join(chunk.text for chunk in chunks) in ("x" * 20_000 + "end", "x" * 20_000 + " end")


def test_a_document_without_text_has_no_chunks():
    assert split(" \n\n ") == []


def test_a_budget_that_holds_nothing_is_refused():
    with pytest.raises(ValueError, match="max_tokens is 5"):
        Splitter(count, 5, 0)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "Dr. Ada owes e.g. No. 5 to J. Smith. Then it ends.",
            ["Dr. Ada owes e.g. No. 5 to J. Smith.", "Then it ends."],
        ),
        ("He said “no.” Then left.", ["He said “no.”", "Then left."]),
        ("It costs 3.50 a day. ok", ["It costs 3.50 a day. ok"]),
        ("Is it? Yes! (Good.) Fine", ["Is it?", "Yes!", "(Good.)", "Fine"]),
        ("退货须在十四天内。“好的。”他说。", ["退货须在十四天内。", "“好的。”", "他说。"]),
        ("Steps:\n- one\n- two\n1. three", ["Steps:", "- one", "- two", "1. three"]),
        ("Name: Ada\nCity: Bonn\nCode: 7", ["Name: Ada", "City: Bonn", "Code: 7"]),
        ("A title\n\nA text", ["A title", "A text"]),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text, found):
    assert [text[start:end] for start, end in unbroken(text)] == found


def test_wrapped_lines_of_prose_are_no_sentences():
    text = (
        "The buyer shall inspect the goods within ten days of their arrival and\n"
        "Report every visible defect to the seller in writing and with pictures\n"
        "of it, or lose the right to claim."
    )
    assert unbroken(text) == [(0, len(text))]
