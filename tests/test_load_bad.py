"""Bad files: each ends in one sentence that names it, says what is wrong and what to do."""

import re

import pytest

from rag.errors import EmptyDocument, UnreadableFile, UnsupportedFile
from rag.load import Limits, clean_name
from rag.load.parse import parse
from tests import hostile

CASES = {
    "empty.txt": (b"", EmptyDocument, "is empty"),
    "blank.md": (b" \n\n\t\n", EmptyDocument, "without text"),
    "nopages.pdf": (hostile.pdf_without_pages(), EmptyDocument, "without pages"),
    "scan.pdf": (hostile.scanned_pdf(), EmptyDocument, "set RAG_OCR=true"),
    "locked.pdf": (hostile.encrypted_pdf("secret"), UnreadableFile, "password"),
    "broken.pdf": (hostile.damaged_pdf(), UnreadableFile, "damaged PDF"),
    "cut.docx": (hostile.word("text")[:900], UnreadableFile, "damaged"),
    "junk.txt": (hostile.JUNK, UnreadableFile, "binary data"),
    "junk.csv": (hostile.JUNK, UnreadableFile, "binary data"),
    "junk.html": (hostile.JUNK, UnreadableFile, "binary data"),
    "junk.pdf": (hostile.JUNK, UnreadableFile, "named .pdf but holds binary data"),
    "junk.xyz": (hostile.JUNK, UnsupportedFile, "without a reader"),
    "photo.pdf": (hostile.PNG, UnreadableFile, "is a damaged picture"),
    "photo.png": (hostile.scan(), EmptyDocument, "is a picture; set RAG_OCR=true"),
    "poster.png": (hostile.wide_picture(), UnreadableFile, "more than 100 million pixels"),
    "old.doc": (hostile.OLD_OFFICE, UnsupportedFile, "old Office file of a kind without a reader"),
    "notes.pdf": (b"Plain words, no PDF.", UnreadableFile, "named .pdf but holds plain text"),
    "deep.html": (hostile.nested_html(100_000), UnreadableFile, "thousands deep"),
    "bomb.docx": (hostile.packed_bomb(300), UnreadableFile, "unpacks to 301 MB and the limit is 250 MB"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_bad_file_is_refused_in_one_sentence_with_its_name_and_a_remedy(tmp_path, name):
    data, kind, words = CASES[name]
    (tmp_path / "upload").write_bytes(data)
    with pytest.raises(kind) as refusal:
        parse(tmp_path / "upload", name, Limits(memory_mb=1000, ocr=False))
    sentence = str(refusal.value)
    assert sentence.startswith(name + " ") and sentence.endswith(".")
    assert words in sentence
    assert not re.search(r"[.!?]\s+[A-Z]", sentence), "one sentence"
    assert re.search(r"; |, so ", sentence), "cause and remedy"


def test_what_was_wrong_with_one_file_is_not_said_of_the_next(tmp_path):
    for name in ("locked.pdf", "nopages.pdf", "broken.pdf"):
        data, kind, words = CASES[name]
        (tmp_path / "upload").write_bytes(data)
        with pytest.raises(kind, match=words):
            parse(tmp_path / "upload", name, Limits(memory_mb=1000, ocr=False))


def test_a_file_over_the_size_limit_is_refused_before_it_is_read(tmp_path):
    with (tmp_path / "big.txt").open("wb") as file:
        file.truncate(200_000_001)
    with pytest.raises(UnreadableFile, match=r"big\.txt has 200 MB and the limit is 100 MB"):
        parse(tmp_path / "big.txt", "big.txt", Limits(megabytes=100))


def test_a_file_over_the_page_limit_is_refused(tmp_path):
    (tmp_path / "long.pdf").write_bytes(hostile.pdf("one", "two", "three"))
    with pytest.raises(UnreadableFile, match="has 3 pages and the limit is 2"):
        parse(tmp_path / "long.pdf", "long.pdf", Limits(pages=2))


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(UnreadableFile, match=r"gone\.txt cannot be opened"):
        parse(tmp_path / "gone.txt", "gone.txt", Limits())


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("really.pdf", hostile.word("A letter in Word."), "A letter in Word."),
        ("really.docx", hostile.pdf("A page of a PDF."), "A page of a PDF."),
        ("really", hostile.pdf("A page of a PDF."), "A page of a PDF."),
        ("error.pdf", b"<!DOCTYPE html><html><body><p>Not found here</p></body></html>", "Not found here"),
        ("noext", b"Just words.", "Just words."),
    ],
)
def test_a_wrong_extension_does_not_matter_where_the_content_is_plain(tmp_path, name, data, words):
    (tmp_path / "upload").write_bytes(data)
    assert words in parse(tmp_path / "upload", name, Limits()).text


def test_a_pdf_with_an_empty_password_opens(tmp_path):
    (tmp_path / "open.pdf").write_bytes(hostile.encrypted_pdf(""))
    assert "Secret terms" in parse(tmp_path / "open.pdf", "open.pdf", Limits()).text


def test_html_as_deep_as_pages_get_is_read(tmp_path):
    (tmp_path / "deep.html").write_bytes(hostile.nested_html(1500))
    assert "the bottom" in parse(tmp_path / "deep.html", "deep.html", Limits()).text


def test_controls_and_lone_surrogates_do_not_reach_the_text(tmp_path):
    text = "a\x00b\x1b[31mc\ufeffd\x85e\r\nf\rg".encode() + b"\n"
    (tmp_path / "odd.txt").write_bytes(text)
    assert parse(tmp_path / "odd.txt", "odd.txt", Limits()).text == "ab[31mcd\ne\nf\ng\n"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("a\x00b\nc\x1b.txt", "abc.txt"),
        ("evil\u202efdp.exe", "evilfdp.exe"),
        ("lone\udcff.txt", "lone.txt"),
        ("..", "unnamed"),
        ("folder/", "unnamed"),
        ("", "unnamed"),
        ("  spaced   out .txt ", "spaced out .txt"),
        ("x" * 300 + ".docx", "x" * 195 + ".docx"),
        ("Angebot für Müller.pdf", "Angebot für Müller.pdf"),
    ],
)
def test_a_name_is_shown_without_folders_and_controls(name, shown):
    assert clean_name(name) == shown
