"""Adding and removing documents: what is reported, what answers, and that nothing is left behind."""

import io
import os
import threading

import pytest

from rag.errors import NotFound, RagError
from rag.load import FileReader, Limits
from rag.vectors import ChromaVectors
from tests.shelf import Shelf


@pytest.fixture
def shelf(tmp_path):
    shelf = Shelf(tmp_path / "home")
    yield shelf
    shelf.close()


@pytest.fixture
def write(tmp_path):
    def write(name, text):
        path = tmp_path / "work" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


def upload(name, text):
    file = io.BytesIO(text.encode())
    file.name = name
    return file


def outcomes(reports):
    return [(report.file, report.status) for report in reports]


def left_behind(shelf):
    """Files in the home that belong to no document, and anything else the check finds."""
    return [*shelf.home.incoming.iterdir(), *shelf.ingest.check()]


def test_an_added_file_answers_and_is_kept(shelf, write):
    path = write("returns.txt", "Opened items may be returned within 30 days.")
    (report,) = shelf.add(path)
    assert (report.file, report.status, report.reason) == ("returns.txt", "added", "")
    (info,) = shelf.catalog.documents("Documents")
    assert (report.document, report.chunks, info.source) == (info.id, 1, str(path))
    assert shelf.home.stored(info.sha256, info.name).read_bytes() == path.read_bytes()
    text = "Opened items may be returned within 30 days."
    assert shelf.answers("returned opened items") == ([text], [text])
    assert left_behind(shelf) == []


def test_the_same_bytes_are_unchanged_from_whatever_path(shelf, write):
    first = write("a.txt", "the same")
    shelf.add(first)
    shelf.reader.names.clear()
    reports = shelf.add(first, str(first), write("b/other.txt", "the same"), upload("c.txt", "the same"))
    assert [report.status for report in reports] == ["unchanged"] * 4
    assert [report.reason != "" for report in reports] == [False, False, True, True]
    assert {report.document for report in reports} == {shelf.catalog.documents("Documents")[0].id}
    assert shelf.reader.names == []
    assert left_behind(shelf) == []


def test_the_same_bytes_twice_in_one_batch_are_one_document(shelf, write):
    reports = shelf.add(write("a.txt", "twice"), write("b.txt", "twice"), upload("c.txt", "twice"))
    assert [report.status for report in reports] == ["added", "unchanged", "unchanged"]
    assert left_behind(shelf) == []


def test_new_bytes_at_the_same_path_replace_the_old_ones(shelf, write):
    shelf.add(write("a.txt", "the window is thirty days"))
    old = shelf.catalog.documents("Documents")[0]
    (report,) = shelf.add(write("a.txt", "the window is sixty days"))
    assert (report.status, shelf.names()) == ("replaced", ["a.txt"])
    assert report.document != old.id
    assert shelf.answers("window thirty") == (["the window is sixty days"],) * 2
    assert not shelf.home.stored(old.sha256, old.name).exists()
    assert left_behind(shelf) == []


def test_going_back_to_the_old_bytes_replaces_again(shelf, write):
    for text in ("one", "two", "one"):
        reports = shelf.add(write("a.txt", text))
    assert (reports[0].status, shelf.answers("one")[0]) == ("replaced", ["one"])
    assert left_behind(shelf) == []


def test_the_same_name_from_elsewhere_is_a_second_document(shelf, write):
    reports = shelf.add(write("x/a.txt", "first"), write("y/a.txt", "second"), upload("a.txt", "third"))
    assert outcomes(reports) == [("a.txt", "added")] * 3
    assert shelf.names() == ["a (2).txt", "a (3).txt", "a.txt"]
    assert "a (2).txt" in reports[1].reason


