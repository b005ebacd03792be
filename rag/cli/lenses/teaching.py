"""Commands about words: their vectors, and search that learns the terms of a library."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.lenses.command import Lens, Row, read_rows
from rag.errors import RagError

if TYPE_CHECKING:
    from rag.lenses.words import WordTable

SENSES = "1 is the same meaning; the table of words has one vector for all."


def words(
    lens: Lens,
    given: Annotated[
        list[str], typer.Argument(metavar="WORD", help="One word; three for an analogy: man king woman.")
    ],
    own: Annotated[bool, typer.Option("--own", help="Vectors learned from the library's own words.")] = False,
    sentences: Annotated[
        list[str] | None, typer.Option("--sentence", help="Compare the word in these; repeat it.")
    ] = None,
    k: Annotated[int, typer.Option("-k", min=1, help="Most words.")] = 10,
) -> None:
    """Show the words near a word, solve an analogy, or hold a word's meaning in sentences side by side."""
    if len(given) not in (1, 3):
        raise typer.BadParameter("give one word, or three for an analogy", param_hint="WORD")
    if sentences:
        rows = _senses(given[0], sentences)
        return lens.show(rows, tuple(rows[0]), SENSES)
    table = _table(lens, own)
    found = (
        table.neighbours(given[0], k) if len(given) == 1 else table.analogy(given[0], given[1], given[2], k)
    )
    lens.show([{"word": word, "cosine": score} for word, score in found], ("word", "cosine"), table.note)


def _table(lens: Lens, own: bool) -> WordTable:
    from rag.lenses import words as lens_of_words
    from rag.settings import Settings

    if not own:
        return lens_of_words.general(Settings.read())
    with lens.library() as (opened, within):
        return lens_of_words.own(opened.passages(within))


def _senses(word: str, sentences: list[str]) -> list[Row]:
    from rag.lenses.tokens import TokenReader
    from rag.settings import Settings

    cosines = TokenReader(Settings.read()).senses(word, sentences)
    return [
        {"sentence": one, **{f"to {at + 1}": float(cell) for at, cell in enumerate(line)}}
        for one, line in zip(sentences, cosines, strict=True)
    ]


def adapt(
    lens: Lens,
    pairs: Annotated[
        Path | None,
        typer.Option(
            help="CSV with the columns question and words: words that stand in the passage that answers."
        ),
    ] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Search as before.")] = False,
) -> None:
    """Adapt search by meaning to the library's own terms, if that helps on questions held out."""
    from dataclasses import asdict

    from rag.lenses.adapt import kept
    from rag.library import Library

    rows = read_rows(pairs, "question", "words")
    with lens.library() as (opened, _):
        if not isinstance(opened, Library):
            raise RagError("The app has this library open. Use its page Adapt, or close it first.")
        if undo:
            there = opened.unadapt()
            return typer.echo("The adapter is taken back." if there else "There was no adapter.")
        known = kept(opened.golden.all(opened.collection), opened.text)
        trial = opened.adapt([(row["question"], row["words"]) for row in rows] + known)
    record: Row = {**asdict(trial), "in use": trial.helps}
    lens.show([record], tuple(record), trial.note)
