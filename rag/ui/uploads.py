"""Uploaded files on their way to the worker, and which of them another document of that name stands in for.

Knows documents, jobs and open files; no screen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import BinaryIO, Literal

from rag.jobs import Worker
from rag.types import DocumentInfo

Choice = Literal["both", "replace", "skip"]

READ = 1 << 20  # bytes read at a time


def clashes(files: Iterable[BinaryIO], documents: Sequence[DocumentInfo]) -> dict[str, DocumentInfo]:
    """Return, by file name, the document that has the same name and other bytes."""
    by_name = {info.name: info for info in documents}
    found = {}
    for file in files:
        known = by_name.get(file.name)
        if known is not None and known.sha256 != _digest(file):
            found[file.name] = known
    return found


def submit(
    worker: Worker,
    files: Iterable[BinaryIO],
    collection: str,
    clashing: Mapping[str, DocumentInfo],
    choices: Mapping[str, Choice],
) -> None:
    """Hand the files over; their bytes are on disk when this returns."""
    fresh = []
    for file in files:
        choice = choices.get(file.name, "both") if file.name in clashing else "both"
        if choice == "both":
            fresh.append(file)
        elif choice == "replace":
            worker.submit([file], collection, clashing[file.name].id)
    if fresh:
        worker.submit(fresh, collection)


def _digest(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while piece := file.read(READ):
        digest.update(piece)
    file.seek(0)
    return digest.hexdigest()