def test_an_upload_may_replace_a_document_that_it_names(shelf, write):
    shelf.add(write("a.txt", "old price"))
    old = shelf.catalog.documents("Documents")[0].id
    (report,) = shelf.add(upload("a.txt", "new price"), replace=old)
    assert (report.status, shelf.names()) == ("replaced", ["a.txt"])
    assert shelf.answers("price") == (["new price"], ["new price"])
    assert left_behind(shelf) == []


def test_replacing_what_is_not_there_is_refused_before_anything_happens(shelf, write):
    shelf.add(write("a.txt", "in another collection"), collection="Other")
    other = shelf.catalog.documents("Other")[0].id
    for unknown in ("nobody", other):
        with pytest.raises(NotFound):
            shelf.add(upload("b.txt", "x"), replace=unknown)
    shelf.add(write("b.txt", "one"))
    known = shelf.catalog.documents("Documents")[0].id
    with pytest.raises(RagError, match="single file"):
        shelf.add(upload("c.txt", "x"), upload("d.txt", "y"), replace=known)
    assert shelf.names() == ["b.txt"]
    assert left_behind(shelf) == []


def test_one_bad_file_never_stops_the_others(shelf, write, tmp_path):
    reports = shelf.add(
        write("a.txt", "good"),
        write("bad.txt", "DAMAGED"),
        tmp_path / "nowhere.txt",
        upload("empty.txt", ""),
        write("b.txt", "good too"),
    )
    expected = ["added", "refused", "refused", "refused", "added"]
    assert [report.status for report in reports] == expected
    assert [report.document is None for report in reports] == [False, True, True, True, False]
    assert reports[1].reason == "bad.txt is damaged."
    assert "nowhere.txt" in reports[2].reason
    assert left_behind(shelf) == []


def test_a_file_that_changes_while_it_is_read_is_refused(shelf, write):
    path = write("a.txt", "first")
    reading = shelf.reader.read

    def slow(*file):
        document = reading(*file)
        path.write_text("second")
        return document

    shelf.reader.read = slow
    (report,) = shelf.add(path)
    assert (report.status, "changed" in report.reason) == ("refused", True)
    assert left_behind(shelf) == []


def test_a_refused_file_is_never_copied_into_the_home(shelf, write):
    copies = []
    shelf.reader.read = lambda path, name: copies.append(path) or (_ for _ in ()).throw(RagError("too large"))
    path = write("a.txt", "large")
    assert shelf.add(path)[0].reason == "too large"
    assert copies == [path]


def test_a_failed_replacement_leaves_the_old_one_answering(shelf, write):
    shelf.add(write("a.txt", "the old text"))
    (report,) = shelf.add(write("a.txt", "DAMAGED"))
    assert report.status == "refused"
    assert shelf.answers("old text") == (["the old text"], ["the old text"])
    assert left_behind(shelf) == []


def test_a_failure_while_embedding_leaves_nothing_and_tells_no_traceback(shelf, write):
    def broken(texts):
        raise ZeroDivisionError("inside")

    working, shelf.embedder.embed_documents = shelf.embedder.embed_documents, broken
    (report,) = shelf.add(write("a.txt", "text"))
    assert report.status == "refused"
    assert "ZeroDivisionError" not in report.reason
    assert (shelf.catalog.stored(), list(shelf.home.files.iterdir())) == ([], [])
    shelf.embedder.embed_documents = working
    assert shelf.add(write("a.txt", "text"))[0].status == "added"
    assert left_behind(shelf) == []


def test_a_folder_is_walked_without_hidden_files_and_without_the_home(tmp_path, write):
    for name in ("b.txt", "a.txt", "sub/c.txt", ".hidden.txt", ".git/d.txt", "sub/~$c.txt"):
        write(name, f"text of {name}")
    os.mkfifo(tmp_path / "work" / "pipe")
    inside = Shelf(tmp_path / "work" / "home")
    reports = inside.add(tmp_path / "work")
    assert outcomes(reports) == [("a.txt", "added"), ("b.txt", "added"), ("c.txt", "added")]
    assert [report.status for report in inside.add(tmp_path / "work")] == ["unchanged"] * 3
    inside.close()


