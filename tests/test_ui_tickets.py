"""A browser is known by a cookie that only an answer to a good ticket sets."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from rag.ui import tickets


@pytest.fixture
def client():
    with TestClient(Starlette(routes=tickets.routes())) as client:
        yield client


def test_a_ticket_brings_a_cookie_that_lets_in_and_that_no_script_can_read(client):
    answer = client.post("/door", content=tickets.issue())
    assert answer.status_code == 204
    assert tickets.known(answer.cookies[tickets.COOKIE])
    assert "HttpOnly" in answer.headers["set-cookie"] and "SameSite=strict" in answer.headers["set-cookie"]


def test_a_ticket_counts_once(client):
    ticket = tickets.issue()
    assert client.post("/door", content=ticket).status_code == 204
    assert client.post("/door", content=ticket).status_code == 403


def test_a_ticket_that_came_late_or_was_made_up_counts_for_nothing(client, monkeypatch):
    monkeypatch.setattr(tickets, "SHORT", -1.0)
    for ticket in (tickets.issue(), "guess", ""):
        answer = client.post("/door", content=ticket)
        assert answer.status_code == 403 and not answer.cookies


def test_a_ticket_is_no_cookie_and_a_cookie_ends(client, monkeypatch):
    assert not tickets.known(tickets.issue()) and not tickets.known("")
    monkeypatch.setattr(tickets, "LONG", -1.0)
    answer = client.post("/door", content=tickets.issue())
    assert not tickets.known(answer.cookies[tickets.COOKIE])
