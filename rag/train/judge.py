"""Trains the judge of passages: `python -m rag train judge --data DIR`.

LoRA on the upper layers of the default generator. A passage is read once for about ten questions (`packing`);
the loss is binary cross-entropy on the verdict, and a little on the words of the answered questions, so that
their likelihood goes on telling passages apart.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import PeftMixedModel, PeftModel
from torch import Tensor
from torch.nn import functional as F
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from rag.judge import NO, VERDICT, YES, before_question
from rag.settings import Settings
from rag.train.answers import adapted, additive, write
from rag.train.asked import Asked, Judged
from rag.train.loop import Clock, MasterAdamW, load_checkpoint, rate_at, save_checkpoint
from rag.train.packing import Pack, pack
from rag.train.sets import read_sets
from rag.train.written import read_written
from rag.weights import default_generator_folder

SEED = 1
RATE = 8e-4
RATE_ON = 4e-4  # where finished maps are trained further
RANK = 8
PACKS_A_STEP = 3
LONGEST = 1100  # tokens of a pack
LIKELY = 0.1  # weight of the questions' own words beside the verdict
SAVE_EVERY = 240.0  # seconds


@dataclass(frozen=True, slots=True)
class Packed:
    """A passage with its questions as one sequence; `truth` has one for each question.

    `before` are the places that predict the words of answered questions, `words` these words.
    """

    pack: Pack
    truth: list[bool]
    before: list[int]
    words: list[int]


def train(data: Path, out: Path, *, minutes: float, on_progress: Callable[[str], None]) -> None:
    """Train on the sets in `data` and our own lessons for `minutes` of work; write a peft adapter into `out`.

    Goes on from `out`/checkpoint.pt where there is one, else from an adapter in `out`.
    """
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(SEED)
    folder = str(default_generator_folder(Settings.read()))
    further = (out / "adapter_config.json").is_file()
    model = adapted(folder, out if further else None, RANK)
    optimizer = MasterAdamW([([param for param in model.parameters() if param.requires_grad], 1.0)], 0.0)
    saved = load_checkpoint(out / "checkpoint.pt")
    if saved:
        optimizer.load(saved["optimizer"])
    clock = Clock(minutes, saved["spent"] if saved else 0.0)
    sources = [*read_sets(data), *read_written()]
    asked = Asked([source for source in sources if not source.held_out], SEED)
    packer = Packer(AutoTokenizer.from_pretrained(folder))
    peak = RATE_ON if further and not saved else RATE
    _run(model, optimizer, clock, asked, packer, peak, out, saved["step"] if saved else 0, on_progress)
    write(model, out)


class Packer:
    """Turns passages and questions into packs, in the words in which the judge is asked."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self._tokenizer = tokenizer
        self.verdicts = (self._ids(YES)[0], self._ids(NO)[0])
        self._frame = self._ids(VERDICT)

    def pack(self, judged: Judged) -> Packed:
        """Return the passage with its questions as one pack."""
        before = self._ids(before_question(judged.passage))
        asked = [self._ids(f" {question.strip()}") for question, _ in judged.questions]
        truth = [answers for _, answers in judged.questions]
        yes, no = self.verdicts
        one = pack([[*before, *words, *self._frame] for words in asked], [[yes if t else no] for t in truth])
        places, words = self._said(one, truth)
        return Packed(one, truth, places, words)

    def _said(self, one: Pack, truth: list[bool]) -> tuple[list[int], list[int]]:
        """Return the places before the words of answered questions, and these words."""
        shared, tail = one.branch.count(0), len(self._frame)
        before: list[int] = []
        words: list[int] = []
        for row, answers in zip(one.rows, truth, strict=True):
            own = [at for at in range(row + 1) if one.branch[at] == one.branch[row]][:-tail]
            if answers and own:
                before += [shared - 1, *own[:-1]]
                words += [one.ids[at] for at in own]
        return before, words

    def _ids(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer(text, add_special_tokens=False).input_ids
        return ids


def _run(
    model: PeftModel | PeftMixedModel,
    optimizer: MasterAdamW,
    clock: Clock,
    asked: Asked,
    packer: Packer,
    peak: float,
    out: Path,
    step: int,
    on_progress: Callable[[str], None],
) -> None:
    mean, saved_at, share = 0.0, clock.spent, clock.tick()
    while share < 1:
        packs = _packs(asked, packer, random.Random(f"{SEED}-{step}"))
        count, total = sum(len(one.truth) for one in packs), 0.0
        for one in packs:
            verdict, words = losses(model, one, packer.verdicts)
            (verdict / count + LIKELY * words).backward()  # type: ignore[no-untyped-call]
            total += float(verdict.detach()) / count
        optimizer.step(rate_at(share, peak))
        mean = total if not mean else 0.97 * mean + 0.03 * total
        share, step = clock.tick(), step + 1
        if step % 10 == 0:
            on_progress(f"step {step}, {clock.spent / 60:.1f} min, loss of the verdict {mean:.3f}")
        if clock.spent - saved_at > SAVE_EVERY:
            saved_at = clock.spent
            state = {"optimizer": optimizer.state(), "spent": clock.spent, "step": step}
            save_checkpoint(out / "checkpoint.pt", state)
            write(model, out)


def _packs(asked: Asked, packer: Packer, rng: random.Random) -> list[Packed]:
    """Return the packs of one step; those over LONGEST are drawn again."""
    packs: list[Packed] = []
    while len(packs) < PACKS_A_STEP:
        one = packer.pack(asked.draw(rng))
        if len(one.pack.ids) <= LONGEST:
            packs.append(one)
    return packs


def losses(
    model: PeftModel | PeftMixedModel, one: Packed, verdicts: tuple[int, int]
) -> tuple[Tensor, Tensor]:
    """Return the summed cross-entropy of the verdicts, and the mean one of answered questions' words."""
    causal: Any = model.base_model.model
    table = causal.lm_head.weight
    hidden = causal.model(
        input_ids=torch.tensor([one.pack.ids]),
        attention_mask=additive(one.pack.mask(), table.dtype),
        position_ids=torch.tensor([one.pack.positions]),
        use_cache=False,
    ).last_hidden_state[0]
    both = (hidden[torch.tensor(one.pack.rows)] @ table[list(verdicts)].T).float()
    truth = torch.tensor([float(answers) for answers in one.truth])
    verdict = F.binary_cross_entropy_with_logits(both[:, 0] - both[:, 1], truth, reduction="sum")
    if not one.words:
        return verdict, verdict * 0
    said = causal.lm_head(hidden[torch.tensor(one.before)]).float()
    return verdict, F.cross_entropy(said, torch.tensor(one.words))