def test_an_empty_folder_and_a_pipe_are_told(shelf, tmp_path):
    (tmp_path / "empty").mkdir()
    os.mkfifo(tmp_path / "pipe")
    reports = shelf.add(tmp_path / "empty", tmp_path / "pipe")
    assert outcomes(reports) == [("empty", "refused"), ("pipe", "refused")]


@pytest.mark.parametrize("name", ["../../etc/passwd.txt", "..\\..\\x.txt", "a\x00\x1b[31m/b\n.txt", ""])
def test_no_upload_name_leads_out_of_the_home(shelf, tmp_path, name):
    (report,) = shelf.add(upload(name, "text"))
    assert report.status == "added"
    assert not set(shelf.names()[0]) & set("/\\\x00\x1b\n")
    assert {path.parent for path in tmp_path.rglob("*") if path.is_file() and path.suffix == ".txt"} <= {
        shelf.home.files
    }
    assert left_behind(shelf) == []


def test_uploads_are_on_disk_before_the_first_file_is_read(shelf):
    files = [upload("a.txt", "one"), upload("b.txt", "two")]
    seen = []

    def watch(progress):
        if progress.stage == "waiting":
            seen.append([file.read() for file in files])

    shelf.add(*files, on_progress=watch)
    assert seen == [[b"", b""]] * 2


def test_progress_names_every_stage_and_counts_the_passages(shelf, write):
    ticks = []
    text = "\n\n".join(f"Paragraph {number} " + "word " * 40 for number in range(100))
    (report,) = shelf.add(write("a.txt", text), on_progress=ticks.append)
    assert {tick.file for tick in ticks} == {"a.txt"}
    stages = list(dict.fromkeys(tick.stage for tick in ticks))
    assert stages == ["waiting", "reading", "splitting", "embedding", "storing", "done"]
    embedding = [tick for tick in ticks if tick.stage == "embedding"]
    assert [tick.done for tick in embedding] == [0, 64, report.chunks]
    assert {tick.total for tick in embedding} == {report.chunks}
    assert embedding[0].seconds_left is None
    assert embedding[1].seconds_left > 0
    assert embedding[-1].seconds_left == 0


def test_a_refused_file_ends_its_progress_as_refused(shelf, write):
    ticks = []
    shelf.add(write("a.txt", "DAMAGED"), on_progress=ticks.append)
    assert [tick.stage for tick in ticks] == ["waiting", "reading", "refused"]


def test_cancel_between_batches_keeps_what_is_stored_and_nothing_of_the_rest(shelf, write):
    stop = threading.Event()
    long = "\n\n".join(f"Paragraph {number} " + "word " * 40 for number in range(200))

    def watch(progress):
        if progress.file == "b.txt" and progress.stage == "embedding" and progress.done == 64:
            stop.set()

    files = [write("a.txt", "kept"), write("b.txt", long), write("c.txt", "never")]
    reports = shelf.add(*files, on_progress=watch, cancelled=stop)
    assert [report.status for report in reports] == ["added", "refused", "refused"]
    assert all("Cancelled" in report.reason for report in reports[1:])
    assert shelf.names() == ["a.txt"]
    assert left_behind(shelf) == []
    assert [report.status for report in shelf.add(*files)] == ["unchanged", "added", "added"]


def test_cancel_ends_a_file_that_takes_forever_to_read(shelf, write):
    stop = threading.Event()

    def watch(progress):
        if progress.stage == "reading":
            stop.set()

    (report,) = shelf.add(write("a.txt", "HANG"), on_progress=watch, cancelled=stop)
    assert (report.status, "Cancelled" in report.reason) == ("refused", True)
    assert left_behind(shelf) == []


