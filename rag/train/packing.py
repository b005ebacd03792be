"""Several questions about the same passages in one sequence: the passages are read once.

A pack is the shared start of the prompts, then for each question the rest of its prompt and its answer.
A mask lets each question see the shared start and itself, and its positions go on from the start's end,
so the logits are those of each prompt read alone. Knows token ids only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Pack:
    """One sequence. `rows` are the places that predict, `labels` the tokens they should predict.

    `branch` is 0 for the shared start and n for the nth question, counted from 1.
    """

    ids: list[int]
    positions: list[int]
    branch: list[int]
    rows: list[int]
    labels: list[int]

    def mask(self) -> Tensor:
        """Return who sees whom, bool (1, 1, T, T)."""
        branch = torch.tensor(self.branch)
        same = (branch[None, :] == branch[:, None]) | (branch[None, :] == 0)
        return (same & torch.ones_like(same).tril())[None, None]


def pack(prompts: Sequence[list[int]], answers: Sequence[list[int]]) -> Pack:
    """Pack prompts that start alike with their answers; raises ValueError where there is none."""
    if not prompts or not all(prompts) or not all(answers):
        raise ValueError("A pack needs at least one prompt, and no empty prompt or answer.")
    shared = shared_start(prompts)
    ids, branch = prompts[0][:shared], [0] * shared
    positions = list(range(shared))
    rows: list[int] = []
    labels: list[int] = []
    for number, (prompt, answer) in enumerate(zip(prompts, answers, strict=True), 1):
        own = prompt[shared:] + answer[:-1]  # nothing follows the last token
        first = len(ids) + len(prompt) - shared - 1
        rows += range(first, first + len(answer))
        labels += answer
        ids += own
        branch += [number] * len(own)
        positions += range(shared, shared + len(own))
    return Pack(ids, positions, branch, rows, labels)


def shared_start(prompts: Sequence[list[int]]) -> int:
    """Return how many tokens all prompts start with, each keeping one of its own."""
    low, high = min(prompts), max(prompts)
    shared = 0
    while shared < min(len(low), len(high)) and low[shared] == high[shared]:
        shared += 1
    return min(shared, min(len(prompt) for prompt in prompts) - 1)
