"""Trains the generator's adapter: `python -m rag train answers --data DIR`.

LoRA on the linear maps of the upper layers. Contexts are packed, so passages are read once for about
ten questions; the loss is on the answers' tokens alone, and only their rows meet the vocabulary.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftMixedModel, PeftModel, get_peft_model
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerBase

from rag.prompts import answer_messages
from rag.settings import Settings
from rag.train.lessons import Context, Lessons
from rag.train.loop import Clock, MasterAdamW, load_checkpoint, rate_at, save_checkpoint
from rag.train.packing import Pack, pack
from rag.train.sets import read_sets
from rag.train.written import read_written
from rag.types import Message
from rag.weights import generator_folder, pick_dtype

SEED = 5
RATE = 8e-4
RATE_ON = 4e-4  # where a finished adapter is trained further
DECAY = 0.0
RANK = 32
LOWEST = 8  # first layer with an adapter; those below only read, and cost no backward pass
LINEAR = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
PACKS_A_STEP = 2
LONGEST = 1500  # tokens of a pack
SAVE_EVERY = 300.0  # seconds
CROPPED = (0.85, 0.35)  # share of cut passages at the start and at the end: short prompts first


def train(data: Path, out: Path, *, minutes: float, on_progress: Callable[[str], None]) -> None:
    """Train on the sets in `data` and our own lessons for `minutes` of work; write a peft adapter into `out`.

    Goes on from `out`/checkpoint.pt where there is one, else from an adapter in `out`.
    """
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(SEED)
    folder = str(generator_folder(Settings.read()))
    packer = Packer(AutoTokenizer.from_pretrained(folder))
    further = (out / "adapter_config.json").is_file()
    model = adapted(folder, out if further else None)
    params = [param for param in model.parameters() if param.requires_grad]
    optimizer = MasterAdamW([(params, 1.0)], DECAY)
    saved = load_checkpoint(out / "checkpoint.pt")
    if saved:
        optimizer.load(saved["optimizer"])
    clock = Clock(minutes, saved["spent"] if saved else 0.0)
    sources = [*read_sets(data), *read_written()]
    lessons = Lessons([source for source in sources if not source.held_out])
    peak, first = RATE_ON if further else RATE, saved["step"] if saved else 0
    _run(model, optimizer, clock, lessons, packer, peak, out, first, on_progress)
    write(model, out)


def adapted(folder: str, known: Path | None = None, rank: int = RANK) -> PeftModel | PeftMixedModel:
    """Return the generator with the LoRA maps in `known`, else with fresh ones."""
    # Eager attention: the fused one's backward pass with a mask takes more time on a CPU
    dtype = pick_dtype(torch.device("cpu"))
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, attn_implementation="eager")
    if known is not None:
        return PeftModel.from_pretrained(
            model, str(known), is_trainable=True, autocast_adapter_dtype=False
        ).train()
    config = LoraConfig(
        r=rank,
        lora_alpha=2 * rank,
        target_modules=LINEAR,
        layers_to_transform=list(range(LOWEST, model.config.num_hidden_layers)),
        task_type="CAUSAL_LM",
    )
    return get_peft_model(model, config, autocast_adapter_dtype=False).train()


def write(model: PeftModel | PeftMixedModel, out: Path) -> None:
    """Write the adapter into `out`; the base is told by its name, not by where it lies here."""
    for config in model.peft_config.values():
        config.base_model_name_or_path = Settings.read().generator
    card = out / "README.md"
    kept = card.read_bytes() if card.is_file() else None
    # Shipped in half the room, whatever it was trained in
    state = {name: value.to(torch.bfloat16) for name, value in model.state_dict().items() if "lora_" in name}
    model.save_pretrained(str(out), state_dict=state)
    # peft writes into the card, and names the folder of the base there
    card.unlink(missing_ok=True)
    if kept is not None:
        card.write_bytes(kept)


class Packer:
    """Turns contexts into packs of the generator's tokens, in the prompt that is used when answering."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self._tokenizer = tokenizer

    def pack(self, context: Context) -> Pack:
        """Return the context's questions as one pack."""
        end = str(self._tokenizer.eos_token)
        answers = [self._ids(lesson.answer + end) for lesson in context.lessons]
        return pack(self.prompts(context), answers)

    def prompts(self, context: Context) -> list[list[int]]:
        """Return the tokens of each question's prompt, up to where the answer begins."""
        return [
            self._prompt(answer_messages(context.passages, lesson.history, lesson.question))
            for lesson in context.lessons
        ]

    def _prompt(self, messages: Sequence[Message]) -> list[int]:
        turns = [{"role": message.role, "content": message.content} for message in messages]
        text = self._tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
        return self._ids(str(text))

    def _ids(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer(text, add_special_tokens=False).input_ids
        return ids


def _run(
    model: PeftModel | PeftMixedModel,
    optimizer: MasterAdamW,
    clock: Clock,
    lessons: Lessons,
    packer: Packer,
    peak: float,
    out: Path,
    first: int,
    on_progress: Callable[[str], None],
) -> None:
    mean, asked, saved_at, share, step = 0.0, 0, clock.spent, clock.tick(), first
    while share < 1:
        packs = list(_packs(lessons, packer, step, share))
        count = sum(len(one.rows) for one in packs)
        total = 0.0
        for one in packs:
            loss = pack_loss(model, one) / count
            loss.backward()  # type: ignore[no-untyped-call]
            total += float(loss.detach())
        optimizer.step(rate_at(share, peak))
        mean = total if not mean else 0.95 * mean + 0.05 * total
        share, step, asked = clock.tick(), step + 1, asked + sum(max(one.branch) for one in packs)
        if step % 5 == 0:
            on_progress(f"step {step}, {clock.spent / 60:.1f} min, {asked} questions, loss {mean:.3f}")
        if clock.spent - saved_at > SAVE_EVERY:
            saved_at = clock.spent
            state = {"optimizer": optimizer.state(), "spent": clock.spent, "step": step}
            save_checkpoint(out / "checkpoint.pt", state)
            write(model, out)


def _packs(lessons: Lessons, packer: Packer, step: int, share: float) -> Iterator[Pack]:
    """Yield the packs of one step; those over LONGEST are drawn again."""
    rng = random.Random(f"{SEED}-{step}")
    low, high = CROPPED
    for _ in range(PACKS_A_STEP):
        while True:
            context = lessons.draw(rng, low + (high - low) * share)
            if context.lessons and len((one := packer.pack(context)).ids) <= LONGEST:
                yield one
                break


def pack_loss(model: nn.Module, one: Pack) -> Tensor:
    """Return the summed cross-entropy of the answers' tokens."""
    wrapped: Any = model
    causal = wrapped.base_model.model if hasattr(model, "peft_config") else wrapped
    weights = causal.lm_head.weight
    hidden = causal.model(
        input_ids=torch.tensor([one.ids]),
        attention_mask=additive(one.mask(), weights.dtype),
        position_ids=torch.tensor([one.positions]),
        use_cache=False,
    ).last_hidden_state[0]
    logits = causal.lm_head(hidden[torch.tensor(one.rows)]).float()
    return F.cross_entropy(logits, torch.tensor(one.labels), reduction="sum")


def additive(seen: Tensor, dtype: torch.dtype) -> Tensor:
    """Return the mask as eager attention adds it to the scores; -1e4 is below any score, exact in bf16."""
    return torch.zeros(seen.shape, dtype=dtype).masked_fill(~seen, -1e4)
