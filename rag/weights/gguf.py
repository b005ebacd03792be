"""A GGUF file as a transformers folder: dequantised once, kept in the cache, checked when it is read.

Knows the file format's tokenizer names; does not know which models there are.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from rag.errors import MissingWeights
from rag.weights.places import check_sha256, known_sha256, loading

logger = logging.getLogger(__name__)

LAYOUT = "bf16-1"
"""Part of the cached folder's name; a change in what this module writes changes it."""

MARKER = "complete.json"


def dequantised_folder(gguf: Path, cache: Path, expected: str | None) -> Path:
    """Return the folder of safetensors weights and tokenizer made from `gguf`, making it if need be.

    `expected` is the sha256 the file must have, checked before its bytes are read as weights. Weights
    are kept in bfloat16: Q4 and Q8 blocks hold less than its 8 bits of precision.
    """
    try:
        cache.mkdir(parents=True, exist_ok=True)
        folder = cache / "gguf" / f"{known_sha256(gguf, cache)}-{LAYOUT}"
        if not is_complete(folder):
            if expected:
                check_sha256(gguf, expected)
            dequantise(gguf, folder)
    except OSError as exc:
        raise MissingWeights(
            f"The cache folder {cache} cannot be written ({exc.strerror or exc}). Free some space, or set "
            "XDG_CACHE_HOME to another folder."
        ) from exc
    return folder


def is_complete(folder: Path) -> bool:
    """True where every file that was written is there in its full size."""
    try:
        sizes: dict[str, int] = json.loads((folder / MARKER).read_text())
        return all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError):
        return False


def dequantise(gguf: Path, folder: Path) -> None:
    """Write `folder` whole or not at all: beside it first, then renamed."""
    logger.info("dequantising %s, once", gguf.name)
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=folder.parent, prefix="draft-"))
    try:
        write_model(gguf, draft)
        sizes = {file.name: file.stat().st_size for file in draft.iterdir()}
        (draft / MARKER).write_text(json.dumps(sizes))
        if folder.exists() and not is_complete(folder):
            shutil.rmtree(folder)
        os.replace(draft, folder)
    except OSError:
        if not is_complete(folder):  # complete: another process was faster, and its folder is the same
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def write_model(gguf: Path, folder: Path) -> None:
    """Dequantise `gguf` to bfloat16 safetensors with its tokenizer and chat template."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call]
    with loading(gguf):
        tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name, trust_remote_code=False)
        split_as_trained(tokenizer, gguf)
        # dequantize=True: otherwise 5.23 keeps the blocks packed, and cannot save them.
        model = AutoModelForCausalLM.from_pretrained(
            gguf.parent,
            gguf_file=gguf.name,
            dtype=torch.bfloat16,
            quantization_config=GgufConfig(gguf_file=gguf.name, dequantize=True),
            trust_remote_code=False,
        )
    tokenizer.save_pretrained(folder)
    model.save_pretrained(folder, safe_serialization=True)


def split_as_trained(tokenizer: Any, gguf: Path) -> None:  # noqa: ANN401 - transformers' tokenizer
    """Give the tokenizer the splitting rule it was trained with.

    transformers 5.23 gives every byte-level GGUF tokenizer GPT-2's rule. SmolLM splits digits off
    first, so two line breaks before a digit would become other tokens than the model was trained on.
    """
    from gguf import GGUFReader
    from tokenizers.pre_tokenizers import ByteLevel, Digits, Sequence

    field = GGUFReader(gguf).get_field("tokenizer.ggml.pre")
    if field is not None and field.contents() == "smollm":
        digits = Digits(individual_digits=True)
        tokenizer.backend_tokenizer.pre_tokenizer = Sequence([digits, ByteLevel(add_prefix_space=False)])
