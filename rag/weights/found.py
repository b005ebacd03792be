"""Models that could write answers or find passages and are on this machine already: what each needs.

Loads nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.weights.places import EMBEDDER, GENERATOR, weight_files

GGUF_GROWTH = 3.5  # a 4-bit GGUF becomes bfloat16 in memory
BYTES = {"float32": 4, "float16": 2, "bfloat16": 2}  # of a stored number
LARGEST_CACHE = 200  # models looked at in the hub's cache


@dataclass(frozen=True, slots=True)
class Found:
    """A model: what `RAG_GENERATOR` or `RAG_EMBEDDER` would say, and the bytes it takes in memory."""

    setting: str
    memory: int


def found(folder: Path) -> list[Found]:
    """Return the installed default, the models in `folder`, and those in the hub's cache that write text."""
    default = [Found(GENERATOR.setting, 270_000_000)]  # 135 million parameters
    there = [*_ggufs(folder), *_in_folder(folder, _writing), *_in_cache(_writing)]
    return default + sorted(there, key=lambda each: each.memory)


def embedders(folder: Path) -> list[Found]:
    """As `found`, those that turn text into vectors: described as sentence-transformers does."""
    default = [Found(EMBEDDER.setting, 91_000_000)]  # 23 million parameters
    there = [*_in_folder(folder, _embedding), *_in_cache(_embedding)]
    return default + sorted(there, key=lambda each: each.memory)


def _ggufs(folder: Path) -> Iterator[Found]:
    for path in sorted(folder.glob("*.[gG][gG][uU][fF]")):
        yield Found(str(path), int(path.stat().st_size * GGUF_GROWTH))


def _in_folder(folder: Path, needs: Callable[[Path], int | None]) -> Iterator[Found]:
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if (memory := needs(path)) is not None:
            yield Found(str(path), memory)


def _in_cache(needs: Callable[[Path], int | None]) -> Iterator[Found]:
    from huggingface_hub.constants import HF_HUB_CACHE

    for model in sorted(Path(HF_HUB_CACHE).glob("models--*"))[:LARGEST_CACHE]:
        for snapshot in sorted(model.glob("snapshots/*"))[:1]:
            if (memory := needs(snapshot)) is not None:
                yield Found(model.name.removeprefix("models--").replace("--", "/"), memory)


def _writing(folder: Path) -> int | None:
    """Return the bytes, as bfloat16, of a model that writes text; None where the folder holds none."""
    model = _stored(folder)
    if model is None or not any("CausalLM" in name for name in model[1].get("architectures") or ()):
        return None
    return model[0] * 2 // _width(model[1], 2)


def _embedding(folder: Path) -> int | None:
    """Return the bytes, as float32, of an embedder; None where the folder holds none."""
    model = _stored(folder) if (folder / "modules.json").is_file() else None
    return None if model is None else model[0] * 4 // _width(model[1], 4)


def _stored(folder: Path) -> tuple[int, dict[str, Any]] | None:
    """Return the bytes of a model's weights and its description, None where there is none."""
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        size = sum(file.stat().st_size for file in weight_files(folder))
    except (OSError, ValueError, KeyError):
        return None
    return (size, config) if size and isinstance(config, dict) else None


def _width(config: dict[str, Any], usual: int) -> int:
    return BYTES.get(str(config.get("dtype") or config.get("torch_dtype")), usual)
