"""The files of a model folder, read without transformers, whose import takes longer than reading them.

Knows safetensors, JSON and the `tokenizers` library; does not know what a model is.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import MissingWeights
from rag.weights.places import loading, weight_files

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from torch import Tensor


def load_json(folder: Path, name: str) -> Any:  # noqa: ANN401 - whatever the JSON file holds
    """Return what a JSON file of the model says, None where the model has no such file."""
    path = folder / name
    with loading(path):
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def load_tensors(folder: Path) -> dict[str, Tensor]:
    """Return every tensor of the folder's weights, as stored."""
    from safetensors.torch import load_file

    tensors: dict[str, Tensor] = {}
    for file in weight_files(folder):
        with loading(file):
            tensors |= load_file(file)
    return tensors


def load_tokenizer(folder: Path) -> Tokenizer:
    """Return the model's tokenizer; it neither cuts nor pads."""
    from tokenizers import Tokenizer

    file = folder / "tokenizer.json"
    with loading(file):
        tokenizer = Tokenizer.from_file(str(file)) if file.is_file() else converted_tokenizer(folder)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def converted_tokenizer(folder: Path) -> Tokenizer:
    """Return the tokenizer of an older model folder (vocab.txt and the like), which transformers converts."""
    from tokenizers import Tokenizer
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    if not tokenizer.is_fast:
        raise MissingWeights(f"The model in {folder} has no tokenizer.json. Choose one that has.")
    return Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())
