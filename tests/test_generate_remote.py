"""The remote generator: every way a server can fail is one sentence, and none is dialled too early."""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from rag.errors import ModelUnavailable
from rag.generate import RemoteGenerator
from rag.settings import Settings
from rag.types import Message

QUESTION = [Message("user", "warm?")]
PIECE = (
    b'data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"m",'
    b'"choices":[{"index":0,"delta":{"content":"wa"}}]}\n\n'
)


class Failing(BaseHTTPRequestHandler):
    """Fails in the way its path asks for."""

    def do_POST(self):
        kind = self.path.split("/")[1]
        self.rfile.read(int(self.headers["Content-Length"]))
        status, body = {
            "refuses": (400, b'{"error": {"message": "the prompt exceeds the context"}}'),
            "unknown": (404, b"no such page"),
            "key": (401, b'{"error": {"message": "bad key"}}'),
            "garbage": (200, b"data: {not json}\n\n"),
            "breaks": (200, PIECE),
        }[kind]
        self.send_response(status)
        self.send_header("Content-Type", "text/event-stream" if status == 200 else "application/json")
        # "breaks" promises more than it sends.
        self.send_header("Content-Length", str(len(body) + (99 if kind == "breaks" else 0)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def url():
    with HTTPServer(("127.0.0.1", 0), Failing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("refuses", "400: the prompt exceeds the context"),
        ("unknown", "404"),
        ("key", "RAG_GENERATOR_KEY"),
        ("garbage", "broke off"),
        ("breaks", "broke off"),
    ],
)
def test_a_server_that_fails_is_one_sentence(url, kind, sentence):
    remote = RemoteGenerator(Settings(generator_url=f"{url}/{kind}/v1"))
    with pytest.raises(ModelUnavailable) as caught:
        list(remote.stream(QUESTION, limit=5))
    assert sentence in str(caught.value) and url in str(caught.value) and "\n" not in str(caught.value)


def test_what_came_before_a_break_is_kept(url):
    pieces = RemoteGenerator(Settings(generator_url=f"{url}/breaks/v1")).stream(QUESTION, limit=5)
    assert next(pieces).text == "wa"


def test_a_server_that_is_not_there_is_named():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
        remote = RemoteGenerator(Settings(generator_url=address))
        with pytest.raises(ModelUnavailable, match=r"cannot be reached.*RAG_GENERATOR_URL"):
            list(remote.stream(QUESTION, limit=5))


def test_the_count_errs_on_the_long_side():
    remote = RemoteGenerator(Settings(generator_url="http://127.0.0.1:9/v1", generator_window=999))
    assert remote.window == 999
    assert remote.count_tokens([Message("user", "cold stone " * 100)]) > 250
    assert remote.count_tokens([Message("user", "東京" * 100)]) >= 200
