"""Small real parts that fulfil the Protocols: deterministic, no weights, no patches."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator, Sequence

import numpy as np

from rag.types import Judgement, Message, Reading, Token, Vectors

WORD = re.compile(r"\w+")


class HashEmbedder:
    """SHA-256 of each word into 256 buckets, unit rows: texts that share words are near."""

    name = "hash"
    dimension = 256
    max_tokens = 64

    def count_tokens(self, text: str, /) -> int:
        return len(WORD.findall(text)) + 2

    def embed_documents(self, texts: Sequence[str], /) -> Vectors:
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in WORD.findall(text.lower()):
                row[hashlib.sha256(word.encode()).digest()[0]] += 1
            row[0] += 1e-3  # a text without words still has a direction
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    embed_queries = embed_documents


class OverlapReader:
    """Reads by shared words: the share of the question's long words that the passage holds."""

    name = "overlap"

    def read(self, question: str, passages: Sequence[str], /) -> list[Reading]:
        wanted = {word for word in WORD.findall(question.lower()) if len(word) > 3}
        return [self._one(wanted, passage) for passage in passages]

    def _one(self, wanted: set[str], passage: str) -> Reading:
        found = [match for match in WORD.finditer(passage) if match.group().lower() in wanted]
        share = len({match.group().lower() for match in found}) / max(len(wanted), 1)
        span = (found[0].start(), found[-1].end()) if found else (0, 0)
        return Reading(answers=share, span=span, confidence=share)


class OverlapJudge:
    """Judges by shared words, as OverlapReader reads."""

    def judge(self, question: str, passages: Sequence[str], /) -> list[Judgement]:
        shares = [one.answers for one in OverlapReader().read(question, passages)]
        return [Judgement(verdict=9 * share - 3, gain=10 * share) for share in shares]


class ScriptGenerator:
    """Says what it was told to say, word by word, and remembers the prompts it was given."""

    name = "script"
    window = 2048

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.prompts: list[Sequence[Message]] = []

    def count_tokens(self, messages: Sequence[Message], /) -> int:
        return sum(len(WORD.findall(message.content)) for message in messages)

    def stream(
        self, messages: Sequence[Message], /, *, limit: int, stop: threading.Event | None = None
    ) -> Iterator[Token]:
        self.prompts.append(messages)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        for piece in re.findall(r"\s*\S+", answer)[:limit]:
            if stop is not None and stop.is_set():
                return
            yield Token(piece, (-0.1,))
