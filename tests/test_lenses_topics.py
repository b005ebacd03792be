"""Topics: found, named, the same in any order, and what moves."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from rag.lenses import topics as module
from rag.lenses.batch import Items
from rag.lenses.layout import plane, stand_ins
from rag.lenses.space import unit
from rag.lenses.topics import cluster, topics
from tests.fakes import HashEmbedder
from tests.view import unit_rows

WORDS = {
    "lost": "card lost stolen wallet thief",
    "rate": "exchange euro dollar rate market",
    "pin": "pin code blocked digits forgot",
}


def items(count=30, days=None, order=None):
    draw = np.random.default_rng(0)
    texts = [
        " ".join(draw.permutation(words.split())[:4].tolist())
        for words in WORDS.values()
        for _ in range(count // 3)
    ]
    order = np.arange(len(texts)) if order is None else order
    texts = [texts[at] for at in order]
    days = tuple(days or [None] * len(texts))
    names = tuple(f"n{at}" for at in order)
    return Items(tuple(texts), names, HashEmbedder().embed_documents(texts), days, ("",) * len(texts))


def test_texts_about_one_thing_share_a_topic_named_after_it():
    found = topics(items(), 3)
    truth = np.repeat([0, 1, 2], 10)
    assert adjusted_rand_score(truth, found.member) == 1
    assert [topic.size for topic in found.topics] == [10, 10, 10]
    named = {found.member[at * 10]: key for at, key in enumerate(WORDS)}
    for topic in found.topics:
        assert set(topic.name.replace(",", " ").split()) <= set(WORDS[named[topic.number]].split())


def test_the_order_of_the_texts_changes_nothing():
    order = np.random.default_rng(3).permutation(30)
    assert (
        adjusted_rand_score(np.array(topics(items(), 3).member)[order], topics(items(order=order), 3).member)
        == 1
    )


def test_texts_left_out_hardly_change_the_topics_of_the_others():
    draw = np.random.default_rng(1)
    middles = unit_rows(6, 32, seed=2)
    vectors = unit(middles[np.repeat(np.arange(6), 40)] + draw.normal(0, 0.25, (240, 32)))
    kept = draw.permutation(240)[:216]
    assert adjusted_rand_score(cluster(vectors, 6)[kept], cluster(vectors[kept], 6)) > 0.9


def test_a_topic_that_only_lately_appears_is_emerging():
    days = [date(2026, 1, 1 + at) for at in range(20)] + [date(2026, 6, 1 + at) for at in range(10)]
    found = topics(items(days=days), 3)
    emerging = [topic for topic in found.topics if topic.emerging]
    assert [set(topic.name.replace(",", " ").split()) <= set(WORDS["pin"].split()) for topic in emerging] == [
        True
    ]
    assert emerging[0].change > 0.5 and found.drift > 0.5
    assert topics(items(), 3).drift == 0


def test_what_lies_far_from_its_topic_is_an_outlier():
    whole = items()
    vectors = np.concatenate([whole.vectors, unit_rows(1, 256)])
    strange = Items((*whole.texts, "zebra"), (*whole.names, "zebra"), vectors, (None,) * 31, ("",) * 31)
    found = topics(strange, 3)
    assert found.outliers == (30,)
    assert found.rows(strange)[30]["outlier"] is True


def test_more_texts_than_are_clustered_at_once_join_the_nearest_topic(monkeypatch):
    monkeypatch.setattr(module, "MOST_CLUSTERED", 15)
    assert adjusted_rand_score(np.repeat([0, 1, 2], 10), topics(items(), 3).member) == 1


def test_few_texts_are_said_to_be_few():
    assert "Only 6 texts" in topics(items(6)).note
    assert topics(items(0)).topics == ()


@pytest.mark.parametrize("count", [0, 1, 4, 12])
def test_any_number_of_points_has_a_place(count):
    assert plane(unit_rows(count, 16)).shape == (count, 2)


def test_neighbours_stay_neighbours_on_the_map():
    places = plane(items(60).vectors)
    middles = [places[at * 20 : at * 20 + 20].mean(axis=0) for at in range(3)]
    inner = max(
        np.linalg.norm(places[at * 20 : at * 20 + 20] - middles[at], axis=1).mean() for at in range(3)
    )
    assert min(np.linalg.norm(middles[a] - middles[b]) for a, b in ((0, 1), (0, 2), (1, 2))) > inner


def test_what_is_drawn_stands_for_itself_and_for_the_nearest_of_what_is_not():
    places = np.array([[0, 0], [9, 9], [9, 9], [8, 9], [1, 0]], np.float32)
    assert stand_ins(places, 5).tolist() == [0, 1, 2, 3, 4]
    assert stand_ins(places, 2).tolist() == [0, 1, 1, 1, 0]
