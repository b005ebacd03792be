"""Text to unit vectors, by any encoder that sentence-transformers can describe.

Reads the files sentence-transformers writes beside a model (pooling, length, prompts) without importing
it: that import alone takes seconds. Knows no store and no chunk.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import Tensor

from rag.encoder import load_encoder
from rag.errors import MissingWeights
from rag.settings import Settings
from rag.types import Vectors
from rag.weights import (
    embedder_folder,
    load_json,
    load_tokenizer,
    model_name,
    on_model_thread,
    pick_device,
    pick_dtype,
    use_threads,
)

BATCH_TOKENS = 2048
"""Padded tokens of one batch: layers and attention scores then fit a CPU's cache (8,192: 40 % slower)."""

KNOWN_MODULES = ("Transformer", "Pooling", "Normalize")


class TransformerEmbedder:
    """Implements Embedder. Loads at construction; safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        """Raise MissingWeights where the model cannot be loaded or needs parts that are not known."""
        folder = embedder_folder(settings)
        use_threads(settings)
        self._device = pick_device(settings)
        config = load_json(folder, "config.json")
        card = ModelCard(folder)
        self.name = model_name(settings.embedder, folder)
        self.dimension = int(config["hidden_size"])
        positions = config.get("max_position_embeddings", 512)
        self.max_tokens = min(card.max_tokens or positions, positions)
        self._pooling, self._prompts = card.pooling, card.prompts
        self._pad = config.get("pad_token_id") or 0
        # Two tokenizers: whether one cuts is state of its own, and threads share it.
        self._whole = load_tokenizer(folder)
        self._cut = Tokenizer.from_str(self._whole.to_str())
        self._cut.enable_truncation(self.max_tokens)
        self._encode = load_encoder(folder, config, self._device, pick_dtype(self._device))

    def count_tokens(self, text: str, /) -> int:
        """Word pieces of the text, special tokens included, not cut."""
        return len(self._whole.encode(text))

    def embed_documents(self, texts: Sequence[str], /) -> Vectors:
        """Return shape (len(texts), dimension); a text longer than max_tokens is cut."""
        return self._embed(texts, self._prompts.get("document", ""))

    def embed_queries(self, texts: Sequence[str], /) -> Vectors:
        """Return shape (len(texts), dimension); some models read questions with a prompt before them."""
        return self._embed(texts, self._prompts.get("query", ""))

    def _embed(self, texts: Sequence[str], prompt: str) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        rows = [encoding.ids for encoding in self._cut.encode_batch_fast([prompt + text for text in texts])]
        for batch in batches([len(row) for row in rows]):
            chosen = [rows[index] for index in batch]
            vectors[batch] = on_model_thread(partial(self._pooled, chosen))
        return vectors

    def _pooled(self, rows: list[list[int]]) -> Vectors:
        lengths = torch.tensor([len(row) for row in rows])
        width = int(lengths.max())
        ids = torch.tensor([row + [self._pad] * (width - len(row)) for row in rows])
        mask = (torch.arange(width) < lengths[:, None]).long()
        ids, mask = ids.to(self._device), mask.to(self._device)
        hidden = self._encode(ids, mask)
        unit = F.normalize(pool(hidden.float(), mask, self._pooling), dim=1)
        vectors: Vectors = unit.cpu().numpy()
        return vectors


class ModelCard:
    """What sentence-transformers' files say about a model; a model without them is read as mean-pooled."""

    def __init__(self, folder: Path) -> None:
        modules = load_json(folder, "modules.json") or []
        kinds = {module["type"].rsplit(".", 1)[-1]: module["path"] for module in modules}
        if strange := sorted(set(kinds) - set(KNOWN_MODULES)):
            raise MissingWeights(
                f"The embedder in {folder} needs parts that are not supported ({', '.join(strange)}). "
                "Choose a model that only pools and normalises, such as the default."
            )
        pooling = load_json(folder, f"{kinds['Pooling']}/config.json") if "Pooling" in kinds else None
        self.pooling = pooling_mode(pooling or {})
        cut = load_json(folder, "sentence_bert_config.json") or {}
        told = load_json(folder, "tokenizer_config.json") or {}
        longest = cut.get("max_seq_length") or told.get("model_max_length")
        # Tokenizers without a limit of their own write 10^30.
        self.max_tokens = int(longest) if longest and longest < 1e6 else None
        described = load_json(folder, "config_sentence_transformers.json") or {}
        self.prompts: dict[str, str] = {
            name: prompt for name, prompt in (described.get("prompts") or {}).items() if prompt
        }


def pooling_mode(config: dict[str, Any]) -> str:
    """Return mean, cls, max or lasttoken; both ways of writing it in 1_Pooling/config.json are read."""
    asked = config.get("pooling_mode") or next(
        (key.removeprefix("pooling_mode_") for key, on in config.items() if on is True), "mean_tokens"
    )
    mode = str(asked).removesuffix("_tokens").removesuffix("_token")
    if mode not in ("mean", "cls", "max", "lasttoken"):
        raise MissingWeights(
            f"The embedder pools by {asked!r}, which is not supported. Choose another model."
        )
    return mode


def pool(hidden: Tensor, mask: Tensor, mode: str) -> Tensor:
    """Map (texts, tokens, size) to (texts, size); padding (mask 0, at the end) has no say."""
    if mode == "cls":
        return hidden[:, 0]
    if mode == "lasttoken":
        return hidden[torch.arange(len(hidden)), mask.sum(1) - 1]
    if mode == "max":
        return hidden.masked_fill(mask[..., None] == 0, -torch.inf).amax(1)
    return (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)


def batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield indices of texts of nearly one length, longest first, at most BATCH_TOKENS padded tokens.

    Longest first: a batch that is too big for the machine fails at once, not at the end.
    """
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda index: -lengths[index]):
        if batch and (len(batch) + 1) * lengths[batch[0]] > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch
