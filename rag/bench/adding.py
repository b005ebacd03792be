"""Adding many documents of a page each, against LangChain's quick start on the same files and chunks.

The other side is what the documentation of LangChain, Chroma and sentence-transformers shows first:
`HuggingFaceEmbeddings`, `Chroma(persist_directory=...)`, one batched `add_documents`, every default left as
it is. It is handed the chunks that Docent cut, so it pays neither for parsing nor for cutting; Docent reads
each file in its child process, and keeps text, keyword index and file as well.
"""

from __future__ import annotations

import importlib.util
import itertools
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rag.bench.result import BENCH_ONLY, Result, ratio, seconds
from rag.bench.samples import sample_chunks
from rag.bench.start import resident_mb
from rag.library import Library
from rag.settings import Settings
from rag.types import FileReport
from rag.weights import embedder_folder, on_model_thread
from rag.words import sentences

PAGE = 1800  # letters of a page
PARTS = 10  # stretches of the run that are compared for growth


def measure_adding(
    settings: Settings, documents: int, say: Callable[[str], None], *, alone: bool = False
) -> list[Result]:
    """Return seconds, pages a second, growth of time and memory, and the ratio; both sides in this run.

    `alone` leaves the other side and the ratio out; `say` is told how far it is.
    """
    with tempfile.TemporaryDirectory() as place:
        files = write_pages(Path(place) / "files", documents, _sentences(settings))
        ours, results = our_side(settings, files, Path(place) / "home", say)
        if alone:
            return results
        chunks = _chunks_of(Path(place) / "home", settings)
        if importlib.util.find_spec("langchain_chroma") is None:
            missing = BENCH_ONLY.format("langchain-chroma")
            return [*results, Result("adding, against LangChain", None, "times", missing)]
        say("the same with LangChain")
        theirs = seconds(lambda: quick_start(settings, files, chunks, Path(place) / "chroma"))
    note = f"{len(chunks):,} chunks; LangChain, Chroma and sentence-transformers as their quick starts say"
    return [
        *results,
        Result("adding: LangChain", theirs, "s", "the same files and chunks"),
        Result("adding, against LangChain", ratio([theirs], [ours]), "times", note),
    ]


def write_pages(folder: Path, count: int, lines: Sequence[str]) -> list[Path]:
    """Write that many files of a page, no two alike, of sentences of the samples."""
    folder.mkdir()
    dice, files = random.Random(1), []
    for number in range(count):
        page = [f"Page {number}."]
        while sum(map(len, page)) < PAGE:
            page.append(dice.choice(lines))
        files.append(folder / f"page{number:05d}.txt")
        files[-1].write_text(" ".join(page), encoding="utf-8")
    return files


def our_side(
    settings: Settings, files: Sequence[Path], home: Path, say: Callable[[str], None]
) -> tuple[float, list[Result]]:
    """Add the files to a new library; return the seconds, and what they and the memory came to."""
    marks: list[tuple[float, float]] = []
    with Library.open(home, settings) as library:
        library.search("anything")  # models are loaded, as the other side's are
        began = time.perf_counter()
        marks.append((0.0, resident_mb()))
        every = max(len(files) // PARTS, 1)

        def note(number: int, report: FileReport) -> None:
            if (number + 1) % every == 0:
                marks.append((time.perf_counter() - began, resident_mb()))
                say(f"{number + 1:,} files added after {marks[-1][0]:,.0f} s, {marks[-1][1]:,.0f} MB")

        reports = library.add(files, on_report=note)
        taken = time.perf_counter() - began
    refused = sum(report.status == "refused" for report in reports)
    steps = [later[0] - earlier[0] for earlier, later in itertools.pairwise(marks)]
    return taken, [
        Result("adding: docent", taken, "s", f"{len(files):,} files of a page, {refused} refused"),
        Result("adding, pages per second", len(files) / taken, "1/s"),
        Result("adding, last tenth against first", steps[-1] / steps[0], "times", "time of as many files"),
        Result("adding, memory at the end", marks[-1][1], "MB", f"{marks[0][1]:,.0f} MB at the start"),
    ]


def quick_start(settings: Settings, files: Sequence[Path], chunks: Sequence[str], place: Path) -> None:
    """Read the files and index the chunks, as the libraries' documentation shows it first."""
    from langchain_chroma import Chroma
    from langchain_core.documents import Document
    from langchain_huggingface import HuggingFaceEmbeddings

    def run() -> None:
        for file in files:
            file.read_text(encoding="utf-8")
        embeddings = HuggingFaceEmbeddings(model_name=str(embedder_folder(settings)))
        store = Chroma(
            collection_name="example_collection",
            embedding_function=embeddings,
            persist_directory=str(place),
        )
        documents = [Document(page_content=chunk) for chunk in chunks]
        for start in range(0, len(documents), 5000):  # Chroma takes at most 5,461 at once
            store.add_documents(documents[start : start + 5000])

    # On the models' thread: a second team of threads in the process would slow both sides down.
    on_model_thread(run)


def _sentences(settings: Settings) -> list[str]:
    texts = [chunk.text for chunk in sample_chunks(settings)]
    return [text[start:end] for text in texts for start, end in sentences(text) if end - start > 40]


def _chunks_of(home: Path, settings: Settings) -> list[str]:
    with Library.open(home, settings) as library:
        return [chunk.context for chunk in library.passages().chunks]
