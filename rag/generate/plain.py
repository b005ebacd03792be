"""Any causal language model, as transformers runs it.

For models and devices that the lean forward pass does not cover. Knows token ids and logits.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from rag.weights import loading


class Plain:
    """transformers' model with its own cache."""

    def __init__(self, folder: Path, adapter: Path | None, device: torch.device, dtype: torch.dtype) -> None:
        """Load the model, with the adapter merged into it. Raises MissingWeights."""
        from transformers import AutoModelForCausalLM
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()  # type: ignore[no-untyped-call]
        model: Any
        with loading(folder):
            model = AutoModelForCausalLM.from_pretrained(
                folder, dtype=dtype, use_safetensors=True, trust_remote_code=False
            )
        if adapter:
            model = merged(model, adapter)
        self.model, self.device = model.to(device).eval(), device
        self.drafts = forgets(model.config.get_text_config().to_dict())
        self.length = 0
        self._cache: Any = None

    def read(self, ids: Sequence[int], keep: int, tail: int = 0) -> Tensor:
        """Forget all but the first `keep` tokens and read `ids`; logits are float32, on the CPU."""
        if keep == 0:
            self._cache, self.length = None, 0
        elif keep < self.length:
            self._cache.crop(keep - self.length)  # negative: how many to forget
        out = self.model(
            input_ids=torch.tensor([ids], device=self.device),
            past_key_values=self._cache,
            use_cache=True,
            logits_to_keep=tail,
        )
        self._cache, self.length = out.past_key_values, keep + len(ids)
        logits: Tensor = out.logits[0].float().cpu()
        return logits


def merged(model: Any, adapter: Path) -> Any:  # noqa: ANN401 - transformers and peft share no type
    """Return the model with a peft adapter merged into its weights."""
    from peft import PeftModel

    with loading(adapter), warnings.catch_warnings():
        # peft 0.21 asks transformers 5.23 for an attribute under its former name.
        warnings.simplefilter("ignore", FutureWarning)
        return PeftModel.from_pretrained(model, adapter).merge_and_unload()


def forgets(config: Mapping[str, Any]) -> bool:
    """True where a cache can be cut back to any length: attention over all tokens, in every layer."""
    kinds = set(config.get("layer_types") or ["full_attention"])
    return kinds == {"full_attention"} and not config.get("sliding_window")
