"""The reading process: what goes wrong in it ends that file, and nothing else."""

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from rag.errors import UnreadableFile
from rag.load import FileReader, Limits
from tests import hostile


@pytest.fixture
def reader():
    with FileReader(Limits()) as reader:
        yield reader


@pytest.fixture
def slow(tmp_path):
    """A table that takes seconds to read."""
    path = tmp_path / "slow.csv"
    path.write_text("number,word\n" + "123456,some words in a cell\n" * 1_500_000)
    return path


def note(folder, text="Returns are taken for 30 days."):
    path = folder / "note.txt"
    path.write_text(text)
    return path


def readers():
    """Reading processes of this test process."""
    children = psutil.Process().children()
    return [child for child in children if "rag.load" in child.cmdline()]


def busy():
    """The reading process, once it works."""
    while True:
        for child in readers():
            if child.cpu_times().user > 0.8:
                return child
        time.sleep(0.05)


def test_a_batch_is_read_by_one_process(reader, tmp_path):
    first = reader.read(note(tmp_path), "note.txt")
    process = readers()
    for _ in range(5):
        assert reader.read(note(tmp_path), "note.txt") == first
    assert readers() == process and len(process) == 1


def test_what_a_document_holds_comes_through_whole(reader, tmp_path):
    text = "# Über 😀 \u2028 строка\n\n| a | b |\n| - | - |\n| 1 | 2 |\n"
    path = tmp_path / "all.md"
    path.write_text(text, encoding="utf-8")
    document = reader.read(path, "all.md")
    assert document.headings[0].title == "Über 😀"
    assert [type(span).__name__ for span in (*document.headings, *document.tables)] == ["Heading", "Table"]
    table = document.tables[0]
    assert document.text[table.start : table.header_end] == "| a | b |\n| - | - |"


def test_a_refusal_leaves_the_process_for_the_next_file(reader, tmp_path):
    (tmp_path / "bad.pdf").write_bytes(hostile.damaged_pdf())
    reader.read(note(tmp_path), "note.txt")
    before = readers()
    with pytest.raises(UnreadableFile, match=r"^bad\.pdf is a damaged PDF"):
        reader.read(tmp_path / "bad.pdf", "bad.pdf")
    assert "30 days" in reader.read(note(tmp_path), "note.txt").text
    assert readers() == before


def test_a_file_that_takes_too_long_is_given_up_and_the_next_one_read(slow, tmp_path):
    with FileReader(Limits(seconds=2)) as reader:
        with pytest.raises(UnreadableFile, match=r"^slow\.csv took longer than 2 s to read; split it"):
            reader.read(slow, "slow.csv")
        assert readers() == []
    with FileReader(Limits(seconds=60)) as reader:
        assert "30 days" in reader.read(note(tmp_path), "note.txt").text


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to a memory limit")
def test_a_file_that_takes_too_much_memory_is_given_up_and_the_next_one_read(slow, tmp_path):
    with FileReader(Limits(memory_mb=256)) as reader:
        with pytest.raises(UnreadableFile, match=r"^slow\.csv needs more than 256 MB of memory"):
            reader.read(slow, "slow.csv")
        assert "30 days" in reader.read(note(tmp_path), "note.txt").text


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to a memory limit")
def test_the_least_memory_that_settings_allow_reads_ordinary_files(tmp_path):
    (tmp_path / "a.pdf").write_bytes(hostile.pdf("The warranty lasts two years."))
    (tmp_path / "b.docx").write_bytes(hostile.word("The warranty lasts two years."))
    with FileReader(Limits(memory_mb=256)) as reader:
        for path in sorted(tmp_path.iterdir()):
            assert "two years" in reader.read(path, path.name).text


def test_a_killed_process_ends_one_file_with_a_reason(reader, slow, tmp_path):
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(reader.read, slow, "slow.csv")
        busy().kill()
        with pytest.raises(UnreadableFile, match=r"^slow\.csv made the reading process end"):
            reading.result()
    assert "30 days" in reader.read(note(tmp_path), "note.txt").text


def test_a_process_that_died_between_files_is_replaced(reader, tmp_path):
    reader.read(note(tmp_path), "note.txt")
    (process,) = readers()
    process.kill()
    process.wait()
    assert "30 days" in reader.read(note(tmp_path), "note.txt").text


def test_closing_ends_a_read_that_is_under_way(reader, slow):
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(reader.read, slow, "slow.csv")
        busy()
        reader.close()
        with pytest.raises(UnreadableFile):
            reading.result()
    assert readers() == []


def test_threads_share_a_reader(reader, tmp_path):
    before = threading.active_count()
    paths = []
    for number in range(12):
        paths.append(tmp_path / f"{number}.txt")
        paths[-1].write_text(f"note {number}")
    with ThreadPoolExecutor(4) as pool:
        texts = list(pool.map(lambda path: reader.read(path, path.name).text, paths))
    assert texts == [f"note {number}" for number in range(12)]
    assert threading.active_count() <= before + 1


def test_the_reading_process_loads_no_model_and_no_store():
    code = (
        "import sys, rag.load.__main__, rag.load.html, rag.load.docx, rag.load.pdf, rag.load.markdown; "
        "print([name for name in ('torch', 'chromadb', 'streamlit', 'transformers') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
