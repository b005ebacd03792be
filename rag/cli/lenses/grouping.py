"""Commands that group: labels by a few examples, topics."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.lenses.command import Lens, read_rows

if TYPE_CHECKING:
    from rag.lenses.batch import Items
    from rag.remote import AnyLibrary


def classify(
    lens: Lens,
    examples: Annotated[
        Path, typer.Argument(metavar="EXAMPLES", help="CSV with the columns text and label.")
    ],
    texts: Annotated[
        Path | None, typer.Option(help="CSV with a column text to label; else the documents of the library.")
    ] = None,
    passages: Annotated[bool, typer.Option("--passages", help="Label passages, not documents.")] = False,
    unsure_below: Annotated[
        float, typer.Option(min=0, max=1, help="Below this probability the label is left open.")
    ] = 0.5,
    ask_next: Annotated[
        int, typer.Option("--next", min=0, help="Instead, print so many texts worth labelling next.")
    ] = 0,
    monthly: Annotated[bool, typer.Option("--monthly", help="Instead, count labels by month.")] = False,
) -> None:
    """Label texts or documents by a few examples of each class; says where it is unsure, and why it chose."""
    from rag.lenses.batch import by_month
    from rag.lenses.classify import Labelled, learn

    rows = read_rows(examples, "text", "label")
    given = read_rows(texts, "text") if texts else None
    with lens.library() as (opened, within):
        learned = learn(opened, [Labelled(row["text"], row["label"]) for row in rows])
        items = _items(opened, within, given, passages)
    found = learned.predict(items.texts, items.vectors, unsure_below=unsure_below)
    if monthly:
        counted = by_month(["unsure" if one.unsure else one.label for one in found], items.days)
        return lens.show(counted, ("month", "label", "count", "share"), learned.note)
    kept = learned.ask_next(items.vectors, ask_next) if ask_next else range(len(found))
    labelled = [{"name": items.names[at], **found[at].row()} for at in kept]
    columns = ("name", "label", "probability", "suggestion", "text", "nearest example")
    lens.show(labelled, columns, learned.note)


def topics(
    lens: Lens,
    count: Annotated[int, typer.Option(min=0, help="How many topics; 0: as fits.")] = 0,
    passages: Annotated[bool, typer.Option("--passages", help="Of passages, not documents.")] = False,
    texts: Annotated[Path | None, typer.Option(help="Instead, of the column text of a CSV.")] = None,
    members: Annotated[bool, typer.Option("--members", help="Print each text with its topic.")] = False,
) -> None:
    """Say what the documents are about, what is new and what is moving."""
    from rag.lenses.topics import topics as found_topics

    given = read_rows(texts, "text") if texts else None
    with lens.library() as (opened, within):
        items = _items(opened, within, given, passages)
    found = found_topics(items, count)
    if members:
        columns: tuple[str, ...] = ("topic name", "name", "day", "day from", "outlier")
        return lens.show(found.rows(items), columns, found.note)
    columns = ("topic", "topic name", "size", "change", "emerging")
    lens.show(found.summary(), columns, found.note)


def _items(
    opened: AnyLibrary, within: list[str] | None, rows: list[dict[str, str]] | None, passages: bool
) -> Items:
    """Return what to look at: the column text of a table, else passages or documents of the library."""
    from rag.lenses import batch

    if rows is not None:
        return batch.from_table(opened, rows, "text")
    make = batch.of_passages if passages else batch.of_documents
    return make(opened, within, lambda info: opened.home.stored(info.sha256, info.name))
