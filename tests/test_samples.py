"""The sample library: six documents of our own, readable, rebuilt from their texts, with sound questions."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from rag.load import FileReader, Limits

DATA = Path(__file__).parent.parent / "data"
SAMPLES = DATA / "samples"
OURS = {
    "faq.html",
    "price-list.csv",
    "product-manual.docx",
    "supply-agreement.pdf",
    "support-handbook.pdf",
    "travel-and-expenses-policy.md",
}
BUILT = ["product-manual.docx", "supply-agreement.pdf", "support-handbook.pdf"]
QUESTIONS = [json.loads(line) for line in (DATA / "evaluation" / "questions.jsonl").read_text().splitlines()]


def flat(text):
    """Lines of a PDF break anywhere; words are what counts."""
    return " ".join(text.split())


@pytest.fixture(scope="module")
def documents():
    with FileReader(Limits()) as reader:
        return {name: reader.read(SAMPLES / name, name) for name in sorted(OURS)}


def test_the_folder_holds_our_documents_and_nothing_else():
    assert {path.name for path in SAMPLES.iterdir()} == OURS


def test_the_samples_stay_under_a_megabyte():
    assert sum(path.stat().st_size for path in SAMPLES.iterdir()) < 1_000_000


def test_every_sample_names_the_company_or_its_products(documents):
    assert all("Larkfell" in d.text or "Tarn 38 cooler" in d.text for d in documents.values())


def test_the_handbook_and_the_contract_are_as_long_as_real_ones(documents):
    assert 8 <= len(documents["support-handbook.pdf"].pages) <= 12
    assert len(documents["supply-agreement.pdf"].pages) >= 12


@pytest.mark.parametrize("row", QUESTIONS, ids=lambda row: row["id"])
def test_the_gold_words_stand_in_the_document_and_on_the_page(row, documents):
    if row["kind"] == "unanswerable":
        assert row["document"] is row["contains"] is row["answer"] is None
        return
    document = documents[row["document"]]
    assert flat(row["contains"]) in flat(document.text)
    if document.pages:
        page = document.pages[row["page"] - 1]
        assert flat(row["contains"]) in flat(document.text[page.start : page.end])


def test_the_questions_cover_all_documents_and_kinds():
    assert len(QUESTIONS) == len({row["id"] for row in QUESTIONS}) == 30
    assert {row["document"] for row in QUESTIONS} == OURS | {None}
    kinds = [row["kind"] for row in QUESTIONS]
    assert (kinds.count("unanswerable"), kinds.count("follow-up")) == (6, 4)
    assert {"fact", "table", "clause", "composed"} <= set(kinds)
    assert all(row["history"] for row in QUESTIONS if row["kind"] == "follow-up")


@pytest.mark.parametrize(
    "clause", ["non-compete", "exclusiv", "solicit", "arbitrat", "escrow", "most favoured"]
)
def test_clauses_left_out_on_purpose_stay_out(clause, documents):
    assert clause not in documents["supply-agreement.pdf"].text.lower()


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory):
    pytest.importorskip("reportlab", reason="only developers build the samples")
    folder = tmp_path_factory.mktemp("built")
    subprocess.run([sys.executable, str(DATA / "sources" / "build.py"), str(folder)], check=True)
    return folder


@pytest.mark.parametrize("name", BUILT)
def test_the_builder_makes_the_committed_document_again(name, rebuilt, documents):
    with FileReader(Limits()) as reader:
        assert reader.read(rebuilt / name, name) == documents[name]
