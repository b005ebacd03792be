"""Commands of the lenses; each prints a table for people, JSON Lines or CSV, and notes on stderr."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

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

CsvOption = Annotated[bool, typer.Option("--csv", help="Print CSV with a header.")]
Row = dict[str, Cell]

WIDEST = 60  # characters of a cell in a table for people


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.command("similar")(similar)
    app.command("classify")(classify)
    app.command("topics")(topics)
    app.command("compare")(compare)
    app.command("gaps")(gaps)
    app.command("words")(words)
    app.command("adapt")(adapt)


def similar(
    context: typer.Context,
    text: Annotated[str | None, typer.Argument(metavar="TEXT", help="What to look for.")] = None,
    file: Annotated[Path | None, typer.Option(help="Text file with what to look for, of any length.")] = None,
    like: Annotated[
        list[str] | None, typer.Option(help="Document to look for more of; may be repeated.")
    ] = None,
    unlike: Annotated[
        list[str] | None, typer.Option(help="Document to stay away from; may be repeated.")
    ] = None,
    k: Annotated[int, typer.Option("-k", min=1, help="Most documents.")] = 10,
    documents: DocumentOption = None,
    types: TypeOption = None,
    tags: TagOption = None,
    home: HomeOption = None,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Find the documents most similar to a text or to documents, with the passages that match."""
    from rag.lenses.similar import Example
    from rag.lenses.similar import similar as found_similar

    texts = [Example(text=given) for given in (text, read_text(file) if file else None) if given]
    with library(context, home, collection) as opened:
        wanted = texts + [Example(document=id) for id in opened.matching(like) or ()] if like else texts
        avoided = [Example(document=id) for id in opened.matching(unlike) or ()] if unlike else []
        within = opened.matching(documents or (), types=types or (), tags=tags or ())
        found = found_similar(opened, wanted, avoided, k=k, documents=within)
    show(found.rows(), ("score", "file", "copies", "theirs"), found.note, as_json, as_csv)


