"""A library in step with a folder: real files, a real watcher, the fake embedder."""

import shutil
import threading
import time

import pytest

from rag.home import Home
from rag.jobs import Worker
from rag.library import Library, Parts
from rag.settings import Settings
from rag.watch import Watcher, Watchers
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
    library = Library.of(parts)
    yield library
    library.close()


@pytest.fixture
def worker(library):
    worker = Worker(library, library.queue)
    yield worker
    worker.close()


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "watched"
    for name in ("a.txt", "sub/b.txt", ".hidden/c.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"text of {name}")
    return folder


def names(library):
    return sorted(info.name for info in library.documents())


def until(condition):
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it never came true")


def test_one_look_adds_changes_and_lets_go(library, worker, folder):
    gone: list[str] = []
    watcher = Watcher(library, worker, folder, tell_gone=gone.append)
    watcher.sync()
    assert names(library) == ["a.txt", "b.txt"]
    (folder / "a.txt").write_text("other text")
    (folder / "sub" / "b.txt").unlink()
    (folder / "d.txt").write_text("text of d")
    watcher.sync()
    assert names(library) == ["a.txt", "d.txt"]
    assert gone == [str(folder / "sub" / "b.txt")]
    assert library.text(library.documents()[0].id) == "other text"
    assert library.check() == []
    assert worker.jobs() == []


def test_a_moved_file_keeps_its_id_and_its_day_and_takes_its_new_name(library, worker, folder):
    watcher = Watcher(library, worker, folder)
    watcher.sync()
    before = next(info for info in library.documents() if info.name == "a.txt")
    (folder / "a.txt").rename(folder / "sub" / "renamed.txt")
    watcher.sync()
    after = library.document(before.id)
    assert (after.name, after.added) == ("renamed.txt", before.added)
    assert after.source == str(folder / "sub" / "renamed.txt")
    assert names(library) == ["b.txt", "renamed.txt"]


def test_a_disk_that_is_not_there_removes_nothing(library, worker, folder):
    for number in range(5):
        (folder / f"{number}.txt").write_text(f"text {number}")
    watcher = Watcher(library, worker, folder)
    watcher.sync()
    shutil.rmtree(folder)
    watcher.sync()
    assert (watcher.state, len(names(library))) == ("missing", 7)
    folder.mkdir()
    watcher.sync()
    assert (watcher.state, len(names(library))) == ("missing", 7)
    assert "Nothing was removed" in watcher.reason


def test_documents_from_elsewhere_stay(library, worker, folder, tmp_path):
    (tmp_path / "elsewhere.txt").write_text("not below the folder")
    library.add([tmp_path / "elsewhere.txt"])
    (tmp_path / "elsewhere.txt").unlink()
    Watcher(library, worker, folder).sync()
    assert "elsewhere.txt" in names(library)


def test_changes_are_followed_as_they_happen(library, worker, folder):
    library.watch(folder)
    before = set(threading.enumerate())
    watchers = Watchers(library, worker)
    try:
        until(lambda: names(library) == ["a.txt", "b.txt"])
        time.sleep(1)  # until the watch has begun after the first look
        (folder / "c.txt").write_text("new")
        until(lambda: "c.txt" in names(library))
        (folder / "c.txt").rename(folder / "d.txt")
        until(lambda: names(library) == ["a.txt", "b.txt", "d.txt"])
        (folder / "a.txt").unlink()
        until(lambda: names(library) == ["b.txt", "d.txt"])
        assert [one.state for one in library.watched()] == ["watching"]
    finally:
        watchers.close()
    assert [one.name for one in set(threading.enumerate()) - before if "watch" in one.name] == []


def test_the_folders_to_watch_are_kept(library, folder):
    library.watch(folder)
    library.within("Other").watch(folder / "sub")
    assert {(one.collection, one.folder) for one in library.watched()} == {
        ("Documents", str(folder)),
        ("Other", str(folder / "sub")),
    }
    library.unwatch(folder)
    assert [one.collection for one in library.watched()] == ["Other"]
