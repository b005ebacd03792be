"""The judge: a small language model that says how well a passage explains that a question was asked.

Two signs from one reading of "passage, question": how much likelier the question is after the passage than
by itself (query likelihood: Ponte and Croft 1998, with language models Sachan et al. 2022), and a trained
verdict whether the passage answers it. A language model has met more ways to say a thing than the reader has.
Its base is the default generator, whichever one writes; its LoRA maps are this project's
(`data/models/passage-judge`). Knows nothing of documents, retrieval or answers, and marks no words.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from rag.errors import MissingWeights
from rag.generate.adapter import merge
from rag.generate.llama import Llama
from rag.protocols import Judge
from rag.settings import Settings
from rag.types import Judgement
from rag.weights import (
    default_generator_folder,
    load_json,
    load_tensors,
    load_tokenizer,
    models_folder,
    on_model_thread,
    pick_dtype,
)

FOLDER = "passage-judge"
ASKED = "Question:"
"""What stands between a passage and the question about it."""
VERDICT = "\nAnswered above:"
"""What stands behind the question; the next word is the verdict."""
YES, NO = " yes", " no"
MAX_PASSAGE = 512  # tokens of a passage that are read, the last ones: a whole chunk and its neighbour
MAX_QUESTION = 128  # tokens of a question that are read, the first ones
WINDOW = 768  # tokens read at once, the frame's few among them


def before_question(passage: str) -> str:
    """Return what is read before the question; without a passage, for the question by itself."""
    return f"{passage}\n\n{ASKED}" if passage else ASKED


class PassageJudge:
    """Implements Judge. One instance serves all threads; they take turns, a passage each."""

    def __init__(self, base: Path, adapter: Path, dtype: torch.dtype) -> None:
        """Load the language model in `base` with the maps in `adapter`; raise MissingWeights."""
        self._tokenizer = load_tokenizer(base)
        # A document must not start a new turn
        self._tokenizer.encode_special_tokens = True
        weights = merge(load_tensors(base), adapter)
        self._model = Llama(weights, load_json(base, "config.json"), dtype, WINDOW)
        self._frame = self._ids(VERDICT)
        self._words = [self._ids(word)[0] for word in (YES, NO)]

    def judge(self, question: str, passages: Sequence[str], /) -> list[Judgement]:
        """Return one Judgement a passage, in their order."""
        if not passages:
            return []
        asked = self._ids(f" {question.strip()}")[:MAX_QUESTION]
        alone, _ = self._read("", asked)
        read = [self._read(passage, asked) for passage in passages]
        return [Judgement(verdict, likelihood - alone) for likelihood, verdict in read]

    def _read(self, passage: str, asked: list[int]) -> tuple[float, float]:
        """Return the log-likelihood of the question after the passage, in nats, and the verdict."""
        before = self._ids(before_question(passage))[-MAX_PASSAGE:]
        ids, tail = [*before, *asked, *self._frame], len(asked) + len(self._frame) + 1

        def signs() -> tuple[float, float]:
            return self._signs(self._model.read(ids, keep=0, tail=tail), asked)

        return on_model_thread(signs)

    def _signs(self, logits: Tensor, asked: list[int]) -> tuple[float, float]:
        """Read both signs off the logits behind the last token before the question and all that follow."""
        said = logits[: len(asked)].log_softmax(-1).gather(1, torch.tensor(asked)[:, None])
        yes, no = logits[-1, self._words].tolist()
        return float(said.sum()), yes - no

    def _ids(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return ids


def passage_judge(settings: Settings) -> Judge:
    """Return the shipped judge; raises MissingWeights where it or the default generator is not there."""
    folder = models_folder() / FOLDER
    if not (folder / "adapter_config.json").is_file():
        raise MissingWeights(f"The passage judge is not in {folder}. Check out the project whole.")
    base, dtype = default_generator_folder(settings), pick_dtype(torch.device("cpu"))
    return on_model_thread(lambda: PassageJudge(base, folder, dtype))
