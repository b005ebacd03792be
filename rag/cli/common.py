"""What every command shares: where the library is, how it is opened, how a result is printed."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.errors import HomeInUse, RagError
from rag.home import Home
from rag.log import log_to
from rag.settings import Settings
from rag.types import FileReport
from rag.words import counted

if TYPE_CHECKING:
    from rag.remote import AnyLibrary

HomeOption = Annotated[
    Path | None, typer.Option("--home", help="Folder of the library; else RAG_HOME, else ~/.docent.")
]
CollectionOption = Annotated[
    str | None, typer.Option("--collection", help="Collection to work in; else Documents.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")]
DocumentArgument = Annotated[
    str, typer.Argument(metavar="DOCUMENT", help="Id or file name, as `list` shows.")
]
DocumentOption = Annotated[
    list[str] | None,
    typer.Option("--document", help="Only in this document, by id or file name; may be repeated."),
]
TypeOption = Annotated[
    list[str] | None,
    typer.Option("--type", help="Only in files of this type, like pdf; may be repeated."),
]
SinceOption = Annotated[
    datetime | None,
    typer.Option("--since", formats=["%Y-%m-%d"], help="Only in what was added on this day or later."),
]
UntilOption = Annotated[
    datetime | None,
    typer.Option("--until", formats=["%Y-%m-%d"], help="Only in what was added on this day or before."),
]
TagOption = Annotated[
    list[str] | None, typer.Option("--tag", help="Only in documents with this tag; may be repeated.")
]

PATIENCE = 50  # tries to reach a home that another process holds without answering
PAUSE_SECONDS = 0.2


class Chosen:
    """The home and collection of this run; a choice after the command beats one before it."""

    def __init__(self) -> None:
        self._home: Path | None = None
        self._collection: str | None = None
        self._log: logging.Handler | None = None

    def choose(self, home: Path | None, collection: str | None) -> None:
        """Take what was given; None changes nothing."""
        self._home = home or self._home
        self._collection = collection or self._collection

    @property
    def place(self) -> Path:
        """The folder of the library; RagError where the settings cannot be read."""
        return (self._home or Settings.read().home).expanduser().absolute()

    @property
    def collection(self) -> str:
        """The collection to work in."""
        from rag.library import COLLECTION

        return self._collection or COLLECTION

    def open_log(self) -> Path:
        """Send warnings and errors into the home's log instead of onto the screen; return its path."""
        home = Home(self.place)
        if self._log is None:
            self._log = log_to(home)
        return home.log

    def close_log(self) -> None:
        """Take the log off again."""
        if self._log is not None:
            logging.getLogger().removeHandler(self._log)
            self._log.close()


@contextmanager
def library(
    context: typer.Context, home: Path | None = None, collection: str | None = None
) -> Iterator[AnyLibrary]:
    """Open the library, or reach the process that has it open."""
    chosen: Chosen = context.obj
    chosen.choose(home, collection)
    chosen.open_log()
    with _reached(chosen) as opened:
        yield opened


def _reached(chosen: Chosen) -> AnyLibrary:
    """Reach the library patiently: another command, or an app that starts, is soon done."""
    settings, tries = Settings.read(), PATIENCE
    while True:
        try:
            return _opened(chosen, settings)
        except HomeInUse:
            tries -= 1
            if tries <= 0:
                raise
            if tries == PATIENCE - 1:
                typer.echo("Waiting for the process that has this library open.", err=True)
            time.sleep(PAUSE_SECONDS)


def _opened(chosen: Chosen, settings: Settings) -> AnyLibrary:
    """Open the home, or reach the process that owns it."""
    from rag.library import Library

    try:
        return Library.open(chosen.place, settings, collection=chosen.collection)
    except HomeInUse:
        from rag.remote import connect  # loads an HTTP client, which most commands never need

        return connect(chosen.place, chosen.collection)


def day(moment: datetime | None) -> date | None:
    """Return the day of an option."""
    return None if moment is None else moment.date()


def read_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield number and object of each line of a JSON Lines file; RagError names the line that is none."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "it is not UTF-8 text"
        raise RagError(f"{path} cannot be read: {reason}.") from exc
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except ValueError as exc:
            raise RagError(f"{path}, line {number} is not JSON: {exc}.") from exc
        if not isinstance(found, dict):
            raise RagError(f"{path}, line {number} is not a JSON object.")
        yield number, found


def print_json(record: Mapping[str, Any]) -> None:
    """Print one JSON line, at once."""
    typer.echo(json.dumps(record, ensure_ascii=False))
    sys.stdout.flush()


def place(record: Mapping[str, Any]) -> str:
    """Return file and page of a hit or citation, for people."""
    return record["file"] if record["page"] is None else f"{record['file']}, page {record['page']}"


def described(report: FileReport) -> str:
    """Return what became of one file, for people."""
    if report.status == "refused":
        return f"{report.file}: refused. {report.reason}"
    pages = f", {counted(report.pages, 'page')}" if report.pages else ""
    chunks = counted(report.chunks, "chunk")
    told = f"{report.file}: {report.status}{pages}, {chunks} ({report.seconds:.1f} s)"
    return f"{told}. {report.reason}" if report.reason else told
