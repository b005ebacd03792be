"""Commands of the lenses; each prints a table for people, JSON Lines or CSV, and notes on stderr."""

from __future__ import annotations

import typer

from rag.cli.lenses import finding, grouping, seeing, teaching
from rag.cli.lenses.command import command


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    for run in (finding.similar, grouping.classify, grouping.topics, finding.compare, finding.gaps):
        command(app, run)
    command(app, seeing.pictures)
    command(app, teaching.words)
    command(app, teaching.adapt, without=("documents", "types", "tags"))


__all__ = ["register"]
