"""Files that unfold to more than they look: refused in their reading process, and quickly."""

import io

import openpyxl
import pytest

from rag.errors import RagError, UnreadableFile
from rag.load import FileReader, Limits
from tests import hostile, seeds

LAUGHS = (
    "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY l0 'ha'>"
    + "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))
    + "]>"
)


@pytest.fixture(scope="module")
def reader():
    with FileReader(Limits(seconds=120, memory_mb=700)) as reader:
        yield reader


def replaced(data, name, content):
    """The package with this entry in place of its own."""
    return hostile.packed({**hostile.unpacked(data), name: content})


def laughing(data, name, place="</"):
    """The package, with a billion laughs in the entry."""
    text = hostile.unpacked(data)[name].decode()
    body = text[text.index("?>") + 2 :] if text.startswith("<?xml") else text
    spot = body.rindex(">", 0, body.index(place)) + 1
    return replaced(data, name, LAUGHS + body[:spot] + "&l9;" + body[spot:])


BOMBS = {
    "laughs.xml": (LAUGHS + "<a><p>Before</p><p>&l9;</p></a>").encode(),
    "laughs.docx": laughing(seeds.word(), "word/document.xml", "</w:t>"),
    "laughs.xlsx": laughing(seeds.workbook(), "xl/worksheets/sheet1.xml", "</t>"),
    "laughs.pptx": laughing(seeds.deck(), "ppt/slides/slide1.xml", "</a:t>"),
    "laughs.odt": laughing(seeds.open_document(), "content.xml", "</t:p>"),
    "laughs.epub": laughing(seeds.book(), "in/b.opf", "</manifest>"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_billion_laughs_unfold_nowhere(reader, tmp_path, name):
    (tmp_path / name).write_bytes(BOMBS[name])
    try:
        text = reader.read(tmp_path / name, name).text
    except RagError as error:
        assert str(error).startswith(name) and "reading process end" not in str(error)
    else:
        assert len(text) < 10_000


def test_a_sheet_of_millions_of_cells_is_refused(reader, tmp_path):
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for _ in range(150):
        sheet.append([*[None] * 16_000, 1])
    out = io.BytesIO()
    book.save(out)
    (tmp_path / "wide.xlsx").write_bytes(out.getvalue())
    with pytest.raises(UnreadableFile, match=r"^wide\.xlsx has more than 2,000,000 cells; split it"):
        reader.read(tmp_path / "wide.xlsx", "wide.xlsx")


def test_a_sheet_that_only_claims_to_be_huge_is_read(reader, tmp_path):
    name = "xl/worksheets/sheet1.xml"
    text = hostile.unpacked(seeds.workbook())[name].replace(b"A1:B3", b"A1:XFD1048576")
    (tmp_path / "claim.xlsx").write_bytes(replaced(seeds.workbook(), name, text))
    assert "| Tent | 129.5 |" in reader.read(tmp_path / "claim.xlsx", "claim.xlsx").text


def test_one_wide_row_does_not_make_a_long_table_wide(reader, tmp_path):
    (tmp_path / "ragged.csv").write_text("a," * 20_000 + "\n" + "1,2\n" * 300_000)
    with pytest.raises(UnreadableFile, match=r"^ragged\.csv has a table of 300,001 rows and 20,00. columns"):
        reader.read(tmp_path / "ragged.csv", "ragged.csv")
