"""Model servers on this machine: what they offer is listed, and nothing else that listens there is."""

from __future__ import annotations

import http.server
import json
import threading

import pytest

from rag.generate import servers


@pytest.fixture
def listening():
    """Let a server answer every request with this text; return its port."""
    running = []

    def start(text):
        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *given):
                return

        server = http.server.HTTPServer(("127.0.0.1", 0), Answer)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        running.append(server)
        return server.server_port

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


def test_the_models_of_a_running_server_are_found_with_what_the_settings_would_say(listening):
    port = listening(json.dumps({"data": [{"id": "llama3.2"}, {"id": "qwen2.5"}]}))
    found = servers.found({port: "Ollama"})
    assert [each.model for each in found] == ["llama3.2", "qwen2.5"]
    assert {(each.program, each.url) for each in found} == {("Ollama", f"http://127.0.0.1:{port}/v1")}


@pytest.mark.parametrize("text", ["<html>another program</html>", "[]", '{"data": null}', '{"data": [1]}'])
def test_another_program_on_such_a_port_is_passed_over(listening, text):
    assert servers.found({listening(text): "vLLM"}) == []


def test_a_port_where_nobody_listens_is_passed_over():
    assert servers.found({1: "Ollama"}) == []
