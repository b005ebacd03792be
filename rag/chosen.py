"""What a person set in the app: kept in the home, below what the environment or a program says.

Knows a home and the settings; knows no screen.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from rag.errors import RagError
from rag.home import Home, write_atomically
from rag.settings import Settings

SETTABLE = (
    "embedder",
    "generator",
    "adapter",
    "generator_url",
    "generator_window",
    "passages",
    "answer_tokens",
    "refuse_below",
)
"""The settings that take effect without a new start."""


def over(home: Home, settings: Settings) -> Settings:
    """Return the settings with what was set in the app, where nothing else set it."""
    kept = {name: value for name, value in read(home).items() if name not in settings.model_fields_set}
    if not kept:
        return settings
    try:
        return with_values(settings, kept)
    except RagError as exc:
        raise _unusable(home, str(exc)) from exc


def with_values(settings: Settings, values: Mapping[str, object]) -> Settings:
    """Return the settings with these values; raise RagError where one cannot be used."""
    given = settings.model_dump(include=settings.model_fields_set)
    try:
        return Settings(**(given | dict(values)))
    except ValidationError as exc:
        first = exc.errors()[0]
        raise RagError(f"{first['loc'][0]} cannot be {first['input']!r}: {first['msg']}.") from exc


def locked(name: str) -> bool:
    """Tell whether the environment sets this one, so that the app cannot."""
    return f"RAG_{name.upper()}" in os.environ


def read(home: Home) -> dict[str, Any]:
    """Return what was set in the app, by setting."""
    try:
        found = json.loads(home.chosen.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as exc:
        raise _unusable(home, "it is not readable JSON") from exc
    if not isinstance(found, dict):
        raise _unusable(home, "it is not a list of settings")
    return {name: value for name, value in found.items() if name in SETTABLE}


def keep(home: Home, values: Mapping[str, object]) -> None:
    """Set these in the app; a value equal to the default is forgotten."""
    wanted = {**read(home), **values}
    usual = {name: value for name, value in wanted.items() if value != Settings.model_fields[name].default}
    write_atomically(home.chosen, json.dumps(usual, indent=1).encode())


def _unusable(home: Home, cause: str) -> RagError:
    return RagError(f"{home.chosen} cannot be used: {cause}. Delete the file, or set it again in the app.")
