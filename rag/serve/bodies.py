"""What the HTTP API takes, checked as it comes in."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from pydantic import BaseModel, Field, field_validator

from rag.library import COLLECTION
from rag.remote import AnyLibrary
from rag.types import Mode


class Add(BaseModel):
    """Files and folders of this machine, by absolute path."""

    paths: list[str]
    collection: str = COLLECTION
    replace: str | None = None

    @field_validator("paths")
    @classmethod
    def absolute(cls, paths: list[str]) -> list[str]:
        """A relative path would be looked for where the server runs, not where its sender does."""
        for path in paths:
            if not Path(path).is_absolute():
                raise ValueError(f"{path!r} is not an absolute path")
        return paths


class Within(BaseModel):
    """Which documents are searched: `documents` are ids or file names, `types` file endings.

    `since` and `until` are days, both inclusive; a document has all of the `tags`.
    """

    documents: list[str] | None = None
    types: list[str] = []
    since: date | None = None
    until: date | None = None
    tags: list[str] = []
    collection: str = COLLECTION

    def ids(self, library: AnyLibrary) -> list[str] | None:
        """Return the ids of the documents that fit, None for all; raise NotFound where none does."""
        if self.documents == []:
            return []  # an empty choice is a choice
        return library.matching(
            self.documents or (), types=self.types, since=self.since, until=self.until, tags=self.tags
        )


class Tags(BaseModel):
    """All tags of a document."""

    tags: list[str]


class Search(Within):
    """A query and where to search."""

    query: str
    mode: Mode = "hybrid"
    k: int = Field(10, ge=1, le=1000)


class Earlier(BaseModel):
    """An earlier question and its answer."""

    question: str
    answer: str


class Ask(Within):
    """A question, the turns before it (oldest first) and where to search."""

    question: str
    history: list[Earlier] = []