def test_an_interrupt_from_the_keyboard_leaves_nothing(shelf, write):
    def interrupt(progress):
        if progress.stage == "embedding":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        shelf.add(write("a.txt", "text"), write("b.txt", "more"), upload("c", "x"), on_progress=interrupt)
    assert shelf.catalog.stored() == []
    assert left_behind(shelf) == []


def test_a_removed_document_is_gone_from_every_store(shelf, write):
    shelf.add(write("a.txt", "secret number"), write("b.txt", "public number"))
    gone = next(info for info in shelf.catalog.documents("Documents") if info.name == "a.txt")
    shelf.ingest.remove(gone.id)
    assert shelf.answers("secret number") == (["public number"], ["public number"])
    assert not shelf.home.stored(gone.sha256, gone.name).exists()
    assert left_behind(shelf) == []
    with pytest.raises(NotFound):
        shelf.ingest.remove(gone.id)


def test_removing_here_keeps_the_file_of_the_same_bytes_in_another_collection(shelf, write):
    path = write("a.txt", "shared")
    shelf.add(path)
    shelf.add(path, collection="Other")
    here, there = shelf.catalog.documents("Documents")[0], shelf.catalog.documents("Other")[0]
    assert here.id != there.id
    shelf.ingest.remove(here.id)
    assert shelf.home.stored(there.sha256, there.name).read_text() == "shared"
    assert left_behind(shelf) == []
    shelf.ingest.remove(there.id)
    assert list(shelf.home.files.iterdir()) == []


def test_opening_finishes_what_was_interrupted(tmp_path, write):
    first = Shelf(tmp_path / "home")
    first.add(write("a.txt", "kept"), write("b.txt", "half removed"))
    removed = next(info for info in first.catalog.documents("Documents") if info.name == "b.txt")
    first.catalog.mark_removing(removed.id)
    (first.home.incoming / "half").write_text("an upload")
    (first.home.incoming / "docent-read-x").mkdir()
    (first.home.incoming / "docent-read-x" / "copy.doc").write_text("of a reading process that was killed")
    (first.home.files / "orphan.txt").write_text("of nobody")
    stray = first.embedder.embed_documents(["stray"])
    first.vectors.add("Documents", ["gone-00000"], ["gone"], stray)
    first.vectors.add("Nowhere", ["gone-00000"], ["gone"], stray)
    assert len(first.ingest.check()) == 6
    first.close()
    second = Shelf(tmp_path / "home")
    assert second.names() == ["a.txt"]
    assert left_behind(second) == []
    assert second.add(write("b.txt", "half removed"))[0].status == "added"
    second.close()


def test_check_tells_what_is_missing(shelf, write):
    shelf.add(write("a.txt", "text"))
    (info,) = shelf.catalog.documents("Documents")
    shelf.home.stored(info.sha256, info.name).unlink()
    shelf.vectors.delete("Documents", info.id)
    problems = shelf.ingest.check()
    assert len(problems) == 2
    assert any("stored file" in problem for problem in problems)
    assert any("no vector" in problem for problem in problems)
    assert shelf.ingest.unindexed() == [info]


def test_a_few_documents_without_vectors_are_embedded_again_at_opening(tmp_path, write):
    first = Shelf(tmp_path / "home")
    first.add(write("a.txt", "automobile"), write("b.txt", "bicycle"))
    lost = next(info for info in first.catalog.documents("Documents") if info.name == "a.txt")
    first.vectors.delete("Documents", lost.id)
    first.close()
    second = Shelf(tmp_path / "home")
    assert second.answers("automobile")[1][0] == "automobile"
    assert left_behind(second) == []
    second.close()


def test_another_embedder_takes_over_at_opening_and_the_old_vectors_go(tmp_path, write):
    first = Shelf(tmp_path / "home")
    first.add(write("a.txt", "automobile"))
    first.close()
    second = Shelf(tmp_path / "home", fingerprint="other|64|0")
    assert second.answers("automobile")[1] == ["automobile"]
    second.close()
    old = ChromaVectors(tmp_path / "home" / "vectors", "", "hash|64|0")
    assert old.ids("Documents") == set()
    old.close()


