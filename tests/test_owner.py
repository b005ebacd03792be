"""One process owns a home and lets the others in: real sockets, real threads, a library in memory."""

from __future__ import annotations

import json
import os
import socket
import stat
import threading
import time

import anyio
import httpx
import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from rag.errors import HomeInUse, NotFound, RagError
from rag.home import Home
from rag.owner import Owner, connect
from rag.remote import find_document
from rag.types import Turn
from tests.memory import MemoryLibrary

RETURNS = "Opened items may be returned within 14 days."


@pytest.fixture
def root(tmp_path):
    place = tmp_path / "house"
    place.mkdir()
    return place


@pytest.fixture
def owner(root):
    with Owner.of(MemoryLibrary(root)) as opened:
        yield opened


@pytest.fixture
def remote(owner, root):
    with connect(root) as joined:
        yield joined


@pytest.fixture
def returns(tmp_path):
    path = tmp_path / "returns.txt"
    path.write_text(RETURNS)
    return path


def until(condition):
    for _ in range(500):
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("it never came true")


def test_only_the_user_can_read_the_token(owner, root):
    mode = stat.S_IMODE((root / "owner.json").stat().st_mode)
    assert mode == 0o600
    record = json.loads((root / "owner.json").read_text())
    assert record == {"port": owner.port, "token": owner.token, "pid": os.getpid()}


def test_the_server_listens_on_loopback_alone(owner):
    with socket.socket() as other:
        other.bind(("127.0.0.2", owner.port))  # taken, if the server listened on every address


def test_closing_leaves_no_trace_and_frees_the_port(root):
    owner = Owner.of(MemoryLibrary(root))
    owner.close()
    assert not (root / "owner.json").exists()
    assert owner.library.closed
    with pytest.raises(HomeInUse):
        connect(root)
    Owner.of(MemoryLibrary(root), port=owner.port).close()


def test_another_process_gets_what_the_library_gives(owner, remote, returns):
    heard = []
    reports = remote.add([returns], on_progress=heard.append)
    assert (reports[0].status, reports[0].file) == ("added", "returns.txt")
    assert {progress.file for progress in heard} == {"returns.txt"}
    local = owner.library
    assert remote.documents() == local.documents()
    document = remote.documents()[0].id
    assert remote.document(document) == local.document(document)
    assert remote.text(document) == RETURNS
    assert remote.search("opened items", "keyword", 3) == local.search("opened items", "keyword", 3)
    assert remote.check() == []


def test_another_process_streams_the_same_answer(owner, remote, returns):
    remote.add([returns])
    stream = remote.ask("opened items", (Turn("before", "then"),), None)
    assert "".join(stream).split() == RETURNS.split()
    assert stream.answer == owner.library.ask("opened items").answer
    assert owner.library.asked[0][1] == (Turn("before", "then"),)


def test_open_files_travel_with_their_names(owner, remote, returns):
    with returns.open("rb") as stream:
        assert remote.add([stream])[0].file == "returns.txt"
    assert owner.library.documents()[0].name == "returns.txt"


def test_collections_stay_apart_over_the_wire(owner, remote, returns):
    remote.within("Other").add([returns])
    assert remote.documents() == []
    assert [info.collection for info in remote.within("Other").documents()] == ["Other"]


def test_errors_arrive_as_the_class_they_were(remote):
    with pytest.raises(NotFound, match="No document nothing"):
        remote.text("nothing")


def test_a_document_is_found_by_id_and_by_name(owner, remote, returns):
    remote.add([returns])
    document = owner.library.documents()[0].id
    assert find_document(remote, "returns.txt").id == find_document(remote, document).id == document
    with pytest.raises(NotFound, match="nothing"):
        find_document(remote, "nothing")


