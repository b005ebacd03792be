"""Models that could write answers and are on this machine already: what each needs. Loads nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rag.weights.places import GENERATOR, weight_files

GGUF_GROWTH = 3.5  # a 4-bit GGUF becomes bfloat16 in memory
BYTES = {"float32": 4, "float16": 2, "bfloat16": 2}  # of a stored number
LARGEST_CACHE = 200  # models looked at in the hub's cache


@dataclass(frozen=True, slots=True)
class Found:
    """A model: what `RAG_GENERATOR` would say, and the bytes it takes in memory as bfloat16."""

    setting: str
    memory: int


def found(folder: Path) -> list[Found]:
    """Return the installed default, the models in `folder`, and those in the hub's cache."""
    default = [Found(GENERATOR.setting, 270_000_000)]  # 135 million parameters
    return default + sorted([*_in_folder(folder), *_in_cache()], key=lambda each: each.memory)


def _in_folder(folder: Path) -> Iterator[Found]:
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.suffix.lower() == ".gguf":
            yield Found(str(path), int(path.stat().st_size * GGUF_GROWTH))
        elif (memory := _memory(path)) is not None:
            yield Found(str(path), memory)


def _in_cache() -> Iterator[Found]:
    from huggingface_hub.constants import HF_HUB_CACHE

    for model in sorted(Path(HF_HUB_CACHE).glob("models--*"))[:LARGEST_CACHE]:
        for snapshot in sorted(model.glob("snapshots/*"))[:1]:
            if (memory := _memory(snapshot)) is not None:
                yield Found(model.name.removeprefix("models--").replace("--", "/"), memory)


def _memory(folder: Path) -> int | None:
    """Return the bytes of a model that writes text; None where the folder holds no such model."""
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        files = weight_files(folder)
        size = sum(file.stat().st_size for file in files)
    except (OSError, ValueError, KeyError):
        return None
    writes = any("CausalLM" in name for name in config.get("architectures") or ())
    stored = BYTES.get(str(config.get("dtype") or config.get("torch_dtype")), 2)
    return size * 2 // stored if writes and files else None
