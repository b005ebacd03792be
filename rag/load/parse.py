"""One file to a Document, in this process: checks, choice of reader, and what its failures mean.

Runs in the child process; `rag.load.reader` is the door for everyone else.
"""

from __future__ import annotations

import importlib
import logging
from pathlib import Path

from rag.errors import EmptyDocument, RagError, UnreadableFile
from rag.load.kinds import kind_of
from rag.load.limits import Limits, clean_name
from rag.types import Document

log = logging.getLogger(__name__)


def parse(path: Path, name: str, limits: Limits) -> Document:
    """Read the file at `path`, shown as `name`; every failure is a RagError that names the file."""
    shown = clean_name(name)
    try:
        return _parse(path, shown, limits)
    except RagError as error:
        raise type(error)(f"{shown} {error}") from error
    except Exception as error:
        raise UnreadableFile(f"{shown} {failure(error, limits)}") from error


def failure(error: Exception, limits: Limits) -> str:
    """What an error that is no refusal means, worded to follow the file's name."""
    if isinstance(error, MemoryError):
        return too_heavy(limits)
    if isinstance(error, RecursionError):
        return "nests its parts too deep to be read; save it anew in the program that wrote it."
    if isinstance(error, OSError) and error.strerror:
        return f"cannot be opened ({error.strerror}); check that it exists."
    log.error("reading failed", exc_info=error)  # a reader's library met bytes that nobody had foreseen
    return (
        f"could not be read ({type(error).__name__}) and is most likely damaged; save or download it again."
    )


def too_heavy(limits: Limits) -> str:
    """Why a file that needs too much memory was given up, worded to follow its name."""
    return (
        f"needs more than {limits.memory_mb} MB of memory to be read; "
        "split it into smaller files or raise RAG_READ_MEMORY_MB."
    )


def _parse(path: Path, shown: str, limits: Limits) -> Document:
    size = path.stat().st_size
    if size == 0:
        raise EmptyDocument("is empty; choose a file with content.")
    if size > limits.megabytes * 1_000_000:
        raise UnreadableFile(
            f"has {size / 1_000_000:,.0f} MB and the limit is {limits.megabytes} MB; "
            "split it or raise RAG_MAX_FILE_MB."
        )
    return parsed(path.read_bytes(), shown, limits)


def parsed(data: bytes, shown: str, limits: Limits) -> Document:
    """The document in these bytes; a RagError's words follow the file's name."""
    if not data:
        raise EmptyDocument("is empty; choose a file with content.")
    kind = kind_of(shown, data)
    reader = importlib.import_module(f"rag.load.{kind.module}")
    document: Document = reader.read(data, limits)
    seen = limits.textless and document.media_type.startswith("image/")
    if not document.text.strip() and not seen:
        raise EmptyDocument(f"is {kind.title} without text; choose a file with text in it.")
    return document
