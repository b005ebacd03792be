"""Which documents are searched or asked: by name, by type, by the day they were added, by tag.

Works on what the catalog says of documents. Knows no store and opens no file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import PurePath

from rag.errors import NotFound, RagError
from rag.types import DocumentInfo

LONGEST_TAG = 60  # characters


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a document must be: one of `documents` and of `types`, of these days (inclusive), with all tags.

    `documents` are ids or file names, `types` file endings; what is empty does not narrow.
    """

    documents: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    tags: tuple[str, ...] = ()


def matching(infos: Sequence[DocumentInfo], wanted: Narrowing) -> list[str] | None:
    """Return the ids of the documents that fit, None where nothing narrows; raise NotFound for none."""
    if wanted == Narrowing():
        return None
    chosen = {named(infos, reference).id for reference in wanted.documents}
    found = [info.id for info in infos if (not chosen or info.id in chosen) and _fits(info, wanted)]
    if not found:
        raise NotFound(f"No document {_told(wanted)} is in this library; `list` shows what there is.")
    return found


def named(infos: Sequence[DocumentInfo], reference: str) -> DocumentInfo:
    """Return the document with this id, or the one with this file name; raise NotFound."""
    found = [info for info in infos if info.id == reference]
    found = found or [info for info in infos if info.name == reference]
    if not found:
        raise NotFound(f"There is no document {reference!r} here; `list` shows them.")
    if len(found) > 1:
        ids = ", ".join(info.id for info in found)
        raise NotFound(f"{len(found)} documents are called {reference!r}; name one by its id: {ids}.")
    return found[0]


def clean_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Return the tags without spare white space, each once, sorted; raise RagError for a sentence."""
    clean = sorted({" ".join(tag.split()) for tag in tags} - {""})
    for tag in clean:
        if len(tag) > LONGEST_TAG:
            raise RagError(f"The tag {tag[:20]!r}… has {len(tag)} characters; {LONGEST_TAG} is the most.")
    return tuple(clean)


def ending(name: str) -> str:
    """Return the type of a file by its name: its ending in lower case, without the dot."""
    return PurePath(name).suffix.lower().removeprefix(".")


def _fits(info: DocumentInfo, wanted: Narrowing) -> bool:
    types = {one.lower().removeprefix(".") for one in wanted.types}
    tags = {tag.casefold() for tag in info.tags}
    return (
        (not types or ending(info.name) in types)
        and (wanted.since is None or _day(info) >= wanted.since)
        and (wanted.until is None or _day(info) <= wanted.until)
        and all(tag.casefold() in tags for tag in clean_tags(wanted.tags))
    )


def _day(info: DocumentInfo) -> date:
    return datetime.fromisoformat(info.added).astimezone().date()  # a person's own day, not UTC's


def _told(wanted: Narrowing) -> str:
    told = [f"named {' or '.join(wanted.documents)}"] if wanted.documents else []
    told += [f"of the type {' or '.join(wanted.types)}"] if wanted.types else []
    told += [f"added since {wanted.since}"] if wanted.since else []
    told += [f"added until {wanted.until}"] if wanted.until else []
    told += [f"tagged {' and '.join(wanted.tags)}"] if wanted.tags else []
    return " and ".join(told)
