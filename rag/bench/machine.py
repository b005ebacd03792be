"""The machine: its name, its cores, and how many operations a second it reaches on large matrices."""

from __future__ import annotations

import statistics

import torch

from rag.bench.result import Result, seconds
from rag.settings import Settings
from rag.weights import on_model_thread, pick_device, pick_dtype
from rag.weights.linear import Linear
from rag.weights.machine import cpu_name

SIDE, RUNS = 2048, 9


def measure_machine(settings: Settings) -> list[Result]:
    """Return cores and matrix peaks; "matrix peak" is that of the number format models run in."""
    dtype = pick_dtype(pick_device(settings))
    name, threads = cpu_name(), torch.get_num_threads()
    formats = {torch.bfloat16: "bfloat16", torch.float32: "float32"}
    peaks = {each: peak(each) for each in formats}
    note = f"{name}; models run in {formats[dtype]}, torch {torch.__version__}"
    return [
        Result("threads", threads, "threads", note),
        *(Result(f"{formats[each]} matrices", peaks[each], "GFLOP/s", f"{SIDE} cubed") for each in formats),
        Result("matrix peak", peaks[dtype], "GFLOP/s", formats[dtype]),
    ]


def peak(dtype: torch.dtype) -> float:
    """Return billions of operations a second, multiplying square matrices with packed weights."""

    def run() -> float:
        rows, packed = torch.randn(SIDE, SIDE).to(dtype), Linear(torch.randn(SIDE, SIDE), None, dtype)
        packed(rows)
        return statistics.median(seconds(lambda: packed(rows)) for _ in range(RUNS))

    taken = on_model_thread(run)
    return 2 * SIDE**3 / taken / 1e9
