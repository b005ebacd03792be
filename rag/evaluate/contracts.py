"""CUAD: contracts with forty-one questions each, asked within the contract.

A category whose label list is empty is a question that the contract does not answer.
"""

from __future__ import annotations

import ast
import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

from rag.evaluate.sets import EvalSet, Place, Question, file_name
from rag.train.contracts import descriptions, find, key, letters


def read_cuad(folder: Path) -> EvalSet:
    """Read a folder with txt/, master_clauses.csv and category_descriptions.csv."""
    asked = descriptions(folder / "category_descriptions.csv")
    paths = {key(path.stem): path for path in sorted((folder / "txt").glob("*.txt"))}
    files: dict[str, str | Path] = {}
    questions: list[Question] = []
    with (folder / "master_clauses.csv").open(encoding="utf-8-sig", newline="") as lines:
        for row in csv.DictReader(lines):
            path = paths.get(key(row["Filename"].rpartition(".")[0]))
            if path is not None:
                text = path.read_text("utf-8", errors="replace")
                files[file_name(path.stem)] = text
                questions += _questions(path.stem, text, row, asked)
    return EvalSet("cuad", files, tuple(questions), dict.fromkeys(files, ()), "clause")


def _questions(title: str, text: str, row: Mapping[str, str], asked: Mapping[str, str]) -> Iterator[Question]:
    name = file_name(title)
    sequence, places = letters(text)
    for category, cell in row.items():
        description = asked.get(key(category))
        if description is None:
            continue
        labels = tuple(ast.literal_eval(cell)) if cell.startswith("[") else ()
        spans = [span for label in labels for span in find(label, sequence, places)]
        yield Question(
            id=f"{title}/{category}",
            text=f"{category}: {description}",
            group=title,
            answers=labels,
            evidence=tuple(Place(name, start, end) for start, end in dict.fromkeys(spans)),
            expects="answer" if labels else "refusal",
            files=(name,),
            scoped=True,
        )
