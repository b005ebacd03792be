"""What was removed is found in no file of the home; and the search that says so finds it before."""

import random
import string
import threading

import numpy as np
import pytest

from rag.catalog.removals import NOTICE
from rag.ingest.traces import Numbers, Traces, Windows
from rag.types import Answer, Citation
from tests.fakes import HashEmbedder
from tests.shelf import Shelf

WORDS = [
    "".join(letters)
    for letters in (random.Random(number).choices(string.ascii_lowercase, k=9) for number in range(900))
]


class DenseEmbedder(HashEmbedder):
    """Vectors without a zero, as real models give them."""

    def embed_documents(self, texts, /):
        seeds = [int(abs(row @ np.arange(self.dimension)) * 1e6) for row in super().embed_documents(texts)]
        rows = np.stack([np.random.default_rng(seed).normal(size=384) for seed in seeds]).astype(np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    dimension = 384
    embed_queries = embed_documents


class DenseShelf(Shelf):
    """A shelf whose vectors can be told from each other on the disk."""

    embedder_class = DenseEmbedder


@pytest.fixture
def shelf(tmp_path):
    shelf = DenseShelf(tmp_path / "home")
    yield shelf
    shelf.close()


def prose(seed, words=600):
    """Sentences that no other document has, with a word that is longer than a window."""
    dice = random.Random(seed)
    long = "".join(dice.choices(string.ascii_lowercase, k=30))
    return " ".join([long, *(dice.choice(WORDS) for _ in range(words))])


def fill(shelf, tmp_path, count=12):
    for number in range(count):
        (tmp_path / f"{number}.txt").write_text(f"Shared opening of all files. {prose(number)}")
    shelf.add(*(tmp_path / f"{number}.txt" for number in range(count)))
    return {info.name: info.id for info in shelf.catalog.documents("Documents")}


def answer(document, text):
    citation = Citation(1, document, "3.txt", None, "", text, 0, len(text))
    return Answer("What?", "answer", text, text, 0.9, (citation,))


def test_all_kinds_are_found_before_and_nothing_after(shelf, tmp_path):
    ids = fill(shelf, tmp_path)
    chat = shelf.catalog.chats.create("Documents", "A talk")
    shelf.catalog.chats.append(chat, answer(ids["3.txt"], prose(3)[:200]))
    shelf.catalog.chats.append(chat, answer(ids["4.txt"], "of another document"))
    forgotten = shelf.ingest.forget(ids["3.txt"])
    assert {trace.kind for trace in forgotten.before} == {"text", "vectors", "upload"}
    assert all(forgotten.looked_for[kind] > 100 for kind in ("text", "vectors"))
    assert forgotten.after == ()
    erased, kept = shelf.catalog.chats.turns(chat)
    assert (erased.answer.text, erased.answer.citations) == (NOTICE, ())
    assert kept.answer.text == "of another document"
    assert shelf.ingest.check() == []
    assert len(shelf.names()) == 11
    assert shelf.vectors.hidden("Documents") == set()
    assert shelf.ingest.scrubber.state.state == "clean"


def test_without_the_scrub_the_search_finds_what_the_stores_kept(shelf, tmp_path):
    ids = fill(shelf, tmp_path)
    traces = shelf.ingest._forgetting.traces(ids["3.txt"])
    shelf.ingest.remove(ids["3.txt"])
    assert shelf.ingest.scrubber.state.state == "waiting"
    left = {trace.kind for trace in shelf.ingest._forgetting.found(traces)}
    assert "vectors" in left


def test_a_graph_on_disk_is_searched_too(tmp_path):
    shelf = DenseShelf(tmp_path / "home")
    rows = DenseEmbedder().embed_documents([f"word{number}" for number in range(1100)])
    shelf.vectors.add("Documents", [f"d-{n:05d}" for n in range(1100)], ["d"] * 1100, rows)
    found = Traces.of("", rows[5:8], b"").found(shelf.home.vectors)
    assert any("data_level0.bin" in trace.file for trace in found)
    shelf.close()


def test_a_removal_that_was_killed_before_its_scrub_is_scrubbed_after_the_next_opening(tmp_path):
    first = DenseShelf(tmp_path / "home")
    ids = fill(first, tmp_path)
    traces = first.ingest._forgetting.traces(ids["3.txt"])
    first.catalog.mark_removing(ids["3.txt"])
    first.close()
    second = DenseShelf(tmp_path / "home")
    assert second.ingest.scrubber.state == type(second.ingest.scrubber.state)("waiting", 1)
    second.ingest.scrubber.run()
    assert second.ingest._forgetting.found(traces) == []
    assert second.answers(prose(4)[:60])[1] != []
    second.close()


def test_adding_searching_and_removing_go_on_while_it_scrubs(shelf, tmp_path):
    ids = fill(shelf, tmp_path)
    shelf.ingest.remove(ids["3.txt"])
    moving = threading.Event()
    late = tmp_path / "late.txt"
    late.write_text(prose("late"))

    def meanwhile(done, total):
        if not moving.is_set():
            moving.set()
            worker = threading.Thread(target=change)
            worker.start()
            worker.join(30)

    def change():
        shelf.add(late)
        shelf.ingest.remove(ids["5.txt"])
        assert shelf.answers(prose(4)[:60])[1] != []

    assert shelf.vectors.rewrite(meanwhile)
    assert shelf.ingest.check() == []
    assert {"late.txt", "4.txt"} <= set(shelf.names())
    assert shelf.vectors.hidden("Documents") == set()


def test_a_scrub_that_is_stopped_leaves_everything_and_is_done_again(shelf, tmp_path):
    ids = fill(shelf, tmp_path)
    shelf.ingest.remove(ids["3.txt"])
    stop = threading.Event()
    stop.set()
    shelf.ingest.scrubber.run(stop)
    assert shelf.ingest.scrubber.state.state == "waiting"
    assert [path.name for path in shelf.home.vectors.iterdir() if path.name.isdigit()] == ["1"]
    shelf.ingest.scrubber.run()
    assert shelf.ingest.scrubber.state.state == "clean"
    assert shelf.ingest.check() == []


def test_what_other_documents_also_say_is_no_trace(shelf, tmp_path):
    same = prose("same")
    (tmp_path / "a.txt").write_text(same)
    (tmp_path / "b.txt").write_text(same + "\n")
    shelf.add(tmp_path / "a.txt", tmp_path / "b.txt")
    a = next(info.id for info in shelf.catalog.documents("Documents") if info.name == "a.txt")
    assert shelf.ingest.forget(a).after == ()


def test_cached_pages_of_a_removed_document_go(shelf, tmp_path):
    ids = fill(shelf, tmp_path, 2)
    info = shelf.catalog.document(ids["0.txt"])
    for name in (f"{info.sha256}-1.png", f"ocr/{info.id}/2.json"):
        (shelf.home.cache / name).parent.mkdir(parents=True, exist_ok=True)
        (shelf.home.cache / name).write_text("a picture")
    shelf.ingest.remove(info.id)
    assert [path for path in shelf.home.cache.rglob("*") if path.is_file()] == []


def test_a_vector_that_was_normalised_again_is_still_found():
    rows = DenseEmbedder().embed_documents(["one", "two"])
    again = (rows / np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True) * 1.0000001).astype("<f4")
    looked = Numbers(rows)
    assert len(looked.within(b"abc" + again.tobytes())) > 0.9 * len(looked.all)
    assert looked.within(DenseEmbedder().embed_documents(["three"]).tobytes()) == set()


def test_a_window_is_found_at_any_offset_and_nowhere_else():
    looked = Windows([b"twenty letters of it", b"another twenty bytes"])
    for shift in range(9):
        assert looked.within(b"x" * shift + b"twenty letters of it...") == {b"twenty letters of it"}
    assert looked.within(b"twenty letters of us, another twenty bite") == set()
