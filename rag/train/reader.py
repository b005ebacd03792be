"""Trains the evidence reader: `python -m rag train reader --data DIR`.

Span cross-entropy (an empty span at [CLS] where the passage does not answer), binary cross-entropy on
"it answers", and a softmax over the passages of one question, so that the score also ranks them.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Encoding
from torch import Tensor
from torch.nn import functional as F

from rag.rerank import PairTokenizer, minilm_folder, pad
from rag.rerank.net import EvidenceNet, minilm_state
from rag.settings import Settings
from rag.train.loop import Clock, MasterAdamW, load_checkpoint, rate_at, save_checkpoint
from rag.train.pairs import Group, Pair, Pairs
from rag.train.reader_check import check
from rag.train.sets import read_sets
from rag.train.written import read_written
from rag.weights import pick_dtype

SEED = 7
RATE = 1.5e-4
RATE_ON = 8e-5  # where finished weights are trained further
DROPOUT = 0.1
HEAD_FACTOR = 4.0  # the heads start from nothing
DECAY = 0.01
FROZEN = 2  # lowest layers that stay MiniLM's; a fifth of the time for little
PAIRS_A_STEP = 32
POOL = 1500  # groups sorted by length together; larger wastes less padding, smaller mixes better
RANKING = 0.5  # weight of the softmax over the passages of a question
SAVE_EVERY = 180.0  # seconds
IGNORE = -100


def train(data: Path, out: Path, *, minutes: float, on_progress: Callable[[str], None]) -> None:
    """Train on the sets in `data` and our own lessons for `minutes`; write model.safetensors into `out`.

    Goes on from `out`/checkpoint.pt where there is one, else from `out`/model.safetensors. At the end the
    probability is calibrated on documents that were held out, and the figures go to `on_progress`.
    """
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(SEED)
    base = minilm_folder(Settings.read())
    sources = [*read_sets(data), *read_written()]
    pairs = Pairs([source for source in sources if not source.held_out], SEED)
    net = EvidenceNet(DROPOUT).train()
    finished = out / "model.safetensors"
    further = finished.is_file()
    net.load_state_dict(minilm_state(base) | (load_file(finished) if further else {}), strict=False)
    freeze(net)
    net.to(pick_dtype(torch.device("cpu")))
    optimizer = MasterAdamW(_groups(net), DECAY)
    saved = load_checkpoint(out / "checkpoint.pt")
    if saved:
        optimizer.load(saved["optimizer"])
    clock = Clock(minutes, saved["spent"] if saved else 0.0)
    batches = _batches(pairs, saved["step"] if saved else 0)
    _run(net, optimizer, clock, batches, RATE_ON if further else RATE, base, out, on_progress)
    write(net, optimizer, out)
    for name, row in check(out, base, sources).items():
        on_progress(f"{name}: " + ", ".join(f"{what} {value:.3f}" for what, value in row.items()))


def freeze(net: EvidenceNet) -> None:
    """Keep MiniLM's table and its FROZEN lowest layers: they need no backward pass."""
    for part in (net.words, net.positions, net.types, net.norm, *net.blocks[:FROZEN]):
        part.requires_grad_(False)


def _groups(net: EvidenceNet) -> list[tuple[list[torch.nn.Parameter], float]]:
    """Split the trained parameters into body and heads."""
    heads = [*net.span.parameters(), *net.pooled.parameters(), *net.answers.parameters()]
    known = {id(param) for param in heads}
    body = [p for p in net.parameters() if p.requires_grad and id(p) not in known]
    return [(body, 1.0), (heads, HEAD_FACTOR)]


def _run(
    net: EvidenceNet,
    optimizer: MasterAdamW,
    clock: Clock,
    batches: Iterator[tuple[int, list[Group]]],
    peak: float,
    base: Path,
    out: Path,
    on_progress: Callable[[str], None],
) -> None:
    tokenizer = PairTokenizer(base)
    mean, saved_at, share = 0.0, clock.spent, clock.tick()
    for step, batch in batches:
        if share >= 1:
            return
        loss = batch_loss(net, tokenizer, batch)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step(rate_at(share, peak))
        mean = float(loss.detach()) if not mean else 0.98 * mean + 0.02 * float(loss.detach())
        share = clock.tick()
        if step % 20 == 0:
            on_progress(f"step {step}, {clock.spent / 60:.1f} min, loss {mean:.3f}")
        if clock.spent - saved_at > SAVE_EVERY:
            saved_at = clock.spent
            state = {"optimizer": optimizer.state(), "spent": clock.spent, "step": step + 1}
            save_checkpoint(out / "checkpoint.pt", state)
            write(net, optimizer, out)


