"""An Answer as the catalog keeps it: JSON and back, nothing lost. Knows no table."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from rag.types import Answer, Chunk, Citation, Hit, Origin, Span, Timings


def to_json(answer: Answer) -> str:
    """Return the answer with its citations, hits and timings as one JSON object."""
    return json.dumps(asdict(answer), ensure_ascii=False)


def from_json(text: str) -> Answer:
    """Return the answer that `to_json` wrote."""
    fields: dict[str, Any] = json.loads(text)
    fields["citations"] = tuple(_citation(item) for item in fields["citations"])
    fields["hits"] = tuple(_hit(item) for item in fields["hits"])
    fields["timings"] = Timings(**fields["timings"])
    if origin := fields.get("origin"):
        fields["origin"] = Origin(**{name: tuple(map(tuple, pairs)) for name, pairs in origin.items()})
    return Answer(**fields)


def _citation(fields: dict[str, Any]) -> Citation:
    marks = tuple((int(start), int(end)) for start, end in fields["marks"])
    return Citation(**{**fields, "marks": marks})


def _hit(fields: dict[str, Any]) -> Hit:
    chunk = fields["chunk"]
    outer: Span | None = tuple(chunk["outer"]) if chunk["outer"] else None
    return Hit(**{**fields, "chunk": Chunk(**{**chunk, "outer": outer})})
