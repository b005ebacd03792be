"""The HTTP API and the MCP server, over a library in memory; requests go through the whole app."""

from __future__ import annotations

import json
import logging
import threading

import anyio
import pytest
from mcp import Client
from starlette.testclient import TestClient

from rag.jobs import Worker
from rag.serve import application, tools
from tests.memory import MemoryLibrary

TOKEN = "secret"
AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}
RETURNS = "Opened items may be returned within 14 days."


@pytest.fixture
def library(tmp_path):
    found = MemoryLibrary(tmp_path / "home")
    (tmp_path / "returns.txt").write_text(RETURNS)
    found.add([tmp_path / "returns.txt"])
    return found


@pytest.fixture
def worker(library):
    made = Worker(library)
    yield made
    made.close()


@pytest.fixture
def client(library, worker):
    app = application(library, worker, TOKEN, str(library.home.root))
    with TestClient(app, base_url="http://127.0.0.1:9", headers=AUTHORIZED) as made:
        yield made


def lines(response):
    return [json.loads(line) for line in response.text.splitlines()]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}])
def test_without_the_token_nothing_is_told(client, headers):
    client.headers.pop("Authorization")
    answered = client.get("/documents", headers=headers)
    assert answered.status_code == 401
    assert "returns" not in answered.text


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "[", "localhost@evil.example"]
)
def test_a_foreign_host_name_is_refused_even_with_the_token(client, host):
    assert client.get("/documents", headers={"Host": host}).status_code == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "file://"])
def test_a_web_page_of_another_host_is_refused(client, origin):
    assert client.get("/documents", headers={"Origin": origin}).status_code == 403


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost", "[::1]:80"])
def test_this_machine_is_answered_by_any_of_its_names(client, host):
    assert client.get("/documents", headers={"Host": host}).status_code == 200


def test_even_a_path_that_does_not_exist_wants_the_token(client):
    assert client.get("/nowhere", headers={"Authorization": ""}).status_code == 401


def test_search_by_get_and_post_gives_the_documented_fields(client):
    got = client.get("/search", params={"query": "opened items", "k": 1}).json()
    posted = client.post("/search", json={"query": "opened items", "k": 1}).json()
    assert got == posted
    assert {"document", "file", "page", "text", "start", "end", "score", "via"} <= set(got[0])
    assert got[0]["text"] == RETURNS


def test_an_answer_streams_its_text_and_ends_with_the_whole(client, library):
    told = {"question": "opened items", "history": [{"question": "a", "answer": "b"}]}
    events = lines(client.post("/ask", json=told))
    assert "".join(event["text"] for event in events[:-1]).split() == RETURNS.split()
    answer = events[-1]["answer"]
    assert answer["kind"] == "answer"
    assert answer["citations"][0]["number"] == 1
    assert answer["timings"]["prompt_tokens"] == 10
    assert library.asked[0][1][0].answer == "b"


def test_paths_are_added_with_progress_and_a_report_each(client, tmp_path):
    (tmp_path / "a.txt").write_text("alpha")
    events = lines(client.post("/add", json={"paths": [str(tmp_path / "a.txt"), str(tmp_path / "b.bad")]}))
    assert [event["progress"]["file"] for event in events if "progress" in event][-1] == "b.bad"
    reports = [event["report"] for event in events if "report" in event]
    assert [(report["file"], report["status"]) for report in reports] == [
        ("a.txt", "added"),
        ("b.bad", "refused"),
    ]


def test_an_upload_keeps_its_name_and_bytes(client, library):
    sent = client.post("/add", files=[("files", ("up.txt", b"uploaded"))], data={"collection": "Other"})
    assert [event["report"]["file"] for event in lines(sent) if "report" in event] == ["up.txt"]
    other = library.within("Other")
    assert other.text(other.documents()[0].id) == "uploaded"
    assert "up.txt" not in [info.name for info in library.documents()]


def test_an_unknown_document_is_one_sentence_and_404(client):
    answered = client.get("/documents/nothing/text")
    assert answered.status_code == 404
    assert answered.json() == {"error": "No document nothing.", "kind": "NotFound"}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/search", {"query": "a", "mode": "magic"}),
        ("/search", {"k": 3}),
        ("/ask", {"question": 3}),
        ("/add", {}),
        ("/add", {"paths": "a.txt"}),
        ("/add", {"paths": ["a.txt"]}),
    ],
)
def test_a_wrong_request_is_told_which_field_is_wrong(client, path, body):
    answered = client.post(path, json=body)
    assert answered.status_code == 422
    assert answered.json()["error"]


