"""The commands of the lenses, run whole over a real library with small parts that this process owns."""

from __future__ import annotations

import csv
import io
import json

import pytest

from rag.cli.program import run
from rag.home import Home
from rag.library import Library, Parts
from rag.owner import Owner
from rag.settings import Settings
from rag.types import Answer
from tests.fakes import HashEmbedder, OverlapJudge, OverlapReader, ScriptGenerator

TEXTS = {
    "lease.txt": "The tenant pays rent every month. The landlord repairs the roof.",
    "loan.txt": "The borrower pays interest every year. The bank asks for a pledge.",
    "garden.txt": "Plant tulips in autumn. Water roses in summer.",
}


def made(home, texts=TEXTS):
    parts = Parts(
        home,
        Settings.read(),
        embedder=HashEmbedder(),
        reader=OverlapReader(),
        judge=OverlapJudge(),
        generator=ScriptGenerator("Yes."),
    )
    library = Library(parts)
    files = []
    for name, text in texts.items():
        files.append(io.BytesIO(text.encode()))
        files[-1].name = name
    library.add(files)
    return library


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("RAG_HOME", str(tmp_path / "home"))
    found = Home(tmp_path / "home")
    found.acquire()
    return found


@pytest.fixture
def library(home):
    with Owner.of(made(home)) as owner:
        yield owner.library