def classify(
    context: typer.Context,
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
    documents: DocumentOption = None,
    types: TypeOption = None,
    tags: TagOption = None,
    home: HomeOption = None,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Label texts or documents by a few examples of each class; says where it is unsure, and why it chose."""
    from rag.lenses import batch
    from rag.lenses.classify import Labelled, learn

    rows = batch.read_table(read_text(examples), ("text", "label"), examples.name)
    table_rows = batch.read_table(read_text(texts), ("text",), texts.name) if texts else []
    with library(context, home, collection) as opened:
        learned = learn(opened, [Labelled(row["text"], row["label"]) for row in rows])
        if texts:
            items = batch.from_table(opened, table_rows, "text")
        else:
            within = opened.matching(documents or (), types=types or (), tags=tags or ())
            items = (batch.of_passages if passages else batch.of_documents)(opened, within)
    found = learned.predict(items.texts, items.vectors, unsure_below=unsure_below)
    if monthly:
        counted = batch.by_month(["unsure" if one.unsure else one.label for one in found], items.days)
        return show(counted, ("month", "label", "count", "share"), learned.note, as_json, as_csv)
    kept = learned.ask_next(items.vectors, ask_next) if ask_next else range(len(found))
    labelled = [{"name": items.names[at], **found[at].row()} for at in kept]
    columns = ("name", "label", "probability", "suggestion", "text", "nearest example")
    return show(labelled, columns, learned.note, as_json, as_csv)


def topics(
    context: typer.Context,
    count: Annotated[int, typer.Option(min=0, help="How many topics; 0: as fits.")] = 0,
    passages: Annotated[bool, typer.Option("--passages", help="Of passages, not documents.")] = False,
    texts: Annotated[Path | None, typer.Option(help="Instead, of the column text of a CSV.")] = None,
    members: Annotated[bool, typer.Option("--members", help="Print each text with its topic.")] = False,
    documents: DocumentOption = None,
    types: TypeOption = None,
    tags: TagOption = None,
    home: HomeOption = None,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Say what the documents are about, what is new and what is moving."""
    from rag.lenses import batch
    from rag.lenses.topics import topics as found_topics

    rows = batch.read_table(read_text(texts), ("text",), texts.name) if texts else []
    with library(context, home, collection) as opened:
        if texts:
            items = batch.from_table(opened, rows, "text")
        else:
            within = opened.matching(documents or (), types=types or (), tags=tags or ())
            items = (batch.of_passages if passages else batch.of_documents)(opened, within)
    found = found_topics(items, count)
    if members:
        columns: tuple[str, ...] = ("topic name", "name", "day", "day from", "outlier")
        return show(found.rows(items), columns, found.note, as_json, as_csv)
    columns = ("topic", "topic name", "size", "change", "emerging")
    return show(found.summary(), columns, found.note, as_json, as_csv)


def compare(
    context: typer.Context,
    queries: Annotated[list[str] | None, typer.Argument(metavar="QUERY", help="What to search for.")] = None,
    log: Annotated[Path | None, typer.Option(help="CSV with a column query.")] = None,
    documents: DocumentOption = None,
    types: TypeOption = None,
    tags: TagOption = None,
    home: HomeOption = None,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Search by meaning and by words, side by side, and say what each way misses."""
    from rag.lenses.batch import read_table
    from rag.lenses.compare import compare as compared

    logged = [row["query"] for row in read_table(read_text(log), ("query",), log.name)] if log else []
    with library(context, home, collection) as opened:
        within = opened.matching(documents or (), types=types or (), tags=tags or ())
        found = compared(opened, [*(queries or ()), *logged], documents=within)
    columns = (
        "query",
        "its file",
        "first by meaning",
        "in file",
        "first by words",
        "meaning answers instead",
    )
    show([one.row() for one in found.queries], columns, found.note, as_json, as_csv)


def gaps(
    context: typer.Context,
    log: Annotated[
        Path | None, typer.Option(help="CSV with a column question; beside what was asked in the chat.")
    ] = None,
    documents: DocumentOption = None,
    types: TypeOption = None,
    tags: TagOption = None,
    home: HomeOption = None,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Group what people asked and the documents do not answer."""
    from rag.lenses.batch import read_table
    from rag.lenses.gaps import gaps as found_gaps
    from rag.types import Asked

    rows = read_table(read_text(log), ("question",), log.name) if log else []
    with library(context, home, collection) as opened:
        within = opened.matching(documents or (), types=types or (), tags=tags or ())
        asked = opened.questions() + [Asked(row["question"], row.get("date", "")) for row in rows]
        found = found_gaps(opened, asked, documents=within)
    columns = ("gap", "questions", "question", "reason", "similarity", "nearest file")
    show(found.rows(), columns, found.note, as_json, as_csv)


def words(
    context: typer.Context,
    given: Annotated[
        list[str], typer.Argument(metavar="WORD", help="One word; three for an analogy: man king woman.")
    ],
    own: Annotated[bool, typer.Option("--own", help="Vectors learned from the library's own words.")] = False,
    sentences: Annotated[
        list[str] | None, typer.Option("--sentence", help="Compare the word in these; repeat it.")
    ] = None,
    k: Annotated[int, typer.Option("-k", min=1, help="Most words.")] = 10,
    home: HomeOption = None,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Show the words near a word, solve an analogy, or hold a word's meaning in sentences side by side."""
    from rag.lenses import words as lens
    from rag.settings import Settings

    if len(given) not in (1, 3):
        raise typer.BadParameter("give one word, or three for an analogy", param_hint="WORD")
    if sentences:
        from rag.lenses.tokens import TokenReader

        cosines = TokenReader(Settings.read()).senses(given[0], sentences)
        rows: list[Row] = [
            {"sentence": one, **{f"to {at + 1}": float(cell) for at, cell in enumerate(line)}}
            for one, line in zip(sentences, cosines, strict=True)
        ]
        return show(
            rows,
            tuple(rows[0]),
            "1 is the same meaning; the table of words has one vector for all.",
            as_json,
            as_csv,
        )
    if own:
        with library(context, home, collection) as opened:
            table = lens.own(opened.passages())
    else:
        table = lens.general(Settings.read())
    found = (
        table.neighbours(given[0], k) if len(given) == 1 else table.analogy(given[0], given[1], given[2], k)
    )
    return show(
        [{"word": word, "cosine": score} for word, score in found],
        ("word", "cosine"),
        table.note,
        as_json,
        as_csv,
    )


def adapt(
    context: typer.Context,
    pairs: Annotated[
        Path | None,
        typer.Option(
            help="CSV with the columns question and words: words that stand in the passage that answers."
        ),
    ] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Search as before.")] = False,
    home: HomeOption = None,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Adapt search by meaning to the library's own terms, if that helps on questions held out."""
    from dataclasses import asdict

    from rag.lenses.batch import read_table
    from rag.library import Library

    rows = read_table(read_text(pairs), ("question", "words"), pairs.name) if pairs else []
    with library(context, home, collection) as opened:
        if not isinstance(opened, Library):
            raise RagError("The app has this library open. Use its page Adapt, or close it first.")
        if undo:
            there = opened.unadapt()
            return typer.echo("The adapter is taken back." if there else "There was no adapter.")
        trial = opened.adapt([(row["question"], row["words"]) for row in rows])
    record: Row = {**asdict(trial), "in use": trial.helps}
    return show([record], tuple(record), trial.note, as_json, as_csv)


def read_text(path: Path) -> str:
    """Return the text of a file; RagError where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "it is not UTF-8 text"
        raise RagError(f"{path} cannot be read: {reason}.") from exc


def show(rows: Sequence[Row], columns: Sequence[str], note: str, as_json: bool, as_csv: bool) -> None:
    """Print rows in the chosen form; `columns` are those that people see first."""
    if note:
        typer.echo(note, err=True)
    if as_csv:
        typer.echo(to_csv(rows), nl=False)
    elif as_json:
        for row in rows:
            print_json(row)
    else:
        for line in table(rows, columns):
            typer.echo(line)


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
