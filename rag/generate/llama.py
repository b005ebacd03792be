"""A lean forward pass for Llama and its near kin on a CPU.

transformers spends more time between the multiplications of one decoded token than in them. Here query,
key and value are one packed multiplication, gate and up another, residuals are added inside them, and
keys and values go to a buffer laid out once. Knows token ids and logits; no text, no sampling.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from rag.weights.linear import Linear

Weights = Mapping[str, Tensor]

STEP = 64  # tokens by which the looked-at part of the cache grows

KIN = ("llama", "mistral", "qwen2")
"""Model types that differ from Llama in nothing but biases, once sliding windows are ruled out."""


def is_llama(config: Mapping[str, Any]) -> bool:
    """True for a model whose config.json asks for nothing that `Llama` lacks."""
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    return (
        config.get("model_type") in KIN
        and config.get("hidden_act") == "silu"
        and rope.get("rope_type", rope.get("type", "default")) == "default"
        and not (config.get("sliding_window") and config.get("use_sliding_window", True))
        and config.get("pretraining_tp", 1) == 1
    )


class Llama:
    """Reads tokens into a cache of keys and values; `length` tokens are in it."""

    def __init__(self, weights: Weights, config: Mapping[str, Any], dtype: torch.dtype, window: int) -> None:
        """`weights` as stored under transformers' names; `window` is the most tokens ever read."""
        self.length, self.drafts = 0, True
        heads = config["num_attention_heads"]
        self.heads = (heads, config.get("num_key_value_heads") or heads)
        self.size = config.get("head_dim") or config["hidden_size"] // heads
        # Copied: one tensor that still lies in the mapped file would keep all of it in memory.
        self.table = weights["model.embed_tokens.weight"].to(dtype, copy=True)
        self.head = Linear(weights.get("lm_head.weight", self.table), None, dtype)
        self.norm = Norm(weights["model.norm.weight"], config["rms_norm_eps"], dtype)
        rope = config.get("rope_parameters") or {}
        self.cos, self.sin = rotations(
            self.size, rope.get("rope_theta") or config["rope_theta"], window, dtype
        )
        names = (f"model.layers.{number}" for number in range(config["num_hidden_layers"]))
        self.layers = [Layer(weights, name, self, config["rms_norm_eps"], dtype) for name in names]
        # Not yet memory: the system hands pages out when they are first written.
        # Keys lie with their tokens last: for one query that halves the time of the multiplication.
        cells = (len(self.layers), self.heads[1])
        room = rounded(window)
        self.keys = torch.empty(*cells, self.size, room, dtype=dtype)
        self.values = torch.empty(*cells, room, self.size, dtype=dtype)
        self.clean = 0  # up to here the cache holds numbers; beyond, whatever the memory held

    def read(self, ids: Sequence[int], keep: int, tail: int = 0) -> Tensor:
        """Forget all but the first `keep` tokens, read `ids` behind them.

        Returns the logits of what follows each of them, shape (len(ids), vocabulary), float32; with
        `tail` only those behind the last so many.
        """
        end = keep + len(ids)
        room = self._make_room(end)
        x = F.embedding(torch.tensor(ids), self.table)
        rotation = self.cos[keep:end], self.sin[keep:end]
        mask = causal_mask(len(ids), room - keep, self.heads[0] // self.heads[1], x.dtype)
        caches = zip(self.keys[..., :room], self.values[:, :, :room], strict=True)
        for layer, (keys, values) in zip(self.layers, caches, strict=True):
            x = layer(x, keys, values, slice(keep, end), rotation, mask)
        self.length = end
        return self.head(self.norm(x[-tail:])).float()

    def _make_room(self, end: int) -> int:
        """Return how much of the cache is looked at, masked beyond `end`.

        oneDNN prepares a kernel for each new shape, which takes longer than one attention: lengths are
        rounded up, so that it need not do so at every token.
        """
        room = rounded(end)
        if room > self.clean:
            self.keys[..., self.clean : room] = 0
            self.values[:, :, self.clean : room] = 0
            self.clean = room
        return room


class Norm:
    """Root mean square normalisation, rounded where transformers rounds."""

    def __init__(self, weight: Tensor, eps: float, dtype: torch.dtype) -> None:
        self.weight, self.eps = weight.to(dtype, copy=True), eps

    def __call__(self, x: Tensor) -> Tensor:
        return F.rms_norm(x, self.weight.shape, self.weight, self.eps)


class Layer:
    """One transformer layer; x has shape (tokens, size)."""

    def __init__(self, weights: Weights, name: str, model: Llama, eps: float, dtype: torch.dtype) -> None:
        def linear(*parts: str) -> Linear:
            weight = torch.cat([weights[f"{name}.{part}.weight"] for part in parts])
            biases = [weights[f"{name}.{part}.bias"] for part in parts if f"{name}.{part}.bias" in weights]
            return Linear(weight, torch.cat(biases) if biases else None, dtype)

        self.attend_norm = Norm(weights[f"{name}.input_layernorm.weight"], eps, dtype)
        self.mix = linear("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj")
        self.gather = linear("self_attn.o_proj")
        self.feed_norm = Norm(weights[f"{name}.post_attention_layernorm.weight"], eps, dtype)
        self.widen = linear("mlp.gate_proj", "mlp.up_proj")
        self.narrow = linear("mlp.down_proj")
        self.heads, self.size = model.heads, model.size

    def __call__(
        self,
        x: Tensor,
        key: Tensor,
        value: Tensor,
        place: slice,
        rotation: tuple[Tensor, Tensor],
        mask: Tensor,
    ) -> Tensor:
        """`key` (heads, size, room) and `value` (heads, room, size) take the new tokens' at `place`."""
        tokens, (queries, keys) = len(x), self.heads
        mixed = self.mix(self.attend_norm(x)).view(tokens, queries + 2 * keys, self.size)
        turned = turn(mixed[:, : queries + keys], *rotation)
        key[..., place] = turned[:, queries:].permute(1, 2, 0)
        value[:, place] = mixed[:, queries + keys :].transpose(0, 1)
        # The query heads that share a key head are laid out as more queries of that one head, so that
        # keys and values need not be repeated for each.
        query = turned[:, :queries].view(tokens, keys, -1, self.size).permute(1, 2, 0, 3)
        seen = attend(query.reshape(keys, -1, self.size), key, value, mask)
        seen = seen.view(keys, -1, tokens, self.size).permute(2, 0, 1, 3).reshape(tokens, -1)
        x = self.gather(seen, add=x)
        gate, up = self.widen(self.feed_norm(x)).chunk(2, dim=-1)
        return self.narrow(F.silu(gate).mul_(up), add=x)


def attend(query: Tensor, key: Tensor, value: Tensor, mask: Tensor) -> Tensor:
    """Plain attention: query (heads, rows, size), key (heads, size, room), value (heads, room, size).

    The mask (rows, columns) is added to the last columns of the scores; all may look at those before.
    Written out because torch's fused kernel took twice as long on a CPU, for one row and for many.
    """
    scores: Tensor = (query * query.shape[-1] ** -0.5) @ key
    scores[..., -mask.shape[-1] :] += mask
    return scores.softmax(-1) @ value


def rounded(tokens: int) -> int:
    """Return the number of tokens rounded up to whole steps of the cache."""
    return -(-tokens // STEP) * STEP


def rotations(size: int, theta: float, window: int, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Return cosines and signed sines of rotary positions, each (window, 1, size). Su et al. 2021."""
    steps = 1.0 / theta ** (torch.arange(0, size, 2).float() / size)
    angles = torch.outer(torch.arange(window).float(), steps)[:, None]
    cos, sin = angles.cos(), angles.sin()
    return torch.cat([cos, cos], dim=-1).to(dtype), torch.cat([-sin, sin], dim=-1).to(dtype)


def turn(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotate (tokens, heads, size) by position: the first half of a head against its second."""
    return torch.addcmul(x * cos, x.roll(x.shape[-1] // 2, -1), sin)


def causal_mask(tokens: int, columns: int, groups: int, dtype: torch.dtype) -> Tensor:
    """Return (groups * tokens, columns): 0 where a new token may look, -inf where it lies ahead.

    The first column is the first of the new tokens.
    """
    ahead = torch.ones(tokens, columns, dtype=torch.bool).triu(1)
    return torch.zeros(ahead.shape, dtype=dtype).masked_fill_(ahead, -torch.inf).repeat(groups, 1)
