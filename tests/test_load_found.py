"""What the fuzzer found (tests/fuzz.py): inputs that once ended in an error nobody had foreseen."""

import io
import zipfile
from pathlib import Path

import pytest

from rag.errors import EmptyDocument, UnreadableFile
from rag.load import Limits
from rag.load.parse import parse
from tests import hostile, seeds

FOUND = sorted((Path(__file__).parent / "found").iterdir())


def garbled(data, name):
    """The package with noise where the packed bytes of this entry should be."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entry = archive.getinfo(name)
    start = entry.header_offset + 30 + len(name) + len(entry.extra)
    return data[: start + 2] + bytes([255]) * 40 + data[start + 42 :]


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.name)
def test_a_found_file_is_read_or_refused_for_what_is_wrong_with_it(path):
    try:
        document = parse(path, path.name, Limits(ocr=False))
    except (UnreadableFile, EmptyDocument) as refusal:
        assert "could not be read (" not in str(refusal)
    else:
        assert document.text


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        ("a.docx", "word/document.xml"),
        ("a.pptx", "ppt/slides/slide1.xml"),
        ("a.xlsx", "xl/worksheets/sheet1.xml"),
        ("a.odt", "content.xml"),
        ("a.epub", "in/b.opf"),
    ],
)
def test_a_package_whose_text_cannot_be_unpacked_is_damaged(tmp_path, name, entry):
    data = seeds.files()[name.replace("a.", "seed.")]
    (tmp_path / name).write_bytes(garbled(data, entry))
    with pytest.raises(UnreadableFile, match=rf"^{name} is (a )?damaged"):
        parse(tmp_path / name, name, Limits(ocr=False))


def test_a_flaw_in_a_pdf_that_only_its_outline_shows_does_not_stop_the_text(tmp_path):
    whole = hostile.pdf("The warranty lasts two years.")
    (tmp_path / "a.pdf").write_bytes(whole.replace(b"/Type /Catalog", b"/AcroForm 1 /Type /Catalog"))
    assert "two years" in parse(tmp_path / "a.pdf", "a.pdf", Limits(ocr=False)).text
