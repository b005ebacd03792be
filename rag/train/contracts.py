"""Contracts with labelled clauses (CUAD) as sources: forty-one questions to each contract.

A category without a clause is a question that the contract does not answer.
"""

from __future__ import annotations

import ast
import csv
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from rag.train.data import Question, Source, clip, windows
from rag.types import Span

_OMITTED = re.compile(r"<omitted>", re.IGNORECASE)
# Labels that nearly every contract holds many times; a span search finds the wrong place
_VAGUE = {"Document Name", "Parties"}


def read_cuad(folder: Path) -> Iterator[Source]:
    """Read the folder's contracts with the questions of `category_descriptions.csv`."""
    asked = descriptions(folder / "category_descriptions.csv")
    files = {key(path.stem): path for path in sorted((folder / "txt").glob("*.txt"))}
    with (folder / "master_clauses.csv").open(encoding="utf-8-sig", newline="") as lines:
        for row in csv.DictReader(lines):
            path = files.get(key(row["Filename"].rpartition(".")[0]))
            if path is not None:
                yield _contract(path, row, asked)


def key(name: str) -> str:
    """Return what names of one contract or category have in common: letters and digits, lower case."""
    return re.sub(r"[\W_]", "", name).lower()


def descriptions(path: Path) -> dict[str, str]:
    """Map category keys to the question that asks for it."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.reader(lines))[1:]
    pairs = [(row[0].partition(":")[2].strip(), row[1].partition(":")[2].strip()) for row in rows]
    return {key(name): " ".join(text.split()) for name, text in pairs}


def _contract(path: Path, row: Mapping[str, str], asked: Mapping[str, str]) -> Source:
    text = path.read_text("utf-8", errors="replace")
    cuts = windows(text)
    sequence, places = letters(text)
    questions = []
    for category, cell in row.items():
        description = asked.get(key(category))
        if description is None or category in _VAGUE:
            continue
        labels = ast.literal_eval(cell) if cell.startswith("[") else []
        spans = [span for label in labels for span in find(label, sequence, places)]
        if labels and not spans:
            continue  # the label is worded otherwise than the file: neither answered nor absent
        evidence = clip(spans, cuts)
        home = evidence[0].passage if evidence else None
        wordings = f"{category}: {description}"
        questions.append(Question(wordings, home, evidence, tuple(labels)))
    return Source("cuad", path.stem, tuple(text[a:b] for a, b in cuts), tuple(questions))


def letters(text: str) -> tuple[str, list[int]]:
    """Return the letters and digits of text in lower case, and where each stands."""
    places = [place for place, char in enumerate(text) if char.isalnum()]
    # casefold could lengthen the text and break the map; lower() of one character is cut to one
    return "".join(text[place].lower()[:1] for place in places), places


def find(label: str, sequence: str, places: list[int]) -> list[Span]:
    """Return where each part of a label (parts are joined by <omitted>) stands in the text."""
    spans = []
    for part in _OMITTED.split(label):
        wanted = "".join(char.lower()[:1] for char in part if char.isalnum())
        at = sequence.find(wanted) if len(wanted) >= 6 else -1
        if at >= 0:
            spans.append((places[at], places[at + len(wanted) - 1] + 1))
    return spans
