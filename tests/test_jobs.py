"""Jobs that outlive the process: what waits goes on, what is paused rests, what failed is tried again."""

import io
import threading

import pytest

from rag.home import Home
from rag.jobs import Worker
from rag.library import Library, Parts
from rag.settings import Settings
from tests.fakes import HashEmbedder, OverlapJudge, OverlapReader


class SlowEmbedder(HashEmbedder):
    """Waits at each call until it is let go."""

    def __init__(self):
        self.gate = threading.Event()
        self.gate.set()
        self.calls = []
        self.called = threading.Event()

    def embed_documents(self, texts, /):
        self.calls.append(len(texts))
        self.called.set()
        assert self.gate.wait(60)
        return super().embed_documents(texts)


@pytest.fixture
def opened(tmp_path):
    """Open a real library with a fake embedder; closed at the end, and by `again`."""
    libraries = []

    def opened():
        for library, worker in libraries:
            worker.close()
            library.close()
        libraries.clear()
        parts = Parts(
            Home(tmp_path / "home"),
            Settings(),
            embedder=SlowEmbedder(),
            reader=OverlapReader(),
            judge=OverlapJudge(),
        )
        library = Library.of(parts)
        libraries.append((library, Worker(library, library.queue, resume=True)))
        return libraries[-1]

    yield opened
    for library, worker in libraries:
        library._parts.embedder.gate.set()
        worker.close()
        library.close()


def files(tmp_path, count, name="f", text="text of {}"):
    folder = tmp_path / name
    folder.mkdir(exist_ok=True)
    for number in range(count):
        (folder / f"{name}{number:04d}.txt").write_text(text.format(number))
    return folder


def upload(name, text):
    file = io.BytesIO(text.encode())
    file.name = name
    return file


def held(library):
    """Let nothing be embedded until the returned gate is set."""
    embedder = library._parts.embedder
    embedder.called.clear()
    embedder.gate.clear()
    return embedder


def test_of_a_thousand_files_ten_bad_ones_are_told_and_the_others_are_in(opened, tmp_path):
    library, worker = opened()
    folder = files(tmp_path, 1000)
    for number in range(0, 1000, 100):
        (folder / f"f{number:04d}.txt").write_bytes(bytes(range(256)) * 20)
    job = worker.submit([folder], "Documents")
    assert job.wait(300)
    assert (job.counts.done, job.counts.refused, job.counts.waiting) == (990, 10, 0)
    assert len(library.documents()) == 990
    reasons = [report for report in job.reports if report.status == "refused"]
    assert all(report.reason.startswith(report.file) for report in reasons)
    assert len(library._parts.embedder.calls) < 300  # small files are embedded together
    assert library.check() == []


def test_what_was_not_added_goes_on_in_the_next_process(opened, tmp_path):
    library, worker = opened()
    embedder = held(library)
    job = worker.submit([files(tmp_path, 200, text="text " * 60 + "{}")], "Documents")
    assert embedder.called.wait(60)
    closing = threading.Thread(target=worker.close)
    closing.start()
    embedder.gate.set()
    closing.join()
    assert job.counts.waiting > 0
    library, worker = opened()
    (again,) = worker.jobs()
    assert again.wait(120)
    assert (again.counts.total, again.counts.done) == (200, 200)
    assert len(again.reports) == len(library.documents()) == 200
    library, worker = opened()
    assert worker.jobs() == []


def test_an_upload_is_kept_until_it_is_in(opened):
    library, worker = opened()
    worker.close()
    worker.submit([upload("kept.txt", "kept through a restart")], "Documents")
    library, worker = opened()
    (job,) = worker.jobs()
    assert job.wait(60)
    (info,) = library.documents()
    assert (info.name, info.source) == ("kept.txt", "")
    assert list(library.home.queue.iterdir()) == []
    assert library.check() == []


def test_a_paused_job_lets_others_pass_and_goes_on_when_resumed(opened, tmp_path):
    library, worker = opened()
    embedder = held(library)
    job = worker.submit([files(tmp_path, 200, text="text " * 60 + "{}")], "Documents")
    assert embedder.called.wait(60)
    worker.pause(job)
    embedder.gate.set()
    other = worker.submit([files(tmp_path, 1, "other")], "Documents")
    assert other.wait(60)
    assert (job.state, job.finished, job.counts.waiting > 0) == ("paused", False, True)
    library, worker = opened()
    job = next(job for job in worker.jobs() if not job.finished)
    assert job.state == "paused"
    worker.resume(job)
    assert job.wait(120)
    assert job.counts.done == 200


def test_cancel_keeps_what_is_in_and_refuses_the_rest(opened, tmp_path):
    library, worker = opened()
    embedder = held(library)
    job = worker.submit([files(tmp_path, 200, text="text " * 60 + "{}")], "Documents")
    assert embedder.called.wait(60)
    job.cancel()
    embedder.gate.set()
    assert job.wait(60)
    assert job.counts.waiting == 0
    assert all("Cancelled" in report.reason for report in job.reports if report.status == "refused")
    assert len(library.documents()) == job.counts.done < 200
    assert library.check() == []


def test_refused_files_are_tried_once_more(opened, tmp_path):
    library, worker = opened()
    folder = files(tmp_path, 3)
    (folder / "f0001.txt").write_bytes(bytes(range(256)) * 20)
    first = worker.submit([folder, upload("empty.txt", "")], "Documents")
    assert first.wait(60)
    assert first.counts.refused == 2
    (folder / "f0001.txt").write_text("mended")
    again = worker.retry(first)
    assert again.wait(60)
    assert (again.counts.done, again.counts.refused, again.counts.total) == (1, 1, 2)
    assert worker.jobs() == [again]
    worker.put_away(again)
    assert list(library.home.queue.iterdir()) == []


def test_refusals_are_still_told_after_a_restart(opened, tmp_path):
    _, worker = opened()
    bad = tmp_path / "bad.txt"
    bad.write_bytes(bytes(range(256)) * 20)
    assert worker.submit([bad], "Documents").wait(60)
    _, worker = opened()
    (job,) = worker.jobs()
    assert [report.file for report in job.reports] == ["bad.txt"]


def test_time_left_is_known_once_something_is_done(opened, tmp_path):
    library, worker = opened()
    folder = files(tmp_path, 200, text="text " * 60 + "{}")
    seen = []
    embedder = library._parts.embedder
    embed = embedder.embed_documents
    job = worker.submit([], "Documents")
    assert job.wait(60)

    def watched(texts):
        seen.append(worker.jobs()[-1].seconds_left)
        return embed(texts)

    embedder.embed_documents = watched
    assert worker.submit([folder], "Documents").wait(120)
    assert seen[0] is None
    assert seen[-1] is not None