def test_hanging_up_cancels_the_work(owner, root, tmp_path):
    (tmp_path / "slow.txt").write_text("x")
    with (
        httpx.Client(base_url=owner.url, headers={"Authorization": f"Bearer {owner.token}"}) as client,
        client.stream("POST", "/add", json={"paths": [str(tmp_path / "slow.txt")]}) as events,
    ):
        next(events.iter_lines())
        until(lambda: owner.worker.jobs())
    until(lambda: owner.worker.jobs()[0].finished)
    assert owner.worker.jobs()[0].reports[0].reason == "Cancelled."


def test_a_remote_add_can_be_cancelled_while_nothing_moves(owner, remote, tmp_path):
    cancelled = threading.Event()
    threading.Timer(0.2, cancelled.set).start()
    remote.add([tmp_path / "slow.txt"], cancelled=cancelled)
    until(lambda: owner.worker.jobs()[0].finished)


def test_jobs_run_in_turn_and_can_be_cancelled_while_they_wait(owner, tmp_path, returns):
    (tmp_path / "slow.txt").write_text("x")
    slow = owner.worker.submit([tmp_path / "slow.txt"], "Documents")
    waiting = owner.worker.submit([returns], "Documents")
    assert [job.id for job in owner.worker.jobs()] == [slow.id, waiting.id]
    assert waiting.progress["returns.txt"].stage == "waiting"
    assert not waiting.wait(0.1)
    slow.cancel()
    assert waiting.wait(10)
    assert waiting.reports[0].status == "added"


def test_a_job_keeps_an_upload_that_its_sender_closes(owner, returns):
    with returns.open("rb") as stream:
        job = owner.worker.submit([stream], "Documents")
    assert job.wait(10)
    assert owner.library.text(job.reports[0].document) == RETURNS


def test_a_failed_job_says_so_and_the_next_one_runs(owner, tmp_path, returns, caplog):
    broken = owner.worker.submit([tmp_path / "missing.txt"], "Documents")
    after = owner.worker.submit([returns], "Documents")
    assert after.wait(10)
    assert isinstance(broken.error, RagError)
    assert "missing.txt" in caplog.text


def test_closing_ends_running_jobs(root, tmp_path):
    owner = Owner.of(MemoryLibrary(root))
    job = owner.worker.submit([tmp_path / "slow.txt"], "Documents")
    until(lambda: job.progress["slow.txt"].stage == "reading")
    owner.close()
    assert job.finished


@pytest.mark.parametrize("record", [None, "", "{}", '{"port": "x", "token": "t", "pid": 1}', "[]"])
def test_an_owner_that_left_no_address_is_one_sentence(root, record):
    if record is not None:
        Home(root).owner.write_text(record)
    with pytest.raises(HomeInUse, match="another process"):
        connect(root)


def test_an_address_that_someone_else_took_is_not_trusted(owner, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    Home(other).owner.write_text(Home(owner.library.home.root).owner.read_text())
    with pytest.raises(HomeInUse):
        connect(other)


def test_an_owner_that_dies_midway_is_one_sentence(root, returns):
    owner = Owner.of(MemoryLibrary(root))
    with connect(root) as remote:
        owner.close()
        with pytest.raises(RagError, match="stopped answering"):
            remote.documents()


def test_a_taken_port_is_one_sentence_and_gives_the_home_back(owner, tmp_path):
    library = MemoryLibrary(tmp_path / "second")
    with pytest.raises(RagError, match=str(owner.port)):
        Owner.of(library, port=owner.port)
    assert library.closed


def test_agents_reach_the_tools_over_http(owner, returns):
    owner.library.add([returns])

    async def talk():
        headers = {"Authorization": f"Bearer {owner.token}"}
        async with (
            httpx2.AsyncClient(headers=headers) as http,
            Client(streamable_http_client(f"{owner.url}/mcp", http_client=http)) as client,
        ):
            return await client.call_tool("search", {"query": "opened items"})

    assert anyio.run(talk).structured_content["result"][0]["file"] == "returns.txt"
