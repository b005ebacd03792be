"""The measures of the lenses run on small files of the sets' forms."""

from __future__ import annotations

import json

import pytest

from rag.errors import RagError
from rag.evaluate import lenses
from rag.settings import Settings
from tests.fakes import HashEmbedder


@pytest.fixture
def kept(monkeypatch, tmp_path):
    monkeypatch.setattr(lenses, "TransformerEmbedder", lambda settings: HashEmbedder())
    return lenses.Kept(Settings.read(), tmp_path / "kept")


def test_vectors_are_kept_for_the_same_texts(kept, tmp_path):
    first = kept(["a lamp"])
    assert len(list((tmp_path / "kept").iterdir())) == 1
    assert (kept(["a lamp"]) == first).all() and (kept(["a kettle"]) != first).any()


def test_a_question_is_counted_where_its_abstract_comes_first(kept, tmp_path):
    texts = {"1": "lamps burn hours", "2": "kettles boil water", "3": "tulips bloom"}
    rows = {key: {"CONTEXTS": [text], "QUESTION": f"do {text}"} for key, text in texts.items()}
    rows["3"]["QUESTION"] = "do kettles boil water"
    path = tmp_path / "pubmedqa.json"
    path.write_text(json.dumps(rows))
    ours, plain = lenses.abstracts(path, kept, 0)
    assert (ours.n, round(ours.value, 2), round(plain.value, 2)) == (3, 0.67, 0.67)


def test_a_missing_article_is_a_gap_of_its_questions(kept, tmp_path):
    def article(title, word):
        asked = [
            {"question": f"{word} {word} {verb}?", "is_impossible": False} for verb in ("who", "when", "why")
        ]
        return {"title": title, "paragraphs": [{"context": f"{word} who when why {word}", "qas": asked}]}

    path = tmp_path / "squad2.json"
    path.write_text(json.dumps({"data": [article("A", "tulips"), article("B", "kettles")]}))
    share, within = lenses.left_out(path, kept, 0)
    assert (share.value, within.value) == (1.0, 1.0)


def test_a_folder_without_a_set_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(lenses, "TransformerEmbedder", lambda settings: HashEmbedder())
    with pytest.raises(RagError, match="holds none of"):
        lenses.prove_lenses(tmp_path, Settings.read(), keep=None, say=print)
