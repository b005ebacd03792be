"""The evidence reader's net: MiniLM's layers with a head for the words and one for the passage.

Knows tensors only; `rag.rerank` reads text with it, `rag.train.reader` trains it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

LAYERS, WIDTH, HEADS, INNER = 6, 384, 12, 1536  # all-MiniLM-L6-v2
WORDS, POSITIONS = 30522, 512
WORD_TABLE = "embeddings.word_embeddings.weight"


class Block(nn.Module):
    """One transformer layer, normalised after each half (BERT)."""

    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.mixed = nn.Linear(WIDTH, 3 * WIDTH)
        self.joined = nn.Linear(WIDTH, WIDTH)
        self.norm1 = nn.LayerNorm(WIDTH, eps=1e-12)
        self.inner = nn.Linear(WIDTH, INNER)
        self.outer = nn.Linear(INNER, WIDTH)
        self.norm2 = nn.LayerNorm(WIDTH, eps=1e-12)
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map (B, T, WIDTH) to the same shape; mask (B, 1, 1, T) is True where there is a token."""
        B, T, _ = x.shape
        q, k, v = self.mixed(x).view(B, T, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        seen = _attend(q, k, v, mask) if self.training else _attend_fast(q, k, v, mask)
        x = self.norm1(x + self.drop(self.joined(seen.transpose(1, 2).reshape(B, T, WIDTH))))
        normed: Tensor = self.norm2(x + self.drop(self.outer(F.gelu(self.inner(x)))))
        return normed


def _attend_fast(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)


def _attend(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
    """Do the same in plain steps: forward and backward together take two thirds of the time on a CPU."""
    q, k, v = q.contiguous(), k.contiguous(), v.contiguous()
    scores: Tensor = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2)
    return scores.masked_fill(~mask, -1e4).softmax(-1) @ v


class EvidenceNet(nn.Module):
    """MiniLM with two heads. Outputs: start and end logits (B, T, 2), "it answers" logit (B,)."""

    def __init__(self, dropout: float = 0.0) -> None:
        super().__init__()
        self.words = nn.Embedding(WORDS, WIDTH)
        self.words.weight.requires_grad = False
        self.positions = nn.Embedding(POSITIONS, WIDTH)
        self.types = nn.Embedding(2, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, eps=1e-12)
        self.blocks = nn.ModuleList(Block(dropout) for _ in range(LAYERS))
        self.span = nn.Linear(WIDTH, 2)
        self.pooled = nn.Linear(WIDTH, WIDTH)
        self.answers = nn.Linear(WIDTH, 1)

    def forward(self, ids: Tensor, types: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Read token ids, segment types and mask (1: token), all (B, T)."""
        places = torch.arange(ids.shape[1], device=ids.device)
        x = self.norm(self.words(ids) + self.positions(places) + self.types(types))
        seen = mask.bool()[:, None, None, :]
        for block in self.blocks:
            x = block(x, seen)
        first = torch.tanh(self.pooled(x[:, 0]))
        return self.span(x).float(), self.answers(first).float().squeeze(-1)

    def own_state(self) -> dict[str, Tensor]:
        """Return the weights that ship: all but the word table."""
        return {name: value for name, value in self.state_dict().items() if name != "words.weight"}


def minilm_state(base: Path) -> dict[str, Tensor]:
    """Return MiniLM's weights under the names of `EvidenceNet` (no heads)."""
    old = load_file(base / "model.safetensors")
    names = {
        "words.weight": WORD_TABLE,
        "positions.weight": "embeddings.position_embeddings.weight",
        "types.weight": "embeddings.token_type_embeddings.weight",
    }
    state = {new: old[name] for new, name in names.items()}
    for part in ("weight", "bias"):
        state[f"norm.{part}"] = old[f"embeddings.LayerNorm.{part}"]
        for n in range(LAYERS):
            state |= _block_state(old, n, part)
    return state


def _block_state(old: Mapping[str, Tensor], n: int, part: str) -> dict[str, Tensor]:
    layer, block = f"encoder.layer.{n}", f"blocks.{n}"
    three = [old[f"{layer}.attention.self.{name}.{part}"] for name in ("query", "key", "value")]
    return {
        f"{block}.mixed.{part}": torch.cat(three),
        f"{block}.joined.{part}": old[f"{layer}.attention.output.dense.{part}"],
        f"{block}.norm1.{part}": old[f"{layer}.attention.output.LayerNorm.{part}"],
        f"{block}.inner.{part}": old[f"{layer}.intermediate.dense.{part}"],
        f"{block}.outer.{part}": old[f"{layer}.output.dense.{part}"],
        f"{block}.norm2.{part}": old[f"{layer}.output.LayerNorm.{part}"],
    }
