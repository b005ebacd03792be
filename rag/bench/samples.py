"""Real text to measure on: the chunks of the sample documents."""

from __future__ import annotations

from pathlib import Path

from rag.chunk import Splitter
from rag.embed import TransformerEmbedder
from rag.load import FileReader, Limits
from rag.settings import Settings
from rag.types import Chunk

FOLDER = Path(__file__).resolve().parents[2] / "data" / "samples"


def sample_files() -> list[Path]:
    """Return the sample documents, by name."""
    return sorted(path for path in FOLDER.iterdir() if path.is_file())


def sample_chunks(settings: Settings) -> list[Chunk]:
    """Return every chunk of the sample documents, cut as the library cuts them."""
    embedder = TransformerEmbedder(settings)
    splitter = Splitter(embedder.count_tokens, embedder.max_tokens, settings.chunk_overlap)
    limits = Limits(
        seconds=settings.read_seconds,
        memory_mb=settings.read_memory_mb,
        pages=settings.max_pages,
        megabytes=settings.max_file_mb,
    )
    with FileReader(limits) as reader:
        documents = {path.name: reader.read(path, path.name) for path in sample_files()}
    return [chunk for name, document in documents.items() for chunk in splitter.split(document, name)]
