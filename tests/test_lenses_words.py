"""Words: neighbours and analogies of a table, skip-gram of a library, words in their sentences."""

from __future__ import annotations

import numpy as np
import pytest

from rag.errors import RagError
from rag.lenses.space import unit
from rag.lenses.tokens import TokenReader
from rag.lenses.words import WordTable, general, own
from rag.settings import Settings
from tests.view import MemoryView


@pytest.fixture
def table():
    axes = {"man": (0, 0), "woman": (1, 0), "king": (0, 1), "queen": (1, 1), "pear": (-1, -1)}
    rows = np.array([[3, *place] for place in axes.values()], dtype=np.float32)
    return WordTable(tuple(axes), unit(rows), "")


def test_an_analogy_leaves_out_what_was_given(table):
    assert table.analogy("man", "king", "woman", 1)[0][0] == "queen"
    assert {word for word, _ in table.analogy("man", "king", "woman", 9)} == {"queen", "pear"}


def test_neighbours_come_nearest_first_whatever_the_case(table):
    found = table.neighbours("King", 3)
    assert found[0][0] in ("queen", "man") and [score for _, score in found] == sorted(
        (score for _, score in found), reverse=True
    )
    assert table.similarity("man", "man") == pytest.approx(1, abs=1e-6)


def test_an_unknown_word_is_named(table):
    with pytest.raises(RagError, match="zebra"):
        table.analogy("man", "king", "zebra")


def test_skip_gram_puts_words_used_alike_together():
    draw = np.random.default_rng(0)
    lines = [
        " ".join(draw.permutation(words.split()).tolist())
        for _ in range(150)
        for words in ("cat purrs sofa milk whiskers", "engine diesel piston oil torque")
    ]
    learned = own(MemoryView({"a.txt": "\n\n".join(lines)}).passages())
    assert {word for word, _ in learned.neighbours("diesel", 4)} == {"engine", "piston", "oil", "torque"}
    assert "too few" in learned.note


def test_a_library_of_too_few_words_is_refused_in_a_sentence():
    with pytest.raises(RagError, match="too few to learn from"):
        own(MemoryView({"a.txt": "Only this."}).passages())


@pytest.mark.slow
def test_the_embedders_own_table_knows_queens():
    assert general(Settings.read()).analogy("man", "king", "woman", 1)[0][0] == "queen"


@pytest.mark.slow
def test_a_word_has_another_vector_in_another_sense():
    river, shore, money = (
        "He sat on the bank of the river.",
        "The bank of the stream was muddy.",
        "The bank lent me money.",
    )
    cosines = TokenReader(Settings.read()).senses("bank", [river, shore, money])
    assert cosines[0, 1] > cosines[0, 2] + 0.1
    with pytest.raises(RagError, match="does not stand in"):
        TokenReader(Settings.read()).senses("bank", ["No such word."])


@pytest.mark.slow
def test_words_of_a_passage_that_answer_are_warm():
    heat = TokenReader(Settings.read()).heat(
        "When can goods be returned?", "Items may be sent back in June; lamps are green."
    )
    best = dict(zip(heat.passage.words, heat.strength.tolist(), strict=True))
    assert best["back"] > best["green"]
    assert heat.cosines.shape == (len(heat.question.words), len(heat.passage.words))


def test_words_offered_to_try_are_no_grammar():
    table = WordTable(
        ("the", "not", "one", "of", "river", "first", "school"), unit(np.eye(7, dtype=np.float32)), ""
    )
    assert table.examples() == ["river", "school"]
