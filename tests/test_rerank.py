"""The evidence reader: words of spans, windows, and, with the real weights, sense."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch

from rag.rerank import (
    BASE,
    MAX_TOKENS,
    Calibration,
    Limits,
    PairTokenizer,
    breaks,
    decode,
    evidence_reader,
    minilm_folder,
    whole_words,
)
from rag.rerank.net import EvidenceNet
from rag.settings import Settings

PASSAGES = [
    "shop.txt > Returns\nOpened items can be sent back within 14 days. Unopened items within 30 days.",
    "shop.txt > Delivery\nParcels arrive after three working days. Delivery is free over 50 euros.",
    "shop.txt > Warranty\nThe kettle carries a warranty of 24 months from the day of purchase.",
]


def test_a_span_is_widened_to_whole_words() -> None:
    text = "It was Wellington's army."
    assert text[slice(*whole_words(text, (9, 14)))] == "Wellington"
    assert whole_words(text, (0, 2)) == (0, 2)
    assert whole_words(text, (len(text), len(text))) == (len(text), len(text))


def test_an_answer_lies_within_one_clause_item_or_row() -> None:
    text = "Terms\n\n1.1 Pay in\n45 days.\n1.2 No set-off.\n- one\n| a | b |\nThe end."
    cuts = [0, *breaks(text), len(text)]
    parts = [text[a:b].strip() for a, b in pairwise(cuts)]
    assert parts == ["Terms", "1.1 Pay in\n45 days.", "1.2 No set-off.", "- one", "| a | b |\nThe end."]


def test_the_best_span_is_looked_for_on_one_side_of_a_break() -> None:
    passage = "eight pounds\n2. thirty days"
    encoding = PairTokenizer(minilm_folder(Settings(embedder=BASE))).encode("how much", [passage])[0][0]
    logits = torch.zeros(len(encoding.ids), 2)
    inside = [n for n, part in enumerate(encoding.sequence_ids) if part == 1]
    logits[inside[0], 0] = 5.0  # "eight" opens
    logits[inside[-1], 1] = 4.0  # "days" closes
    logits[inside[1], 1] = 3.0  # "pounds" nearly does
    assert passage[slice(*decode(encoding, logits, 0.0).span)] == passage
    assert passage[slice(*decode(encoding, logits, 0.0, Limits.of(passage)).span)] == "eight pounds"


@pytest.mark.parametrize(
    ("passage", "words"), [("How long is it? Four years.", "years."), ("How long is it?", "long")]
)
def test_no_answer_lies_in_a_question_of_the_document_unless_there_is_nothing_else(passage, words) -> None:
    encoding = PairTokenizer(minilm_folder(Settings(embedder=BASE))).encode("how long", [passage])[0][0]
    logits = torch.zeros(len(encoding.ids), 2)
    inside = [n for n, part in enumerate(encoding.sequence_ids) if part == 1]
    logits[inside[1], 0] = logits[inside[1], 1] = 5.0  # "long" of the question
    logits[inside[-2], 0] = logits[inside[-1], 1] = 3.0
    limited = decode(encoding, logits, 0.0, Limits.of(passage))
    assert passage[slice(*limited.span)] == words


def test_calibration_rises_with_both_signs_and_does_not_overflow() -> None:
    calibration = Calibration(answer=1.0, margin=0.5, bias=-1.0)
    assert calibration.probability(0.0, 2.0) == pytest.approx(0.5)
    assert calibration.probability(1.0, 2.0) > 0.5
    assert 0 <= calibration.probability(-5000.0, -5000.0) < 1e-9
    assert math.isclose(calibration.probability(5000.0, 0.0), 1.0)


def test_training_and_reading_attend_alike() -> None:
    torch.manual_seed(0)
    net = EvidenceNet()
    ids = torch.randint(1000, 2000, (2, 9))
    mask = torch.tensor([[1] * 9, [1] * 6 + [0] * 3])
    with torch.inference_mode():
        net.train()
        slow = net(ids, mask * 0, mask)
        net.eval()
        fast = net(ids, mask * 0, mask)
    assert torch.allclose(slow[1], fast[1], atol=1e-5)
    assert torch.allclose(slow[0][1, :6], fast[0][1, :6], atol=1e-5)


@pytest.fixture(scope="module")
def reader():
    return evidence_reader(Settings(embedder=BASE))


@pytest.mark.slow
def test_the_passage_that_answers_comes_first_and_its_words_are_marked(reader) -> None:
    readings = reader.read("How long is the warranty of the kettle?", PASSAGES)
    best = max(range(3), key=lambda n: readings[n].answers)
    assert best == 2
    assert "24 months" in PASSAGES[2][slice(*readings[2].span)]
    assert all(0 <= r.answers <= 1 and 0 <= r.confidence <= 1 for r in readings)


@pytest.mark.slow
def test_a_question_about_something_else_is_not_answered(reader) -> None:
    readings = reader.read("Who painted the Mona Lisa?", PASSAGES)
    assert max(r.answers for r in readings) < 0.5


@pytest.mark.slow
def test_order_and_batch_do_not_matter(reader) -> None:
    question = "When do parcels arrive?"
    together = reader.read(question, PASSAGES)
    for reading, passage in zip(together, PASSAGES, strict=True):
        alone = reader.read(question, [passage])[0]
        assert alone.answers == pytest.approx(reading.answers, abs=0.05)


@pytest.mark.slow
def test_a_long_passage_is_read_in_windows(reader) -> None:
    filler = "The shop opens at nine and closes at six on every working day. " * 40
    passage = filler + PASSAGES[2]
    assert len(passage.split()) > MAX_TOKENS
    reading = reader.read("How long is the warranty of the kettle?", [passage])[0]
    assert "24 months" in passage[slice(*reading.span)]


@pytest.mark.slow
def test_nothing_to_read_and_empty_texts(reader) -> None:
    assert reader.read("Why?", []) == []
    reading = reader.read("Why?", [""])[0]
    assert reading.span == (0, 0)
    assert reader.read("", ["Some text."])[0].answers < 0.9
