"""A LoRA adapter merged into the weights it was trained for (Hu et al. 2021).

Reads peft's files without peft, whose import takes seconds. Knows tensors and names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from rag.errors import MissingWeights
from rag.weights import load_json, load_tensors

NOT_PLAIN = (
    "use_dora",
    "modules_to_save",
    "rank_pattern",
    "alpha_pattern",
    "fan_in_fan_out",
    "alora_invocation_tokens",
)
"""Options of peft that change how an adapter is applied."""

PREFIX = "base_model.model."


def is_plain_lora(adapter: Path) -> bool:
    """True for an adapter that `merge` applies in full; others are left to peft."""
    config = load_json(adapter, "adapter_config.json")
    plain = config.get("peft_type") == "LORA" and config.get("bias", "none") == "none"
    return plain and not any(config.get(option) for option in NOT_PLAIN)


class Merged(Mapping[str, Tensor]):
    """Weights with an adapter in them, each summed when it is asked for: only one is ever held twice."""

    def __init__(self, weights: Mapping[str, Tensor], factors: Mapping[str, tuple[Tensor, Tensor]]) -> None:
        """`factors` by name of weight: B (rows, rank), scaled, and A (rank, columns)."""
        self._weights, self._factors = weights, factors

    def __getitem__(self, name: str) -> Tensor:
        base = self._weights[name]
        if name not in self._factors:
            return base
        up, down = self._factors[name]
        return (base.float() + up @ down).to(base.dtype)

    def __contains__(self, name: object) -> bool:
        return name in self._weights

    def __iter__(self) -> Iterator[str]:
        return iter(self._weights)

    def __len__(self) -> int:
        return len(self._weights)


def merge(weights: Mapping[str, Tensor], adapter: Path) -> Merged:
    """Return the weights plus scale * B A, summed in float32.

    Raises MissingWeights where the adapter was made for another model.
    """
    scale, tensors = scaling(load_json(adapter, "adapter_config.json")), load_tensors(adapter)
    factors = {}
    for name in (name for name in tensors if name.endswith(".lora_A.weight")):
        target = name.removeprefix(PREFIX).removesuffix(".lora_A.weight") + ".weight"
        up, down = scale * tensors[name.replace(".lora_A.", ".lora_B.")].float(), tensors[name].float()
        if target not in weights or weights[target].shape != (up.shape[0], down.shape[1]):
            raise MissingWeights(
                f"The adapter in {adapter} does not fit this model: it changes {target}. Check RAG_ADAPTER "
                "and RAG_GENERATOR."
            )
        factors[target] = up, down
    return Merged(weights, factors)


def scaling(config: Mapping[str, Any]) -> float:
    """Return what B A is multiplied by: alpha / r, rank-stabilised alpha / sqrt(r)."""
    rank = config["r"]
    return float(config["lora_alpha"] / (rank**0.5 if config.get("use_rslora") else rank))
