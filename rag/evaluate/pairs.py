"""Sets of a question and the one text that answers it: QED, PubMedQA, tables of questions and answers."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

from rag.errors import RagError
from rag.evaluate.sets import EvalSet, Place, Question, file_name


def read_qed(path: Path) -> EvalSet:
    """Read Natural Questions with their paragraph and the sentence that answers (QED)."""
    files: dict[str, str | Path] = {}
    questions: list[Question] = []
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        marked = row["annotation"].get("selected_sentence")
        name = file_name(f"{row['title_text']} {row['example_id']}")
        files[name] = row["paragraph_text"]
        if not marked:
            continue  # several sentences or none: there is no one sentence to find
        questions.append(
            Question(
                id=str(row["example_id"]),
                text=row["question_text"],
                group=row["title_text"],
                answers=tuple(found["string"] for group in row["original_nq_answers"] for found in group),
                evidence=(Place(name, marked["start"], marked["end"]),),
                files=(name,),
            )
        )
    return EvalSet("qed", files, tuple(questions), {}, "sentence")


def read_pubmedqa(path: Path) -> EvalSet:
    """Read research questions with their abstracts."""
    files: dict[str, str | Path] = {}
    questions: list[Question] = []
    for key, row in json.loads(path.read_text("utf-8")).items():
        name = file_name(f"abstract {key}")
        text = "\n\n".join(row["CONTEXTS"])
        files[name] = text
        place = Place(name, 0, len(text))
        title = f"Abstract {key}"
        questions.append(
            Question(key, row["QUESTION"], title, (row["LONG_ANSWER"],), (place,), files=(name,))
        )
    return EvalSet("pubmedqa", files, tuple(questions), {})


def read_tsv(path: Path) -> EvalSet:
    """Read a table with the columns question and answer (`.tsv`, or `.csv` with commas).

    The answers are the documents; an answer that stands in several rows is one document.
    """
    csv.field_size_limit(sys.maxsize)  # a cell may hold a whole page of HTML
    delimiter = "," if path.suffix.lower() == ".csv" else "\t"
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter=delimiter))
    if not rows or not {"question", "answer"} <= set(rows[0]):
        raise RagError(f"{path} needs a first row that names the columns question and answer.")
    names: dict[str, str] = {}
    questions: list[Question] = []
    for number, row in enumerate(rows, 1):
        asked, answer = (row["question"] or "").strip(), (row["answer"] or "").strip()
        if not asked or not answer:
            continue
        name = names.setdefault(answer, f"answer {number:05d}.txt")
        place = Place(name, 0, len(answer))
        questions.append(Question(str(number), asked, asked, (answer,), (place,), files=(name,)))
    files = {name: answer for answer, name in names.items()}
    return EvalSet(path.stem, files, tuple(questions), {})
