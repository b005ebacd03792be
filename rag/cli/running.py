"""Commands that keep running: the app, the server, training."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Annotated, Literal

import typer

from rag.cli.common import Chosen, CollectionOption, HomeOption, JsonOption, library, print_json
from rag.errors import HomeInUse, RagError
from rag.settings import Settings

APP = Path(__file__).parents[2] / "app.py"
LOCAL = "127.0.0.1"
SERVE_PORT = 8765


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.command("app")(open_app)
    app.command("serve")(serve)
    app.command("train")(train)


def open_app(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8501,
    address: Annotated[
        str, typer.Option(help="Address to listen on; any other than this machine's own needs RAG_PASSWORD.")
    ] = LOCAL,
    home: HomeOption = None,
) -> None:
    """Open the web app, on this machine alone unless told otherwise."""
    chosen: Chosen = context.obj
    chosen.choose(home, None)
    if not APP.is_file():
        raise RagError(f"{APP} is missing; run the app from a checkout of the project.")
    command = [sys.executable, "-m", "streamlit", "run", str(APP), f"--server.address={address}"]
    command += [f"--server.port={port}", f"--server.headless={str(not sys.stdout.isatty()).lower()}"]
    if address != LOCAL:
        if not Settings.read().password:
            raise RagError(f"The app would listen on {address} for others; set RAG_PASSWORD first.")
        command.append("--server.allowedHosts=*")  # by which name others reach it is theirs to know
    # Run where the app stands: its .streamlit/config.toml is looked up from there.
    environment = {**os.environ, "RAG_HOME": str(chosen.place)}
    running = subprocess.Popen(command, cwd=APP.parent, env=environment)
    try:
        raise typer.Exit(running.wait())
    except KeyboardInterrupt:
        running.terminate()
        running.wait()
        raise


def serve(
    context: typer.Context,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0: a free one.")
    ] = SERVE_PORT,
    stdio: Annotated[bool, typer.Option("--stdio", help="Speak MCP on stdin and stdout instead.")] = False,
    home: HomeOption = None,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Offer add, search and ask to other programs: HTTP on 127.0.0.1 with MCP at /mcp, or MCP on stdio."""
    from rag.owner import Owner

    chosen: Chosen = context.obj
    chosen.choose(home, collection)
    try:
        owner = Owner.open(
            Settings.read(), chosen.place, collection=chosen.collection, port=0 if stdio else port
        )
    except HomeInUse:
        if not stdio:
            raise _already_served(chosen.place) from None
        return _speak_through_owner(context)
    with owner:
        if stdio:
            from rag.serve import tools

            tools(owner.library, owner.worker).run("stdio")
            return
        address = {"url": owner.url, "mcp": f"{owner.url}/mcp", "token": owner.token}
        if as_json:
            print_json(address)
        else:
            typer.echo(
                f"Serving on {owner.url}, MCP at {owner.url}/mcp; Ctrl-C ends it.\n"
                f"Send the header: Authorization: Bearer {owner.token}"
            )
        threading.Event().wait()


def train(
    context: typer.Context,
    what: Annotated[
        Literal["answers", "judge", "reader", "support"], typer.Argument(help="Which model to train.")
    ],
    data: Annotated[Path, typer.Option(exists=True, file_okay=False, help="Folder of the training sets.")],
    out: Annotated[
        Path | None, typer.Option(help="Where the model goes; else models/ in the library's folder.")
    ] = None,
    minutes: Annotated[float, typer.Option(min=0.1, help="How long to work.")] = 60.0,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Train one of the shipped models again, going on from a checkpoint in its folder."""
    from rag.weights import use_threads

    if what == "answers":
        from rag.train.answers import train as start
    elif what == "judge":
        from rag.train.judge import train as start
    elif what == "support":
        from rag.evaluate.support import train as start
    else:
        from rag.train.reader import train as start
    chosen: Chosen = context.obj
    chosen.choose(home, None)
    use_threads(Settings.read())
    folder = out or chosen.place / "models" / what
    start(data, folder, minutes=minutes, on_progress=lambda line: typer.echo(line, err=True))
    print_json({"model": what, "folder": str(folder)}) if as_json else typer.echo(f"{what}: {folder}")


def _speak_through_owner(context: typer.Context) -> None:
    """Speak MCP for a library that another process, the app for one, has open."""
    from rag.jobs import Worker
    from rag.serve import tools

    with library(context) as opened:
        tools(opened, Worker(opened)).run("stdio")


def _already_served(place: Path) -> HomeInUse:
    from rag.home import Home
    from rag.remote import read_owner

    found = read_owner(Home(place))
    if found is None:
        return HomeInUse(f"The library in {place} is open in another process; close it first.")
    return HomeInUse(
        f"The library in {place} is open in process {found['pid']}, which already serves it on "
        f"http://127.0.0.1:{found['port']}; the token is in {Home(place).owner}."
    )
