"""The evidence reader: question and passage read together by a small cross-encoder.

It says how probably the passage answers, and which words of it do. Its layers are this project's
(`data/models/evidence-reader`), its word table is the one of the installed MiniLM. Knows nothing of
documents, retrieval or generation.
"""

from __future__ import annotations

import json
import math
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from tokenizers import Encoding, Tokenizer
from torch import Tensor

from rag.errors import MissingWeights
from rag.protocols import Reader
from rag.rerank.net import WORD_TABLE, EvidenceNet
from rag.settings import Settings
from rag.types import Reading, Span
from rag.weights import embedder_folder, models_folder, on_model_thread, pick_dtype

MAX_TOKENS = 384  # question and passage together; longer passages are read in windows
MAX_QUESTION = 96
STRIDE = 64  # tokens two windows of one passage share
MAX_SPAN = 160  # tokens of an answer: a long clause
BATCH = 16
ROUND = 16
# A paragraph, list item, numbered clause or table row ends: words on both sides are no one answer
_BREAK = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*•|]|\d+[.)]\s|\d+(?:\.\d+)+\s))")
# A question that the document asks itself is like the person's, and answers nothing
_ASKED = re.compile(r"[^.!?\n]*\?")
BASE = "all-MiniLM-L6-v2"
FOLDER = "evidence-reader"


class PairTokenizer:
    """MiniLM's word pieces of (question, passage), in windows where the passage is long."""

    def __init__(self, base: Path) -> None:
        self._pairs = Tokenizer.from_file(str(base / "tokenizer.json"))
        self._pairs.no_padding()
        self._pairs.enable_truncation(MAX_TOKENS, stride=STRIDE, strategy="only_second")
        self._single = Tokenizer.from_file(str(base / "tokenizer.json"))
        self._single.no_padding()
        self._single.enable_truncation(MAX_QUESTION)

    def shorten(self, question: str) -> str:
        """Return the question, cut where it has more word pieces than the reader takes."""
        offsets = self._single.encode(question).offsets
        return question[: max(end for _, end in offsets)] if offsets else question

    def encode(self, question: str, passages: Sequence[str]) -> list[list[Encoding]]:
        """Return the windows of each passage, each with the question before it."""
        asked = self.shorten(question)
        encodings = self._pairs.encode_batch([(asked, passage) for passage in passages])
        return [[encoding, *encoding.overflowing] for encoding in encodings]