def _batches(pairs: Pairs, skip: int) -> Iterator[tuple[int, list[Group]]]:
    """Yield numbered batches without end, epoch after epoch, from number `skip` on."""
    step, epoch = 0, 0
    while True:
        groups = pairs.epoch(epoch)
        rng = random.Random(f"{SEED}-{epoch}")
        for start in range(0, len(groups), POOL):
            batches = _cut(groups[start : start + POOL])
            rng.shuffle(batches)
            for batch in batches:
                if step >= skip:
                    yield step, batch
                step += 1
        epoch += 1


def _cut(groups: Sequence[Group]) -> list[list[Group]]:
    """Cut groups, sorted by length, into batches of about PAIRS_A_STEP pairs."""
    ordered = sorted(groups, key=lambda group: max(len(pair.passage) for pair in group))
    batches: list[list[Group]] = [[]]
    for group in ordered:
        if sum(len(other) for other in batches[-1]) >= PAIRS_A_STEP:
            batches.append([])
        batches[-1].append(group)
    return batches


def batch_loss(net: EvidenceNet, tokenizer: PairTokenizer, batch: Sequence[Group]) -> Tensor:
    """Return the loss of a batch of groups."""
    pairs = [pair for group in batch for pair in group]
    encodings = [tokenizer.encode(pair.question, [pair.passage])[0][0] for pair in pairs]
    ids, types, mask = pad(encodings)
    spans, logits = net(ids, types, mask)
    # An answer lies in the passage or, where there is none, at [CLS]
    hidden = (types == 0) | (mask == 0)
    hidden[:, 0] = False
    spans = spans.masked_fill(hidden[:, :, None], -1e4)
    targets = torch.tensor([_target(p, e) for p, e in zip(pairs, encodings, strict=True)])
    marked = max(int((targets[:, 0] != IGNORE).sum()), 1)  # research questions have no marked span
    where = (
        F.cross_entropy(spans[:, :, 0], targets[:, 0], ignore_index=IGNORE, reduction="sum")
        + F.cross_entropy(spans[:, :, 1], targets[:, 1], ignore_index=IGNORE, reduction="sum")
    ) / (2 * marked)
    truth = torch.tensor([float(pair.answers) for pair in pairs])
    whether = F.binary_cross_entropy_with_logits(logits, truth)
    return where + whether + RANKING * _ranking(batch, logits)


def _target(pair: Pair, encoding: Encoding) -> tuple[int, int]:
    """Return first and last token of the span, (0, 0) for none, IGNORE where it cannot be marked."""
    if not pair.answers:
        return 0, 0
    if pair.span is None:
        return IGNORE, IGNORE
    start, end = pair.span
    first = encoding.char_to_token(start, 1)
    last = encoding.char_to_token(max(start, end - 1), 1)
    return (IGNORE, IGNORE) if first is None or last is None else (first, last)


def _ranking(batch: Sequence[Group], logits: Tensor) -> Tensor:
    """Return the cross-entropy of the answering passage among its question's passages."""
    losses, start = [], 0
    for group in batch:
        if len(group) > 1 and group[0].answers:
            losses.append(-logits[start : start + len(group)].log_softmax(0)[0])
        start += len(group)
    return torch.stack(losses).mean() if losses else logits.sum() * 0


def write(net: EvidenceNet, optimizer: MasterAdamW, out: Path) -> None:
    """Write the layers in half precision, from the fp32 masters, and a config to be calibrated."""
    params = [param for group, _ in _groups(net) for param in group]
    masters = {id(p): m for p, m in zip(params, optimizer.masters, strict=True)}
    state = {
        name: masters.get(id(param), param).detach().to(torch.float16).contiguous()
        for name, param in net.named_parameters()
        if name != "words.weight"
    }
    save_file(state, out / "model.safetensors")
    config = out / "config.json"
    if not config.is_file():
        plain = {"name": "evidence-reader", "calibration": {"answer": 1.0, "margin": 0.0, "bias": 0.0}}
        config.write_text(json.dumps(plain, indent=2) + "\n", "utf-8")
