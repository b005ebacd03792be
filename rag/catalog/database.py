"""The SQLite file: connections, transactions, migration, and its errors as sentences. Knows no table."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, create_engine, event
from sqlalchemy.exc import DBAPIError

from rag.catalog.language import language
from rag.catalog.queries import spaced
from rag.catalog.schema import STEPS
from rag.errors import RagError, StoreMismatch

log = logging.getLogger(__name__)

LOOK = 10_000  # steps of SQLite's machine between two looks whether somebody is in a hurry: some ms
BUSY_SECONDS = 30  # a commit of a 5,000-page file takes about two


def now() -> str:
    """Return the time as the catalog keeps it: ISO 8601, UTC, to the microsecond, so that it sorts."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


class Database:
    """One SQLite file in WAL mode, for all threads: readers never wait, writers take turns."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._engine = create_engine(
            URL.create("sqlite", database=str(path)),
            max_overflow=-1,  # as many readers as there are threads
            connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
        )
        event.listen(self._engine, "connect", _prepare)
        event.listen(self._engine, "begin", _begin)
        self._writer = self._engine.execution_options(begin="BEGIN IMMEDIATE")
        # Waiting on a lock of ours is fair and silent; SQLite's own busy wait polls.
        self._writing = threading.RLock()
        self._hurried: set[int] = set()  # threads that shall not wait for the file to be written anew
        with self._translated():
            self._migrate()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view of the catalog."""
        with self._translated(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self, *, hurry: bool = False) -> Iterator[Connection]:
        """One transaction: all of it is kept, or nothing where an error leaves the block.

        With `hurry` a `vacuum` that runs gives way.
        """
        me = threading.get_ident()
        if hurry:
            self._hurried.add(me)
        try:
            with self._translated(), self._writing, self._writer.begin() as connection:
                yield connection
        finally:
            self._hurried.discard(me)

    def vacuum(self) -> bool:
        """Write the file anew, without what was deleted; readers go on, writers wait.

        False where it gave way to one in a hurry: nothing has changed then.
        """
        try:
            self._alone("VACUUM", unless=lambda: bool(self._hurried))
        except RagError:
            if self._hurried:
                return False
            raise
        return True

    def checkpoint(self) -> bool:
        """Move the log into the file and empty it; False where someone is still reading the log."""
        return not self._alone("PRAGMA wal_checkpoint(TRUNCATE)")[0][0]

    def backup(self, path: Path) -> None:
        """Copy the file as it is at this moment to `path`, which must not exist; nobody waits."""
        self._alone("VACUUM INTO ?", str(path))

    def close(self) -> None:
        """Close every connection; safe to call twice."""
        self._engine.dispose()

    def _migrate(self) -> None:
        """Take the steps that this file has not seen; each is kept with its number or not at all."""
        with self._writer.begin() as connection:
            version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
            if version > len(STEPS):
                raise StoreMismatch(
                    f"The catalog {self.path} has schema {version} and this Docent knows {len(STEPS)}. "
                    "Open it with the newer Docent that wrote it."
                )
            for number, step in enumerate(STEPS[version:], version + 1):
                for statement in step:
                    connection.exec_driver_sql(statement)
                connection.exec_driver_sql(f"PRAGMA user_version = {number}")

    def _alone(self, statement: str, *values: str, unless: Callable[[], bool] = lambda: False) -> list[Any]:
        """Run what must stand outside of every transaction; RagError where it was given up, `unless` so."""
        with self._translated(), self._writing:
            connection = self._engine.raw_connection()
            driver: Any = connection.driver_connection
            try:
                driver.set_progress_handler(unless, LOOK)
                return list(connection.cursor().execute(statement, values).fetchall())
            except sqlite3.DatabaseError as exc:
                raise RagError(f"The catalog {self.path} {_sentence(str(exc))}") from exc
            finally:
                driver.set_progress_handler(None, LOOK)
                connection.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as exc:
            log.debug("catalog", exc_info=True)
            raise RagError(f"The catalog {self.path} {_sentence(str(exc.orig))}") from exc


def _prepare(connection: sqlite3.Connection, _record: Any) -> None:  # noqa: ANN401 - SQLAlchemy's own
    # SQLAlchemy says BEGIN (see _begin): sqlite3 would not begin before reads, nor before DDL.
    connection.isolation_level = None
    connection.create_function("spaced", 1, spaced, deterministic=True)
    connection.create_function("language_of", 1, language, deterministic=True)
    connection.create_function("folded", 1, str.casefold, deterministic=True)
    for pragma in (
        "journal_mode = WAL",
        # FULL: what was reported as added or removed survives a power cut; it costs a sync a document.
        "synchronous = FULL",
        "foreign_keys = ON",
        # Removed text does not stay readable in free pages.
        "secure_delete = ON",
        # The view and triggers call `spaced`; some builds distrust their own schema.
        "trusted_schema = ON",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    # IMMEDIATE for writers: a reader that turns writer halfway is refused without waiting.
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))


def _sentence(error: str) -> str:
    causes = {
        "disk is full": "has no room left on the disk. Free some space and try again.",
        "readonly": "cannot be written. Check the folder's permissions, or choose another with RAG_HOME.",
        "unable to open": "cannot be opened. Check that its folder exists and is yours to write.",
        "locked": f"was busy for {BUSY_SECONDS} seconds. Try again when the running work is done.",
        "not a database": "is not a Docent catalog, or is damaged. Restore it from a backup.",
        "malformed": "is damaged. Restore it from a backup, or remove the home and add the files again.",
    }
    known = next((sentence for key, sentence in causes.items() if key in error), None)
    return known or f"could not be used ({error}). Try again; if it stays, restore it from a backup."
