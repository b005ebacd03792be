"""Speed, as ratios against the usual choices, both sides in one run on one machine.

Every figure is the median of several runs that alternate between the sides, so that whatever else the
machine does meets both. Knows how to time; what is timed are the program's own parts.
"""

from __future__ import annotations

from collections.abc import Callable

from rag.bench.adding import measure_adding
from rag.bench.asking import measure_asking
from rag.bench.embedding import measure_embedding
from rag.bench.machine import measure_machine
from rag.bench.result import Result, table
from rag.bench.samples import sample_chunks
from rag.bench.searching import growing, measure_searching
from rag.bench.start import measure_start
from rag.settings import Settings
from rag.weights import use_threads

__all__ = ["Result", "run", "run_adding", "run_searching", "table"]

DOCUMENTS = 100  # files of a page that are added, where nobody asks for more


def run(on_progress: Callable[[str], None] | None = None) -> list[Result]:
    """Measure everything, on the sample documents and the default models; takes a few minutes.

    What a missing library keeps from being measured has the value None and a note that says so.
    """
    say = on_progress or (lambda _: None)
    settings = Settings()
    use_threads(settings)
    say("the machine")
    results = measure_machine(settings)
    peak = next(result.value for result in results if result.name == "matrix peak")
    chunks = sample_chunks(settings)
    say("embedding, against sentence-transformers")
    results += measure_embedding(settings, [chunk.context for chunk in chunks], peak or 0.0)
    say("asking, against llama.cpp")
    results += measure_asking(settings, chunks)
    say("start to first answer")
    say("adding, against LangChain")
    results += measure_adding(settings, DOCUMENTS, say)
    return results + measure_start()


def run_adding(documents: int, on_progress: Callable[[str], None], *, alone: bool) -> list[Result]:
    """Measure adding only, with that many files of a page; `alone`: without LangChain's side."""
    settings = Settings()
    use_threads(settings)
    return measure_adding(settings, documents, on_progress, alone=alone)


def run_searching(passages: int, on_progress: Callable[[str], None]) -> list[Result]:
    """Measure searching alone, in ever more made-up passages: 1,000, ten times as many, up to `passages`."""
    settings = Settings()
    use_threads(settings)
    return measure_searching(settings, sample_chunks(settings), growing(passages), on_progress)
