"""The measures of the lenses run on small files of the sets' forms."""

from __future__ import annotations

import json

import pytest

from rag.errors import RagError
from rag.evaluate import finding, kept, lenses, moderation
from rag.settings import Settings
from tests.fakes import HashEmbedder


@pytest.fixture
def embed(monkeypatch, tmp_path):
    monkeypatch.setattr(kept, "TransformerEmbedder", lambda settings: HashEmbedder())
    return kept.Kept(Settings.read(), tmp_path / "kept")


def test_vectors_are_kept_for_the_same_texts(embed, tmp_path):
    first = embed(["a lamp"])
    assert len(list((tmp_path / "kept").iterdir())) == 1
    assert (embed(["a lamp"]) == first).all() and (embed(["a kettle"]) != first).any()


def test_a_question_is_counted_where_its_abstract_comes_first(embed, tmp_path):
    texts = {"1": "lamps burn hours", "2": "kettles boil water", "3": "tulips bloom"}
    rows = {key: {"CONTEXTS": [text], "QUESTION": f"do {text}"} for key, text in texts.items()}
    rows["3"]["QUESTION"] = "do kettles boil water"
    path = tmp_path / "pubmedqa.json"
    path.write_text(json.dumps(rows))
    ours, plain = finding.abstracts(path, embed, 0)
    assert (ours.n, round(ours.value, 2), round(plain.value, 2)) == (3, 0.67, 0.67)


def test_a_missing_article_is_a_gap_of_its_questions(embed, tmp_path):
    def article(title, word):
        asked = [
            {"question": f"{word} {word} {verb}?", "is_impossible": False} for verb in ("who", "when", "why")
        ]
        return {"title": title, "paragraphs": [{"context": f"{word} who when why {word}", "qas": asked}]}

    path = tmp_path / "squad2.json"
    path.write_text(json.dumps({"data": [article("A", "tulips"), article("B", "kettles")]}))
    *_, share, within = finding.left_out(path, embed, 0)
    assert (share.value, within.value) == (1.0, 1.0)


def test_a_contract_is_held_against_those_of_other_firms(embed, tmp_path):
    files = {
        "ACME_01_EX-10.1-SUPPLY AGREEMENT": "supply goods weekly",
        "ACME_02_EX-10.2-SUPPLY AGREEMENT": "buy goods monthly",
        "BOLT_01_EX-10.1-Supply Agreement": "goods weekly",
        "CORK_01_EX-10.1-AGENCY AGREEMENT": "agent sells shares",
        "no type at all": "supply goods weekly",
    }
    (tmp_path / "txt").mkdir()
    for name, text in files.items():
        (tmp_path / "txt" / f"{name}.txt").write_text(text)
    ours, plain = finding.contracts(tmp_path, embed, 0)
    # Each of the three supply contracts finds one or two of its type among those of other firms, CORK none
    assert (ours.n, plain.n) == (4, 4) and "(of 2)" in ours.measure
    assert ours.value == pytest.approx((1 / 2 + 1 / 2 + 2 / 3 + 0) / 4) == plain.value


def hatecheck(path, kinds):
    """Templates of three cases each: (function, label, what they say, the template they derive from)."""
    columns = "functionality,test_case,label_gold,templ_id,ref_templ_id"
    rows = [
        f"{function},{said} number {case},{label},{number},{source}"
        for number, (function, label, said, source) in enumerate(kinds, 1)
        for case in range(3)
    ]
    path.write_text("\n".join([columns, *rows]))
    return path


def test_moderation_is_right_where_words_tell_and_wrong_where_they_do_not(embed, tmp_path):
    """A function whose hateful cases read like the harmless ones of the others comes out wrong."""
    kinds = [("slur_h", "hateful", "horrid people", "")] * 8
    kinds += [("kind_nh", "non-hateful", "lovely people", "")] * 8 + [
        ("hidden_h", "hateful", "lovely people", "")
    ]
    path = hatecheck(tmp_path / "cases.csv", kinds)
    rows = {row.measure: row for row in moderation.moderation(path, embed, 0)}
    assert (rows["slur_h"].value, rows["kind_nh"].value, rows["hidden_h"].value) == (1, 1, 0)
    assert (rows["slur_h"].n, rows["all functions"].n) == (24, 51)
    assert rows["all functions"].value == pytest.approx(48 / 51)
    assert rows["cases that are hateful"].value == pytest.approx(24 / 27)
    assert rows["plain: hateful, whatever the text"].value == pytest.approx(27 / 51)


def test_families_keep_a_template_from_those_derived_from_it(embed, tmp_path):
    """Each word is said by one family alone, so that only a template of its own family can teach it."""
    kinds = []
    for number in range(20):
        label = ("hateful", "non-hateful")[number % 2]
        source = str(len(kinds) + 1)
        kinds += [("f", label, f"word{number}" * 2, source if copy else "") for copy in range(4)]
    rows = {
        row.measure: row.value
        for row in moderation.moderation(hatecheck(tmp_path / "cases.csv", kinds), embed, 0)
    }
    assert rows["all functions"] > 0.8
    assert rows["all functions, families never seen"] < 0.7


def test_a_folder_without_a_set_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "TransformerEmbedder", lambda settings: HashEmbedder())
    with pytest.raises(RagError, match="holds none of"):
        lenses.prove_lenses(tmp_path, Settings.read(), keep=None, say=print)
