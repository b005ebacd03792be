"""Commands that measure: answers and retrieval on a question set, and speed."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from rag.cli.common import JsonOption, print_json
from rag.settings import Settings

EMBEDDER = "embedder"  # not a set of questions but a folder of sets that prove the embedder
LENSES = "lenses"  # a folder of sets that measure the lenses
SAMPLES = "samples"  # the project's own sets, over the sample documents beside them


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.command("evaluate")(evaluate)
    app.command("bench")(bench)


def evaluate(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="File or folder of the set.")],
    form: Annotated[
        str,
        typer.Option(
            "--format",
            help="squad, beir, cuad, mtrag, emanual, qed, tsv, lessons, …, embedder, lenses, samples.",
        ),
    ],
    sample: Annotated[int, typer.Option(min=0, help="Questions drawn at random; 0: all.")] = 0,
    compare: Annotated[
        list[str] | None, typer.Option(help="Embedder to hold against the one in use; may be repeated.")
    ] = None,
    answers: Annotated[bool, typer.Option(help="Also ask the questions.")] = True,
    raw: Annotated[
        bool,
        typer.Option(
            "--raw",
            help="Also ask the generator as it comes: the passages found, no adapter, no checks, no refusal.",
        ),
    ] = False,
    held_out: Annotated[
        bool, typer.Option("--held-out", help="Only questions about documents that nothing was trained on.")
    ] = False,
    left_out: Annotated[
        bool, typer.Option("--left-out", help="Leave the answering documents out: all must be refused.")
    ] = False,
    keep: Annotated[Path | None, typer.Option(help="Folder that keeps the index for a next run.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure retrieval and answers on a question set, in a library made for it."""
    from rag.evaluate import samples
    from rag.evaluate.embedders import prove
    from rag.evaluate.formats import FORMATS
    from rag.evaluate.trial import run

    if form not in (*FORMATS, EMBEDDER, LENSES, SAMPLES):
        raise typer.BadParameter(
            f"{form!r} is none of {', '.join((*FORMATS, EMBEDDER, LENSES, SAMPLES))}", param_hint="--format"
        )
    settings = Settings.read()
    if form == EMBEDDER:
        report = prove(path, settings, on_progress=_say)
    elif form == LENSES:
        from rag.evaluate.lenses import prove_lenses

        report = prove_lenses(path, settings, keep=keep, say=_say)
    elif form == SAMPLES:
        report = samples.run(path, settings, keep, _say, answers=answers, raw=raw)
    else:
        report = run(
            path,
            form,
            settings=settings,
            split="held-out" if held_out else "all",
            sample=sample,
            answers=answers,
            raw=raw,
            left_out=left_out,
            compare=tuple(compare or ()),
            home=keep,
            on_progress=_say,
        )
    typer.echo("\n".join(report.lines()) if as_json else report.table())


def bench(
    documents: Annotated[
        int, typer.Option(min=0, help="Measure only adding, with so many files of a page; 0: everything.")
    ] = 0,
    alone: Annotated[
        bool, typer.Option("--alone", help="With --documents: without LangChain's side, which takes longer.")
    ] = False,
    passages: Annotated[
        int,
        typer.Option(min=0, help="Measure only searching, in up to so many made-up passages; 0: not that."),
    ] = 0,
    as_json: JsonOption = False,
) -> None:
    """Measure speed on this machine, as ratios against the usual choices; takes some minutes."""
    from rag.bench import run, run_adding, run_searching, table

    if passages:
        results = run_searching(passages, _say)
    elif documents:
        results = run_adding(documents, _say, alone=alone)
    else:
        results = run(_say)
    if as_json:
        for result in results:
            print_json(asdict(result))
    else:
        typer.echo(table(results))


def _say(line: str) -> None:
    typer.echo(line, err=True)
