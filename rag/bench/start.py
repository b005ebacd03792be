"""From starting the program to the first answer, and the memory it then holds.

A process of its own imports what the app imports, opens a library that holds the samples and asks one
question.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rag.bench.result import Result, seconds
from rag.bench.samples import sample_files
from rag.library import SAMPLES, Library

RUNS = 3
PROGRAM = "import sys; from rag.bench.start import first_answer; first_answer(sys.argv[1])"
QUESTION = "How long can an opened item be returned?"


def measure_start() -> list[Result]:
    """Return seconds to the first answer at a second start, and megabytes resident after it."""
    with tempfile.TemporaryDirectory() as home:
        with Library.open(home, collection=SAMPLES) as library:
            library.add(sample_files())
        started = [start_once(home) for _ in range(RUNS)]
    taken, memory = (statistics.median(column) for column in zip(*started, strict=True))
    return [
        Result("start to first answer", taken, "s", "second start, sample library, models loaded"),
        Result("memory after it", memory, "MB", "resident, models and sample library"),
    ]


def start_once(home: str) -> tuple[float, float]:
    """Return seconds to the first answer, and resident megabytes, of a fresh process."""
    start = time.perf_counter()
    command = [sys.executable, "-c", PROGRAM, home]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return time.perf_counter() - start, json.loads(done.stdout.splitlines()[-1])["resident_mb"]


def resident_mb() -> float:
    """Return the memory this process holds now; where the system does not tell, the most it ever held."""
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1024 if sys.platform == "linux" else 1024 * 1024)


def first_answer(home: str) -> None:
    """Do what the app does up to its first answer, and report."""
    import streamlit  # noqa: F401 - the app cannot start without it

    with Library.open(home, collection=SAMPLES) as library:
        taken = seconds(lambda: library.ask(QUESTION).answer)
        sys.stdout.write(json.dumps({"resident_mb": resident_mb(), "ask_s": taken}) + "\n")
