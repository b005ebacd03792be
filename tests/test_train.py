"""The recipes: reading the sets, drawing pairs and lessons, packing, stepping."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from rag.errors import RagError
from rag.prompts import REFUSAL
from rag.train.answers_check import Given, both, exams, figures, parse, read_answers
from rag.train.asked import Asked
from rag.train.contracts import read_cuad
from rag.train.data import Evidence, Question, Source, clip, held_out, locate, read_squad, windows
from rag.train.drawn import Drawn
from rag.train.grids import grid
from rag.train.lessons import Lessons
from rag.train.loop import Clock, MasterAdamW, load_checkpoint, rate_at, save_checkpoint
from rag.train.made import with_order
from rag.train.measure import Refusals, exact, f1
from rag.train.noise import asked_otherwise, keywords_of, leaning, typed_badly, with_other_numbers
from rag.train.packing import pack, shared_start
from rag.train.pairs import Nearness, Pairs, crop, sentence_alone
from rag.train.rules import Draft, Rule, sheet, themes
from rag.train.sets import read_sets
from rag.train.written import FAMILY, read_written
from rag.types import Reading

BRIDGE = "The stone bridge was built in 1742 by Anna Berg. It has seven arches."
FERRY = "Before the bridge, a ferry crossed the river twice a day. It cost two coins."
SQUAD = {
    "data": [
        {
            "title": "Bridge",
            "paragraphs": [
                {
                    "context": BRIDGE,
                    "qas": [
                        {
                            "question": "Who built the stone bridge?",
                            "is_impossible": False,
                            "answers": [{"text": "Anna Berg", "answer_start": 38}],
                        },
                        {"question": "Who burnt the bridge?", "is_impossible": True, "answers": []},
                    ],
                },
                {
                    "context": FERRY,
                    "qas": [
                        {
                            "question": "How often did the ferry cross?",
                            "is_impossible": False,
                            "answers": [{"text": "twice a day", "answer_start": 45}],
                        }
                    ],
                },
            ],
        }
    ]
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "squad").mkdir()
    (tmp_path / "squad" / "squad2.json").write_text(json.dumps(SQUAD), "utf-8")
    return tmp_path


@pytest.fixture
def source(folder: Path) -> Source:
    return next(read_squad(folder / "squad" / "squad2.json", "squad2"))


def test_windows_cover_the_text_and_keep_to_the_limit() -> None:
    text = "One sentence here. " * 30 + "x" * 500
    spans = windows(text, 100)
    assert "".join(text[a:b] for a, b in spans) == text
    assert max(b - a for a, b in spans) <= 100


def test_evidence_is_clipped_to_the_windows_that_hold_it() -> None:
    cuts = [(0, 10), (10, 20)]
    assert clip([(2, 5)], cuts) == (Evidence(0, 2, 5),)
    assert clip([(8, 18)], cuts, offset=3) == (Evidence(4, 0, 8),)


def test_of_two_places_the_one_by_the_questions_words_is_taken() -> None:
    text = "Lima has ten parks. " + "Nothing is said here at all. " * 8 + "Quito has ten hills."
    assert locate(text, "ten", "How many hills has Quito?") == (text.rindex("ten"), text.rindex("ten") + 3)
    assert locate(text, "Bonn", "Where?") is None


def test_squad_is_read_with_its_unanswerable_questions(source: Source) -> None:
    built, burnt, often = source.questions
    assert source.passages == (BRIDGE, FERRY)
    span = built.evidence[0]
    assert BRIDGE[span.start : span.end] == "Anna Berg"
    assert (burnt.evidence, burnt.home) == ((), 0)
    assert often.answering == {1}


def test_contracts_are_read_with_absent_categories(tmp_path: Path) -> None:
    (tmp_path / "txt").mkdir()
    clause = "This Agreement is governed by the laws of  Utah."
    (tmp_path / "txt" / "A_B agreement.txt").write_text(f"Preamble.\n{clause}\nEnd.", "utf-8")
    label = "['This agreement is governed by the laws of Utah.']"
    (tmp_path / "master_clauses.csv").write_text(
        f'Filename,Governing Law,Insurance\nA-B Agreement.pdf,"{label}",[]\n', "utf-8"
    )
    (tmp_path / "category_descriptions.csv").write_text(
        "Category,Description\nCategory: Governing Law,Description: Which law?\n"
        "Category: Insurance,Description: Is there insurance?\n",
        "utf-8",
    )
    contract = next(read_cuad(tmp_path))
    law, insurance = contract.questions
    span = law.evidence[0]
    assert contract.passages[span.passage][span.start : span.end] == clause.rstrip(".")
    assert (insurance.evidence, insurance.home) == ((), None)


def test_a_folder_without_sets_says_which_it_knows(tmp_path: Path) -> None:
    with pytest.raises(RagError, match="squad2"):
        read_sets(tmp_path)


def test_every_written_answer_stands_once_in_its_passage_and_no_question_twice() -> None:
    sources = list(read_written())
    for source in sources:
        texts = [question.text.lower() for question in source.questions]
        assert len(set(texts)) == len(texts), source.title
        for question in source.questions:
            home = source.passages[question.home or 0]
            assert all(home.count(answer) == 1 for answer in question.answers), question
            assert len(question.evidence) == len(question.answers)
    assert sum(bool(source.questions) for source in sources) == len(sources) > 100
    assert 0.15 < sum(source.held_out for source in sources) / len(sources) < 0.35


def test_a_written_question_marks_its_answer_or_has_none(tmp_path: Path) -> None:
    line = {
        "title": "Ferry",
        "text": FERRY,
        "facts": [["twice a day", "How often?", "What rhythm?", "When do I get over?", "crossings day"]],
        "not": ["How often by night?"],
    }
    (tmp_path / "ferry.jsonl").write_text(json.dumps(line) + "\n", "utf-8")
    (source,) = read_written(tmp_path)
    *asked, absent = source.questions
    spans = {FERRY[place.start : place.end] for question in asked for place in question.evidence}
    assert (len(asked), spans) == (4, {"twice a day"})
    assert not absent.answering and absent.home == 0


SECTIONS = [
    {
        "document": "Crossings",
        "title": f"{number} {heading}",
        "text": text,
        "facts": [[answer, f"Asked {answer}?", f"Of {answer}?", f"I need {answer}.", f"words {answer}"]],
        "not": [],
    }
    for number, (heading, text, answer) in enumerate(
        [("Bridge", BRIDGE, "seven"), ("Ferry", FERRY, "two coins")], 1
    )
]


def test_written_sections_of_one_document_stand_together_under_their_headings(tmp_path: Path) -> None:
    alone = SECTIONS[0] | {"document": "Another"}
    lines = "\n".join(json.dumps(row) for row in [*SECTIONS, alone])
    (tmp_path / "crossings.jsonl").write_text(lines, "utf-8")
    whole, other = read_written(tmp_path)
    assert (whole.title, whole.passages, other.title) == ("Crossings", (BRIDGE, FERRY), "Another")
    assert whole.title_of(1) == "Crossings > 2 Ferry"
    asked = whole.questions[-1]
    assert [FERRY[place.start : place.end] for place in asked.evidence] == ["two coins"]
    groups = Pairs([whole], seed=1).epoch(0)
    shown = [pair.passage for group in groups for pair in group]
    assert any("2 Ferry\n" in passage for passage in shown)
    assert any(len(group) > 1 and not group[1].answers for group in groups)  # the other section tempts


def test_lessons_on_a_lone_passage_show_like_ones_beside_it() -> None:
    start = FERRY.index("two coins")
    evidence = (Evidence(0, start, start + 9),)
    asked = Question("What did the ferry over the river cost?", 0, evidence, ("two coins",))
    ferry = Source("written", "Ferry", (FERRY,), (asked,))
    like = Source("written", "Bridge", ("A toll over the river once cost nine coins.",), (Question("x", 0),))
    far = [Source("written", f"Moth {n}", (f"Moth {n} sleeps.",), (Question("y", 0),)) for n in range(30)]
    lessons, seen = Lessons([ferry, like, *far]), Counter[str]()
    for seed in range(300):
        context = lessons.draw(random.Random(seed), cropped=0.0)
        texts = [text for _, text in context.passages]
        if FERRY in texts:
            seen.update(texts)
    assert seen[like.passages[0]] > max(seen[source.passages[0]] for source in far)


def test_one_document_in_four_is_held_out() -> None:
    share = sum(held_out(f"document {n}") for n in range(400)) / 400
    assert 0.2 < share < 0.3
    assert held_out("Prime_number") and not held_out("Rhine")


def test_noise_keeps_the_question_recognisable() -> None:
    rng = random.Random(1)
    question = "When was the stone bridge over the river built?"
    for _ in range(30):
        assert len(set(typed_badly(question, rng).lower()) & set(question.lower())) > 8


def test_a_changed_question_differs_and_names_something_not_in_the_passage() -> None:
    rng = random.Random(1)
    changed = asked_otherwise("Who taught Anna Berg?", BRIDGE, ["Carl Holm", "1742"], rng)
    assert changed == "Who taught Carl Holm?"
    assert asked_otherwise("what colour has it?", BRIDGE, [], rng) is None


def test_numbers_change_alike_and_keep_their_length() -> None:
    texts = with_other_numbers(["built in 1742, in 1742", "1742 [1]"], random.Random(3))
    year = texts[1][:4]
    assert year != "1742" and texts[0] == f"built in {year}, in {year}" and texts[1].endswith(" [1]")


def test_pairs_mark_the_answer_and_repeat_by_seed(source: Source) -> None:
    pairs = Pairs([source], seed=1)
    groups = [group for number in range(8) for group in pairs.epoch(number)]
    marked = {pair.passage[slice(*pair.span)] for g in groups for pair in g if pair.span}
    assert marked == {"Anna Berg", "twice a day"}
    assert any(not group[0].answers for group in groups)
    assert pairs.epoch(2) == Pairs([source], seed=1).epoch(2)


def test_a_lone_passage_is_held_against_one_that_looks_like_it() -> None:
    def passage(name: str) -> Source:
        asked = Question("When are bulbs planted?", 0, (Evidence(0, 0, len(name)),), (name,))
        return Source(FAMILY, name, (f"{name} bulbs are planted in autumn.",), (asked,))

    pairs = Pairs([passage("Tulip"), passage("Dahlia")], 3)
    groups = [group for epoch in range(300) for group in pairs.epoch(epoch) if group[0].answers]
    beside = [pair for group in groups for pair in group[1:]]
    assert not any(pair.answers for pair in beside)
    assert len(beside) > 0.3 * len(groups) > 0  # a passage of any document comes to a few of them only


def test_nearness_and_crops_follow_the_questions_words() -> None:
    assert Nearness([BRIDGE, FERRY]).order("How often did the ferry cross?")[0] == 1
    text = BRIDGE + " " + FERRY
    cut, start = crop(text, "How often did the ferry cross?", None, 80)
    assert "twice a day" in cut and text[start:].startswith(cut)
    whole, start = crop(text, "?", Evidence(0, 60, 100), 80)
    assert (whole, start) == (text, 0)


def test_a_sentence_alone_is_the_answers_or_the_one_that_looks_like_it() -> None:
    text = BRIDGE + " " + FERRY
    answer = text.index("Anna Berg")
    cut, start = sentence_alone(text, "Who drew it?", (answer, answer + 9))
    assert "Anna Berg" in cut and "twice a day" not in cut and text[start:].startswith(cut)
    cut, start = sentence_alone(text, "How often did the ferry cross?", None)
    assert "twice a day" in cut and "Anna Berg" not in cut and text[start:].startswith(cut)


def test_keywords_are_the_words_that_name_things() -> None:
    seen = {
        keywords_of("When was the stone bridge over the river built?", random.Random(n)) for n in range(9)
    }
    assert "stone bridge over river built" in seen and len(seen) > 1
    assert {frozenset(keys.split()) for keys in seen} == {frozenset("stone bridge over river built".split())}


def test_lessons_cite_the_passage_that_holds_the_answer(source: Source) -> None:
    lessons = Lessons([source])
    rng = random.Random(4)
    seen = set()
    for _ in range(60):
        context = lessons.draw(rng, cropped=0.3)
        for lesson in context.lessons:
            seen.add(lesson.refused)
            if not lesson.refused and " and " not in lesson.answer:
                words, number = lesson.answer.rsplit(" [", 1)
                assert words in context.passages[int(number[0]) - 1][1]
    assert seen == {True, False}


@pytest.mark.parametrize("draw", [grid, sheet])
def test_what_is_drawn_answers_in_its_own_words_or_not_at_all(
    draw: Callable[[random.Random], Drawn],
) -> None:
    rng = random.Random(2)
    drawn = [draw(rng) for _ in range(50)]
    for one in drawn:
        for asked in one.asked:
            assert asked.answer == (asked.span and one.text[slice(*asked.span)])
    assert sum(any(asked.answer is None for asked in one.asked) for one in drawn) > 40
    assert any(asked.earlier for one in drawn for asked in one.asked)


def test_a_case_that_is_not_told_is_asked_for_all_the_same() -> None:
    rng = random.Random(5)
    rule = Rule((("dogs",), ("cats",), ("birds",)), ("{x} cost {v}.",), ("What do {x} cost?",), "money 2 60")
    for _ in range(30):
        draft = Draft(rng)
        draft.tell(rule)
        text, asked = draft.finished()
        for question in asked:
            named = question.earlier is None and question.text.split()[2]
            assert not named or (named in text.lower()) == (question.answer is not None)


def test_every_fact_can_be_told_and_asked() -> None:
    rng = random.Random(6)
    for _, rules in themes():
        for rule in rules:
            draft = Draft(rng)
            draft.tell(rule)
            text, asked = draft.finished()
            assert "{" not in text + "".join(question.text for question in asked)


def test_a_follow_up_points_at_the_name_of_the_question_before() -> None:
    rng = random.Random(0)
    asked = leaning("Who built the Long Bridge in 1880?", "How wide is the Long Bridge?", rng)
    assert asked is not None and "Long Bridge" not in asked and asked.endswith("in 1880?")
    assert leaning("Who built the Long Bridge?", "How old is Ada?", rng) is None


def test_hidden_orders_leave_the_text() -> None:
    rng = random.Random(2)
    for _ in range(20):
        ordered = with_order(BRIDGE, rng)
        assert len(ordered) > len(BRIDGE) and "seven arches" in ordered


def test_a_pack_reads_like_the_prompts_alone() -> None:
    transformers = pytest.importorskip("transformers")
    from rag.train.answers import pack_loss

    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=50, hidden_size=32, intermediate_size=48, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, attn_implementation="eager",
    )  # fmt: skip
    model = transformers.LlamaForCausalLM(config).eval()
    prompts = [[1, 2, 3, 4, 5, 6, 7], [1, 2, 3, 4, 9, 8], [1, 2, 3, 4, 9, 8, 11, 12]]
    answers = [[20, 21, 0], [22, 0], [23, 24, 25, 0]]
    assert shared_start(prompts) == 4
    packed = pack(prompts, answers)
    with torch.no_grad():
        together = pack_loss(model, packed)
        alone = sum(pack_loss(model, pack([p], [a])) for p, a in zip(prompts, answers, strict=True))
        ids = torch.tensor([prompts[2] + answers[2]])
        logits = model(ids).logits[0, len(prompts[2]) - 1 : -1]
        plain = torch.nn.functional.cross_entropy(logits, torch.tensor(answers[2]), reduction="sum")
        last = pack_loss(model, pack([prompts[2]], [answers[2]]))
    assert torch.allclose(together, alone, atol=1e-4)
    assert torch.allclose(last, plain, atol=1e-4)


def test_an_empty_pack_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least one prompt"):
        pack([], [])


def test_masters_keep_steps_that_bf16_would_lose(tmp_path: Path) -> None:
    param = torch.nn.Parameter(torch.ones(1, dtype=torch.bfloat16))
    optimizer = MasterAdamW([([param], 1.0)], decay=0.0)
    for _ in range(10):
        param.grad = torch.ones(1, dtype=torch.bfloat16)
        optimizer.step(1e-4)
    assert optimizer.masters[0].item() == pytest.approx(0.999, abs=1e-4)
    save_checkpoint(tmp_path / "checkpoint.pt", {"optimizer": optimizer.state()})
    again = MasterAdamW([([param], 1.0)], decay=0.0)
    saved = load_checkpoint(tmp_path / "checkpoint.pt")
    assert saved is not None
    again.load(saved["optimizer"])
    assert torch.equal(again.masters[0], optimizer.masters[0])
    assert load_checkpoint(tmp_path / "other.pt") is None


def test_the_rate_rises_and_falls_and_the_clock_counts_on() -> None:
    assert rate_at(0.0, 1.0) == 0 and rate_at(0.04, 1.0) == 1 and rate_at(1.0, 1.0) == 0
    assert Clock(1.0, spent=30.0).tick() >= 0.5


def test_measures_follow_squad() -> None:
    assert f1("The Anna Berg", ["Anna Berg!"]) == 1 and exact("a Bridge", ["bridge"])
    assert f1("Anna", ["Anna Berg", "Carl"]) == pytest.approx(2 / 3)
    refusals = Refusals.of([True, True, False, False], [False, True, True, False])
    assert (refusals.precision, refusals.recall, refusals.answered) == (0.5, 0.5, 0.5)


def test_a_question_without_evidence_is_refused() -> None:
    source = Source("squad2", "Bridge", (BRIDGE,), (Question("Who burnt it?", 0),))
    context = Lessons([source]).draw(random.Random(0), cropped=0.0)
    while not any(text == BRIDGE for _, text in context.passages):  # a table was drawn
        context = Lessons([source]).draw(random.Random(1), cropped=0.0)
    assert {lesson.answer for lesson in context.lessons} == {REFUSAL}


class ScriptedReader:
    """Reads as told: answer probability by passage text, span always the first word."""

    name = "scripted"

    def __init__(self, sure: dict[str, float]) -> None:
        self._sure = sure

    def read(self, question: str, passages: list[str]) -> list[Reading]:
        return [
            Reading(self._sure.get(p.partition("\n")[2], 0.0), (p.index("\n") + 1, len(p)), 1.0)
            for p in passages
        ]


def test_answers_are_split_into_words_citations_and_refusals() -> None:
    assert parse("Anna Berg [1] [2]") == Given("Anna Berg", (1, 2), False)
    assert parse(REFUSAL).refused


def test_exams_are_drawn_from_held_out_documents_alone() -> None:
    questions = (Question("How often did it cross?", 1, (Evidence(1, 45, 56),), ("twice a day",)),)
    passages = (BRIDGE, FERRY, "The river is deep.")
    held = Source("squad2", "Prime_number", passages, questions)
    (exam,) = exams([held, Source("squad2", "Rhine", passages, questions)], 9)
    (right,) = exam.right
    assert exam.context.passages[min(right) - 1][1] == FERRY
    given = read_answers(ScriptedReader({FERRY: 0.9}), exam.context)
    found = figures([exam], [given])
    assert (found["cited right"], found["answered"], found["questions"]) == (1.0, 1.0, 1)
    refused = both(given, [Given("", (), True)])
    assert figures([exam], [refused])["answered"] == 0.0


def test_the_judge_learns_what_a_passage_answers_and_what_only_looks_so(source: Source) -> None:
    other = Source("squad", "Other", ("Bees sleep in winter.",), (Question("When do bees sleep?", 0),))
    drawn = Asked([source, other], seed=3)
    seen = [drawn.draw(random.Random(f"{n}")) for n in range(300)]
    own = [one for one in seen if source.title.replace("_", " ").lower() in one.passage.lower()]
    truths = [(one.passage, text, truth) for one in own for text, truth in one.questions]
    assert {truth for *_, truth in truths} == {True, False}
    asked = {question.text: question for question in source.questions}
    for passage, text, truth in truths:
        if truth and text in asked:
            assert any(answer in passage for answer in asked[text].answers)
        if text == "When do bees sleep?":
            assert not truth
    again = drawn.draw(random.Random("7"))
    assert again == drawn.draw(random.Random("7")) == seen[7]
