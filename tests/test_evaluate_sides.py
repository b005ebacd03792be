"""The raw model gets what Docent finds and is judged by what it wrote."""

import pytest

from rag.evaluate.report import Row
from rag.evaluate.sides import RawModel, cited, declines, docent, sides, told
from rag.generate import generator
from rag.home import Home
from rag.library import Library, Parts
from rag.prompts import REFUSAL
from rag.settings import Settings
from rag.types import Chunk, Hit, Turn
from tests.fakes import HashEmbedder, OverlapJudge, OverlapReader, ScriptGenerator

TEXTS = {
    "repairs.txt": "The workshop repairs tents and stoves within ten working days.",
    "returns.txt": "Opened items may be returned within fourteen days of delivery.",
    "privacy.txt": "Customer data is deleted after three years.",
}
QUESTION = "Within how many days are stoves repaired by the workshop?"


@pytest.fixture
def library(tmp_path):
    home = Home(tmp_path / "home")
    home.acquire()
    parts = Parts(
        home,
        Settings(refuse_below=0.0),
        embedder=HashEmbedder(),
        reader=OverlapReader(),
        judge=OverlapJudge(),
        generator=ScriptGenerator("Docent wrote this."),
    )
    with Library.of(parts) as opened:
        for name, text in TEXTS.items():
            (tmp_path / name).write_text(text, "utf-8")
        opened.add([tmp_path / name for name in TEXTS])
        yield opened


def hits(*texts):
    return [
        Hit(Chunk(f"c{number}", f"d{number}", 0, text, 5, 5 + len(text)), f"{number}.txt", 1.0, "hybrid")
        for number, text in enumerate(texts, 1)
    ]


def raw(*answers, **settings):
    writer = ScriptGenerator(*answers)
    return RawModel(writer, Settings(**settings)), writer


def test_it_reads_the_passages_that_the_search_finds_and_cites_those_it_names(library):
    model, writer = raw("Within ten working days [1].")
    answer = model.over(library)(QUESTION)
    prompt = writer.prompts[0][-1].content
    assert prompt.startswith("[1] repairs.txt") and prompt.endswith(QUESTION)
    assert (answer.kind, answer.short) == ("answer", "Within ten working days")
    (citation,) = answer.citations
    assert (citation.file, citation.text) == ("repairs.txt", TEXTS["repairs.txt"])
    assert answer.timings.total_ms >= answer.timings.first_token_ms >= answer.timings.retrieve_ms > 0


def test_it_says_what_docent_would_not_show(library):
    model, _ = raw("Within a hundred years.")
    said = {side: ask(QUESTION).text for side, ask in sides(library, model, answers=True).items()}
    assert said["raw model: "] == "Within a hundred years."
    assert "hundred" not in said[""] and "[1]" in said[""]


def test_each_side_is_asked_only_where_it_is_wanted(library):
    model, _ = raw("x")
    assert list(sides(library, None, answers=True)) == [""]
    assert list(sides(library, model, answers=False)) == ["raw model: "]


@pytest.mark.parametrize("side", ["docent", "raw"])
def test_a_question_within_a_document_sees_no_other(library, side):
    model, _ = raw("x")
    ask = docent(library) if side == "docent" else model.over(library)
    (privacy,) = (info.id for info in library.documents() if info.name == "privacy.txt")
    assert {hit.file for hit in ask(QUESTION, (), [privacy]).hits} == {"privacy.txt"}


def test_the_turns_before_are_in_its_prompt_and_in_its_search(library):
    model, writer = raw("x")
    answer = model.over(library)("And for those?", [Turn("Who repairs stoves and tents?", "The workshop.")])
    assert "Earlier answer: The workshop." in writer.prompts[0][-1].content
    assert answer.hits[0].file == "repairs.txt"


def test_the_last_passages_go_where_the_window_is_small_and_cannot_be_cited():
    model, writer = raw("Words [3] [1].", answer_tokens=2000)
    answer = model.answer("Why?", hits("One.", "Two. " * 5, "Three. " * 40))
    assert "One." in writer.prompts[0][-1].content and "Three." not in writer.prompts[0][-1].content
    assert [citation.number for citation in answer.citations] == [1]


def test_numbers_that_no_passage_has_are_not_cited_and_none_twice():
    found = cited([2, 0, 7, 2, 1], hits("One.", "Two."))
    assert [(citation.number, citation.text) for citation in found] == [(2, "Two."), (1, "One.")]
    assert found[0].marks == ((5, 9),)


@pytest.mark.parametrize(
    "text",
    [
        REFUSAL,
        "The documents do not answer this",
        "The document does not contain the answer to the question about the treaty.",
        "The passages [1] and [2] don't explicitly mention it.",
        "This is not stated in the given text.",
        "There is no information about tents in the passages.",
    ],
)
def test_a_text_that_says_the_passages_do_not_hold_it_is_a_refusal(text):
    model, _ = raw(text + " [1]")
    answer = model.answer("Why?", hits("One."))
    assert declines(text) and answer.refused and answer.citations == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The answer is: No, there are no regions.",
        "The court did not answer the question.",
        "The tenant does not provide documents.",
        "Data is not given to third parties.",
        "The document states that members keep their powers. They do not give them away.",
    ],
)
def test_other_negations_are_answers(text):
    assert not declines(text)


def test_the_side_stands_before_its_measures():
    assert [row.measure for row in told("raw model: ", [Row("s", "answered", 1, 1, 1, 1)])] == [
        "raw model: answered"
    ]


@pytest.mark.slow
def test_the_raw_model_is_the_default_one_without_its_adapter():
    """On the same prompt: with the adapter it refuses what no passage answers, as it comes it does not."""
    settings = Settings(answer_tokens=40)
    found = hits("The workshop repairs tents and stoves within ten working days.")
    trained, bare = RawModel(generator(settings), settings), RawModel.of(settings)
    assert trained.answer("Who chairs the parish council?", found).text == REFUSAL
    assert bare.answer("Who chairs the parish council?", found).text != REFUSAL
