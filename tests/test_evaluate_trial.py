"""A set in a real library over small fake models: indexed, searched, asked, measured."""

import json

import pytest

from rag.errors import RagError
from rag.evaluate import trial
from rag.evaluate.index import build
from rag.evaluate.retrieval import MODES
from rag.evaluate.sets import EvalSet, Place, Question, joined
from rag.evaluate.sides import docent
from rag.home import Home
from rag.library import Library, Parts
from rag.settings import Settings
from rag.types import Turn
from tests.fakes import HashEmbedder, OverlapJudge, OverlapReader, ScriptGenerator

FACTS = {
    "returns": "Opened items may be returned within fourteen days of delivery.",
    "repairs": "The workshop repairs tents and stoves within ten working days.",
    "privacy": "Customer data is deleted after three years.",
}


@pytest.fixture
def library(tmp_path):
    home = Home(tmp_path / "home")
    home.acquire()
    generator = ScriptGenerator("The workshop repairs tents and stoves within ten working days. [1]")
    # The shipped weights judge the shipped models; what fake ones say must not depend on their refits.
    parts = Parts(
        home,
        Settings(refuse_below=0.0),
        embedder=HashEmbedder(),
        reader=OverlapReader(),
        judge=OverlapJudge(),
        generator=generator,
    )
    with Library.of(parts) as opened:
        yield opened


def handbook(**changes):
    """One file of three paragraphs, and a question whose answer stands in the second."""
    text, spans = joined(FACTS.values())
    start = text.index("ten working")
    question = Question(
        id="q",
        text="Within how many days are stoves repaired by the workshop?",
        group="handbook",
        answers=("ten working days",),
        evidence=(Place("handbook.txt", start, start + 16),),
        files=("handbook.txt",),
    )
    fields = {
        "files": {"handbook.txt": text},
        "questions": (question,),
        "units": {"handbook.txt": spans},
    }
    return EvalSet("handbook", **(fields | changes))


def indexed(library, asked, tmp_path):
    return build(library, asked, tmp_path / "files", lambda line: None)


def test_a_chunk_across_paragraphs_counts_for_the_one_whose_answer_it_holds(library, tmp_path):
    index = indexed(library, handbook(), tmp_path)
    for mode in MODES:
        found = trial.search(index, [mode], lambda line: None)[mode]
        assert found.scores["recall@1"] == {"q": 1.0}, mode


def test_a_scoped_question_is_searched_in_its_own_document_alone(library, tmp_path):
    files = {"a.txt": FACTS["repairs"], "b.txt": FACTS["repairs"] + " Stoves are repaired by the workshop."}
    question = Question(
        "q", "stoves repaired workshop", "a", (), (Place("a.txt", 0, 12),), files=("a.txt",), scoped=True
    )
    index = indexed(library, handbook(files=files, questions=(question,), units={}), tmp_path)
    assert trial.search(index, ["keyword"], lambda line: None)["keyword"].scores["recall@1"] == {"q": 1.0}


def test_equal_files_are_one_document_and_both_names_find_it(library, tmp_path):
    files = {"a.txt": FACTS["repairs"], "copy.txt": FACTS["repairs"], "b.txt": FACTS["privacy"]}
    question = Question("q", "stoves", "g", (), (Place("copy.txt", 0, 12),), files=("copy.txt",))
    index = indexed(library, handbook(files=files, questions=(question,), units={}), tmp_path)
    assert index.documents["a.txt"] == index.documents["copy.txt"]
    assert trial.search(index, ["keyword"], lambda line: None)["keyword"].scores["recall@1"] == {"q": 1.0}


def test_a_follow_up_is_searched_with_the_question_it_leans_on(library, tmp_path):
    files = {f"{name}.txt": text for name, text in FACTS.items()}
    question = Question(
        "q",
        "And for those?",
        "g",
        (),
        (Place("repairs.txt", 0, 12),),
        history=(Turn("Who repairs stoves and tents?", "The workshop."),),
    )
    index = indexed(library, handbook(files=files, questions=(question,), units={}), tmp_path)
    found = trial.search(index, ["keyword", "hybrid", "last turn", "two turns"], lambda line: None)
    first = {mode: result.scores["recall@1"]["q"] for mode, result in found.items()}
    assert first["keyword"] == first["hybrid"] == first["two turns"] == 1.0


