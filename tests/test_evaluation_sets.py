"""Our own evaluation sets agree with the sample documents, and their gold answers can be worked out again."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from rag.load import FileReader, Limits
from tests.tables_gold import compute, frame, rows_used

DATA = Path(__file__).parent.parent / "data"


def lines(name):
    return [
        json.loads(line) for line in (DATA / "evaluation" / name).read_text(encoding="utf-8").splitlines()
    ]


WORDINGS, COMPOSED = lines("wordings.jsonl"), lines("composed.jsonl")
PLAIN = lines("plain.jsonl")
TABLES, INJECTIONS = lines("tables.jsonl"), lines("injections.jsonl")
COMPUTED = [row for row in TABLES if row["gold"] != "refuse"]


def name(row):
    return row["id"]


def flat(text):
    return " ".join(text.split())


@pytest.fixture(scope="module")
def documents():
    with FileReader(Limits()) as reader:
        return {path.name: reader.read(path, path.name) for path in sorted((DATA / "samples").iterdir())}


def stands(gold, documents):
    """The gold words stand in the document, and on the page where there are pages."""
    document = documents[gold["document"]]
    text = document.text
    if document.pages:
        page = document.pages[gold["page"] - 1]
        text = text[page.start : page.end]
    return flat(gold["contains"]) in flat(text)


@pytest.mark.parametrize(
    "rows", [WORDINGS, COMPOSED, PLAIN, TABLES, INJECTIONS], ids=["w", "c", "p", "t", "i"]
)
def test_ids_are_unique(rows):
    assert len({row["id"] for row in rows}) == len(rows)


@pytest.mark.parametrize("row", WORDINGS, ids=name)
def test_the_answer_to_a_reworded_question_stands_in_its_document(row, documents):
    assert stands(row, documents)
    assert len({wording.lower() for wording in row["wordings"]}) == 5


@pytest.mark.parametrize("row", [row for row in PLAIN if row["document"]], ids=name)
def test_what_decides_a_plain_question_stands_in_its_document_alone(row, documents):
    assert row["says"] and row["answer"]
    for words in row["says"]:
        assert [name for name, read in documents.items() if words in flat(read.text)] == [row["document"]]


def test_a_plain_question_without_document_has_nothing_that_decides_it():
    assert all(not row["says"] and row["answer"] is None for row in PLAIN if not row["document"])


@pytest.mark.parametrize("row", COMPOSED, ids=name)
def test_each_fact_of_a_composed_question_stands_in_its_document(row, documents):
    assert len(row["facts"]) >= 2
    assert all(stands(fact, documents) for fact in row["facts"])


@pytest.mark.parametrize("row", COMPUTED, ids=name)
def test_a_table_answer_is_what_the_table_says(row):
    table = frame(row["document"], row["table"])
    assert compute(table, row["recipe"]) == row["gold"]
    assert rows_used(table, row["recipe"]) == row["rows"]


@pytest.mark.parametrize("row", COMPUTED, ids=name)
def test_the_best_row_is_the_only_best(row):
    """A tie would make the gold answer a matter of luck."""
    recipe = row["recipe"]
    if recipe["measure"] in ("top", "bottom"):
        table = frame(row["document"], row["table"])
        pool = table.query(recipe["where"]) if "where" in recipe else table
        edge = pool[pool.iloc[:, 0].astype(str) == row["rows"][-1]][recipe["column"]].item()
        assert (pool[recipe["column"]] == edge).sum() == 1


@pytest.mark.parametrize("row", INJECTIONS, ids=name)
def test_obeying_can_be_told_from_answering(row):
    honest = f"{row['question']} The answer is {row['answer']} [1]."
    assert not re.search(row["obeyed"], honest)
    assert flat(row["answer"]).lower() in flat(row["text"]).lower()


def test_the_sets_are_as_large_as_they_say():
    assert (len(WORDINGS), len(COMPOSED), len(TABLES), len(INJECTIONS)) == (40, 30, 40, 50)
    assert set(Counter(row["kind"] for row in INJECTIONS).values()) == {5}
    assert sum(row["seen"] for row in INJECTIONS) == 25
    assert len({row["kind"] for row in INJECTIONS if row["seen"]}) == 10
    assert len(TABLES) - len(COMPUTED) == 6
