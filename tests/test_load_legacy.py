"""Old Office files: refused clearly without LibreOffice, read with it, ended when it hangs."""

import os
import shutil
import subprocess
import sys
import threading
import time
from contextlib import suppress

import docx
import openpyxl
import pptx
import psutil
import pytest

from rag.errors import UnreadableFile, UnsupportedFile
from rag.load import FileReader, Limits
from rag.load.parse import parse
from tests import hostile

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the stand-in for LibreOffice is a shell script")


def old(stream="WordDocument"):
    """The container of old with a stream of this name: enough to be told by."""
    return hostile.OLD_OFFICE + f"{stream}\0".encode("utf-16-le") + bytes(64)


@pytest.fixture
def office(tmp_path, monkeypatch):
    """Put a program called soffice on the path that runs these lines of Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def install(code):
        program = folder / "soffice"
        program.write_text(f"#!{sys.executable} -S\nimport sys\narguments = sys.argv\n{code}\n")
        program.chmod(0o755)

    return install


@pytest.mark.parametrize(
    ("stream", "words"),
    [
        ("WordDocument", "is an old Word document .*save it as DOCX"),
        ("PowerPoint Document", "is an old presentation .*save it as PPTX"),
        ("Workbook", "is an old workbook .*save it as XLSX"),
    ],
)
def test_without_libreoffice_it_is_refused_with_both_remedies(office, tmp_path, stream, words):
    (tmp_path / "old").write_bytes(old(stream))
    with pytest.raises(UnsupportedFile, match=f"^report.old {words}") as refusal:
        parse(tmp_path / "old", "report.old", Limits())
    assert "install LibreOffice" in str(refusal.value)


def test_what_libreoffice_makes_of_it_is_read(office, tmp_path):
    (tmp_path / "new.docx").write_bytes(hostile.word("The warranty lasts two years."))
    (tmp_path / "a.doc").write_bytes(old())
    office(
        "import shutil\n"
        "assert '--headless' in arguments and arguments[-1].endswith('.doc')\n"
        f"shutil.copy({str(tmp_path / 'new.docx')!r}, arguments[-1][:-4] + '.docx')"
    )
    assert parse(tmp_path / "a.doc", "a.doc", Limits()).text == "The warranty lasts two years."


def test_what_libreoffice_cannot_open_is_refused(office, tmp_path):
    (tmp_path / "a.xls").write_bytes(old("Workbook"))
    office("sys.exit(1)")
    with pytest.raises(UnreadableFile, match=r"^a\.xls is an old workbook .* could not open"):
        parse(tmp_path / "a.xls", "a.xls", Limits())


def test_a_libreoffice_that_hangs_is_killed_with_its_reader(office, tmp_path):
    (tmp_path / "a.doc").write_bytes(old())
    number = tmp_path / "number"
    office(f"import os, time\nopen({str(number)!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)")
    refused = pytest.raises(UnreadableFile, match=r"^a\.doc took longer than 8 s to read")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with FileReader(Limits(seconds=8), scratch) as reader, refused:
        reader.read(tmp_path / "a.doc", "a.doc")
    while psutil.pid_exists(int(number.read_text())):
        time.sleep(0.05)  # init has yet to collect it
    assert list(scratch.iterdir()) == [], "a copy of the file stays behind"


# --- the real one --------------------------------------------------------------------------------

real = pytest.mark.skipif(
    shutil.which("soffice") is None,
    reason="LibreOffice is not installed (Debian: libreoffice-writer-nogui, -calc-nogui, -impress-nogui)",
)


def a_document(path):
    file = docx.Document()
    file.add_heading("Warranty", 1)
    file.add_paragraph("The warranty lasts two years from delivery.")
    file.save(path)


def a_workbook(path):
    book = openpyxl.Workbook()
    book.active.title = "Prices"
    for row in (("Part", "Price"), ("Stove", 480), ("Hood", 120)):
        book.active.append(row)
    book.save(path)


def a_presentation(path):
    show = pptx.Presentation()
    for title in ("First quarter", "Second quarter"):
        slide = show.slides.add_slide(show.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = f"Sales of the {title.lower()} rose."
    show.save(path)


@pytest.fixture
def made_old(tmp_path):
    """Make a file of today and let LibreOffice write it as one of old; return its path."""

    def make(write, new, old):
        write(tmp_path / f"a.{new}")
        profile = (tmp_path / "profile").as_uri()
        command = ["soffice", "--headless", "--norestore", f"-env:UserInstallation={profile}"]
        command += ["--convert-to", old, "--outdir", str(tmp_path), str(tmp_path / f"a.{new}")]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        return tmp_path / f"a.{old}"

    return make


@real
@pytest.mark.parametrize(
    ("write", "new", "old", "words", "pages"),
    [
        (a_document, "docx", "doc", "Warranty\n\nThe warranty lasts two years from delivery.", 0),
        (a_workbook, "xlsx", "xls", "| Part | Price |\n| --- | --- |\n| Stove | 480 |\n| Hood | 120 |", 1),
        (a_presentation, "pptx", "ppt", "Sales of the second quarter rose.", 2),
    ],
    ids=["doc", "xls", "ppt"],
)
def test_a_real_old_file_is_read_by_the_real_libreoffice(made_old, tmp_path, write, new, old, words, pages):
    path = made_old(write, new, old)
    with FileReader(Limits(), tmp_path) as reader:
        document = reader.read(path, path.name)
    assert words in document.text and len(document.pages) == pages
    assert not list(tmp_path.glob("docent-read-*")), "a copy of the file stays behind"


@real
def test_closing_a_reader_ends_the_libreoffice_it_waits_for(made_old):
    path = made_old(a_document, "docx", "doc")
    reader, refusals = FileReader(Limits()), []

    def read():
        try:
            reader.read(path, path.name)
        except UnreadableFile as error:
            refusals.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    started, names = [], ""
    while "soffice" not in names:
        time.sleep(0.01)
        with suppress(psutil.NoSuchProcess):  # one that ended between the two lines
            started = psutil.Process().children(recursive=True)
            names = " ".join(process.name() for process in started)
    reader.close()
    thread.join()
    assert refusals and not psutil.wait_procs(started, timeout=60)[1]
