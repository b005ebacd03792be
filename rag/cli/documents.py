"""Commands about documents: add, list, show, tag, search."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path
from typing import Annotated

import typer

from rag.cli.common import (
    CollectionOption,
    DocumentArgument,
    DocumentOption,
    HomeOption,
    JsonOption,
    SinceOption,
    TagOption,
    TypeOption,
    UntilOption,
    day,
    described,
    library,
    place,
    print_json,
)
from rag.records import document_record, hit_record, report_record
from rag.types import Mode, Progress
from rag.words import counted

TICK_SECONDS = 0.1
INTERRUPTED = 130


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.command("add")(add)
    app.command("list")(list_documents)
    app.command("show")(show)
    app.command("tag")(tag)
    app.command("search")(search)


def add(
    context: typer.Context,
    paths: Annotated[list[str], typer.Argument(metavar="PATH", help="Files and folders.")],
    home: HomeOption = None,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
    password: Annotated[
        list[str] | None, typer.Option(help="Opens encrypted PDFs; may be given several times.")
    ] = None,
) -> None:
    """Add files and folders; print what became of each."""
    from rag.jobs import Worker

    with library(context, home, collection) as opened:
        for one in password or []:
            opened.unlock(one)
        worker = Worker(opened, opened.queue)
        job = worker.submit(paths, opened.collection)
        ticker = Ticker()
        try:
            while not job.wait(TICK_SECONDS):
                ticker.show(job.progress)
        except KeyboardInterrupt:
            typer.echo("Stopping; files that are whole stay.", err=True)
            worker.close(cancel=True)
            raise
        finally:
            ticker.show(job.progress)
            ticker.end()
            for report in job.reports:
                print_json(report_record(report)) if as_json else typer.echo(described(report))
        worker.put_away(job)
        worker.close()
        if job.error:
            raise job.error
    if any(report.status == "refused" for report in job.reports):
        raise typer.Exit(1)


def list_documents(
    context: typer.Context,
    home: HomeOption = None,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the documents."""
    with library(context, home, collection) as opened:
        documents = opened.documents()
    for info in documents:
        if as_json:
            print_json(document_record(info))
        else:
            pages = f"{counted(info.pages, 'page')}, " if info.pages else ""
            chunks = counted(info.chunks, "chunk")
            typer.echo(f"{info.id}  {info.name}  ({pages}{chunks}, added {info.added})")
    if not documents and not as_json:
        typer.echo("No documents yet; `add` takes some.", err=True)


def show(
    context: typer.Context,
    document: DocumentArgument,
    home: HomeOption = None,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print a document's text, in which `start` and `end` count."""
    from rag.remote import find_document

    with library(context, home, collection) as opened:
        info = find_document(opened, document)
        text = opened.text(info.id)
    if as_json:
        print_json({**document_record(info), "text": text})
    else:
        typer.echo(text)


def tag(
    context: typer.Context,
    document: DocumentArgument,
    tags: Annotated[list[str] | None, typer.Argument(metavar="TAG", help="All its tags.")] = None,
    home: HomeOption = None,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give a document tags, by which it is found again with --tag; they take the place of those it had."""
    from rag.remote import find_document

    with library(context, home, collection) as opened:
        info = opened.tag(find_document(opened, document).id, tags or ())
    if as_json:
        print_json({**document_record(info), "tags": info.tags})
    else:
        typer.echo(f"{info.name}: {', '.join(info.tags) or 'no tags'}")


def search(
    context: typer.Context,
    query: str,
    mode: Annotated[Mode, typer.Option(help="By meaning, by words, or both.")] = "hybrid",
    k: Annotated[int, typer.Option("-k", min=1, help="Most passages.")] = 10,
    documents: DocumentOption = None,
    types: TypeOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    tags: TagOption = None,
    home: HomeOption = None,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find passages, best first."""
    with library(context, home, collection) as opened:
        within = opened.matching(
            documents or (), types=types or (), since=day(since), until=day(until), tags=tags or ()
        )
        hits = opened.search(query, mode, k, within)
    for number, hit in enumerate(hits, 1):
        record = hit_record(hit)
        if as_json:
            print_json(record)
        else:
            typer.echo(f"{number}. {place(record)}  ({hit.via} {hit.score:.3f})")
            typer.echo(textwrap.indent(hit.text.strip(), "   "))


class Ticker:
    """Progress on stderr: one line that is written over on a terminal, else a line for each new stage."""

    def __init__(self) -> None:
        self._shown: dict[str, Progress] = {}
        self._terminal = sys.stderr.isatty()
        self._width = 0

    def show(self, progress: dict[str, Progress]) -> None:
        """Write what changed."""
        for file, state in progress.items():
            before = self._shown.get(file)
            self._shown[file] = state
            if self._terminal and state != before:
                line = _progress_line(state)
                typer.echo("\r" + line.ljust(self._width), err=True, nl=False)
                self._width = len(line)
            elif not self._terminal and (before is None or state.stage != before.stage):
                typer.echo(_progress_line(state), err=True)

    def end(self) -> None:
        """Wipe the line."""
        if self._width:
            typer.echo("\r" + " " * self._width + "\r", err=True, nl=False)


def _progress_line(state: Progress) -> str:
    count = f" {state.done} of {state.total}" if state.total else ""
    left = f", {state.seconds_left:.0f} s left" if state.seconds_left is not None else ""
    return f"{Path(state.file).name}: {state.stage}{count}{left}"