def pad(encodings: Sequence[Encoding]) -> tuple[Tensor, Tensor, Tensor]:
    """Return ids, types and mask (B, T), T the longest of the encodings, rounded up.

    Few different shapes: for each new one the matrix library makes and keeps a plan.
    """
    T = -(-max(len(encoding.ids) for encoding in encodings) // ROUND) * ROUND
    rows = [
        [values + [0] * (T - len(values)) for values in columns]
        for columns in (
            [e.ids for e in encodings],
            [e.type_ids for e in encodings],
            [e.attention_mask for e in encodings],
        )
    ]
    ids, types, mask = (torch.tensor(row) for row in rows)
    return ids, types, mask


@dataclass(frozen=True, slots=True)
class Calibration:
    """Logistic regression that turns the two signs of an answer into a probability.

    The signs: the answer logit, and by how much the best span's score is above the empty span's.
    """

    answer: float = 1.0
    margin: float = 0.0
    bias: float = 0.0

    def probability(self, logit: float, margin: float) -> float:
        """Return the probability (0 to 1) that the passage answers."""
        z = self.answer * logit + self.margin * margin + self.bias
        return 1 / (1 + math.exp(-z)) if z > -700 else 0.0


@dataclass(frozen=True, slots=True)
class Raw:
    """What the net says of one window: answer logit, span margin, span in characters, its share."""

    logit: float
    margin: float
    span: Span
    share: float


def breaks(passage: str) -> list[int]:
    """Return the offsets that no answer lies across."""
    return [match.start() for match in _BREAK.finditer(passage)]


def questions(passage: str) -> list[Span]:
    """Return the spans of the questions that the passage asks; no answer starts or ends in one."""
    return [match.span() for match in _ASKED.finditer(passage)]


@dataclass(frozen=True, slots=True)
class Limits:
    """Where in a passage no answer lies: across one of `cuts`, rising offsets, or at words of `asked`."""

    cuts: Sequence[int] = ()
    asked: Sequence[Span] = ()

    @classmethod
    def of(cls, passage: str) -> Limits:
        """Find them in the passage."""
        return cls(breaks(passage), questions(passage))

    def block(self, place: Span) -> int:
        """Return the number of the stretch between two cuts that the place lies in; -1 in a question."""
        if any(start <= place[0] < end for start, end in self.asked):
            return -1
        return bisect_right(self.cuts, place[0])


def decode(encoding: Encoding, span_logits: Tensor, logit: float, limits: Limits | None = None) -> Raw:
    """Find the best span among the passage's tokens; span_logits (T, 2) of that encoding."""
    inside = [n for n, part in enumerate(encoding.sequence_ids) if part == 1]
    if not inside:
        return Raw(logit, -10.0, (0, 0), 0.0)
    low, high = inside[0], inside[-1] + 1
    starts, ends = span_logits[low:high, 0], span_logits[low:high, 1]
    scores = starts[:, None] + ends[None, :]
    allowed = torch.ones_like(scores, dtype=torch.bool).triu().tril(MAX_SPAN - 1)
    if limits is not None:
        block = torch.tensor([limits.block(encoding.offsets[n]) for n in range(low, high)])
        kept = allowed & (block[:, None] == block[None, :]) & (block[:, None] >= 0)
        allowed = kept if kept.any() else allowed
    flat = scores.masked_fill(~allowed, -math.inf).flatten()
    best = int(flat.argmax())
    share = float(flat.softmax(0)[best])
    start, end = divmod(best, high - low)
    margin = float(flat[best] - span_logits[0].sum())
    span = (encoding.offsets[low + start][0], encoding.offsets[low + end][1])
    return Raw(logit, margin, span, share)


def whole_words(text: str, span: Span) -> Span:
    """Widen a span to the ends of the words it cuts."""
    start, end = span
    while 0 < start < end and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while start < end < len(text) and text[end].isalnum() and text[end - 1].isalnum():
        end += 1
    return start, end


class EvidenceReader:
    """The trained reader. One instance serves all threads; it keeps no state between calls."""

    def __init__(self, folder: Path, base: Path, dtype: torch.dtype = torch.float32) -> None:
        """Load the layers from `folder` and the word table from `base`, the installed MiniLM."""
        config: dict[str, Any] = json.loads((folder / "config.json").read_text("utf-8"))
        self._name = str(config["name"])
        self._calibration = Calibration(**config["calibration"])
        self._tokenizer = PairTokenizer(base)
        words = {"words.weight": load_file(base / "model.safetensors")[WORD_TABLE]}
        self._net = EvidenceNet().eval()
        self._net.load_state_dict(load_file(folder / "model.safetensors") | words)
        self._net.to(dtype)

    @property
    def name(self) -> str:
        """The name and version of the weights."""
        return self._name

    def read(self, question: str, passages: Sequence[str], /) -> list[Reading]:
        """Return one Reading a passage, in their order; of a long passage that of its best window."""
        windows = self._tokenizer.encode(question, passages)
        limits = [Limits.of(passage) for passage in passages]
        raws = iter(
            self.raw(
                [window for group in windows for window in group],
                [own for own, group in zip(limits, windows, strict=True) for _ in group],
            )
        )
        return [
            self._reading(passage, [next(raws) for _ in group])
            for passage, group in zip(passages, windows, strict=True)
        ]

    def raw(self, encodings: Sequence[Encoding], limits: Sequence[Limits] = ()) -> list[Raw]:
        """Run the net over encodings, in batches of like length, longest first.

        `limits` are those of each encoding's passage; without them a span may lie anywhere.
        """
        own: Sequence[Limits | None] = limits or [None] * len(encodings)
        order = sorted(range(len(encodings)), key=lambda n: -len(encodings[n].ids))
        found: dict[int, Raw] = {}
        for numbers in _batches(order):
            raws = on_model_thread(partial(self._decoded, [(encodings[n], own[n]) for n in numbers]))
            found |= zip(numbers, raws, strict=True)
        return [found[n] for n in range(len(encodings))]

    def _decoded(self, batch: Sequence[tuple[Encoding, Limits | None]]) -> list[Raw]:
        spans, logits = self._net(*pad([encoding for encoding, _ in batch]))
        return [decode(one, spans[row], float(logits[row]), own) for row, (one, own) in enumerate(batch)]

    def _reading(self, passage: str, raws: Sequence[Raw]) -> Reading:
        best = max(raws, key=lambda raw: self._calibration.probability(raw.logit, raw.margin))
        answers = self._calibration.probability(best.logit, best.margin)
        return Reading(answers, whole_words(passage, best.span), best.share)


def minilm_folder(settings: Settings) -> Path:
    """Return the installed MiniLM's folder: the word table is its, whatever the setting embeds with."""
    return Path(embedder_folder(settings.model_copy(update={"embedder": BASE})))


def evidence_reader(settings: Settings) -> Reader:
    """Return the shipped reader; raises MissingWeights where it or MiniLM is not there."""
    folder = models_folder() / FOLDER
    if not (folder / "model.safetensors").is_file():
        raise MissingWeights(f"The evidence reader is not in {folder}. Check out the project whole.")
    base, dtype = minilm_folder(settings), pick_dtype(torch.device("cpu"))
    # Loaded where it runs: torch must not be used on another thread, not even to convert weights.
    return on_model_thread(lambda: EvidenceReader(folder, base, dtype))


def _batches(order: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(order), BATCH):
        yield order[start : start + BATCH]
