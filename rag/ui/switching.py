"""Another model that writes: switched to while the app runs, tried with a question, taken back if it fails.

Knows the library and what was measured on this machine; draws nothing.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass

from rag.errors import RagError
from rag.library import Library
from rag.types import Answer
from rag.weights.found import Found, found

SPEEDS = "model_speeds"
"""The preference that holds the tokens per second of each model tried here, as JSON."""

QUESTION = "How long can an opened item be returned?"
LEAST = 5  # written tokens from which a speed means something


@dataclass(frozen=True, slots=True)
class Choice:
    """A model on this machine: what it needs, in bytes, and how fast it writes here, in tokens per second."""

    model: Found
    speed: float | None
    measured: bool


def choices(library: Library) -> list[Choice]:
    """Return the models found, smallest first; a speed that was not measured is reckoned from one that was.

    Writing a token reads the whole model once, so speed falls as size grows.
    """
    models, speeds = found(library.home.models), _speeds(library)
    known = next((model for model in models if model.setting in speeds), None)
    result = []
    for model in models:
        speed = speeds.get(model.setting)
        reckoned = speeds[known.setting] * known.memory / model.memory if known else None
        result.append(Choice(model, speed or reckoned, speed is not None))
    return result


def switch(library: Library, **values: object) -> Answer:
    """Go on with another model and ask it a question; where that fails, go back and raise why."""
    before = {name: getattr(library.settings, name) for name in values}
    library.change(**values)
    try:
        answer = library.ask(_question(library)).answer
    except RagError:
        library.change(**before)
        raise
    note_speed(library, answer)
    return answer


def note_speed(library: Library, answer: Answer) -> None:
    """Remember how fast this answer was written."""
    took = answer.timings
    seconds = (took.total_ms - took.retrieve_ms) / 1000
    if took.answer_tokens >= LEAST and seconds > 0 and not library.settings.generator_url:
        speeds = _speeds(library) | {library.settings.generator: round(took.answer_tokens / seconds, 2)}
        library.preferences.set(SPEEDS, json.dumps(speeds))


def memory() -> int | None:
    """Return the bytes of memory of this machine, None where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return None


def _question(library: Library) -> str:
    """Return the question that was asked last in this collection: its answer can be compared."""
    for chat in library.chats.list(library.collection)[:1]:
        turns = library.chats.turns(chat.id)
        if turns:
            return turns[-1].question
    return QUESTION


def _speeds(library: Library) -> dict[str, float]:
    speeds: dict[str, float] = json.loads(library.preferences.get(SPEEDS, "{}"))
    return speeds
