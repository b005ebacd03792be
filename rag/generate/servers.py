"""Model servers that run on this machine: looked for on loopback, where the usual ones listen.

Knows their ports and the list of models that OpenAI's protocol has; sends nothing but the wish for that list.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx

PORTS = {11434: "Ollama", 8000: "vLLM", 8080: "llama.cpp", 1234: "LM Studio"}
PATIENCE = 0.5  # seconds: a server on this machine answers at once, or is no such server
SHOWN = 8  # models of one server


@dataclass(frozen=True, slots=True)
class Served:
    """A model that a server on this machine offers: what the two settings would say."""

    program: str
    url: str
    model: str


def found(ports: Mapping[int, str] = PORTS) -> list[Served]:
    """Return the models of every server found, by port."""
    with ThreadPoolExecutor(len(ports)) as at_once:
        lists = at_once.map(lambda port: _models(port, ports[port]), ports)
    return [model for models in lists for model in models]


def _models(port: int, program: str) -> list[Served]:
    url = f"http://127.0.0.1:{port}/v1"
    try:
        answer = httpx.get(f"{url}/models", timeout=PATIENCE, trust_env=False)  # no proxy on the way home
        names = [str(model["id"]) for model in answer.json()["data"]]
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return []
    return [Served(program, url, name) for name in names[:SHOWN]]
