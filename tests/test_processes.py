"""Real processes on one home: a server that owns it, commands beside it, kills and what they leave."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import anyio
import httpx
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from rag.home import Home
from rag.owner import Owner
from tests.memory import MemoryLibrary

ROOT = Path(__file__).parent.parent
RETURNS = "Opened items may be returned within 14 days of delivery, in their original packaging."


def rag(*arguments, **options):
    return subprocess.Popen(
        [sys.executable, "-m", "rag", *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        **options,
    )


def ran(*arguments):
    process = rag(*arguments)
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


@contextmanager
def serving():
    """`serve` in a process of its own; gives the process and a client of it."""
    process = rag("serve", "--port", 0, "--json")
    try:
        line = process.stdout.readline()
        assert line, process.stderr.read()
        address = json.loads(line)
        headers = {"Authorization": f"Bearer {address['token']}"}
        with httpx.Client(base_url=address["url"], headers=headers, timeout=60) as client:
            yield process, client
    finally:
        process.kill()
        process.communicate()


def stdio(*arguments):
    """An MCP client of `serve --stdio`, as agents start it."""
    environment = {
        name: value for name, value in os.environ.items() if name.startswith(("RAG_", "PATH", "HOME"))
    }
    command = ["-m", "rag", *map(str, arguments), "serve", "--stdio"]
    return stdio_client(
        StdioServerParameters(command=sys.executable, args=command, cwd=str(ROOT), env=environment)
    )


def test_a_command_beside_the_server_sees_its_library():
    with serving() as (_, client):
        assert client.get("/documents").json() == []
        assert ran("list", "--json") == (0, "", "")
        status, _, err = ran("serve")
        assert status == 1
        assert str(client.base_url).rstrip("/") in err


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_a_server_that_is_asked_to_end_gives_the_home_back(tmp_path, ending):
    with serving() as (process, _):
        process.send_signal(ending)
        assert process.wait(timeout=60) == 130
        assert "Traceback" not in process.stderr.read()
    assert not (tmp_path / "home" / "owner.json").exists()
    assert ran("list")[0] == 0


def test_a_killed_server_does_not_keep_the_home(tmp_path):
    with serving() as (process, _):
        process.kill()
        process.wait()
    assert (tmp_path / "home" / "owner.json").exists()
    assert ran("list", "--json") == (0, "", "")


def test_agents_start_a_server_that_owns_the_home_and_lets_commands_in():
    async def talk():
        async with Client(stdio()) as client:
            listed = await client.call_tool("list_documents", {})
            beside = await anyio.to_thread.run_sync(ran, "list", "--json")
            return listed.structured_content["result"], beside[0]

    assert anyio.run(talk) == ([], 0)


def test_agents_reach_the_library_that_the_app_has_open(tmp_path, monkeypatch):
    monkeypatch.setenv("RAG_HOME", str(tmp_path / "house"))
    library = MemoryLibrary(tmp_path / "house")
    library.home.acquire()
    (tmp_path / "returns.txt").write_text(RETURNS)

    async def talk():
        async with Client(stdio()) as client:
            added = await client.call_tool("add", {"paths": [str(tmp_path / "returns.txt")]})
            answer = await client.call_tool("ask", {"question": "opened items"})
            return added.structured_content["result"][0]["status"], answer.structured_content["kind"]

    with Owner.of(library):
        assert anyio.run(talk) == ("added", "answer")
        assert [info.name for info in library.documents()] == ["returns.txt"]
    library.home.release()


def test_a_program_that_just_ends_leaves_nothing_running(tmp_path):
    code = """
import sys
from concurrent.futures import ThreadPoolExecutor
from rag.owner import Owner
from tests.memory import MemoryLibrary

class Pooled(MemoryLibrary):
    def within(self, collection):
        return self

    def add(self, sources, *, cancelled, **options):
        assert cancelled.wait(20)
        print(ThreadPoolExecutor().submit(lambda: "cancelled, and the pools still run").result())
        return []

Owner.of(Pooled(sys.argv[1])).worker.submit(["a.txt"], "Documents")
"""
    ended = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    said = "cancelled, and the pools still run\n"
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, said, "")
    assert not (tmp_path / "owner.json").exists()


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_add_can_be_interrupted(tmp_path, monkeypatch, ending):
    monkeypatch.setenv("RAG_HOME", str(tmp_path / "house"))
    library = MemoryLibrary(tmp_path / "house")
    library.home.acquire()
    (tmp_path / "slow.txt").write_text("read until somebody cancels")
    with Owner.of(library) as owner:
        process = rag("add", tmp_path / "slow.txt")
        until(lambda: "reading" in process.stderr.readline())
        process.send_signal(ending)
        _, err = process.communicate(timeout=120)
        assert process.returncode == 130
        assert "Traceback" not in err
        assert owner.worker.jobs()[0].wait(60)
    library.home.release()


def test_a_reader_that_stops_reading_is_no_error(tmp_path):
    process = rag("list", "--help")
    process.stdout.close()
    process.wait(timeout=60)
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()


def test_a_command_waits_for_another_that_is_soon_done(tmp_path):
    busy = Home(tmp_path / "home")
    busy.acquire()
    process = rag("list", "--json")
    assert process.stderr.readline().startswith("Waiting")
    busy.release()
    assert process.communicate(timeout=120) == ("", "")
    assert process.returncode == 0


@pytest.mark.slow
def test_files_are_added_and_asked_about_beside_a_server(tmp_path):
    (tmp_path / "returns.txt").write_text(RETURNS)
    with serving() as (_, client):
        status, out, err = ran("add", tmp_path / "returns.txt", "--json")
        assert status == 0, err
        assert json.loads(out)["status"] == "added"
        assert json.loads(ran("add", tmp_path / "returns.txt", "--json")[1])["status"] == "unchanged"
        hits = client.get("/search", params={"query": "how long can I return opened items"}).json()
        assert hits[0]["text"] == RETURNS
        status, out, err = ran("ask", "How long can I return opened items?", "--json")
        assert status == 0, err
        answer = json.loads(out)
        assert answer["kind"] == "answer"
        assert "14 days" in answer["answer"]
        assert answer["citations"][0]["file"] == "returns.txt"


def test_the_app_starts_on_loopback_and_ends_with_its_command():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = rag("app", "--port", port)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            until(lambda: answers(client, "/_stcore/health"))
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 130
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"http://127.0.0.1:{port}/_stcore/health")
    finally:
        process.kill()
        process.communicate()


def answers(client, path):
    try:
        return client.get(path).status_code == 200
    except httpx.TransportError:
        return False


def until(condition):
    for _ in range(600):
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError("it never came true")
