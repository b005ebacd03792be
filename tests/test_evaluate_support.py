"""The probability of support: learnt from right and wrong answers, and honest about itself."""

import json
import random
from dataclasses import replace

import pytest

from rag.errors import RagError
from rag.evaluate.index import build
from rag.evaluate.sets import EvalSet, Place, Question
from rag.evaluate.support import Collector, correct
from rag.ground import Features, SupportModel
from rag.home import Home
from rag.library import Library, Parts
from rag.settings import Settings
from rag.train.support import Case, crossed, fit, reliability, write
from rag.types import Answer
from tests.fakes import HashEmbedder, OverlapJudge, OverlapReader, ScriptGenerator

REPAIRS = "The workshop repairs tents and stoves within ten working days."
PRIVACY = "Customer data is deleted after three years."


def cases(count=600, seed=0):
    """Answers that are right as often as the reader says."""
    rng = random.Random(seed)
    made = []
    for _ in range(count):
        reader = rng.random()
        inputs = Features(
            reader, rng.random(), 0.2, rng.random(), rng.random(), rng.random(), 1.0, -rng.random()
        )
        made.append(Case(rng.choice(["quoted", "generated", "declined"]), inputs, rng.random() < reader))
    return made


def test_a_sure_reader_makes_a_probable_answer_in_every_way():
    model = fit(cases())
    sure, unsure = (Features(reader, 0.5, 0.2, 0.5, 0.5, 0.5, 1.0, -0.5) for reader in (0.95, 0.05))
    for way in ("quoted", "generated", "remote", "declined"):
        assert model.probability(way, sure) > 0.8 > 0.2 > model.probability(way, unsure)


def test_answers_that_count_more_move_the_weights_more():
    doubted = [replace(case, right=False, counts=20.0) for case in cases(seed=2)]
    lighter = [replace(case, counts=0.05) for case in doubted]
    inputs = Features(0.9, 0.5, 0.2, 0.5, 0.5, 0.5, 1.0, -0.5)
    heavy, light = (fit([*cases(), *others]).probability("quoted", inputs) for others in (doubted, lighter))
    assert heavy < 0.3 < 0.7 < light


def test_a_server_without_log_probabilities_is_judged_without_them():
    weights = fit(cases()).weights
    assert "logprob" in weights["generated"]
    assert "logprob" not in weights["remote"] and "logprob" not in weights["quoted"]


def test_probabilities_keep_their_word_on_answers_not_fitted_on():
    held = crossed((cases(), cases(seed=1)))
    assert set(held) == {"quoted", "generated", "declined"}
    assert sum(one.n for one in held.values()) == 1200
    for one in held.values():
        assert one.gap < 0.15 and one.brier < 0.25 and sum(bin_.n for bin_ in one.bins) == one.n


def test_a_model_that_is_always_sure_is_shown_to_be_wrong():
    truth = [case.right for case in cases()]
    assert reliability([1.0] * len(truth), truth).gap == pytest.approx(0.5, abs=0.1)


def test_too_few_answers_are_no_ground_for_a_fit():
    with pytest.raises(RagError, match="too few"):
        fit(cases(20))


def test_written_weights_are_read_back(tmp_path):
    model = fit(cases())
    write(model, tmp_path / "support.json", {"fitted_on": 600})
    assert SupportModel.load(tmp_path / "support.json").weights == model.weights
    assert json.loads((tmp_path / "support.json").read_text("utf-8"))["fitted_on"] == 600


@pytest.mark.parametrize(
    ("short", "right"),
    [("ten days", True), ("It takes ten working days", True), ("nine", False)],
)
def test_an_answer_is_right_by_its_short_words(short, right):
    assert correct(Answer("?", "answer", f"{short} [1]", short), ["ten working days"]) is right


@pytest.fixture
def collector(tmp_path, request):
    question = Question(
        "q",
        "Within how many days are stoves repaired by the workshop?",
        "repairs",
        ("ten working days",),
        (Place("repairs.txt", 45, 61),),
        files=("repairs.txt",),
    )
    files = {"repairs.txt": REPAIRS, "privacy.txt": PRIVACY}
    asked = EvalSet("set", files, (question,), {})
    home = Home(tmp_path / "home")
    home.acquire()
    parts = Parts(
        home,
        Settings(),
        embedder=HashEmbedder(),
        reader=OverlapReader(),
        judge=OverlapJudge(),
        generator=ScriptGenerator(getattr(request, "param", f"{REPAIRS} [1]")),
    )
    with Library.of(parts, "set") as library:
        index = build(library, asked, tmp_path / "files", lambda line: None)
        yield Collector(index, parts, Settings(refuse_below=0.0)), question


def test_an_answer_that_holds_is_a_right_case_of_both_ways(collector):
    ask, question = collector
    found = {case.way: case.right for case in ask.cases(question, absent=False)}
    assert found == {"quoted": True, "generated": True}


@pytest.mark.parametrize("collector", ["The documents do not answer this."], indirect=True)
def test_a_quotation_after_the_generator_refused_is_a_case_of_its_own(collector):
    ask, question = collector
    found = {case.way: case.right for case in ask.cases(question, absent=False)}
    assert found == {"quoted": True, "declined": True}


def test_without_its_document_no_case_is_right(collector):
    ask, question = collector
    found = list(ask.cases(question, absent=True))
    assert found and not any(case.right for case in found)
