"""Reading passages: whole, then the sentence of the answer alone; spans that count in the passage."""

import pytest

from rag import reading
from rag.types import Chunk, Evidence, Hit, Reading

LEASE = "The tenant keeps the keys. The notice is three months. The rent is due on the first."
ROWS = "| Drill | 24 |\n| Saw | 12 |"


class FindingReader:
    """Finds its words wherever they stand; as sure as it was told, and twice as sure of short texts."""

    name = "finding"

    def __init__(self, words: str, answers: float) -> None:
        self.words, self.answers = words, answers
        self.texts: list[str] = []

    def read(self, question, passages, /):
        self.texts = list(passages)
        return [self._one(text) for text in passages]

    def _one(self, text: str) -> Reading:
        start = max(text.find(self.words), 0)
        sure = self.answers * (2 if len(text) < 60 else 1)
        return Reading(sure, (start, start + len(self.words)), sure)


def hit(text, header="", document="d"):
    chunk = Chunk(f"{document}-0", document, 0, text, 0, len(text), heading="Lease", header=header)
    return Hit(chunk, f"{document}.txt", 0.5, "hybrid")


@pytest.mark.parametrize(
    ("text", "header", "words"),
    [(LEASE, "", "three months"), (ROWS, "| Product | Months |\n| --- | --- |", "12")],
)
def test_the_words_count_in_the_passage_in_both_looks(text, header, words):
    reader = FindingReader(words, 0.4)
    once = reading.read(reader, "How long?", [hit(text, header)])
    (twice,) = reading.read_again(reader, "How long?", once)
    for item in (*once, twice):
        assert item.text[slice(*item.reading.span)] == words


def test_the_second_look_sees_the_sentence_under_its_title_and_table_header():
    reader = FindingReader("12", 0.4)
    once = reading.read(reader, "How long?", [hit(ROWS, "| Product | Months |")])
    (twice,) = reading.read_again(reader, "How long?", once)
    assert reader.texts == ["d.txt > Lease\n| Product | Months |\n| Saw | 12 |"]
    assert twice.reading.answers == once[0].reading.answers
    assert twice.reading.alone == 0.8


def test_an_answer_to_a_question_of_the_document_is_read_with_it_and_quoted_without():
    text = "Can I park here? Yes, behind the hall. How long is the guarantee? Four years."
    reader = FindingReader("Four", 0.4)
    (once,) = reading.read(reader, "How long?", [hit(text)])
    (twice,) = reading.read_again(reader, "How long?", [once])
    assert reader.texts == ["d.txt > Lease\nHow long is the guarantee? Four years."]
    assert (
        text[slice(*twice.reading.span)] == "Four" and text[slice(*reading.quotation(twice))] == "Four years."
    )


def test_the_words_of_the_surer_look_are_kept():
    (once,) = reading.read(FindingReader("three", 0.4), "How long?", [hit(LEASE)])
    (surer,) = reading.read_again(FindingReader("three months", 0.4), "How long?", [once])
    (unsure,) = reading.read_again(FindingReader("notice", 0.1), "How long?", [once])
    assert LEASE[slice(*surer.reading.span)] == "three months"
    assert LEASE[slice(*unsure.reading.span)] == "three" and unsure.reading.alone == 0.2


def test_both_looks_decide_which_passage_answers():
    def item(answers, alone):
        return Evidence(hit(LEASE), Reading(answers, (0, 3), 0.5, alone), LEASE)

    assert reading.surest([item(0.9, 0.1), item(0.7, 0.8)]) == 1
    assert reading.surest([item(0.9, None), item(0.7, 0.8)]) == 0


def test_another_sentence_of_a_passage_is_looked_at_where_a_draft_stands_on_it():
    reader = FindingReader("three months", 0.3)
    (read,) = reading.read_again(reader, "Which notice?", reading.read(reader, "Which notice?", [hit(LEASE)]))
    reader.words = "the first"
    rent = LEASE.index("The rent")
    other = reading.read_at(reader, "When is the rent due?", read, (rent, rent + 8))
    assert LEASE[slice(*other.reading.span)] == "the first" and other.reading.answers == read.reading.answers
    assert reader.texts == ["d.txt > Lease\nThe rent is due on the first."]
    notice = LEASE.index("The notice")
    assert reading.read_at(reader, "Which notice?", read, (notice, notice + 8)) == read


def test_a_stretch_goes_on_after_the_sentence_before_it_goes_back():
    steps = [f"Step {number} takes a while. " + "It is slow. " * 12 for number in range(5)]
    text = "".join(steps)
    start = text.index("Step 1")
    first, last = reading.stretch(text, (start, start + 6))
    assert first == start and "Step 3" in text[first:last] and last - first <= reading.STRETCH
    short = "Wear gloves. Switch it off. Let it dry."
    assert reading.stretch(short, (13, 19)) == (0, len(short))


def test_a_stretch_takes_no_row_of_a_table_and_a_long_sentence_whole():
    text = f"Prices differ.\n{ROWS}\nAsk us."
    assert reading.stretch(text, (0, 6)) == (0, len("Prices differ."))
    row = text.index("| Saw")
    assert text[slice(*reading.stretch(text, (row, row + 3)))].startswith("| Saw")
    long = "The tenant " + "really " * 100 + "pays."
    assert reading.stretch(long, (0, 5)) == (0, len(long))


def test_a_stretch_ends_where_a_heading_begins():
    text = (
        "First use\nWipe the inside. Dry it.\n\nReversing the lid\nLoosen the screws. Lift it.\n\nCare\nOil."
    )
    lid = text.index("Loosen")
    assert (
        text[slice(*reading.stretch(text, (lid, lid + 6)))]
        == "Reversing the lid\nLoosen the screws. Lift it."
    )
    assert text[slice(*reading.stretch(text, (10, 14)))] == "First use\nWipe the inside. Dry it."
