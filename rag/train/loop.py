"""What both recipes share: a net stepped through fp32 masters, a clock, and checkpoints.

On a CPU that multiplies bf16 in tiles (AMX) a bf16 net is several times faster than fp32 or autocast, and the
masters keep the small steps that bf16 weights would round away. Knows no model and no data.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

LONGEST_STEP = 30.0  # seconds; what a step takes longer was a machine asleep or a stopped process


class MasterAdamW:
    """AdamW over fp32 copies of the parameters in `groups` (parameters, factor on the rate)."""

    def __init__(self, groups: Sequence[tuple[list[nn.Parameter], float]], decay: float) -> None:
        self._params = [param for params, _ in groups for param in params]
        self.masters = [param.detach().clone().float() for param in self._params]
        self._factors = [factor for _, factor in groups]
        masters = iter(self.masters)
        self.adam = torch.optim.AdamW(
            [{"params": [next(masters) for _ in params]} for params, _ in groups],
            weight_decay=decay,
        )

    def step(self, rate: float) -> None:
        """Apply the gradients of the net's parameters, clipped to norm 1, and clear them."""
        for master, param in zip(self.masters, self._params, strict=True):
            master.grad = None if param.grad is None else param.grad.float()
            param.grad = None
        torch.nn.utils.clip_grad_norm_(self.masters, 1.0)
        for group, factor in zip(self.adam.param_groups, self._factors, strict=True):
            group["lr"] = rate * factor
        self.adam.step()
        self._copy_back()

    def _copy_back(self) -> None:
        with torch.no_grad():
            for master, param in zip(self.masters, self._params, strict=True):
                param.copy_(master)

    def state(self) -> dict[str, Any]:
        """Return what `load` needs."""
        return {"masters": self.masters, "adam": self.adam.state_dict()}

    def load(self, state: dict[str, Any]) -> None:
        """Go on from a saved state."""
        saved: list[Tensor] = state["masters"]
        with torch.no_grad():
            for master, value in zip(self.masters, saved, strict=True):
                master.copy_(value)
        self.adam.load_state_dict(state["adam"])
        self._copy_back()


class Clock:
    """Seconds of work done of those allowed, pauses of the process left out."""

    def __init__(self, minutes: float, spent: float = 0.0) -> None:
        self.spent = spent
        self._allowed = minutes * 60
        self._last = time.monotonic()

    def tick(self) -> float:
        """Count the time since the last tick and return the share of the allowed time spent."""
        now = time.monotonic()
        self.spent += min(now - self._last, LONGEST_STEP)
        self._last = now
        return self.spent / self._allowed

    def rest(self) -> None:
        """Leave the time since the last tick out of the count."""
        self._last = time.monotonic()


def rate_at(share: float, peak: float, warm: float = 0.04) -> float:
    """Return the learning rate after `share` of the time: a linear rise, then a linear fall."""
    return peak * min(share / warm, max(0.0, (1 - share) / (1 - warm)))


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint whole or not at all."""
    partial = path.with_suffix(".partial")
    torch.save(state, partial)
    os.replace(partial, path)


def load_checkpoint(path: Path) -> dict[str, Any] | None:
    """Return the saved state, None where there is none."""
    if not path.is_file():
        return None
    state: dict[str, Any] = torch.load(path, weights_only=True)
    return state