def test_a_document_is_removed_over_http(client, library):
    document = library.documents()[0].id
    assert client.get(f"/documents/{document}/text").json()["text"] == RETURNS
    assert client.delete(f"/documents/{document}").status_code == 200
    assert client.get("/documents").json() == []


def test_a_failure_of_ours_tells_no_details(library, worker, caplog):
    library.check = lambda: 1 / 0
    app = application(library, worker, TOKEN, "home")
    with TestClient(
        app, base_url="http://localhost", headers=AUTHORIZED, raise_server_exceptions=False
    ) as client:
        answered = client.get("/check")
    assert answered.status_code == 500
    assert "division" not in answered.text
    assert "division" in caplog.text


def call(server, name, arguments):
    async def talk():
        async with Client(server) as client:
            return await client.call_tool(name, arguments)

    return anyio.run(talk)


def test_an_agent_sees_the_four_tools(library, worker):
    async def talk():
        async with Client(tools(library, worker)) as client:
            return [tool.name for tool in (await client.list_tools()).tools]

    assert sorted(anyio.run(talk)) == ["add", "ask", "list_documents", "search"]


def test_an_agent_adds_searches_and_asks(library, worker, tmp_path):
    server = tools(library, worker)
    (tmp_path / "b.txt").write_text("Shipping takes four days.")
    added = call(server, "add", {"paths": [str(tmp_path / "b.txt")]})
    assert added.structured_content["result"][0]["status"] == "added"
    found = call(server, "search", {"query": "shipping takes", "k": 1})
    assert found.structured_content["result"][0]["file"] == "b.txt"
    answer = call(server, "ask", {"question": "opened items", "documents": ["returns.txt"]})
    assert answer.structured_content["citations"][0]["file"] == "returns.txt"
    listed = call(server, "list_documents", {})
    assert [one["file"] for one in listed.structured_content["result"]] == ["b.txt", "returns.txt"]


def test_an_agent_reads_the_sentence_of_an_error(library, worker):
    refused = call(tools(library, worker), "ask", {"question": "x", "documents": ["nothing.pdf"]})
    assert refused.is_error
    assert "nothing.pdf" in refused.content[0].text


def test_offering_tools_leaves_the_logging_of_the_program_alone(library, worker, monkeypatch):
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    level = root.level
    tools(library, worker)
    assert (root.handlers, root.level) == ([], level)


# --- files on their way --------------------------------------------------------------------------


class SlowLibrary(MemoryLibrary):
    """Adds a file once the gate is open."""

    def __init__(self, root):
        super().__init__(root)
        self.gate = threading.Event()

    def within(self, collection):
        return self

    def add(self, sources, **options):
        assert self.gate.wait(30)
        return super().add(sources, **options)


@pytest.fixture
def slow(tmp_path):
    return SlowLibrary(tmp_path / "slow")


@pytest.fixture
def adding(slow, tmp_path):
    """A worker with one file in hand, which is held at the gate."""
    (tmp_path / "coming.txt").write_text(RETURNS)
    made = Worker(slow)
    made.submit([tmp_path / "coming.txt"], slow.collection)
    yield made
    slow.gate.set()
    made.close()


def test_a_question_over_http_waits_for_the_first_file_and_says_so(slow, adding):
    app = application(slow, adding, TOKEN, str(slow.home.root))
    threading.Timer(0.3, slow.gate.set).start()
    with TestClient(app, base_url="http://127.0.0.1:9", headers=AUTHORIZED) as client:
        first, *_, last = lines(client.post("/ask", json={"question": "How long for opened items?"}))
    assert first == {"coming": 1}
    assert "14 days" in last["answer"]["answer"] and "coming" not in last["answer"]


def test_where_documents_are_in_a_question_is_asked_at_once_and_told_what_comes(slow, adding, tmp_path):
    (tmp_path / "shipping.txt").write_text("Parcels leave on Monday.")
    MemoryLibrary.add(slow, [tmp_path / "shipping.txt"])
    app = application(slow, adding, TOKEN, str(slow.home.root))
    with TestClient(app, base_url="http://127.0.0.1:9", headers=AUTHORIZED) as client:
        last = lines(client.post("/ask", json={"question": "How long for opened items?"}))[-1]
    assert last["answer"]["coming"] == 1 and not slow.gate.is_set()


def test_an_agents_question_waits_for_the_first_file(slow, adding):
    threading.Timer(0.3, slow.gate.set).start()
    answer = call(tools(slow, adding), "ask", {"question": "How long for opened items?"})
    assert "14 days" in answer.structured_content["answer"]
