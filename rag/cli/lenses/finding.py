"""Commands that find: similar documents, what each way of searching misses, what nobody answers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rag.cli.lenses.command import Lens, read_rows, read_text


def similar(
    lens: Lens,
    text: Annotated[str | None, typer.Argument(metavar="TEXT", help="What to look for.")] = None,
    file: Annotated[Path | None, typer.Option(help="Text file with what to look for, of any length.")] = None,
    like: Annotated[
        list[str] | None, typer.Option(help="Document to look for more of; may be repeated.")
    ] = None,
    unlike: Annotated[
        list[str] | None, typer.Option(help="Document to stay away from; may be repeated.")
    ] = None,
    k: Annotated[int, typer.Option("-k", min=1, help="Most documents, or rows.")] = 10,
    rows: Annotated[
        bool,
        typer.Option("--rows", help="Instead, the rows of tables most like the text, with their numbers."),
    ] = False,
) -> None:
    """Find the documents most similar to a text or to documents, with the passages that match."""
    from rag.lenses.similar import Example
    from rag.lenses.similar import similar as found_similar

    if rows:
        return _rows(lens, text or (read_text(file) if file else ""), k)
    texts = [Example(text=given) for given in (text, read_text(file) if file else None) if given]
    with lens.library() as (opened, within):
        wanted = texts + [Example(document=id) for id in opened.matching(like) or ()] if like else texts
        avoided = [Example(document=id) for id in opened.matching(unlike) or ()] if unlike else []
        found = found_similar(opened, wanted, avoided, k=k, documents=within)
    lens.show(found.rows(), ("score", "file", "copies", "theirs"), found.note)


def _rows(lens: Lens, like: str, k: int) -> None:
    from rag.lenses.cases import cases, nearest

    with lens.library() as (opened, within):
        found = nearest(opened, cases(opened, within), like, k=k)
    listed = found.rows()
    lens.show(listed, tuple(listed[0]) if listed else (), found.note)


def compare(
    lens: Lens,
    queries: Annotated[list[str] | None, typer.Argument(metavar="QUERY", help="What to search for.")] = None,
    log: Annotated[Path | None, typer.Option(help="CSV with a column query.")] = None,
) -> None:
    """Search by meaning and by words, side by side, and say what each way misses."""
    from rag.lenses.compare import compare as compared

    logged = [row["query"] for row in read_rows(log, "query")]
    with lens.library() as (opened, within):
        found = compared(opened, [*(queries or ()), *logged], documents=within)
    columns = (
        "query",
        "its file",
        "first by meaning",
        "in file",
        "first by words",
        "meaning answers instead",
    )
    lens.show([one.row() for one in found.queries], columns, found.note)


def gaps(
    lens: Lens,
    log: Annotated[
        Path | None, typer.Option(help="CSV with a column question; beside what was asked in the chat.")
    ] = None,
) -> None:
    """Group what people asked and the documents do not answer."""
    from rag.lenses.gaps import gaps as found_gaps
    from rag.types import Asked

    logged = [Asked(row["question"], row.get("date", "")) for row in read_rows(log, "question")]
    with lens.library() as (opened, within):
        found = found_gaps(opened, opened.questions() + logged, documents=within)
    columns = ("gap", "questions", "question", "reason", "similarity", "nearest file")
    lens.show(found.rows(), columns, found.note)
