"""E-Manual questions: one support manual as one document with headings; its sections are the units."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rag.errors import RagError
from rag.evaluate.sets import EvalSet, Place, Question, joined


def read_emanual(folder: Path) -> EvalSet:
    """Read *_manual_corpus.json and *_questions.csv."""
    corpora, tables = sorted(folder.glob("*_manual_corpus.json")), sorted(folder.glob("*_questions.csv"))
    if not corpora or not tables:
        raise RagError(f"{folder} lacks a *_manual_corpus.json or a *_questions.csv.")
    sections: dict[str, dict[str, Any]] = json.loads(corpora[0].read_text("utf-8"))
    name = corpora[0].stem.removesuffix("_manual_corpus") + " manual.md"
    text, spans = joined(_written(section) for section in sections.values())
    places = {_path(key, sections): Place(name, *span) for key, span in zip(sections, spans, strict=True)}
    with tables[0].open(encoding="utf-8-sig", newline="") as lines:
        questions = [_question(row, places, name) for row in csv.DictReader(lines)]
    return EvalSet("emanual", {name: text}, tuple(questions), {name: spans}, "section")


def _written(section: Mapping[str, Any]) -> str:
    """Return a section as Markdown; its first line repeats the title."""
    level = min(section["section_hierarchy"].count(">") + 1, 6)
    lines = section["text"][1:] if section["text"][:1] == [section["title"]] else section["text"]
    return f"{'#' * level} {section['title']}\n\n" + "\n".join(lines)


def _path(key: str, sections: Mapping[str, Mapping[str, Any]]) -> str:
    titles = [sections[part]["title"] for part in sections[key]["section_hierarchy"].split(">")]
    return ">".join(titles).lower()


def _question(row: Mapping[str, str], places: Mapping[str, Place], name: str) -> Question:
    path = row["section_path"].lower()
    # A question may name a place below the last section of the manual: then that section answers
    while path not in places and ">" in path:
        path = path.rpartition(">")[0]
    if path not in places:
        raise RagError(
            f"The manual has no section {row['section_path']} that question {row['question_id']} names."
        )
    return Question(
        id=row["question_id"],
        text=row["question"].strip(),
        group=row["question_id"],
        answers=(row["answer"],),
        evidence=(places[path],),
        files=(name,),
    )
