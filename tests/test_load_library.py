"""What a person who adds files hears of how they were read, and how they open locked ones."""

import pytest

from rag.home import Home
from rag.library import Library, Parts
from rag.settings import Settings
from tests import hostile, seeds
from tests.fakes import HashEmbedder, OverlapJudge, OverlapReader


@pytest.fixture
def library(tmp_path):
    parts = Parts(
        Home(tmp_path / "home"),
        Settings(),
        embedder=HashEmbedder(),
        reader=OverlapReader(),
        judge=OverlapJudge(),
    )
    with Library.of(parts) as library:
        yield library


def test_a_locked_file_is_refused_by_name_and_read_once_its_password_is_given(library, tmp_path):
    (tmp_path / "locked.pdf").write_bytes(hostile.encrypted_pdf("secret"))
    (refused,) = library.add([tmp_path / "locked.pdf"])
    assert refused.status == "refused"
    assert refused.reason.startswith("locked.pdf is encrypted with a password; give it")
    library.unlock("secret")
    (added,) = library.add([tmp_path / "locked.pdf"])
    assert added.status == "added" and "Secret terms" in library.text(added.document)


def test_a_recognised_picture_says_so_where_it_is_added_and_on_its_page(library, tmp_path):
    (tmp_path / "photo.png").write_bytes(seeds.picture("Goods are taken back."))
    (report,) = library.add([tmp_path / "photo.png"])
    assert "recognised from a picture (OCR)" in report.reason
    (page,) = library.pages(report.document)
    assert page.confidence is not None and page.confidence > 0.9


def test_what_was_left_out_of_an_archive_is_told_where_it_is_added(library, tmp_path):
    data = hostile.packed({"good.txt": "Some words.", "bad.pdf": hostile.damaged_pdf()})
    (tmp_path / "both.zip").write_bytes(data)
    (report,) = library.add([tmp_path / "both.zip"])
    assert report.status == "added" and "bad.pdf is a damaged PDF" in report.reason
    (hit,) = library.search("some words", k=1)
    assert hit.title == "both.zip > good.txt"
