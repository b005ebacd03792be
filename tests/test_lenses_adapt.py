"""Adapting: it learns special terms, refuses where it does not help, and is taken back."""

from __future__ import annotations

import numpy as np
import pytest

from rag.errors import RagError
from rag.lenses.adapt import Adapter, adapt, adapted, judge, learn, ndcg, pairs_of
from rag.types import Chunk, Passages
from tests.fakes import HashEmbedder
from tests.view import MemoryView, unit_rows


def special(count=40):
    """Questions whose vectors are those of their passages with the axes turned: terms of another tongue."""
    stored = unit_rows(count, 6)
    return np.roll(stored, 1, axis=1), stored, [frozenset({at}) for at in range(count)]


def test_terms_that_mean_something_special_are_learned():
    questions, stored, targets = special()
    learned = learn("h", questions, stored, targets)
    before, after = ndcg(questions, stored, targets), ndcg(learned.apply(questions), stored, targets)
    assert after.mean() > before.mean()


def test_what_does_not_help_is_not_used():
    rows = unit_rows(20, 6)
    trial = judge(rows, rows, [frozenset({at}) for at in range(20)])
    assert trial.before == 1 and not trial.helps and "nothing was changed" in trial.note


def test_too_few_pairs_are_refused():
    with pytest.raises(RagError, match="Only 3 pairs"):
        judge(unit_rows(3, 4), unit_rows(3, 4), [frozenset({0})] * 3)


def test_an_adapter_is_kept_and_only_serves_its_embedder(tmp_path):
    embedder, path = HashEmbedder(), tmp_path / "adapter.npz"
    plain = embedder.embed_queries(["a lamp"])
    assert adapted(embedder, path) is embedder
    matrix = np.full((256, 256), 0.1, np.float32)
    Adapter("hash", matrix).save(path)
    found = adapted(embedder, path)
    assert not np.allclose(found.embed_queries(["a lamp"]), plain)
    assert np.array_equal(found.embed_documents(["a lamp"]), embedder.embed_documents(["a lamp"]))
    Adapter("another", matrix).save(path)
    assert adapted(embedder, path) is embedder
    path.write_bytes(b"damaged")
    with pytest.raises(RagError, match="damaged"):
        adapted(embedder, path)


def test_learning_twice_gives_the_same_map():
    questions, stored, targets = special(20)
    assert np.array_equal(
        learn("h", questions, stored, targets).matrix, learn("h", questions, stored, targets).matrix
    )


def test_ndcg_is_one_for_the_first_place_and_less_below():
    stored = np.eye(4, dtype=np.float32)
    assert ndcg(stored[:1], stored, [frozenset({0})])[0] == 1
    assert 0 < ndcg(stored[:1], stored, [frozenset({3})])[0] < 0.5


def test_pairs_come_from_headings_and_from_words_that_stand_in_a_passage():
    chunks = (
        Chunk("a", "d", 0, "Opened items may be\nreturned.", 0, 1, heading="Terms > Returns"),
        Chunk("b", "d", 1, "Lamps burn.", 0, 1),
    )
    passages = Passages(chunks, ("f", "f"), unit_rows(2, 4))
    given = [("What burns?", "lamps  burn"), ("Who?", "nowhere"), ("Empty?", " ")]
    assert pairs_of(passages, given) == [("Returns", frozenset({0})), ("What burns?", frozenset({1}))]


class Prompted(MemoryView):
    """A library whose embedder wants questions asked another way than passages are stored."""

    def embed(self, texts, *, queries=False):
        return super().embed([text[::-1] for text in texts] if queries else texts)


def test_pairs_are_learned_as_questions_are_asked():
    texts = {f"{at}.txt": f"part{at} number{at} shelf{at}" for at in range(24)}
    pairs = [(text[::-1], text) for text in texts.values()]
    assert adapt(Prompted(texts), "hash", pairs)[0].before == pytest.approx(1)
