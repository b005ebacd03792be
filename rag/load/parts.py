"""Files within files: entries of archives and attachments of mails, each read by its own reader.

What all of them together may cost is counted from the outermost file on, however they lie in each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from rag.errors import EmptyDocument, RagError, UnreadableFile
from rag.load.draft import Draft
from rag.load.limits import Limits, clean_name
from rag.load.turns import beat


class TooMuch(UnreadableFile):
    """The file with all that lies in it is more than is read: it is refused as a whole."""


@dataclass(slots=True)
class _Budget:
    """How many more files, and how many more bytes of them, the outermost file may hold."""

    files: int
    size: int


_budget: ContextVar[_Budget | None] = ContextVar("budget", default=None)


@contextmanager
def holding(limits: Limits) -> Iterator[None]:
    """Count what lies in a file, unless the file itself lies in one that counts."""
    if _budget.get() is not None:
        yield
        return
    token = _budget.set(_Budget(limits.parts, limits.unpacked_bytes))
    try:
        yield
    finally:
        _budget.reset(token)


def spend(files: int, size: int, limits: Limits) -> None:
    """Take so many files and bytes from what is left; TooMuch where there is less."""
    left = _budget.get() or _Budget(limits.parts, limits.unpacked_bytes)
    left.files -= files
    left.size -= size
    if left.files < 0:
        raise TooMuch(
            f"holds more than {limits.parts:,} files, those within them counted; "
            "split it or raise RAG_MAX_PARTS."
        )
    if left.size < 0:
        raise TooMuch(
            f"unpacks to more than {limits.unpacked_bytes / 1_000_000:,.0f} MB; "
            "split it, or raise RAG_MAX_FILE_MB and RAG_READ_MEMORY_MB."
        )


def add(draft: Draft, name: str, data: bytes, level: int, limits: Limits) -> None:
    """Read a file and include it below a heading of its name; where it is refused, note why and go on."""
    from rag.load.parse import failure, parsed  # which knows the readers that add files

    beat()
    shown = shown_path(name)
    try:
        draft.include(shown, level, parsed(data, clean_name(name), limits.within()))
    except EmptyDocument as error:
        if data and not _picture(error):  # a logo below a mail is nothing that was lost
            draft.note(f"{shown} {error}")
    except TooMuch:
        raise
    except RagError as error:
        draft.note(f"{shown} {error}")
    except MemoryError:
        raise
    except Exception as error:  # one bad file in it never stops the others
        draft.note(f"{shown} {failure(error, limits)}")


def _picture(error: EmptyDocument) -> bool:
    return str(error).startswith("is a picture; nothing")


def shown_path(name: str) -> str:
    """The name of an entry with its folders, without what does not show and without ways up."""
    folders = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    return "/".join(clean_name(folder) for folder in folders) or "unnamed"
