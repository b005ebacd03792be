"""Old Office files: refused clearly without LibreOffice, read with it, ended when it hangs."""

import os
import sys
import time

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
    with FileReader(Limits(seconds=8)) as reader, refused:
        reader.read(tmp_path / "a.doc", "a.doc")
    while psutil.pid_exists(int(number.read_text())):
        time.sleep(0.05)  # init has yet to collect it