def test_another_splitter_makes_other_passages_of_the_stored_text(shelf, write):
    text = "\n\n".join(f"Paragraph {number} " + "word " * 40 for number in range(6))
    (report,) = shelf.add(write("a.txt", text))
    (info,) = shelf.catalog.documents("Documents")
    shelf.vectors.drop("Documents")
    assert shelf.ingest.unindexed() == [info]
    shelf.resplit(32)
    ticks = []
    shelf.ingest.reindex([info], on_progress=ticks.append)
    assert shelf.catalog.document(info.id).chunks > report.chunks
    assert (shelf.ingest.unindexed(), left_behind(shelf)) == ([], [])
    assert ticks[-1].stage == "done"
    shelf.ingest.remove(info.id)
    shelf.ingest.reindex([info])
    assert left_behind(shelf) == []


def test_batches_in_several_threads_lose_nothing(shelf, write):
    shared = write("shared.txt", "in every batch")
    failures = []

    def work(number):
        try:
            own = [write(f"{number}-{step}.txt", f"text {number} {step}") for step in range(4)]
            reports = shelf.add(*own, shared)
            assert [report.status for report in reports[:4]] == ["added"] * 4
            shelf.ingest.remove(reports[0].document)
        except BaseException as exc:
            failures.append(exc)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(5)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert failures == []
    assert len(shelf.names()) == 5 * 3 + 1
    assert left_behind(shelf) == []


def test_a_read_only_home_is_a_sentence(shelf, write, monkeypatch):
    # Tests may run as root, whom no permission stops: the file system's answer is given here instead.
    def refuse(*args, **more):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("tempfile.mkstemp", refuse)
    reports = shelf.add(write("a.txt", "text"), upload("b.txt", "text"))
    assert [report.status for report in reports] == ["refused", "refused"]
    assert all("cannot be written" in report.reason for report in reports)


def test_a_full_disk_is_a_sentence_and_leaves_nothing(shelf, write, monkeypatch):
    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    reports = shelf.add(write("a.txt", "text"), upload("b.txt", "text"))
    assert all("no room" in report.reason for report in reports)
    monkeypatch.undo()
    assert left_behind(shelf) == []


def test_what_could_not_be_undone_is_told_by_its_own_cause_and_cleared_at_the_next_opening(tmp_path, write):
    def full(*args, **more):
        raise RagError("There is no room left.")

    shelf = Shelf(tmp_path / "home")
    shelf.catalog.finish_all = shelf.catalog.forget = full
    reports = shelf.add(write("a.txt", "text"), write("b.txt", "more"), write("c.txt", "most"))
    assert {report.reason for report in reports} == {"There is no room left."}
    shelf.close()
    again = Shelf(tmp_path / "home")
    assert (again.names(), left_behind(again)) == ([], [])
    again.close()


def test_real_files_go_through_the_real_reader(tmp_path, write):
    shelf = Shelf(tmp_path / "home", lambda: FileReader(Limits()))
    (tmp_path / "binary.txt").write_bytes(bytes(range(256)) * 50)
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 and no more")
    reports = shelf.add(
        write("notes.md", "# Returns\n\nOpened items: 30 days.\n"),
        tmp_path / "binary.txt",
        tmp_path / "broken.pdf",
        write("prices.csv", "item,price\nlamp,10\n"),
        write("empty.txt", ""),
    )
    assert [report.status for report in reports] == ["added", "refused", "refused", "added", "refused"]
    assert all(report.reason.startswith(report.file) for report in reports if report.status == "refused")
    assert ["30 days" in text for text in shelf.answers("days returns")[0]] == [True]
    assert ["lamp" in text for text in shelf.answers("price of a lamp")[0]] == [True]
    assert left_behind(shelf) == []
    shelf.close()
