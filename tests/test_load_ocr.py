"""Pictures of text: what is recognised, how it is marked, and what happens where it may not be."""

import io
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from rag.errors import EmptyDocument, UnreadableFile
from rag.load import FileReader, Limits, turns
from rag.load.ocr import networks
from rag.load.parse import parse
from tests import hostile, seeds
from tests.shelf import Shelf

PICTURES = Path(__file__).parent / "pictures"
LINES = ("Goods are taken back within 30 days.", "Write to the service desk in Leeds.")


def scanned(*pages):
    """A PDF: a page of text for a string, a picture of text for bytes."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=True)
    for page in pages:
        if isinstance(page, str):
            canvas.drawString(72, 700, page)
        else:
            canvas.drawImage(ImageReader(io.BytesIO(page)), 40, 500, 500, 200, preserveAspectRatio=True)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


@pytest.fixture
def read(tmp_path):
    def read(name, data, **limits):
        (tmp_path / "upload").write_bytes(data)
        return parse(tmp_path / "upload", name, Limits(**limits))

    return read


def test_only_pages_without_text_are_recognised_and_they_say_how_surely(read):
    document = read(
        "mixed.pdf", scanned("A page of typed words that anybody can read.", seeds.picture(*LINES))
    )
    typed, seen = document.pages
    assert typed.confidence is None and "typed words" in document.text[typed.start : typed.end]
    assert seen.confidence is not None and 0.9 < seen.confidence <= 1
    assert document.text[seen.start : seen.end].split() == " ".join(LINES).split()
    (note,) = document.notes
    assert note.startswith("Page 2 recognised from a picture (OCR), letters 9")


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_a_page_on_its_side_or_head_is_read(read, turned):
    words = read("photo.png", seeds.picture(*LINES, turned=turned)).text.split()
    assert words == " ".join(LINES).split()


def test_a_slightly_slanted_page_is_read(read):
    assert "service desk" in read("photo.png", seeds.picture(*LINES, turned=4)).text


def test_chinese_is_read(read):
    document = read("notice.png", (PICTURES / "chinese.png").read_bytes())
    assert document.text == "商品可以在收到后十四天内退回，运费由买方承担。"


def test_a_script_that_is_not_known_is_refused_and_not_guessed(read):
    with pytest.raises(EmptyDocument, match="nothing on its pages was recognised"):
        read("russian.png", (PICTURES / "russian.png").read_bytes())


def test_each_page_of_a_tiff_is_a_page(read):
    out = io.BytesIO()
    first, second = (Image.open(io.BytesIO(seeds.picture(line))) for line in LINES)
    first.save(out, "TIFF", save_all=True, append_images=[second])
    document = read("fax.tif", out.getvalue())
    assert [document.text[page.start : page.end] for page in document.pages] == list(LINES)
    assert document.media_type == "image/tiff"


def test_recognition_that_is_off_leaves_pages_out_and_says_so(read):
    data = scanned("A page of typed words that anybody can read.", seeds.picture(*LINES))
    document = read("mixed.pdf", data, ocr=False)
    assert document.text == "A page of typed words that anybody can read."
    assert document.notes == ("Page 2 without text: left out, because text recognition is off (RAG_OCR).",)
    with pytest.raises(EmptyDocument, match=r"photo\.png is a picture; set RAG_OCR=true"):
        read("photo.png", seeds.picture(*LINES), ocr=False)


def test_a_picture_without_letters_is_refused(read):
    with pytest.raises(EmptyDocument, match="nothing on its pages was recognised"):
        read("empty.png", hostile.scan())


def test_more_scanned_pages_than_allowed_are_refused_by_name(read):
    with pytest.raises(UnreadableFile, match=r"long\.pdf has more than 1 pages without text.*RAG_OCR_PAGES"):
        read("long.pdf", scanned(*[seeds.picture("Words")] * 2), ocr_pages=1)


def test_networks_that_are_not_installed_are_named_with_the_remedy(read, monkeypatch):
    monkeypatch.setattr(networks, "folder", lambda: None)
    with pytest.raises(
        EmptyDocument, match=r"photo\.png is a picture; text recognition is not installed; run"
    ):
        read("photo.png", seeds.picture(*LINES))


def test_signs_of_life_between_pages_are_no_answers(tmp_path):
    (tmp_path / "a.pdf").write_bytes(scanned(*[seeds.picture(*LINES)] * 3))
    with FileReader(Limits()) as reader:
        document = reader.read(tmp_path / "a.pdf", "a.pdf")
    assert len(document.pages) == 3 and all(page.confidence for page in document.pages)


def test_who_adds_a_scan_hears_which_page_is_recognised(tmp_path):
    (tmp_path / "a.pdf").write_bytes(scanned("Typed.", *[seeds.picture(*LINES)] * 2))
    heard = []
    with closing(Shelf(tmp_path / "home", reader=lambda: FileReader(Limits()))) as shelf:
        shelf.add(tmp_path / "a.pdf", on_progress=heard.append)
    assert [tick.stage for tick in heard[:2]] == ["waiting", "reading"]
    told = [(tick.done, tick.total) for tick in heard if tick.stage == "recognising page"]
    # It looks five times a second: at the first page networks are loaded, the others may be faster.
    assert told[0] == (2, 3) and told == sorted(set(told)) and told[-1] <= (3, 3)


HOLDER = """
import sys
from rag.load.ocr import turn
with turn():
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no such locks")
def test_only_one_process_recognises_at_a_time_and_the_other_shows_that_it_lives():
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", HOLDER], stdin=pipe, stdout=pipe) as other:
        assert other.stdout.readline() == b"held\n"
        beats = []

        def beaten(page, pages):
            beats.append(other.poll())
            other.stdin.close()  # and the other ends

        turns.on_beat(beaten)
        try:
            with networks.turn():
                assert beats and beats[0] is None
        finally:
            turns.on_beat(lambda page, pages: None)


def test_a_password_that_is_given_opens_a_file(tmp_path):
    (tmp_path / "locked.pdf").write_bytes(hostile.encrypted_pdf("secret"))
    with FileReader(Limits(passwords=("wrong", "secret"))) as reader:
        assert "Secret terms" in reader.read(tmp_path / "locked.pdf", "locked.pdf").text
    refused = pytest.raises(
        UnreadableFile, match=r"^locked\.pdf is encrypted and the password given does not"
    )
    with FileReader(Limits(passwords=("wrong",))) as reader, refused:
        reader.read(tmp_path / "locked.pdf", "locked.pdf")
