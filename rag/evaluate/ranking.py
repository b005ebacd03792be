"""Ranking sets: BEIR folders, Cranfield, and plain-English summaries of legal clauses.

One document is one unit; there are no answers to write, only documents to find.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from rag.errors import RagError
from rag.evaluate.sets import EvalSet, Place, Question, file_name


def read_beir(folder: Path) -> EvalSet:
    """Read corpus.jsonl, queries.jsonl and qrels (qrels/test.tsv, else the first .tsv found)."""
    texts = {
        str(row["_id"]): "\n\n".join(part for part in (row.get("title", ""), row["text"]) if part)
        for row in _lines(folder / "corpus.jsonl")
    }
    queries = {str(row["_id"]): row["text"] for row in _lines(folder / "queries.jsonl")}
    tables = sorted(folder.glob("qrels/*.tsv")) + sorted(folder.glob("qrels*.tsv"))
    if not tables:
        raise RagError(f"{folder} has no qrels: put query, document and grade into qrels/test.tsv.")
    table = next((path for path in tables if path.stem == "test"), tables[0])
    return ranking(folder.name, texts, queries, grades(table))


def grades(path: Path) -> dict[str, dict[str, int]]:
    """Read a qrels table with a header: query, document, grade."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    with path.open(encoding="utf-8", newline="") as lines:
        for query, document, grade in list(csv.reader(lines, delimiter="\t"))[1:]:
            found[query][document] = int(float(grade))
    return found


def ranking(
    name: str, texts: Mapping[str, str], queries: Mapping[str, str], qrels: Mapping[str, Mapping[str, int]]
) -> EvalSet:
    """Return the set of those texts, queries and grades, all by id; queries without a grade are left out."""
    files = {file_name(document): text for document, text in texts.items() if text.strip()}
    questions = []
    for query, text in queries.items():
        places = [
            Place(file_name(document), 0, len(texts[document]), grade)
            for document, grade in qrels.get(query, {}).items()
            if grade > 0 and texts.get(document, "").strip()
        ]
        if places:
            questions.append(Question(query, text, query, (), tuple(places), files=_files(places)))
    return EvalSet(name, files, tuple(questions), {})


def _files(places: list[Place]) -> tuple[str, ...]:
    return tuple(place.file for place in places)


def read_cranfield(folder: Path) -> EvalSet:
    """Read the Cranfield collection; its grades name a query by its position, not by its <num>."""
    texts = {
        str(document.findtext("docno")).strip(): str(document.findtext("text") or "").strip()
        for document in _xml(folder / "cran.all.1400.xml").iter("doc")
    }
    topics = _xml(folder / "cran.qry.xml").iter("top")
    queries = {
        str(position): " ".join(str(topic.findtext("title")).split())
        for position, topic in enumerate(topics, 1)
    }
    qrels: dict[str, dict[str, int]] = defaultdict(dict)
    for line in (folder / "cranqrel.trec.txt").read_text("utf-8").splitlines():
        query, _, document, grade = line.split()
        qrels[query][document] = int(grade)
    return ranking("cranfield", texts, queries, qrels)


def _xml(path: Path) -> ElementTree.Element:
    text = path.read_text("utf-8", errors="replace")
    if "<xml>" in text or "<root>" in text:
        return ElementTree.fromstring(text)
    # The abstracts stand one after the other without a root
    return ElementTree.fromstring(f"<root>{text.partition('?>')[2] or text}</root>")


def read_legal(path: Path) -> EvalSet:
    """Read summaries of contract clauses: the summary is asked, its clauses are to be found.

    Several clauses have the same summary; each of them answers it.
    """
    rows: dict[str, dict[str, Any]] = json.loads(path.read_text("utf-8"))
    texts = {key: row["original_text"] for key, row in rows.items()}
    queries: dict[str, str] = {}
    qrels: dict[str, dict[str, int]] = defaultdict(dict)
    first: dict[str, str] = {}
    for key, row in rows.items():
        summary = row["reference_summary"].strip()
        query = first.setdefault(summary, key)
        queries[query] = summary
        qrels[query][key] = 1
    return ranking("legal_summarization", texts, queries, qrels)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)
