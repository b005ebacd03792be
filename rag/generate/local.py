"""A model on this machine: one instance, one worker, first come first served.

All requests stand in one queue before one thread that writes. Whoever reads slowly or walks away holds up
nobody. Knows messages, tokens and threads; no documents.
"""

from __future__ import annotations

import atexit
import queue
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tokenizers.decoders import DecodeStream

from rag.errors import PromptTooLong
from rag.generate.adapter import is_plain_lora, merge
from rag.generate.chat import Chat
from rag.generate.greedy import Greedy, Model
from rag.generate.llama import Llama, is_llama
from rag.settings import Settings
from rag.types import Message, Token
from rag.weights import (
    adapter_folder,
    generator_folder,
    load_json,
    load_tensors,
    loading,
    model_name,
    on_model_thread,
    pick_device,
    pick_dtype,
    use_threads,
)

if TYPE_CHECKING:
    import torch

LONGEST_WINDOW = 8192
PATIENCE = 0.05  # seconds between looks at a request's stop while it waits for its turn


@dataclass(slots=True)
class Request:
    """One prompt in the queue; its tokens, then None or an error, arrive in `out`."""

    prompt: list[int]
    limit: int
    stop: threading.Event
    out: queue.SimpleQueue[Token | BaseException | None] = field(default_factory=queue.SimpleQueue)
    gone: bool = False  # nobody reads any more


class LocalGenerator:
    """Implements Generator. Loads at construction; deterministic: always the likeliest token."""

    def __init__(self, settings: Settings) -> None:
        """Raise MissingWeights where model or adapter cannot be loaded."""
        folder = generator_folder(settings)
        use_threads(settings)
        config = load_json(folder, "config.json")
        asked = settings.generator_window or LONGEST_WINDOW
        self.window = min(config.get("max_position_embeddings", LONGEST_WINDOW), LONGEST_WINDOW, asked)
        self.name = model_name(settings.generator, folder)
        self._chat = Chat(folder)
        self._greedy = Greedy(load_model(settings, self.window), on_model_thread)
        self._requests: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self._closing = threading.Event()
        self._worker = threading.Thread(target=self._work, name="generator", daemon=True)
        self._worker.start()
        # A thread that is cut off within torch, as the interpreter ends, takes the process down with it.
        atexit.register(self.close)

    def close(self) -> None:
        """End the worker, after the token it is at. Answers under way end; later ones are empty."""
        self._closing.set()
        self._requests.put(None)
        self._worker.join()
        atexit.unregister(self.close)

    def count_tokens(self, messages: Sequence[Message], /) -> int:
        """Tokens of the whole prompt as the model will read it."""
        return len(self._chat.encode(messages))

    def stream(
        self, messages: Sequence[Message], /, *, limit: int, stop: threading.Event | None = None
    ) -> Iterator[Token]:
        """Yield at most `limit` tokens of the answer, fewer where the window ends.

        Raises PromptTooLong at once where no room is left for an answer. Tokens that only together make
        a character come together.
        """
        prompt = self._chat.encode(messages)
        if len(prompt) >= self.window:
            raise PromptTooLong(
                f"The question is too long: {len(prompt)} tokens, and the model reads {self.window}. "
                "Shorten it."
            )
        request = Request(prompt, min(limit, self.window - len(prompt)), stop or threading.Event())
        self._requests.put(request)
        return answers(request, self._closing)

    def _work(self) -> None:
        while request := self._requests.get():
            try:
                self._serve(request)
                request.out.put(None)
            except Exception as exc:  # raised again where the answer is read
                request.out.put(exc)

    def _serve(self, request: Request) -> None:
        decode, pending = DecodeStream(skip_special_tokens=True), []

        def stopped() -> bool:
            return request.gone or request.stop.is_set() or self._closing.is_set()

        tokens = self._greedy.tokens(request.prompt, request.limit, self._chat.ends, stopped)
        for token, logprob in tokens:
            pending.append(logprob)
            # None: the bytes so far end within a character.
            if piece := decode.step(self._chat.tokenizer, token):
                request.out.put(Token(piece, tuple(pending)))
                pending = []


def answers(request: Request, closing: threading.Event) -> Iterator[Token]:
    """Yield what the worker writes for the request; closing this tells the worker to leave it."""
    try:
        while not (request.stop.is_set() or closing.is_set()):
            try:
                item = request.out.get(timeout=PATIENCE)
            except queue.Empty:
                continue
            if item is None:
                return
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        request.gone = True


def load_model(settings: Settings, window: int) -> Model:
    """Return the model behind the settings, by the leanest forward pass that covers it."""
    folder, adapter = generator_folder(settings), adapter_folder(settings)
    device, config = pick_device(settings), load_json(folder, "config.json")
    dtype = pick_dtype(device)
    if device.type == "cpu" and is_llama(config) and (adapter is None or is_plain_lora(adapter)):
        with loading(folder):
            return on_model_thread(lambda: lean(folder, adapter, config, dtype, window))
    from rag.generate.plain import Plain

    return Plain(folder, adapter, device, dtype)


def lean(
    folder: Path, adapter: Path | None, config: dict[str, Any], dtype: torch.dtype, window: int
) -> Llama:
    """Return the lean model of the weights in `folder`, with the adapter merged into them."""
    weights = load_tensors(folder)
    return Llama(merge(weights, adapter) if adapter else weights, config, dtype, window)
