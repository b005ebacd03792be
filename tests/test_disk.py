"""A home whose disk is really full, or really cannot be written: one sentence each, and nothing is lost.

Each test runs in a process of its own that sees a small file system in memory at the home's place, which
only that process sees and may fill or close. Where the system does not let it have one, it is skipped.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ALONE = ["unshare", "--map-root-user", "--mount"]
MOUNT = 'mount -t tmpfs -o size=8m docent "$1" && shift && exec "$@"'

BEGIN = """
import json, os, subprocess, sys
from pathlib import Path
from rag.errors import RagError
from tests.shelf import Shelf

home, files = Path(sys.argv[1]), Path(sys.argv[2])
said = {}

def file(name, text):
    (files / name).write_text(text)
    return files / name

def told(what, do):
    try:
        said[what] = do()
    except RagError as error:
        said[what] = "refused: " + str(error)

def add(shelf, *paths):
    return [[report.status, report.reason] for report in shelf.add(*paths)]

def fill():
    with (home / "ballast").open("wb", buffering=0) as ballast:
        try:
            while ballast.write(bytes(4096)):
                pass
        except OSError:
            pass

def free():
    (home / "ballast").unlink()
"""


def mounted() -> bool:
    command = [*ALONE, "sh", "-c", "mount -t tmpfs docent /tmp"]
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except OSError:
        return False


pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not mounted(), reason="no file system of its own for a process here (unshare)"
)


@pytest.fixture
def run(tmp_path):
    """Run these lines after those above; return what they noted in `said`."""

    def run(lines):
        home, files = tmp_path / "home", tmp_path / "files"
        home.mkdir()
        files.mkdir()
        code = [sys.executable, "-c", BEGIN + lines + "\nprint(json.dumps(said))", str(home), str(files)]
        done = subprocess.run(
            [*ALONE, "sh", "-c", MOUNT, "sh", str(home), *code], cwd=ROOT, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return run


def test_a_read_only_home_is_refused_in_one_sentence_and_opens_again_whole(run):
    said = run("""
shelf = Shelf(home)
add(shelf, file("kept.txt", "kept words"))
shelf.close()
subprocess.run(["mount", "-o", "remount,ro", home], check=True)
told("open", lambda: Shelf(home))
subprocess.run(["mount", "-o", "remount,rw", home], check=True)
shelf = Shelf(home)
told("after", shelf.names)
told("check", shelf.ingest.check)
told("answers", lambda: shelf.answers("kept"))
shelf.close()
""")
    assert said["open"].startswith("refused: The library folder ")
    assert "cannot be written (Read-only file system). Choose another with RAG_HOME" in said["open"]
    assert (said["after"], said["check"]) == (["kept.txt"], [])
    assert said["answers"] == [["kept words"], ["kept words"]]


def test_a_full_disk_refuses_what_does_not_fit_and_loses_nothing(run):
    said = run("""
shelf = Shelf(home)
add(shelf, file("kept.txt", "kept words"))
kept = shelf.catalog.documents("Documents")[0].id
fill()
told("add", lambda: add(shelf, file("new.txt", "new words " * 2000), file("more.txt", "more")))
told("remove", lambda: shelf.ingest.remove(kept))
told("answers", lambda: shelf.answers("kept"))
free()
told("again", lambda: add(shelf, files / "new.txt", files / "more.txt"))
shelf.close()
shelf = Shelf(home)
told("after", shelf.names)
told("check", shelf.ingest.check)
shelf.close()
""")
    assert [status for status, _ in said["add"]] == ["refused", "refused"]
    assert all("no room" in reason and "Free some space" in reason for _, reason in said["add"])
    assert said["remove"].startswith("refused: ") and "no room left" in said["remove"]
    assert said["answers"] == [["kept words"], ["kept words"]], "neither removed nor half removed"
    assert said["again"] == [["added", ""], ["added", ""]]
    assert (said["after"], said["check"]) == (["kept.txt", "more.txt", "new.txt"], [])


def test_an_upload_that_does_not_fit_is_refused_and_leaves_nothing(run):
    said = run("""
import io
from rag.home import Home
from rag.jobs import Worker
from rag.library import Library, Parts
from rag.settings import Settings
from tests.fakes import HashEmbedder

def named(name, data):
    file = io.BytesIO(data)
    file.name = name
    return file

library = Library.of(Parts(Home(home), Settings(), embedder=HashEmbedder()))
worker = Worker(library, library.queue)
fill()
told("upload", lambda: worker.submit([named("a.txt", b""), named("b.txt", b"words " * 99)], "Documents").id)
said["left"] = sorted(path.name for path in library.home.queue.iterdir())
free()
job = worker.submit([named("b.txt", b"words " * 99)], "Documents")
job.wait()
said["again"] = [report.status for report in job.reports]
worker.close()
library.close()
""")
    assert said["upload"] == (
        "refused: There is no room left on the disk for b.txt. Free some space and add it again."
    )
    assert (said["left"], said["again"]) == ([], ["added"])
