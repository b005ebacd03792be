"""Commands that look after the library as a whole: remove for good, check, watch a folder, move house."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.common import (
    Chosen,
    CollectionOption,
    DocumentArgument,
    HomeOption,
    JsonOption,
    described,
    library,
    print_json,
)
from rag.errors import HomeInUse, RagError
from rag.records import report_record
from rag.settings import Settings
from rag.types import FileReport, Forgotten, IndexState, Trace
from rag.words import counted

if TYPE_CHECKING:
    from rag.owner import Owner

WHAT = {"text": "text", "vectors": "vectors", "upload": "the file itself"}


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.command("remove")(remove)
    app.command("check")(check)
    app.command("watch")(watch)
    app.command("reindex")(reindex)
    app.command("export")(export)
    app.command("import")(bring)


def remove(
    context: typer.Context,
    document: DocumentArgument,
    verify: Annotated[
        bool, typer.Option("--verify", help="Look for it in every file of the library, before and after.")
    ] = False,
    home: HomeOption = None,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove a document and everything that was kept of it; it answers no more from the first moment on."""
    from rag.remote import find_document

    with library(context, home, collection) as opened:
        info = find_document(opened, document)
        if verify:
            forgotten = opened.forget(info.id)
        else:
            opened.remove(info.id)
            typer.echo(f"{info.name} answers no more; erasing what the disk still holds.", err=True)
            opened.scrub()
    if not verify:
        record = {"document": info.id, "file": info.name, "status": "removed"}
        print_json(record) if as_json else typer.echo(f"{info.name}: removed")
        return
    print_json(asdict(forgotten)) if as_json else _told(forgotten)
    if forgotten.after:
        raise typer.Exit(1)


def check(
    context: typer.Context,
    home: HomeOption = None,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare the stores with each other; print what does not fit, nothing where all is well."""
    with library(context, home, collection) as opened:
        problems = opened.check()
    for problem in problems:
        print_json({"problem": problem}) if as_json else typer.echo(problem)
    if problems:
        raise typer.Exit(1)


def watch(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to keep in step with.")],
    once: Annotated[bool, typer.Option("--once", help="Compare once and end.")] = False,
    stop: Annotated[bool, typer.Option("--stop", help="Let the app watch this folder no longer.")] = False,
    home: HomeOption = None,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Keep the library in step with a folder: new, changed, moved and deleted files; Ctrl-C ends it.

    Beside a running app or server the watching is handed to it, and goes on with it from then on.
    """
    from rag.owner import Owner

    chosen: Chosen = context.obj
    chosen.choose(home, collection)
    if stop:
        with library(context) as opened:
            opened.unwatch(folder)
        return
    try:
        owner = Owner.open(Settings.read(), chosen.place, collection=chosen.collection)
    except HomeInUse:
        with library(context) as opened:
            opened.watch(folder)
        typer.echo(f"The process that has the library open keeps it in step with {folder} from now on.")
        return
    with owner:
        _watch(owner, folder, once, as_json)


def reindex(context: typer.Context, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Build the index that the settings want (embedder, chunks) while the old one answers, then switch.

    The app and the server do it by themselves.
    """

    def tell(state: IndexState) -> None:
        if state.total:
            typer.echo(f"{state.wanted}: {_done(state)}", err=True)

    with library(context, home) as opened:
        opened.reindex(tell)
        state = opened.index()
    if as_json:
        print_json(asdict(state))
    elif state.state == "current":
        typer.echo(f"The index is made by {state.embedder}.")
    else:
        typer.echo(f"{state.embedder} answers; {state.wanted} has {_done(state)}.")


def _done(state: IndexState) -> str:
    return f"{state.done} of {counted(state.total, 'document')}"


def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the library is written to.")],
    home: HomeOption = None,
) -> None:
    """Write the whole library to one file, while it is in use: a backup, or to move to another machine."""
    with library(context, home) as opened:
        opened.export(file)
    typer.echo(f"{file}: {file.expanduser().stat().st_size / 1e6:,.1f} MB")


def bring(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `export` wrote.")],
    home: HomeOption = None,
) -> None:
    """Unpack an exported library into an empty home (--home)."""
    from rag.library import Library

    chosen: Chosen = context.obj
    chosen.choose(home, None)
    Library.restore(file, chosen.place, Settings.read())
    typer.echo(f"{file} is the library in {chosen.place} now.")


def _watch(owner: Owner, folder: Path, once: bool, as_json: bool) -> None:
    from rag.watch import Watcher

    def tell(report: FileReport) -> None:
        if report.status != "unchanged" or report.reason:  # unchanged for a reason: moved, or a copy
            print_json(report_record(report)) if as_json else typer.echo(described(report))

    def tell_gone(path: str) -> None:
        name = Path(path).name
        print_json({"file": name, "status": "removed"}) if as_json else typer.echo(
            f"{name}: removed, as it is no longer in {folder}."
        )

    watcher = Watcher(owner.library, owner.worker, folder, tell, tell_gone)
    watcher.sync()
    if watcher.state == "missing":
        raise RagError(watcher.reason)
    if not once:
        typer.echo(f"Watching {watcher.folder}; Ctrl-C ends it.", err=True)
        watcher.run(threading.Event())


def _told(forgotten: Forgotten) -> None:
    looked = ", ".join(f"{count:,} of {WHAT[kind]}" for kind, count in forgotten.looked_for.items())
    typer.echo(f"{forgotten.file}: removed. Looked for pieces of it in every file of the library: {looked}.")
    _traces("Before", forgotten.before)
    if forgotten.after:
        _traces("Still there", forgotten.after)
    else:
        typer.echo("After: clean, none is found.")
    for sentence in forgotten.cannot:
        typer.echo(f"Not cleaned: {sentence}")


def _traces(when: str, traces: Sequence[Trace]) -> None:
    for trace in traces:
        typer.echo(f"{when}: {trace.count:,} pieces of {WHAT[trace.kind]} in {trace.file}")
