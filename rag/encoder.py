"""An encoder's forward pass: token ids in, one vector a token out.

BERT models on a CPU take a leaner path than transformers' own: weights read straight from their file,
query, key and value in one multiplication, packed weights, residuals and GELU fused into the
multiplications. Everything else runs as transformers wrote it. Knows nothing of pooling or of heads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from rag.weights import load_tensors, loading, on_model_thread
from rag.weights.linear import Linear

Encoder = Callable[[Tensor, Tensor], Tensor]
"""(ids, mask), each of shape (texts, tokens) -> (texts, tokens, size). The mask is 1 at tokens, 0 at the
padding behind them.
"""

Weights = Mapping[str, Tensor]


def load_encoder(
    folder: Path, config: Mapping[str, Any], device: torch.device, dtype: torch.dtype
) -> Encoder:
    """Return the forward pass of the model in `folder`; `config` is its config.json.

    Raises MissingWeights where it cannot be loaded.
    """
    if device.type == "cpu" and is_plain_bert(config):
        with loading(folder):
            tensors = load_tensors(folder)
            return on_model_thread(lambda: Bert(tensors, config, dtype))
    from transformers import AutoModel

    with loading(folder):
        model = AutoModel.from_pretrained(folder, dtype=dtype, use_safetensors=True, trust_remote_code=False)
    model = model.to(device).eval()

    def forward(ids: Tensor, mask: Tensor) -> Tensor:
        hidden: Tensor = model(input_ids=ids, attention_mask=mask).last_hidden_state
        return hidden

    return forward


def is_plain_bert(config: Mapping[str, Any]) -> bool:
    """True for BERT as first published: an encoder with absolute positions and GELU."""
    absolute = config.get("position_embedding_type", "absolute") == "absolute"
    encoder = not config.get("is_decoder") and not config.get("add_cross_attention")
    return config.get("model_type") == "bert" and config.get("hidden_act") == "gelu" and absolute and encoder


class Bert:
    """The forward pass of transformers' BertModel, for inference on a CPU."""

    def __init__(self, weights: Weights, config: Mapping[str, Any], dtype: torch.dtype) -> None:
        # A model saved with a head has its encoder's weights under "bert.".
        bare = {name.removeprefix("bert."): tensor for name, tensor in weights.items()}
        self.words, self.positions, segments = (
            bare[f"embeddings.{kind}_embeddings.weight"].to(dtype, copy=True)
            for kind in ("word", "position", "token_type")
        )
        self.segment = segments[0]  # one text at a time is all segment 0
        eps = config.get("layer_norm_eps", 1e-12)
        self.norm = Norm(bare, "embeddings.LayerNorm", eps, dtype)
        heads = config["num_attention_heads"]
        names = (f"encoder.layer.{number}" for number in range(config["num_hidden_layers"]))
        self.layers = [Layer(bare, name, heads, eps, dtype) for name in names]

    def __call__(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Map ids to hidden states."""
        texts, tokens = ids.shape
        x = self.norm(F.embedding(ids, self.words) + (self.positions[:tokens] + self.segment))
        # What is added to every score: nothing, or so little that padding has no say.
        bias = torch.zeros(texts, 1, tokens, dtype=x.dtype)
        bias = bias.masked_fill_(mask[:, None] == 0, torch.finfo(x.dtype).min)
        x = x.view(texts * tokens, -1)
        for layer in self.layers:
            x = layer(x, texts, bias)
        return x.view(texts, tokens, -1)


class Norm:
    """Layer normalisation; torch computes it in float32 whatever the number format."""

    def __init__(self, weights: Weights, name: str, eps: float, dtype: torch.dtype) -> None:
        # Copied: one tensor that still lies in the mapped file would keep all of it in memory.
        self.weight = weights[f"{name}.weight"].to(dtype, copy=True)
        self.bias = weights[f"{name}.bias"].to(dtype, copy=True)
        self.eps = eps

    def __call__(self, x: Tensor) -> Tensor:
        return F.layer_norm(x, self.weight.shape, self.weight, self.bias, self.eps)


class Layer:
    """One transformer layer; x has shape (texts * tokens, size)."""

    def __init__(self, weights: Weights, name: str, heads: int, eps: float, dtype: torch.dtype) -> None:
        def linear(*parts: str) -> Linear:
            weight = torch.cat([weights[f"{name}.{part}.weight"] for part in parts])
            bias = torch.cat([weights[f"{name}.{part}.bias"] for part in parts])
            return Linear(weight, bias, dtype)

        self.mix = linear(*(f"attention.self.{part}" for part in ("query", "key", "value")))
        self.gather = linear("attention.output.dense")
        self.first_norm = Norm(weights, f"{name}.attention.output.LayerNorm", eps, dtype)
        self.widen = linear("intermediate.dense")
        self.narrow = linear("output.dense")
        self.second_norm = Norm(weights, f"{name}.output.LayerNorm", eps, dtype)
        self.heads = heads

    def __call__(self, x: Tensor, texts: int, bias: Tensor) -> Tensor:
        rows, size = x.shape
        mixed = self.mix(x).view(texts, -1, 3, self.heads, size // self.heads).permute(2, 0, 3, 1, 4)
        query, key, value = mixed.reshape(3, texts * self.heads, -1, size // self.heads)
        seen = attend(query, key, value, bias).view(texts, self.heads, -1, size // self.heads)
        x = self.first_norm(self.gather(seen.transpose(1, 2).reshape(rows, size), add=x))
        return self.second_norm(self.narrow(self.widen(x, gelu=True), add=x))


def attend(query: Tensor, key: Tensor, value: Tensor, bias: Tensor) -> Tensor:
    """Plain attention of (texts * heads, tokens, size); `bias` is (texts, 1, tokens).

    Written out because torch's fused kernel took a third longer on a CPU.
    """
    scale = query.shape[-1] ** -0.5
    bias = bias.repeat_interleave(len(query) // len(bias), dim=0)
    scores = torch.baddbmm(bias, query, key.transpose(1, 2), alpha=scale)
    return scores.softmax(-1) @ value
