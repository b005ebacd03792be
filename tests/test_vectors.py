"""Chroma as a VectorStore, embedded and over loopback, and what it must never do silently."""

import os
import platform
import socket
import subprocess
import sys
import time
import uuid

import numpy as np
import pytest

from rag.errors import RagError, StoreMismatch
from rag.vectors import ChromaVectors
from tests.contracts import A, VectorStoreContract, rows


@pytest.fixture
def opened():
    """Open stores that are closed when the test ends."""
    stores = []

    def opened(folder, url="", fingerprint="hash|64|0"):
        stores.append(ChromaVectors(folder, url, fingerprint))
        return stores[-1]

    yield opened
    for store in stores:
        store.close()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The URL of a real Chroma server."""
    port, folder = free_port(), tmp_path_factory.mktemp("chroma")
    command = [sys.executable, "-c", "from chromadb.cli.cli import app; app()", "run"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--path", str(folder)]
    environment = os.environ | {"ANONYMIZED_TELEMETRY": "False"}
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
    try:
        deadline = time.monotonic() + 120
        while not answers(port):
            assert process.poll() is None, (folder / "server.log").read_text()
            assert time.monotonic() < deadline, "the Chroma server did not start"
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


class TestEmbedded(VectorStoreContract):
    @pytest.fixture
    def store(self, opened, tmp_path):
        return opened(tmp_path / "vectors")


class TestServer(VectorStoreContract):
    @pytest.fixture
    def store(self, opened, server):
        # One server serves all tests: a fingerprint of its own keeps each test's store empty.
        store = opened(None, server, uuid.uuid4().hex)
        yield store
        for collection in store.collections():
            store.drop(collection)


def test_vectors_are_there_after_reopening(opened, tmp_path):
    store = opened(tmp_path)
    store.add(A, ["a"], ["d"], rows(0))
    store.close()
    assert opened(tmp_path).ids(A) == {"a"}


def test_an_index_that_a_kill_made_unreadable_is_dropped_and_not_fatal(opened, tmp_path):
    store = opened(tmp_path)
    store.add(A, [f"c{number}" for number in range(1200)], ["d"] * 1200, rows(*range(8)).repeat(150, axis=0))
    assert store.query(A, rows(0)[0], 1)
    store.close()
    store.close()
    (tmp_path / "in-use").touch()
    graphs = [path for path in tmp_path.glob("*/*/*") if path.is_file()]
    assert graphs != []
    for path in graphs:
        path.write_bytes(b"half written")
    reopened = opened(tmp_path)
    with pytest.raises(RagError):
        reopened.query(A, rows(0)[0], 1)
    reopened.mend(A)
    assert reopened.collections() == []


def test_another_embedder_or_chunking_never_sees_these_vectors(opened, tmp_path):
    opened(tmp_path).add(A, ["a"], ["d"], rows(0))
    other = opened(tmp_path, fingerprint="hash|32|0")
    assert (other.ids(A), other.collections()) == (set(), [])
    other.add(A, ["b"], ["d"], np.eye(3, dtype=np.float32)[:1])
    assert opened(tmp_path).ids(A) == {"a"}
    other.drop(A)
    assert opened(tmp_path).ids(A) == set()


def test_two_libraries_on_one_server_do_not_meet(opened, server, tmp_path):
    one, other = opened(tmp_path / "one", server), opened(tmp_path / "other", server)
    one.add(A, ["a"], ["d"], rows(0))
    assert (other.ids(A), other.collections()) == (set(), [])
    other.drop(A)
    again = opened(tmp_path / "one", server)
    assert (again.ids(A), again.collections()) == ({"a"}, [A])


def test_the_indexes_of_other_embedders_go_and_this_one_stays(opened, tmp_path):
    opened(tmp_path).add(A, ["a"], ["d"], rows(0))
    other = opened(tmp_path, fingerprint="hash|32|0")
    other.add(A, ["b"], ["d"], rows(1))
    other.add("Other", ["c"], ["d"], rows(1))
    other.prune(A)
    assert (other.ids(A), other.ids("Other")) == ({"b"}, {"c"})
    assert opened(tmp_path).ids(A) == set()


def test_an_index_with_another_space_is_refused_with_both_names(opened, tmp_path):
    store = opened(tmp_path)
    store.add(A, ["a"], ["d"], rows(0))
    name = store._collection(A).name
    store._client.delete_collection(name)
    store._client.create_collection(name, configuration={"hnsw": {"space": "l2"}}, embedding_function=None)
    reopened = opened(tmp_path)
    for use in (lambda: reopened.add(A, ["b"], ["d"], rows(1)), lambda: reopened.query(A, rows(0)[0], 1)):
        with pytest.raises(StoreMismatch, match=r"'l2'.*'cosine'"):
            use()


def test_a_collection_that_another_client_dropped_is_empty(opened, tmp_path):
    one, other = opened(tmp_path), opened(tmp_path)
    one.add(A, ["a"], ["d"], rows(0))
    other.drop(A)
    assert one.query(A, rows(0)[0], 1) == []
    one.add(A, ["b"], ["d"], rows(0))
    assert one.ids(A) == {"b"}


def test_a_filter_may_name_thousands_of_documents(opened, tmp_path):
    store = opened(tmp_path)
    store.add(A, ["a", "b"], ["d", "e"], rows(0, 1))
    many = [f"other{number}" for number in range(5000)]
    assert [hit.chunk for hit in store.query(A, rows(0)[0], 2, documents=[*many, "e"])] == ["b"]


def test_the_documents_of_the_index_are_known(opened, tmp_path):
    store = opened(tmp_path)
    store.add(A, ["a", "b", "c"], ["d", "d", "e"], rows(0, 1, 2))
    assert store.documents(A) == {"d", "e"}
    assert store.documents("Other") == set()
    assert store.collections() == [A]


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://127.0.0.1:9", "does not answer"),
        ("localhost", "should look like"),
        ("ftp://x", "should look"),
    ],
)
def test_a_server_that_is_not_there_is_a_sentence(url, sentence):
    with pytest.raises(RagError, match=sentence):
        ChromaVectors(None, url, "x")


def test_a_folder_that_cannot_be_one_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RagError, match="could not be used"):
        ChromaVectors(tmp_path / "file", "", "x")


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told to fill memory")
def test_what_an_index_has_not_used_of_its_file_holds_nothing_of_this_process(opened, tmp_path):
    store = opened(tmp_path / "vectors")
    store.add("Documents", [f"a-{number}" for number in range(8)], ["a"] * 8, rows(*range(8)))
    store.query("Documents", rows(1)[0], 5)
    assert store.rewrite()
    (index,) = (tmp_path / "vectors").rglob("data_level0.bin")
    unused = index.read_bytes()[index.stat().st_size // 2 :]
    assert set(unused) == {0xFE}
