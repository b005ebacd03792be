"""JSON and JSON Lines: records that are alike become a table, all else lines of "where: what"."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from rag.errors import UnreadableFile
from rag.load.draft import Draft
from rag.load.limits import Limits
from rag.load.plain import text_of
from rag.types import Document

_DAMAGED = "is damaged JSON; check it with the program that wrote it."


def read(data: bytes, limits: Limits) -> Document:
    """The values of the file with their names."""
    text = text_of(data, "JSON")
    draft = Draft()
    content = _parsed(text)
    if _alike(content):
        columns = list(dict.fromkeys(name for record in content for name in record))
        draft.table([columns, *([_shown(record.get(name)) for name in columns] for record in content)])
    else:
        for place, value in _leaves(content, ""):
            draft.block(f"{place}: {_shown(value)}" if place else _shown(value), "\n")
    return draft.document("application/json")


def _parsed(text: str) -> Any:  # noqa: ANN401
    try:
        return json.loads(text)
    except RecursionError as error:
        raise UnreadableFile("nests its values thousands deep; flatten it and add it again.") from error
    except ValueError as error:
        lines = [line for line in text.split("\n") if line.strip()]
        if len(lines) < 2:
            raise UnreadableFile(_DAMAGED) from error
    try:
        return [json.loads(line) for line in lines]
    except (ValueError, RecursionError) as error:
        raise UnreadableFile(_DAMAGED) from error


def _alike(content: Any) -> bool:  # noqa: ANN401
    """Whether this is a list of records with plain values."""
    return (
        isinstance(content, list)
        and len(content) > 1
        and all(isinstance(record, dict) for record in content)
        and not any(isinstance(value, dict | list) for record in content for value in record.values())
    )


def _leaves(value: Any, place: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    """Plain values with their path, such as `items.2.name`."""
    pending = [(place, value)]
    while pending:
        place, value = pending.pop()
        if isinstance(value, dict):
            pending += [(f"{place}.{name}".lstrip("."), inner) for name, inner in reversed(value.items())]
        elif isinstance(value, list):
            numbered = list(enumerate(value, start=1))
            pending += [(f"{place}.{number}".lstrip("."), inner) for number, inner in reversed(numbered)]
        elif value not in (None, ""):
            yield place, value


def _shown(value: Any) -> str:  # noqa: ANN401
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
