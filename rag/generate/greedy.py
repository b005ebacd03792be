"""Greedy decoding with drafts looked up in the prompt.

Answers that quote their passages repeat long runs of the prompt. Where the last tokens stood in the text
before, what followed them there is drafted; one pass checks the whole draft, and what the model would
have written itself is kept (prompt lookup decoding, Saxena 2023; speculative decoding, Leviathan 2023).
The tokens are those of plain greedy decoding. Knows token ids and logits; no text, no weights.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Protocol

from torch import Tensor

BLOCK = 256
"""Tokens of the prompt read at once: layers stay in the cache, and a stop is seen between blocks."""

DRAFT = 8  # the longest draft; checking 9 tokens takes little longer than reading one
RUN = 3, 2  # lengths of the last run of tokens that is looked for, longest first


Row = tuple[int, float]
"""The likeliest next token, and its natural log-probability."""


class Model(Protocol):
    """Reads tokens. `length` tokens are in its cache."""

    length: int
    drafts: bool
    """False where the model cannot forget tokens again."""

    def read(self, ids: Sequence[int], keep: int, tail: int = 0) -> Tensor:
        """Forget all but the first `keep` tokens, read `ids`.

        Returns logits (len(ids), vocabulary), with `tail` the last so many rows.
        """


def run_here(task: Callable[[], list[Row]]) -> list[Row]:
    """Run the task where it is asked for."""
    return task()


class Greedy:
    """Decodes with one model, which keeps its cache from one prompt to the next."""

    def __init__(self, model: Model, run: Callable[[Callable[[], list[Row]]], list[Row]] = run_here) -> None:
        """`run` runs what touches tensors, each time one forward pass."""
        self.model, self._run = model, run
        self._seen: list[int] = []  # what the model's cache holds

    def tokens(
        self, prompt: Sequence[int], limit: int, ends: Collection[int], stopped: Callable[[], bool]
    ) -> Iterator[Row]:
        """Yield each token with its log-probability, at most `limit`, none of `ends`."""
        rows = self._read_prompt(list(prompt), stopped)
        history, written = list(prompt), 0
        draft: list[int] = []
        while rows:
            # Row n follows the draft's first n tokens; it counts as long as those are what was written.
            for (token, logprob), drafted in zip(rows, [*draft, None], strict=True):
                if token in ends or written == limit or stopped():
                    return
                yield token, logprob
                history.append(token)
                written += 1
                if token != drafted:
                    break
            if written == limit:
                return
            draft = look_up(history, min(DRAFT, limit - written - 1)) if self.model.drafts else []
            rows = self._read([history[-1], *draft], keep=len(history) - 1)

    def _read_prompt(self, prompt: list[int], stopped: Callable[[], bool]) -> list[Row]:
        """Return what follows the prompt, nothing where the reading was stopped.

        A prompt that begins as the last one did is read on from there, in the same blocks: the numbers
        are then the same to the last bit, however the cache came to be.
        """
        same = shared(self._seen, prompt[:-1])
        rows: list[Row] = []
        for start in range(same - same % BLOCK if self.model.drafts else 0, len(prompt), BLOCK):
            if stopped():
                return []
            rows = self._read(prompt[start : start + BLOCK], keep=start, tail=1)
        return rows

    def _read(self, ids: list[int], keep: int, tail: int = 0) -> list[Row]:
        self._seen = self._seen[:keep]
        rows = self._run(lambda: likeliest(self.model.read(ids, keep, tail)))
        self._seen += ids
        return rows


def likeliest(logits: Tensor) -> list[Row]:
    """Return the likeliest token of each row of logits."""
    best = logits.max(dim=-1)
    logprobs = best.values - logits.logsumexp(dim=-1)
    return list(zip(best.indices.tolist(), logprobs.tolist(), strict=True))


def shared(one: Sequence[int], other: Sequence[int]) -> int:
    """Return how many tokens both begin with."""
    pairs = zip(one, other, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def look_up(history: Sequence[int], longest: int) -> list[int]:
    """Return what followed the latest earlier place of the last tokens, at most `longest` tokens."""
    for length in RUN:
        run = history[-length:]
        for start in range(len(history) - length - 1, -1, -1):
            if history[start] == run[0] and history[start : start + length] == run:
                return list(history[start + length : start + length + longest])
    return []
