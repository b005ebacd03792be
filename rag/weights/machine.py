"""How this machine runs models: device, number format, threads.

Knows torch and the machine; knows no model.
"""

from __future__ import annotations

import json
import os
import platform
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from rag.errors import RagError
from rag.settings import Settings
from rag.weights.places import cache_folder

if TYPE_CHECKING:
    import torch

T = TypeVar("T")

# oneDNN keeps what it compiled for each number of rows it met, by default a thousand of them, and never gives
# them back: adding files of all lengths then takes hundreds of megabytes more, and is no faster for it.
# Read at the first multiplication; who sets it outside wins.
os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "128")

MODEL_THREAD = "models"
_model_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=MODEL_THREAD)

PROBES = 25
"""Turns each number format gets; other programs spoil some of them."""

WORTH_IT = 1.2
"""bfloat16 must be this much faster than float32 to be worth its rounding."""


def pick_device(settings: Settings) -> torch.device:
    """Return the device the setting names; auto takes CUDA, then Apple's MPS, then the CPU."""
    import torch

    found = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if settings.device == "auto":
        return torch.device(next(name for name, there in found.items() if there))
    if not found.get(settings.device.split(":")[0], False):
        raise RagError(f"There is no device {settings.device!r} here. Set RAG_DEVICE to auto or cpu.")
    return torch.device(settings.device)


def pick_dtype(device: torch.device) -> torch.dtype:
    """Return the number format models run in: bfloat16 where it is faster, else float32.

    On a CPU this is measured once and remembered with what the CPU can and torch's version.
    """
    import torch

    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    if device.type != "cpu":
        return torch.float32
    note = cache_folder() / "bfloat16.json"
    key = f"{cpu_name()}{_bfloat16_parts()}, torch {torch.__version__}"
    faster = remembered(note, key)
    if faster is None:
        faster = on_model_thread(bfloat16_speedup) > WORTH_IT
        remember(note, key, faster)
    return torch.bfloat16 if faster else torch.float32


def use_threads(settings: Settings) -> None:
    """Let torch use the threads the settings allow; by default every core this process may run on."""
    import torch

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    torch.set_num_threads(settings.threads or cores)


def on_model_thread(task: Callable[[], T]) -> T:
    """Run the task, without gradients, on the one thread that all models of this process share.

    Each thread that calls torch gets helper threads of its own; with more of them than cores OpenMP puts
    them to sleep after every operation, and a model writes 1.5 times slower even while the others idle
    (measured on 2 cores). Tasks take turns, first come first served: keep them to one forward pass.
    """
    if threading.current_thread().name.startswith(MODEL_THREAD):
        return task()
    return _model_thread.submit(without_gradients, task).result()


def without_gradients(task: Callable[[], T]) -> T:
    """Run the task in torch's inference mode, which belongs to the thread that runs it."""
    import torch

    with torch.inference_mode():
        return task()


def cpu_name() -> str:
    """Return the CPU's name as its maker writes it."""
    import torch

    return str(torch.cpu.get_capabilities().get("cpu_name") or platform.processor() or platform.machine())


def _bfloat16_parts() -> str:
    """Return the CPU's bfloat16 instructions: one name is sold with and without them."""
    import torch

    can = torch.cpu.get_capabilities()
    return "".join(f" {part}" for part in ("avx512_bf16", "amx_bf16") if can.get(part))


def bfloat16_speedup() -> float:
    """Return how many times faster bfloat16 is than float32 at one layer of a small model.

    The two take turns, and the best time of each counts: other programs then slow both or neither.
    """
    import torch

    best = {torch.float32: float("inf"), torch.bfloat16: float("inf")}
    layers = {
        dtype: (torch.zeros(512, 384, dtype=dtype), torch.zeros(1536, 384, dtype=dtype)) for dtype in best
    }
    for _ in range(PROBES):
        for dtype, (rows, weight) in layers.items():
            start = time.perf_counter()
            torch.nn.functional.linear(rows, weight)
            best[dtype] = min(best[dtype], time.perf_counter() - start)
    return best[torch.float32] / best[torch.bfloat16]


def remembered(note: os.PathLike[str], key: str) -> bool | None:
    """Return what was measured on this machine before, None where nothing was."""
    try:
        with open(note, encoding="utf-8") as file:
            found = json.load(file).get(key)
    except (OSError, ValueError, AttributeError):
        return None
    return found if isinstance(found, bool) else None


def remember(note: os.PathLike[str], key: str, faster: bool) -> None:
    """Write the measurement down; a cache that cannot be written only costs the next start a probe."""
    try:
        os.makedirs(os.path.dirname(note), exist_ok=True)
        with open(note, "w", encoding="utf-8") as file:
            json.dump({key: faster}, file)
    except OSError:
        return
