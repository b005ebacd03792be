"""llama.cpp, through the xllamacpp wheel, in a process of its own.

Beside torch in one process each slows the other down by half: they share an OpenMP that lets its threads
sleep once there are more of them than cores.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

WINDOW = 2048
PROGRAM = "from rag.bench.llama_cpp import serve; serve()"


def is_installed() -> bool:
    """True where the wheel is there."""
    return importlib.util.find_spec("xllamacpp") is not None


class LlamaCpp:
    """A model with one choice of settings; a context manager that ends its process."""

    def __init__(self, gguf: Path, threads: int, flash: bool, micro_batch: int) -> None:
        asked = {"gguf": str(gguf), "threads": threads, "flash": flash, "micro_batch": micro_batch}
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._send(asked)

    def write(self, prompt: list[int], tokens: int) -> tuple[float, float]:
        """Read the prompt anew and write that many tokens; return seconds until it is read, and in all.

        The former is what llama.cpp itself reports: its pieces reach Python late on busy machines.
        """
        self._send({"prompt": prompt, "n_predict": tokens})
        assert self._process.stdout is not None
        first, total = json.loads(self._process.stdout.readline())
        return float(first), float(total)

    def _send(self, what: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()

    def close(self) -> None:
        """End the process."""
        with self._process as process:
            process.kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def serve() -> None:
    """Load the model that the first line of stdin names; for each line after it, write and tell the times."""
    import xllamacpp  # type: ignore[import-untyped]

    server = xllamacpp.Server(parameters(xllamacpp, json.loads(sys.stdin.readline())))
    fixed = {"temperature": 0, "ignore_eos": True, "cache_prompt": False}
    for line in sys.stdin:
        start = time.perf_counter()
        done = server.handle_completions(json.loads(line) | fixed)
        total = time.perf_counter() - start
        sys.stdout.write(json.dumps([done["timings"]["prompt_ms"] / 1000, total]) + "\n")
        sys.stdout.flush()


def parameters(xllamacpp: Any, asked: dict[str, Any]) -> Any:  # noqa: ANN401 - the wheel has no types
    """Return the wheel's parameters for one model and one choice of settings."""
    params = xllamacpp.CommonParams()
    params.model.path, params.n_ctx, params.n_parallel = asked["gguf"], WINDOW, 1
    params.n_batch, params.n_ubatch = WINDOW, asked["micro_batch"]
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = asked["threads"]
    kinds = xllamacpp.llama_flash_attn_type
    flash, plain = kinds.LLAMA_FLASH_ATTN_TYPE_ENABLED, kinds.LLAMA_FLASH_ATTN_TYPE_DISABLED
    params.flash_attn_type = flash if asked["flash"] else plain
    return params
