"""Words as vectors: neighbours, analogies, and how well they match what people say.

Two tables: the embedder's own input table, for general words, and skip-gram (Mikolov et al. 2013,
arXiv:1301.3781) trained on the library, for its terms. A word has one vector here whatever its sentence;
`tokens.py` shows the other kind. Knows no document beyond its words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from rag.errors import RagError
from rag.lenses.space import unit
from rag.settings import Settings
from rag.types import Passages, Vectors
from rag.words import STOP

SIZE = 100  # dimensions of skip-gram
WINDOW = 5
LEAST = 5  # times a word must stand in the library
EPOCHS = 15
ENOUGH = 20_000  # words of running text below which skip-gram learns little
GRAMMAR = STOP | frozenset("no not one two first last now new well even still many much said".split())
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_TABLES = ("word_embeddings.weight", "embed_tokens.weight", "wte.weight", "shared.weight")

OBJECTIVE = (
    "Skip-gram learns to guess the words around a word: it pulls the vectors of words that stand together "
    "towards each other and pushes words drawn at random away (negative sampling). Words that are used alike "
    "end up near each other, and differences between them can stand for a relation."
)


@dataclass(frozen=True, slots=True)
class WordTable:
    """Words with a unit vector each; `note` says where they come from and how far to trust them."""

    words: tuple[str, ...]
    vectors: Vectors
    note: str

    def rows(self, wanted: Sequence[str]) -> list[int]:
        """Return the row of each word; raise RagError that names those it does not know."""
        number = _numbers(self.words)
        if unknown := [word for word in wanted if word.lower() not in number]:
            raise RagError(
                f"No vector for {', '.join(unknown)}: this table does not hold it. Try another word."
            )
        return [number[word.lower()] for word in wanted]

    def examples(self, k: int = 3) -> list[str]:
        """Return the first k words that are not mere grammar; a library's table begins with its commonest."""
        return [word for word in self.words if len(word) > 2 and word not in GRAMMAR][:k]

    def neighbours(self, word: str, k: int = 10) -> list[tuple[str, float]]:
        """Return the k words nearest to a word, with their cosines."""
        (row,) = self.rows([word])
        return self._nearest(self.vectors[row], {row}, k)

    def analogy(self, one: str, other: str, third: str, k: int = 5) -> list[tuple[str, float]]:
        """Return what is to `third` as `other` is to `one` ("man", "king", "woman": queen), best first."""
        a, b, c = self.rows([one, other, third])
        aim = unit(self.vectors[b] - self.vectors[a] + self.vectors[c])
        return self._nearest(aim, {a, b, c}, k)

    def solved(self, questions: Sequence[Sequence[str]]) -> list[bool]:
        """Tell of each (one, other, third, fourth) whether the analogy's best word is the fourth."""
        rows = np.array([self.rows(question) for question in questions]).reshape(-1, 4)
        right: list[bool] = []
        for part in np.array_split(rows, -(-len(rows) // 500) or 1):
            aims = unit(self.vectors[part[:, 1]] - self.vectors[part[:, 0]] + self.vectors[part[:, 2]])
            cosines = aims @ self.vectors.T
            np.put_along_axis(cosines, part[:, :3], -np.inf, axis=1)
            right += (cosines.argmax(axis=1) == part[:, 3]).tolist()
        return right

    def similarity(self, one: str, other: str) -> float:
        """Return the cosine of two words."""
        a, b = self.rows([one, other])
        return float(self.vectors[a] @ self.vectors[b])

    def _nearest(self, aim: Vectors, without: set[int], k: int) -> list[tuple[str, float]]:
        cosines = self.vectors @ aim
        order = [int(at) for at in np.argsort(-cosines, kind="stable")[: k + len(without)]]
        return [(self.words[at], float(cosines[at])) for at in order if at not in without][:k]


@lru_cache(maxsize=2)
def _numbers(words: tuple[str, ...]) -> dict[str, int]:
    return {word: at for at, word in enumerate(words)}


def general(settings: Settings) -> WordTable:
    """Return the embedder's input table, whole words only; raise RagError where it has none."""
    from rag.weights import embedder_folder, load_tensors, load_tokenizer

    folder = embedder_folder(settings)
    tensors = load_tensors(folder)
    name = next((key for key in tensors if key.endswith(_TABLES)), None)
    if name is None:
        raise RagError(f"The embedder {settings.embedder} has no table of words that is known.")
    table = tensors[name].float().numpy()
    marked = load_tokenizer(folder).get_vocab()
    # Pieces inside a word are marked (##) by BERT's tokenizers, beginnings (▁, Ġ) by the others.
    beginnings = any(token.startswith(("▁", "Ġ")) for token in marked)
    whole = {token.lstrip("▁Ġ").lower(): row for token, row in marked.items() if _whole(token, beginnings)}
    words = tuple(sorted(whole, key=whole.__getitem__))
    note = f"{len(words):,} whole words of {settings.embedder}; rarer words are in it only as pieces."
    return WordTable(words, unit(table[[whole[word] for word in words]]), note)


def _whole(token: str, beginnings: bool) -> bool:
    return token.startswith(("▁", "Ġ")) == beginnings and bool(_WORD.fullmatch(token.lstrip("▁Ġ")))


def own(passages: Passages) -> WordTable:
    """Return skip-gram vectors trained on the passages; raise RagError where they hold too few words."""
    from gensim.models import Word2Vec  # type: ignore[import-untyped]

    sentences = [[word.lower() for word in _WORD.findall(chunk.text)] for chunk in passages.chunks]
    total = sum(map(len, sentences))
    try:
        model = Word2Vec(
            sentences,
            sg=1,
            vector_size=SIZE,
            window=WINDOW,
            min_count=LEAST,
            epochs=EPOCHS,
            seed=0,
            workers=1,
        )
    except RuntimeError as exc:  # what gensim raises for an empty vocabulary
        raise RagError(
            f"The library has {total:,} words and none {LEAST} times: too few to learn from. Add documents."
        ) from exc
    words = tuple(model.wv.index_to_key)
    said = "a start, not a dictionary" if total >= ENOUGH else f"too few: below {ENOUGH:,} read it as a toy"
    return WordTable(
        words,
        unit(np.asarray(model.wv.vectors, dtype=np.float32)),
        f"{len(words):,} words learned from {total:,} words of this library ({said}).",
    )
