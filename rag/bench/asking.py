"""Reading a 1,000-token prompt and writing 40 tokens, against llama.cpp on the same weights and tokens.

llama.cpp runs on as many threads, in the best of its batch and flash-attention settings.
"""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import torch

from rag.bench.llama_cpp import WINDOW, LlamaCpp, is_installed
from rag.bench.result import BENCH_ONLY, Result, alternate, ratio
from rag.generate.chat import Chat
from rag.generate.greedy import Greedy, Model
from rag.generate.local import load_model
from rag.prompts import answer_messages
from rag.settings import Settings
from rag.types import Chunk
from rag.weights import generator_folder, gguf_file, on_model_thread

PROMPT, ANSWER, ROUNDS = 1000, 40, 5
QUESTION = "How long can an opened item be returned?"
MICRO_BATCHES = (128, 256, 512)
OURS, PLAIN, OTHER = "docent", "docent, no drafts", "llama.cpp"

Times = tuple[float, float]
"""Seconds to the first token, and in all."""


def measure_asking(settings: Settings, chunks: Sequence[Chunk]) -> list[Result]:
    """Return seconds to the first token and in all, with and without drafts, and the ratios."""
    gguf = gguf_file(settings)
    if gguf:  # named by its path, the default model comes without the adapter that llama.cpp does not have
        settings = settings.model_copy(update={"generator": str(gguf)})
    prompt = prompt_ids(Chat(generator_folder(settings)), chunks)
    model = load_model(settings, WINDOW)
    sides = {OURS: our_side(model, prompt, drafts=True), PLAIN: our_side(model, prompt, drafts=False)}
    with ExitStack() as stack:
        if is_installed() and gguf:
            other = stack.enter_context(best_llama_cpp(gguf, prompt))
            sides[OTHER] = lambda: other.write(prompt, ANSWER)
        return figures(both_times(sides), len(prompt))


def both_times(sides: Mapping[str, Callable[[], Times]]) -> dict[str, list[Times]]:
    """Run the sides in turn; return the times of every round that counts."""
    taken: dict[str, list[Times]] = {name: [] for name in sides}

    def recorded(name: str) -> Callable[[], float]:
        def run() -> float:
            taken[name].append(sides[name]())
            return taken[name][-1][1]

        return run

    alternate({name: recorded(name) for name in sides}, ROUNDS)
    return {name: times[-ROUNDS:] for name, times in taken.items()}


def figures(taken: dict[str, list[Times]], prompt: int) -> list[Result]:
    """Return the medians of each side and the ratios to llama.cpp."""
    results = []
    for name, times in taken.items():
        first, total = (statistics.median(column) for column in zip(*times, strict=True))
        pace = (ANSWER - 1) / (total - first)
        note = f"{prompt:,}-token prompt, {ANSWER}-token answer, {pace:.0f} tokens/s"
        results.append(Result(f"ask, first token: {name}", first, "s"))
        results.append(Result(f"ask, all: {name}", total, "s", note))
    if OTHER not in taken:
        return [*results, Result("ask, against llama.cpp", None, "times", BENCH_ONLY.format("xllamacpp"))]
    for column, what in enumerate(("first token", "all")):
        ours, theirs = ([times[column] for times in taken[name]] for name in (OURS, OTHER))
        note = "as fast as llama.cpp (the wheel, its best settings) on the same GGUF, prompt and threads"
        results.append(Result(f"ask, {what}, against llama.cpp", ratio(theirs, ours), "times", note))
    return results


def prompt_ids(chat: Chat, chunks: Sequence[Chunk]) -> list[int]:
    """Return a prompt as the program writes it, of as many passages as fill 1,000 tokens."""
    words = [(chunk.document, word) for chunk in chunks for word in chunk.text.split()]

    def encoded(count: int) -> list[int]:
        groups = itertools.groupby(words[:count], key=lambda pair: pair[0])
        passages = [(title, " ".join(word for _, word in group)) for title, group in groups]
        return chat.encode(answer_messages(passages, (), QUESTION))

    fitting = next(count for count in range(PROMPT, 0, -1) if len(encoded(count)) <= PROMPT)
    return encoded(fitting)


def our_side(model: Model, prompt: list[int], drafts: bool) -> Callable[[], Times]:
    """Return this program's side, each time with nothing remembered of the prompt before."""

    def run() -> Times:
        model.drafts = drafts
        start, first = time.perf_counter(), 0.0
        for _ in Greedy(model, on_model_thread).tokens(prompt, ANSWER, (), lambda: False):
            first = first or time.perf_counter() - start
        return first, time.perf_counter() - start

    return run


def best_llama_cpp(gguf: Path, prompt: list[int]) -> LlamaCpp:
    """Return llama.cpp with the settings that are fastest for this prompt."""
    threads = torch.get_num_threads()

    def taken(settings: tuple[bool, int]) -> float:
        with LlamaCpp(gguf, threads, *settings) as side:
            return min(side.write(prompt, ANSWER)[1] for _ in range(2))

    return LlamaCpp(gguf, threads, *min(itertools.product((True, False), MICRO_BATCHES), key=taken))
