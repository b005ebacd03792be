"""What every lens shares on the command line: which documents it looks at, and how its rows are printed.

Knows no lens.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Concatenate, ParamSpec

import typer

from rag.cli.common import (
    CollectionOption,
    DocumentOption,
    HomeOption,
    JsonOption,
    TagOption,
    TypeOption,
    library,
    print_json,
)
from rag.errors import RagError
from rag.lenses.export import Cell, to_csv
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.remote import AnyLibrary

CsvOption = Annotated[bool, typer.Option("--csv", help="Print CSV with a header.")]
Row = dict[str, Cell]
P = ParamSpec("P")

WIDEST = 60  # characters of a cell in a table for people


@dataclass(frozen=True, slots=True)
class Lens:
    """One run of a lens: the options that every lens has. They stand here and nowhere else."""

    context: typer.Context
    documents: DocumentOption = None
    types: TypeOption = None
    tags: TagOption = None
    home: HomeOption = None
    collection: CollectionOption = None
    as_json: JsonOption = False
    as_csv: CsvOption = False

    @contextmanager
    def library(self) -> Iterator[tuple[AnyLibrary, list[str] | None]]:
        """Open or reach the library; give it with the ids of the chosen documents, None for all."""
        from rag.catalog.language import warning

        with library(self.context, self.home, self.collection) as opened:
            within = opened.matching(self.documents or (), types=self.types or (), tags=self.tags or ())
            chosen = [info for info in opened.documents() if within is None or info.id in within]
            if said := warning([info.language for info in chosen], Settings.read().embedder):
                typer.echo(said, err=True)
            yield opened, within

    def show(self, rows: Sequence[Row], columns: Sequence[str], note: str) -> None:
        """Print rows in the chosen form; `columns` are those that people see first."""
        if note:
            typer.echo(note, err=True)
        if self.as_csv:
            typer.echo(to_csv(rows), nl=False)
        elif self.as_json:
            for row in rows:
                print_json(row)
        else:
            for line in table(rows, columns):
                typer.echo(line)


def command(
    app: typer.Typer, run: Callable[Concatenate[Lens, P], None], without: Collection[str] = ()
) -> None:
    """Add a lens to the program: its own options, then those of every lens but `without`."""
    (_, *own) = inspect.signature(run, eval_str=True).parameters.values()
    shared = inspect.signature(Lens, eval_str=True).parameters
    kept = [parameter for name, parameter in shared.items() if name not in without]

    def called(**given: object) -> None:
        lens = Lens(**{parameter.name: given.pop(parameter.name) for parameter in kept})  # type: ignore[arg-type]
        run(lens, **given)  # type: ignore[arg-type, call-arg]

    parameters = [parameter.replace(kind=parameter.KEYWORD_ONLY) for parameter in (*own, *kept)]
    # Typer reads a command's options off its signature and its annotations.
    called.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    called.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    called.__doc__ = run.__doc__
    app.command(run.__name__)(called)


def read_text(path: Path) -> str:
    """Return the text of a file; RagError where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "it is not UTF-8 text"
        raise RagError(f"{path} cannot be read: {reason}.") from exc


def read_rows(path: Path | None, *columns: str) -> list[dict[str, str]]:
    """Return the rows of a CSV that has these columns, none for no file; RagError where it lacks one."""
    from rag.lenses.batch import read_table

    return read_table(read_text(path), columns, path.name) if path else []


def table(rows: Sequence[Row], columns: Sequence[str]) -> list[str]:
    """Return lines of aligned columns; long cells are cut, empty columns left out."""
    kept = [column for column in columns if any(row[column] not in (None, "") for row in rows)]
    if not kept:
        return []
    cells = [kept, *([_shown(row[column]) for column in kept] for row in rows)]
    widths = [max(len(line[at]) for line in cells) for at in range(len(kept))]
    padded = ([cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in cells)
    return ["  ".join(line).rstrip() for line in padded]


def _shown(value: Cell) -> str:
    if isinstance(value, float):
        return f"{value:.3f}"
    text = " ".join(str("" if value is None else value).split())
    return text if len(text) <= WIDEST else text[: WIDEST - 2] + " …"