@pytest.mark.slow
def test_later_turns_are_held_against_simpler_ways_to_search_them(tmp_path):
    lines = [
        {"question": "Who repairs stoves and tents?", "document": "repairs.txt", "answer": "workshop"},
        {
            "question": "And for those?",
            "document": "repairs.txt",
            "answer": "workshop",
            "history": [{"question": "Who repairs stoves and tents?", "answer": "The workshop."}],
        },
    ]
    for name, text in FACTS.items():
        (tmp_path / f"{name}.txt").write_text(text, "utf-8")
    path = tmp_path / "own.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines), "utf-8")
    report = trial.run(path, "jsonl", settings=Settings(), modes=["hybrid"], answers=False)
    counts = {row.measure: row.n for row in report.rows}
    assert counts["hybrid recall@1"] == 2
    assert counts["later turns: hybrid recall@1, above last turn"] == 1
    assert report.value("later turns: hybrid recall@1") == 1.0
    gain = report.value("later turns: hybrid recall@1, above two turns")
    assert gain == 1.0 - report.value("later turns: two turns recall@1")


def test_a_question_without_a_place_is_asked_and_not_counted_as_searched(library, tmp_path):
    asked = handbook(questions=(Question("q", "Who?", "g", expects="refusal"),))
    assert trial.search(indexed(library, asked, tmp_path), ["keyword"], lambda line: None) == {}


def test_a_question_is_asked_and_its_answer_judged(library, tmp_path):
    index = indexed(library, handbook(), tmp_path)
    (outcome,) = trial.ask(index, docent(library), lambda line: None)
    assert outcome.answered and outcome.golds
    assert "[1]" in outcome.answer.text


def test_a_refused_file_stops_the_evaluation(library, tmp_path):
    with pytest.raises(RagError, match=r"bad\.txt"):
        indexed(library, handbook(files={"bad.txt": ""}, units={}), tmp_path)


def test_an_answer_without_a_place_is_looked_for_in_its_document(library, tmp_path):
    path = tmp_path / "own.md"
    path.write_text("# Workshop\n\n" + FACTS["repairs"], "utf-8")
    question = Question("q", "How long?", "g", ("Ten working days",), files=("own.md",))
    index = indexed(library, handbook(files={"own.md": path}, questions=(question,), units={}), tmp_path)
    (gold,) = index.gold(question)
    assert index.text(gold.document)[gold.start : gold.end] == "ten working days"


def test_an_unknown_mode_names_the_known_ones(tmp_path):
    with pytest.raises(RagError, match="semantic, keyword"):
        trial.run(tmp_path, "squad", settings=Settings(), modes=["magic"])


@pytest.mark.slow
def test_a_set_is_evaluated_from_file_to_table(tmp_path):
    paragraphs = [{"context": text, "qas": []} for text in FACTS.values()]
    paragraphs[1]["qas"] = [
        {
            "id": "1",
            "question": "Within how many days does the workshop repair stoves?",
            "answers": [{"text": "ten working days", "answer_start": 46}],
        }
    ]
    data = {"data": [{"title": "Handbook", "paragraphs": paragraphs}]}
    path = tmp_path / "set.json"
    path.write_text(json.dumps(data), "utf-8")
    report = trial.run(path, "squad", settings=Settings(), compare=["all-MiniLM-L6-v2"])
    assert report.value("reader recall@1") == 1.0
    assert report.value("hybrid nDCG@10, all-MiniLM-L6-v2 above all-MiniLM-L6-v2") == 0.0
    assert {json.loads(line)["set"] for line in report.lines()} == {"set"}
    asked = trial.run(path, "squad", settings=Settings(), modes=(), raw=True)
    assert asked.value("answered") in (0.0, 1.0)
    assert asked.value("raw model: answered") in (0.0, 1.0)
    alone = trial.run(path, "squad", settings=Settings(), modes=(), answers=False, raw=True)
    assert all(row.measure.startswith("raw model: ") for row in alone.rows)
    assert alone.value("raw model: answered") == asked.value("raw model: answered")
