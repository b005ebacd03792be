"""Files that are being added, and what became of each: kept, so that a restart goes on with them.

Knows rows; knows no thread and does not open the files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from rag.catalog.database import Database, now
from rag.catalog.tables import job_files, jobs
from rag.types import FileReport


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a job. `path` leads to it, or to the bytes of an upload; `report` once it is settled."""

    key: int
    name: str
    path: str
    upload: bool
    report: FileReport | None = None


@dataclass(frozen=True, slots=True)
class StoredJob:
    """A job as the catalog has it: files of one `add`, in their order."""

    id: str
    collection: str
    replaces: str | None
    paused: bool
    entries: tuple[Entry, ...]


class Queue:
    """The jobs of a home."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(
        self, id: str, collection: str, replaces: str | None, files: Iterable[tuple[str, str, bool]]
    ) -> tuple[Entry, ...]:
        """Keep a new job of files (name, path, is it an upload); return them with their keys."""
        row = {"id": id, "collection": collection, "replaces": replaces, "created": now()}
        with self._database.write() as connection:
            connection.execute(insert(jobs).values(row))
            _insert(connection, id, files)
            return _entries(connection, id)

    def swap(self, id: str, gone: int, files: Iterable[tuple[str, str, bool]]) -> tuple[Entry, ...]:
        """Put the files of a folder in the place of its row `gone`; return all the job's files."""
        with self._database.write() as connection:
            connection.execute(delete(job_files).where(job_files.c.key == gone))
            _insert(connection, id, files)
            return _entries(connection, id)

    def settle(self, reports: Mapping[int, FileReport]) -> None:
        """Note what became of files, by key, in one commit."""
        with self._database.write() as connection:
            for key, report in reports.items():
                connection.execute(update(job_files).where(job_files.c.key == key).values(_settled(report)))

    def pause(self, id: str, paused: bool) -> None:
        """Note that a job waits for a person, or no longer does."""
        with self._database.write() as connection:
            connection.execute(update(jobs).where(jobs.c.id == id).values(paused=int(paused)))

    def drop(self, id: str) -> None:
        """Forget a job; unknown is no error."""
        with self._database.write() as connection:
            connection.execute(delete(jobs).where(jobs.c.id == id))

    def clear(self) -> None:
        """Forget every job."""
        with self._database.write() as connection:
            connection.execute(delete(jobs))

    def jobs(self) -> list[StoredJob]:
        """Return every job, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(select(jobs).order_by(jobs.c.created)).all()
            return [
                StoredJob(
                    row.id, row.collection, row.replaces, bool(row.paused), _entries(connection, row.id)
                )
                for row in rows
            ]

    def paths(self) -> set[str]:
        """Return where the bytes of all uploads of jobs lie."""
        query = select(job_files.c.path).where(job_files.c.upload == 1)
        with self._database.read() as connection:
            return set(connection.execute(query).scalars())


def _insert(connection: Connection, id: str, files: Iterable[tuple[str, str, bool]]) -> None:
    rows = [{"job": id, "name": name, "path": path, "upload": int(upload)} for name, path, upload in files]
    if rows:
        connection.execute(insert(job_files), rows)


def _entries(connection: Connection, id: str) -> tuple[Entry, ...]:
    query = select(job_files).where(job_files.c.job == id).order_by(job_files.c.key)
    return tuple(_entry(row) for row in connection.execute(query))


def _entry(row: Any) -> Entry:  # noqa: ANN401 - a row of job_files
    report = None
    if row.status != "waiting":
        report = FileReport(
            row.name, row.status, row.document, row.pages, row.chunks, row.reason, row.seconds
        )
    return Entry(row.key, row.name, row.path, bool(row.upload), report)


def _settled(report: FileReport) -> dict[str, Any]:
    return {
        "status": report.status,
        "document": report.document,
        "pages": report.pages,
        "chunks": report.chunks,
        "reason": report.reason,
        "seconds": report.seconds,
    }
