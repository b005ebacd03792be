"""Embedding speed, against sentence-transformers' default `encode` of the same texts."""

from __future__ import annotations

import importlib.util
import statistics
from typing import Any

import numpy as np

from rag.bench.result import BENCH_ONLY, Result, alternate, ratio, seconds
from rag.embed import TransformerEmbedder
from rag.settings import Settings
from rag.types import Vectors
from rag.weights import embedder_folder, load_json, on_model_thread

ROUNDS = 5


def measure_embedding(settings: Settings, texts: list[str], peak: float) -> list[Result]:
    """Return tokens a second, their share of `peak` (GFLOP/s), and the ratio; worst cosine to float32."""
    embedder = TransformerEmbedder(settings)
    lengths = [min(embedder.count_tokens(text), embedder.max_tokens) for text in texts]
    sides = {"docent": lambda: seconds(lambda: embedder.embed_documents(texts))}
    other = usual_embedder(settings)
    if other:
        sides["sentence-transformers"] = lambda: seconds(lambda: usual(other, texts))
    taken = alternate(sides, ROUNDS)
    pace = sum(lengths) / statistics.median(taken["docent"])
    work = flops(load_json(embedder_folder(settings), "config.json"), lengths) / 1e9
    share = 100 * work / statistics.median(taken["docent"]) / peak
    results = [
        Result("embedding", pace, "tokens/s", f"{len(texts)} chunks of the samples, {sum(lengths):,} tokens"),
        Result("embedding, share of peak", share, "%", "of the matrix peak above"),
    ]
    return results + (compared(embedder, other, texts, taken) if other else [unmeasured()])


def usual_embedder(settings: Settings) -> Any:  # noqa: ANN401 - sentence-transformers is not always there
    """Return the same model as sentence-transformers runs it by default, None where it is missing."""
    if importlib.util.find_spec("sentence_transformers") is None:
        return None
    from sentence_transformers import SentenceTransformer

    folder = str(embedder_folder(settings))
    # On the models' thread: a second team of threads in the process would slow both sides down.
    return on_model_thread(lambda: SentenceTransformer(folder, device="cpu", local_files_only=True))


def usual(other: Any, texts: list[str]) -> Vectors:  # noqa: ANN401
    """Return the vectors of sentence-transformers, called as its documentation shows first."""
    return on_model_thread(lambda: np.asarray(other.encode(texts, show_progress_bar=False)))


def compared(
    embedder: TransformerEmbedder,
    other: Any,  # noqa: ANN401
    texts: list[str],
    taken: dict[str, list[float]],
) -> list[Result]:
    """Return the ratio of speeds, and how far the vectors are from float32's."""
    expected = usual(other, texts)  # this model normalises
    agreement = float((embedder.embed_documents(texts) * expected).sum(axis=1).min())
    name = "sentence-transformers' default encode"
    faster = ratio(taken["sentence-transformers"], taken["docent"])
    return [
        Result("embedding, against usual", faster, "times", f"as fast as {name} in float32"),
        Result("embedding, agreement", agreement, "cosine", f"the worst of all chunks, with {name}"),
    ]


def unmeasured() -> Result:
    """Say why there is no ratio."""
    return Result("embedding, against usual", None, "times", BENCH_ONLY.format("sentence-transformers"))


def flops(config: dict[str, int], lengths: list[int]) -> float:
    """Return the operations that an encoder's multiplications need for texts of these lengths."""
    hidden, inner, layers = (
        config[name] for name in ("hidden_size", "intermediate_size", "num_hidden_layers")
    )
    a_token = 2 * (4 * hidden * hidden + 2 * hidden * inner)
    return float(layers * sum(length * (a_token + 4 * length * hidden) for length in lengths))