@pytest.fixture
def docent(capsys):
    def called(*arguments):
        status = run([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return called


def read(out):
    return list(csv.DictReader(io.StringIO(out)))


def test_similar_finds_the_documents_like_a_text_within_those_chosen(library, docent):
    status, out, err = docent("similar", "a tenant pays rent", "--csv")
    assert (status, read(out)[0]["file"]) == (0, "lease.txt")
    assert "Only 3 documents" in err
    narrowed = docent(
        "similar", "a tenant pays rent", "--document", "loan.txt", "--document", "garden.txt", "--csv"
    )
    assert [row["file"] for row in read(narrowed[1])] == ["loan.txt", "garden.txt"]


def test_similar_takes_a_file_and_documents_to_be_like_and_unlike(library, docent, tmp_path):
    (tmp_path / "case.txt").write_text("Tulips and roses in the garden.")
    found = read(docent("similar", "--file", tmp_path / "case.txt", "-k", "1", "--csv")[1])
    assert [row["file"] for row in found] == ["garden.txt"]
    found = read(docent("similar", "--like", "lease.txt", "--unlike", "garden.txt", "--csv")[1])
    assert [row["file"] for row in found] == ["loan.txt"]
    missing = docent("similar", "--file", tmp_path / "none.txt")
    assert missing[0] == 1 and "none.txt cannot be read: No such file" in missing[2]


def test_similar_rows_of_tables_show_their_numbers(library, docent):
    table = io.BytesIO(b"product,price\ndesk lamp,39\nfloor lamp,120\nwater kettle,49\n")
    table.name = "prices.csv"
    library.add([table])
    status, out, err = docent("similar", "a lamp for the desk", "--rows", "-k", "2", "--csv")
    assert status == 0 and [(row["product"], row["price"]) for row in read(out)] == [
        ("desk lamp", "39.0"),
        ("floor lamp", "120.0"),
    ]
    assert "Only 3 rows" in err
    assert "Describe what to look for" in docent("similar", "--rows")[2]


@pytest.fixture
def examples(tmp_path):
    path = tmp_path / "examples.csv"
    path.write_text(
        "text,label\ntenant pays rent,lease\nlandlord repairs roof,lease\n"
        "bank interest,loan\nborrower pledge,loan\n"
    )
    return path


def test_classify_labels_documents_or_the_rows_of_a_table(library, docent, examples, tmp_path):
    status, out, _ = docent("classify", examples, "--unsure-below", "0", "--csv")
    labels = {row["name"]: row["label"] for row in read(out)}
    assert status == 0 and (labels["lease.txt"], labels["loan.txt"]) == ("lease", "loan")
    (tmp_path / "mails.csv").write_text("text,date\nrent for the roof,2026-01-03\nbank pledge,2026-02-03\n")
    table = docent("classify", examples, "--texts", tmp_path / "mails.csv", "--monthly", "--json")
    counted = [json.loads(line) for line in table[1].splitlines()]
    assert [row["month"] for row in counted] == ["2026-01", "2026-02"]
    asked = docent("classify", examples, "--texts", tmp_path / "mails.csv", "--next", "1", "--csv")
    assert len(read(asked[1])) == 1


def test_classify_names_the_column_that_is_missing(library, docent, tmp_path):
    (tmp_path / "wrong.csv").write_text("text\nrent\n")
    status, out, err = docent("classify", tmp_path / "wrong.csv")
    assert (status, out) == (1, "") and "wrong.csv needs a first line that names the column" in err


def test_topics_are_listed_or_their_texts_with_the_day_and_where_it_is_from(library, docent):
    status, out, err = docent("topics", "--count", "2", "--csv")
    assert status == 0 and sum(int(row["size"]) for row in read(out)) == 3
    assert "Only 3 texts" in err
    members = read(docent("topics", "--members", "--csv")[1])
    assert {(row["name"], row["day from"]) for row in members} == {(name, "added") for name in TEXTS}


def test_compare_says_where_only_meaning_finds_something(library, docent, tmp_path):
    (tmp_path / "log.csv").write_text("query\ntenant rent\nzebra\n")
    found = read(docent("compare", "tulips", "--log", tmp_path / "log.csv", "--csv")[1])
    assert [row["query"] for row in found] == ["tulips", "tenant rent", "zebra"]
    assert [row["words find nothing"] for row in found] == ["False", "False", "True"]


def test_gaps_join_what_was_refused_in_the_chat_and_a_log(library, docent, tmp_path):
    library.chats.append(library.chats.create("Documents", "Talk"), Answer("Who feeds owls?", "refusal", ""))
    (tmp_path / "log.csv").write_text("question\nWho feeds the owls at night?\n")
    found = read(docent("gaps", "--log", tmp_path / "log.csv", "--csv")[1])
    assert {row["question"]: row["reason"] for row in found} == {
        "Who feeds owls?": "refused",
        "Who feeds the owls at night?": "nothing near",
    }


def test_people_get_aligned_columns_and_long_cells_are_cut(library, docent):
    lines = docent("similar", "a tenant pays rent " * 9)[1].splitlines()
    assert lines[0].split() == ["score", "file", "theirs"]
    assert {line.index(name) for line, name in zip(lines[1:], ("lease", "loan", "garden"), strict=True)} == {
        lines[0].index("file")
    }
    assert max(map(len, lines)) < 100 and " …" in lines[1]


def test_words_of_the_library_are_learned_from_the_documents_chosen(library, docent):
    assert "words learned from" in docent("words", "the", "--own")[2]
    status, _, err = docent("words", "the", "--own", "--document", "garden.txt")
    assert status == 1 and "The library has 8 words and none 5 times" in err
    assert docent("words", "man", "king")[0] == 2


def test_adapting_waits_until_the_app_is_closed(library, docent):
    status, _, err = docent("adapt", "--undo")
    assert status == 1 and "The app has this library open" in err


def test_adapting_says_what_it_gained_and_is_taken_back(home, docent, monkeypatch, tmp_path):
    texts = {f"{at}.txt": f"part{at} number{at} shelf{at}" for at in range(24)}
    with made(home, texts) as library:
        monkeypatch.setattr(Library, "open", lambda *args, **kwargs: library)
        pairs = "".join(f"number{at},shelf{at}\n" for at in range(24))
        (tmp_path / "pairs.csv").write_text("question,words\n" + pairs)
        document = library.documents()[0].id
        library.golden.keep("Which part is it?", document, 0, len(library.text(document)))
        status, out, err = docent("adapt", "--pairs", tmp_path / "pairs.csv", "--json")
        assert status == 0 and "nDCG@10" in err
        assert json.loads(out)["pairs"] == 25 and json.loads(out)["in use"] is False
        assert docent("adapt", "--undo")[1] == "There was no adapter.\n"
