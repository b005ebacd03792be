"""The command that asks: one question, or a file of them with the models loaded once."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.cli.common import (
    CollectionOption,
    DocumentOption,
    HomeOption,
    JsonOption,
    SinceOption,
    TagOption,
    TypeOption,
    UntilOption,
    day,
    library,
    place,
    print_json,
    read_lines,
)
from rag.errors import RagError
from rag.records import answer_record, citation_record, turns_from
from rag.types import Answer, Turn
from rag.within import Narrowing, matching

if TYPE_CHECKING:
    from rag.remote import AnyLibrary

QUOTE = 240  # characters of a citation shown below an answer; `--json` prints it whole


@dataclass(frozen=True)
class Question:
    """One line of a file of questions; `within` tells which documents are asked."""

    text: str
    id: str | int | None = None
    history: tuple[Turn, ...] = ()
    within: Narrowing = field(default_factory=Narrowing)


def register(app: typer.Typer) -> None:
    """Add this command to the program."""
    app.command("ask")(ask)


def ask(
    context: typer.Context,
    question: Annotated[str | None, typer.Argument(metavar="QUESTION")] = None,
    questions: Annotated[
        Path | None,
        typer.Option(help='JSON Lines of {"id", "question", "history"?, "documents"?}; one answer each.'),
    ] = None,
    history: Annotated[
        Path | None, typer.Option(help='JSON Lines of earlier {"question", "answer"}, oldest first.')
    ] = None,
    documents: DocumentOption = None,
    types: TypeOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    tags: TagOption = None,
    home: HomeOption = None,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a question from the documents, with citations, or say that they do not answer it."""
    if (question is None) == (questions is None):
        raise typer.BadParameter("give either a QUESTION or --questions FILE")
    narrowing = Narrowing(
        tuple(documents or ()), tuple(types or ()), day(since), day(until), tuple(tags or ())
    )
    if questions is not None and (history or narrowing != Narrowing()):
        raise typer.BadParameter("with --questions, each line brings its own history and documents")
    if questions is not None:
        asked = _questions(questions)
    else:
        asked = [Question(question or "", None, _history(history), narrowing)]
    with library(context, home, collection) as opened:
        failed = [not _answer(opened, one, as_json, alone=questions is None) for one in asked]
    if any(failed):
        raise typer.Exit(1)


def _answer(opened: AnyLibrary, question: Question, as_json: bool, *, alone: bool) -> bool:
    """Ask and print; False where it failed. In a file of questions a failure does not stop the others."""
    try:
        wanted = matching(opened.documents(), question.within)
        stream = opened.ask(question.text, question.history, wanted)
        if as_json:
            print_json(answer_record(stream.answer, id=question.id))
            return True
        if not alone:
            typer.echo(f"> {question.text}")
        for piece in stream:
            typer.echo(piece, nl=False)
            sys.stdout.flush()
        typer.echo()
        _print_citations(stream.answer)
        _print_coming(stream.answer)
    except RagError as exc:
        if alone:
            raise
        typer.echo(f"{question.id if question.id is not None else question.text}: {exc}", err=True)
        if as_json:
            print_json({"id": question.id, "question": question.text, "error": str(exc)})
        return False
    return True


def _print_citations(answer: Answer) -> None:
    typer.echo()
    for citation in answer.citations:
        text = " ".join(citation.text.split())
        quote = text if len(text) <= QUOTE else text[:QUOTE].rsplit(" ", 1)[0] + " …"
        where = place(citation_record(citation))
        heading = f" > {citation.heading}" if citation.heading else ""
        typer.echo(f"[{citation.number}] {where}{heading}: “{quote}”")


def _print_coming(answer: Answer) -> None:
    """Say below what is no answer which files it could not know yet."""
    if answer.coming and answer.kind != "answer":
        files = "1 file is" if answer.coming == 1 else f"{answer.coming} files are"
        typer.echo(
            f"{files} still being added and may hold the answer; ask again when they are in.", err=True
        )


def _questions(path: Path) -> list[Question]:
    """Read the whole file first: a mistake in its last line must not cost an hour of answers."""
    return [_question(path, number, line) for number, line in read_lines(path)]


def _question(path: Path, number: int, line: dict[str, Any]) -> Question:
    if not isinstance(line.get("question"), str):
        raise RagError(f'{path}, line {number} has no "question".')
    documents = line.get("documents") or ()
    if isinstance(documents, str) or not isinstance(documents, Sequence):
        raise RagError(f'{path}, line {number}: "documents" must be a list of ids or file names.')
    history = _turns(path, number, line.get("history") or ())
    within = Narrowing(tuple(str(one) for one in documents))
    return Question(line["question"], line.get("id"), history, within)


def _history(path: Path | None) -> tuple[Turn, ...]:
    if path is None:
        return ()
    return tuple(turn for number, line in read_lines(path) for turn in _turns(path, number, [line]))


def _turns(path: Path, number: int, turns: Sequence[Any]) -> tuple[Turn, ...]:
    try:
        return turns_from(turns)
    except (KeyError, TypeError) as exc:
        raise RagError(
            f'{path}, line {number}: each earlier turn needs a "question" and an "answer".'
        ) from exc
