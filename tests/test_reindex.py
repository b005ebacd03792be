"""Another embedder or other chunks: the old index answers until the new one is whole, then they swap."""

import threading

import numpy as np
import pytest

from rag.catalog import Made
from rag.errors import RagError
from rag.home import Home
from rag.ingest.building import Builder
from rag.library import Library, Parts
from rag.settings import Settings
from rag.vectors import ChromaVectors
from tests.fakes import HashEmbedder, OverlapJudge, OverlapReader
from tests.shelf import Shelf

LONG = "\n\n".join(f"Paragraph {number} tells of thing{number}. " + "word " * 30 for number in range(12))


@pytest.fixture
def opened(tmp_path):
    libraries = []

    def opened(**settings):
        for library in libraries:
            library.close()
        parts = Parts(
            Home(tmp_path / "home"),
            Settings(**settings),
            embedder=HashEmbedder(),
            reader=OverlapReader(),
            judge=OverlapJudge(),
        )
        libraries[:] = [Library.of(parts)]
        return libraries[0]

    yield opened
    for library in libraries:
        library.close()


@pytest.fixture
def files(tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    for number in range(4):
        (folder / f"{number}.txt").write_text(f"File {number} about subject{number}.\n\n{LONG}")
    return folder


def steps(library, count):
    for _ in range(count):
        assert library._parts.builder.step(threading.Event())


def test_the_old_index_answers_until_the_new_one_is_whole(opened, files):
    before = opened().add([files])
    library = opened(chunk_tokens=24)
    state = library.index()
    assert (state.state, state.done, state.total) == ("building", 0, 4)
    steps(library, 2)
    assert (library.index().done, library.documents()[0].chunks) == (2, before[0].chunks)
    for mode in ("semantic", "keyword"):
        assert library.search("subject1", mode, 3)[0].file == "1.txt"
    library.reindex()
    assert library.index().state == "current"
    assert library.documents()[0].chunks > before[0].chunks
    for mode in ("semantic", "keyword"):
        assert library.search("subject1", mode, 3)[0].file == "1.txt"
    assert library.check() == []
    assert opened(chunk_tokens=24).index().state == "current"


def test_what_is_built_stays_built_over_a_restart(opened, files):
    opened().add([files])
    steps(opened(chunk_tokens=24), 3)
    assert opened(chunk_tokens=24).index().done == 3
    assert opened(chunk_tokens=30).index().done == 0
    library = opened()
    assert library.index().state == "current"
    assert library.check() == []


def test_documents_that_come_and_go_meanwhile_are_in_and_out_of_the_new_index(opened, files, tmp_path):
    opened().add([files])
    library = opened(chunk_tokens=24)
    steps(library, 2)
    staged = next(
        info.id
        for info in library.documents()
        if info.id in library._parts.catalog.staged(library._parts.makes.wanted.fingerprint)
    )
    library.remove(staged)
    (tmp_path / "late.txt").write_text("late subject9")
    library.add([tmp_path / "late.txt"])
    library.reindex()
    assert len(library.documents()) == 4
    assert library.search("subject9", "semantic", 1)[0].file == "late.txt"
    assert library.check() == []


def test_the_old_index_leaves_the_disk_with_the_next_scrub(opened, files):
    opened().add([files])
    library = opened(chunk_tokens=24)
    library.reindex()
    assert library.scrubbing().state == "waiting"
    library.scrub()
    assert library.scrubbing().state == "clean"
    library.close()
    old = ChromaVectors(library.home.vectors, "", "hash|0|0")
    assert old.ids("Documents") == set()
    old.close()


class Other(HashEmbedder):
    """Another embedder: other name, other size."""

    name = "other"
    dimension = 128

    def _wide(self, texts):
        rows = HashEmbedder().embed_documents(texts)
        rows = rows[:, :128] + rows[:, 128:]
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    embed_documents = embed_queries = _wide


def test_vectors_of_another_embedder_and_size_take_over(tmp_path, files):
    shelf, other = Shelf(tmp_path / "home", fingerprint="hash|0|0"), Other()
    shelf.add(files)
    made = Made("other", "other", 0, 0)
    shelf.vectors.use("hash|0|0", building=made.fingerprint)
    builder = Builder(
        shelf.catalog,
        shelf.vectors,
        "hash",
        made,
        lambda: (other, shelf.splitter),
        lambda: shelf.catalog.switch(made),
    )
    shelf.ingest._storage.prune()  # what is being built is nobody's leftover
    while builder.step(threading.Event()):
        continue
    shelf.vectors.use(made.fingerprint)
    assert builder.state.state == "current"
    assert len(shelf.vectors.query("Documents", other.embed_queries(["subject2"])[0], 1)) == 1
    assert shelf.ingest.check() == []
    shelf.close()


def test_a_failure_is_told_and_tried_again(opened, files):
    opened().add([files])
    library = opened(chunk_tokens=24)
    embedder = library._parts.makes._given
    embed = embedder.embed_documents

    def broken(texts):
        raise RagError("The model is gone.")

    embedder.embed_documents = broken
    with pytest.raises(RagError):
        library.reindex()
    assert (library.index().state, library.index().reason) == ("failed", "The model is gone.")
    embedder.embed_documents = embed
    library.reindex()
    assert library.index().state == "current"


def test_an_index_of_a_model_that_is_no_longer_there_gives_way_at_once(opened, files):
    library = opened()
    library.add([files])
    library._parts.catalog.activate(Made("/gone", "gone-12345678", 0, 0))
    library = opened()
    assert library.index().state == "current"
    assert library.search("subject1", "semantic", 3)[0].file == "1.txt"
