"""When a document is from: what a file says of itself comes after its text, before the day it was added."""

from __future__ import annotations

import zipfile
from datetime import date

import pytest

from rag.lenses.batch import of_documents, of_passages
from rag.lenses.dates import dated
from tests.view import MemoryView

CORE = '<dcterms:modified xsi:type="dcterms:W3CDTF">{}T10:00:00Z</dcterms:modified>'


@pytest.fixture
def view():
    return MemoryView({"terms": "Opened items may be returned."})


def office(path, said, name="docProps/core.xml"):
    with zipfile.ZipFile(path, "w") as parts:
        parts.writestr("word/document.xml", "<w:document/>")
        parts.writestr(name, said)
    return path


def found(view, path, text="no day"):
    one = dated(view.documents()[0], text, path)
    return str(one.day), one.source


def test_office_files_and_pdfs_say_when_they_are_from(view, tmp_path):
    docx = office(tmp_path / "a.docx", CORE.format("2021-03-04"))
    assert found(view, docx) == ("2021-03-04", "file metadata")
    odt = office(tmp_path / "a.odt", "<dc:date>2019-05-06T07:08:09</dc:date>", "meta.xml")
    assert found(view, odt) == ("2019-05-06", "file metadata")
    pdf = tmp_path / "a.pdf"
    pdf.write_bytes(b"%PDF-1.7\n<< /CreationDate (D:20180203040506Z) >>")
    assert found(view, pdf) == ("2018-02-03", "file metadata")
    pdf.write_bytes(
        b"%PDF-1.7\n" + b" " * 3_000_000 + b"<xmp:CreateDate>2017-08-09T01:02:03Z</xmp:CreateDate>"
    )
    assert found(view, pdf) == ("2017-08-09", "file metadata")


def test_a_day_in_the_text_comes_before_the_day_of_the_file(view, tmp_path):
    docx = office(tmp_path / "a.docx", CORE.format("2021-03-04"))
    assert found(view, docx, "Dated as of May 6, 2015.") == ("2015-05-06", "text")


@pytest.mark.parametrize(
    "content",
    [b"", b"PK damaged", b"%PDF /CreationDate (D:20000101000000)", b"%PDF /CreationDate (D:99990101000000)"],
)
@pytest.mark.parametrize("name", ["a.docx", "a.pdf"])
def test_a_file_that_says_no_day_that_can_be_has_the_day_it_was_added(view, tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    assert found(view, path) == ("2026-01-02", "added")
    assert found(view, tmp_path / "gone.pdf") == ("2026-01-02", "added")


def test_the_default_day_of_a_library_that_writes_office_files_is_no_day(view, tmp_path):
    assert found(view, office(tmp_path / "a.docx", CORE.format("2013-12-23"))) == ("2026-01-02", "added")


def test_documents_and_passages_carry_the_day_and_where_they_begin(view, tmp_path):
    docx = office(tmp_path / "a.docx", CORE.format("2021-03-04"))
    for make in (of_documents, of_passages):
        items = make(view, None, lambda info: docx)
        assert (items.days, items.sources) == ((date(2021, 3, 4),), ("file metadata",))
        assert [chunk.document for chunk in items.passages] == ["terms"]
