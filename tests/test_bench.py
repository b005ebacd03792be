"""The bench: ratios from rounds that alternate, a readable table, and a sentence for what is missing."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import asdict

import pytest

from rag import bench
from rag.bench import adding, asking, embedding, searching
from rag.bench.result import alternate, ratio
from rag.generate.greedy import Greedy
from rag.settings import Settings
from rag.types import Chunk
from tests.fakes import HashEmbedder
from tests.models import tiny_encoder


def test_sides_take_turns_and_the_first_round_does_not_count():
    order = []

    def side(name):
        def run():
            order.append(name)
            return float(len(order))

        return run

    taken = alternate({"one": side("one"), "other": side("other")}, rounds=2)
    assert order == ["one", "other"] * 3
    assert taken == {"one": [3.0, 5.0], "other": [4.0, 6.0]}


def test_a_ratio_is_the_median_of_the_rounds_ratios():
    assert ratio([2.0, 9.0, 30.0], [1.0, 3.0, 1.0]) == 3.0


def test_the_table_shows_every_figure_and_why_one_is_missing():
    results = [bench.Result("pace", 12345.6, "tokens/s"), bench.Result("against x", None, "times", "no x")]
    lines = bench.table(results).splitlines()
    assert "12,346 tokens/s" in lines[0] and lines[1].split() == ["against", "x", "-", "times", "no", "x"]
    assert json.loads(json.dumps(asdict(results[1])))["value"] is None


def test_without_llama_cpp_its_ratio_says_what_to_install():
    results = asking.figures({asking.OURS: [(1.0, 2.0)] * 3}, prompt=1000)
    assert results[-1].value is None and "requirements-bench.txt" in results[-1].note


def test_against_llama_cpp_more_is_faster():
    results = asking.figures({asking.OURS: [(1.0, 2.0)], asking.OTHER: [(3.0, 8.0)]}, prompt=1000)
    assert [result.value for result in results[-2:]] == [3.0, 4.0]


def test_an_encoders_operations_grow_with_its_texts():
    config = {"hidden_size": 384, "intermediate_size": 1536, "num_hidden_layers": 6}
    one = embedding.flops(config, [100])
    assert one == 6 * 100 * (2 * (4 * 384**2 + 2 * 384 * 1536) + 4 * 100 * 384)
    assert embedding.flops(config, [100, 100]) == 2 * one < embedding.flops(config, [200])


def test_embedding_is_measured_with_any_embedder(tmp_path, monkeypatch):
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if "sentence" in name else real(name))
    settings = Settings(embedder=str(tiny_encoder(tmp_path / "model")), device="cpu")
    pace, share, against = embedding.measure_embedding(settings, ["warm water", "cold stone"], peak=1.0)
    assert pace.value > 0 and share.value > 0
    assert against.value is None and "sentence-transformers is not installed" in against.note


class Clockwork:
    """A model that knows no text: always the next number."""

    drafts, length = True, 0

    def read(self, ids, keep, tail=0):
        import torch

        self.length = keep + len(ids)
        return torch.eye(50)[[(token + 1) % 50 for token in ids[-tail:]]]


def test_our_side_reads_the_whole_prompt_every_time():
    model, reads = Clockwork(), []
    inner = model.read
    model.read = lambda ids, keep, tail=0: (reads.append(keep), inner(ids, keep, tail))[1]
    run = asking.our_side(model, list(range(40)), drafts=False)
    for _ in range(2):
        first, total = run()
        assert 0 < first <= total
    assert reads.count(0) == 2 and isinstance(Greedy(model), Greedy)


@pytest.mark.slow
@pytest.mark.timeout(1800)  # it measures for minutes, longer on a busy machine
def test_the_whole_bench_runs(monkeypatch):
    monkeypatch.setattr(bench, "DOCUMENTS", 10)  # the other side takes two seconds a document
    results = {result.name: result for result in bench.run()}
    assert results["embedding, agreement"].value >= 0.999
    assert all(result.value is None or result.value > 0 for result in results.values())
    assert {"ask, all, against llama.cpp", "start to first answer", "memory after it"} <= set(results)


def test_adding_alone_tells_time_growth_and_memory_and_no_ratio(tmp_path):
    settings = Settings(embedder=str(tiny_encoder(tmp_path / "model")), device="cpu")
    told: list[str] = []
    results = adding.measure_adding(settings, 10, told.append, alone=True)
    assert len(told) == adding.PARTS and told[-1].startswith("10 files added after ")
    assert "10 files of a page, 0 refused" in results[0].note
    assert [result.unit for result in results] == ["s", "1/s", "times", "MB"]
    assert all(result.value > 0 for result in results)


def test_searching_is_measured_at_ten_times_the_size_up_to_what_was_asked_for():
    assert searching.growing(1_000_000) == [1_000, 10_000, 100_000, 1_000_000]
    assert searching.growing(25_000) == [1_000, 10_000, 25_000]
    assert searching.growing(200) == [200]


def test_searching_tells_median_and_p95_at_each_size(monkeypatch):
    monkeypatch.setattr(searching, "TransformerEmbedder", lambda settings: HashEmbedder())
    chunks = [Chunk("c", "d", 0, "Opened items are returned. Stoves are repaired by the workshop.", 0, 60)]
    results = searching.measure_searching(Settings(), chunks, [20, 40], lambda line: None)
    assert [result.name for result in results] == [
        "search in 20, median",
        "search in 20, p95",
        "search in 20, median, processor",
        "search in 20, p95, processor",
        "search in 40, median",
        "search in 40, p95",
        "search in 40, median, processor",
        "search in 40, p95, processor",
    ]
    assert all(result.value > 0 for result in results)
