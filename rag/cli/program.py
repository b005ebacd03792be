"""The program: its commands put together, and what happens to whatever they raise."""

from __future__ import annotations

import logging
import signal
import sys

import typer

from rag.cli import asking, documents, keeping, lenses, measuring, running
from rag.cli.common import Chosen, CollectionOption, HomeOption
from rag.errors import RagError

app = typer.Typer(
    help="Answers from your own documents, on your own machine, with the place each answer stands.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for module in (documents, keeping, asking, running, lenses, measuring):
    module.register(app)

logger = logging.getLogger(__name__)


@app.callback()
def choose(context: typer.Context, home: HomeOption = None, collection: CollectionOption = None) -> None:
    """Answers from your own documents, on your own machine, with the place each answer stands."""
    context.obj.choose(home, collection)


def main() -> None:
    """Run the command line of this process and exit."""
    signal.signal(
        signal.SIGTERM, signal.default_int_handler
    )  # ended from outside closes as cleanly as Ctrl-C
    for stream in (sys.stdout, sys.stderr):
        # Offsets count in what `show` prints, so no newline may be translated and no letter be lost.
        stream.reconfigure(encoding="utf-8", errors="replace", newline="\n")  # type: ignore[union-attr]
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command and return its exit status; every failure is one sentence on stderr."""
    chosen = Chosen()
    try:
        app(arguments, prog_name="docent", obj=chosen)
        return 0
    except SystemExit as exc:
        return int(exc.code or 0)
    except RagError as exc:
        typer.echo(str(exc), err=True)
    except Exception as exc:
        typer.echo(f"This failed for a reason that is ours to mend; {_logged(exc, chosen)}", err=True)
    finally:
        chosen.close_log()
    return 1


def _logged(exc: Exception, chosen: Chosen) -> str:
    """Write the traceback into the home's log; return where it is, as the end of a sentence."""
    try:
        chosen.place.mkdir(parents=True, exist_ok=True)
        log = chosen.open_log()
    except (OSError, RagError):
        return f"it says: {type(exc).__name__}: {exc}"
    logger.error("%s", " ".join(sys.argv), exc_info=exc)
    return f"{type(exc).__name__}, with its traceback in {log}."
