"""A generator that asks a server which speaks OpenAI's chat protocol (vLLM, Ollama, llama.cpp).

Knows the protocol through the `openai` client. Does not know the server's tokenizer: counts are estimates,
and errors are told in one sentence.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rag.errors import ModelUnavailable
from rag.settings import Settings
from rag.types import Message, Token

WINDOW = 4096
"""Tokens, where the settings name none: what Ollama reads by default, cutting longer prompts silently."""

BYTES_PER_TOKEN = 3  # English has 4 and more, Chinese about 3: the estimate errs on the long side
PER_MESSAGE = 8  # tokens of role and separators
CONNECT, READ = 10.0, 300.0  # seconds; a large model on a CPU may read a prompt for minutes


class RemoteGenerator:
    """Implements Generator. Dials the server at the first question, not before."""

    def __init__(self, settings: Settings) -> None:
        import openai

        self.name = settings.generator
        self.window = settings.generator_window or WINDOW
        self._url = settings.generator_url
        self._client = openai.OpenAI(
            base_url=settings.generator_url,
            api_key=settings.generator_key or "none",  # the client insists on one
            timeout=openai.Timeout(READ, connect=CONNECT),
            max_retries=1,
        )

    def count_tokens(self, messages: Sequence[Message], /) -> int:
        """Estimate the tokens of the prompt from its bytes, on the long side."""
        return sum(PER_MESSAGE + -(-len(message.content.encode()) // BYTES_PER_TOKEN) for message in messages)

    def stream(
        self, messages: Sequence[Message], /, *, limit: int, stop: threading.Event | None = None
    ) -> Iterator[Token]:
        """Yield the answer in the pieces the server sends. Raises ModelUnavailable while it is read."""
        turns: Any = [{"role": message.role, "content": message.content} for message in messages]
        with self._translated():
            chunks = self._client.chat.completions.create(
                model=self.name,
                messages=turns,
                max_tokens=limit,
                temperature=0,
                stream=True,
            )
            with chunks:
                for chunk in chunks:
                    if stop is not None and stop.is_set():
                        return
                    text = chunk.choices[0].delta.content if chunk.choices else None
                    if text:
                        yield Token(text)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        import openai

        try:
            yield
        except openai.APITimeoutError as exc:
            raise ModelUnavailable(f"The model server at {self._url} took too long. Ask again.") from exc
        except openai.APIConnectionError as exc:
            raise ModelUnavailable(
                f"The model server at {self._url} cannot be reached, or broke off. Start it, or "
                "check RAG_GENERATOR_URL."
            ) from exc
        except openai.APIStatusError as exc:
            raise ModelUnavailable(
                f"The model server at {self._url} refused ({exc.status_code}: {said(exc)}). Check "
                f"RAG_GENERATOR ({self.name}), RAG_GENERATOR_KEY and RAG_GENERATOR_WINDOW."
            ) from exc
        except Exception as exc:  # a connection that ends midway raises whatever lies below the client
            raise ModelUnavailable(
                f"The model server at {self._url} broke off its answer. Ask again."
            ) from exc


def said(exc: object) -> str:
    """Return the first line of what a server gave as its reason."""
    body = getattr(exc, "body", None)
    reason = body.get("message") if isinstance(body, dict) else None
    return str(reason or exc).strip().splitlines()[0][:200]
