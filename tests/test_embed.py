"""Embedding: the vectors are those of the model as published, in order, whatever travels in one batch."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from rag.embed import BATCH_TOKENS, TransformerEmbedder, batches
from rag.encoder import Bert, load_encoder
from rag.errors import MissingWeights
from rag.settings import Settings
from rag.weights import embedder_folder, load_tensors
from tests.models import tiny_encoder

CPU = torch.device("cpu")
TEXTS = ["warm water", "cold stone", "a b c d e f g h i j k", "", "x"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tiny_encoder(tmp_path_factory.mktemp("encoder"))


@pytest.fixture
def embedder(folder) -> TransformerEmbedder:
    return TransformerEmbedder(Settings(embedder=str(folder), device="cpu"))


def copied(folder: Path, target: Path, **files: object) -> Path:
    """The model again, with sentence-transformers' files beside it; "__" in a name stands for "/"."""
    target.mkdir()
    for file in folder.iterdir():
        (target / file.name).write_bytes(file.read_bytes())
    for name, content in files.items():
        path = target / (name.replace("__", "/") + ".json")
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content))
    return target


def reference(folder: Path, texts: list[str], embedder: TransformerEmbedder) -> np.ndarray:
    """Mean-pooled vectors by transformers' own model, one text at a time, in float32."""
    from transformers import AutoModel

    model = AutoModel.from_pretrained(folder, dtype=torch.float32).eval()
    rows = []
    for text in texts:
        ids = torch.tensor([embedder._cut.encode(text).ids])
        with torch.inference_mode():
            rows.append(model(input_ids=ids).last_hidden_state[0].mean(0).numpy())
    return np.stack([row / np.linalg.norm(row) for row in rows])


def cosines(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return (one * other).sum(axis=1)


def test_vectors_are_the_models_own(folder, embedder):
    vectors = embedder.embed_documents(TEXTS)
    assert vectors.shape == (5, embedder.dimension) and vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert cosines(vectors, reference(folder, TEXTS, embedder)).min() > 0.999


def test_the_lean_forward_pass_equals_transformers_in_float32(folder):
    from transformers import AutoModel

    config = json.loads((folder / "config.json").read_text())
    ids, mask = torch.randint(4, 30, (3, 9)), torch.ones(3, 9, dtype=torch.long)
    mask[1, 5:] = 0
    lean = Bert(load_tensors(folder), config, torch.float32)
    with torch.inference_mode():
        expected = AutoModel.from_pretrained(folder).eval()(input_ids=ids, attention_mask=mask)
        found = lean(ids, mask)
    torch.testing.assert_close(found[mask == 1], expected.last_hidden_state[mask == 1], atol=1e-4, rtol=1e-4)


def test_a_text_gets_the_same_vector_alone_and_in_company(embedder):
    together = embedder.embed_documents(TEXTS)
    alone = np.concatenate([embedder.embed_documents([text]) for text in TEXTS])
    assert cosines(together, alone).min() > 0.999


def test_no_text_gives_no_vector(embedder):
    assert embedder.embed_documents([]).shape == (0, embedder.dimension)


def test_a_long_text_is_cut_and_counted_whole(embedder):
    long = "a " * 500
    assert embedder.count_tokens(long) == 502 and embedder.max_tokens == 64
    cut = embedder.embed_documents([long, "a " * 62])
    assert cosines(cut[:1], cut[1:]) > 0.9999


def test_many_batches_keep_the_order(embedder):
    texts = [" ".join("abcdefghij"[: 1 + n % 10]) + f" {'xyz'[n % 3]}" for n in range(900)]
    vectors = embedder.embed_documents(texts)
    picked = [0, 7, 450, 899]
    assert cosines(vectors[picked], embedder.embed_documents([texts[n] for n in picked])).min() > 0.999


def test_threads_share_one_embedder(embedder):
    expected = embedder.embed_documents(TEXTS)
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda _: embedder.embed_documents(TEXTS), range(8)):
            assert cosines(found, expected).min() > 0.9999


def test_batches_hold_texts_of_one_length_and_never_too_many_tokens():
    lengths = [3, 200, 5, 7, 256, 100] * 50
    found = list(batches(lengths))
    assert sorted(index for batch in found for index in batch) == list(range(300))
    assert all(len(batch) * max(lengths[index] for index in batch) <= BATCH_TOKENS for batch in found)
    assert lengths[found[0][0]] == 256, "longest first"


def test_the_files_of_sentence_transformers_are_followed(folder, tmp_path):
    described = copied(
        folder,
        tmp_path / "described",
        modules=[
            {"path": "", "type": "sentence_transformers.models.Transformer"},
            {"path": "pool", "type": "sentence_transformers.models.Pooling"},
        ],
        pool__config={"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False},
        sentence_bert_config={"max_seq_length": 8},
        config_sentence_transformers={"prompts": {"query": "warm ", "document": ""}},
    )
    embedder = TransformerEmbedder(Settings(embedder=str(described), device="cpu"))
    plain = TransformerEmbedder(Settings(embedder=str(folder), device="cpu"))
    assert embedder.max_tokens == 8
    assert cosines(embedder.embed_queries(["stone"]), embedder.embed_documents(["warm stone"])) > 0.9999
    assert cosines(embedder.embed_documents(["stone"]), plain.embed_documents(["stone"])) < 0.99, (
        "pooled by [CLS]"
    )


@pytest.mark.parametrize("mode", ["max", "lasttoken", "mean"])
def test_newer_files_name_the_pooling_mode(folder, tmp_path, mode):
    modules = [{"path": "1_Pooling", "type": "sentence_transformers.sentence_transformer.modules.Pooling"}]
    named = copied(folder, tmp_path / mode, modules=modules, **{"1_Pooling__config": {"pooling_mode": mode}})
    embedder = TransformerEmbedder(Settings(embedder=str(named), device="cpu"))
    together = embedder.embed_documents(["a b c d e f", "warm"])
    assert cosines(together[1:], embedder.embed_documents(["warm"])) > 0.999, "padding has no say"


def test_a_model_with_parts_we_do_not_know_is_refused(folder, tmp_path):
    dense = [{"path": "2_Dense", "type": "sentence_transformers.models.Dense"}]
    strange = copied(folder, tmp_path / "strange", modules=dense)
    with pytest.raises(MissingWeights, match="Dense"):
        TransformerEmbedder(Settings(embedder=str(strange)))


def test_other_architectures_run_as_transformers_wrote_them(tmp_path):
    folder = tiny_encoder(tmp_path / "other", "electra", embedding_size=32)
    embedder = TransformerEmbedder(Settings(embedder=str(folder), device="cpu"))
    vectors = embedder.embed_documents(TEXTS)
    assert cosines(vectors, reference(folder, TEXTS, embedder)).min() > 0.999


def test_a_damaged_weight_file_is_one_sentence(folder, tmp_path):
    broken = copied(folder, tmp_path / "broken")
    (broken / "model.safetensors").write_bytes(b"\x08\0\0\0\0\0\0\0garbage!")
    with pytest.raises(MissingWeights, match="could not be loaded"):
        TransformerEmbedder(Settings(embedder=str(broken)))


def test_changed_weights_change_the_name(folder, tmp_path):
    other = tiny_encoder(tmp_path / folder.name, intermediate_size=48)
    names = {TransformerEmbedder(Settings(embedder=str(path))).name for path in (folder, other)}
    assert len(names) == 2 and all(name.startswith(folder.name) for name in names)


@pytest.mark.slow
def test_the_default_embedder_agrees_with_float32_on_every_sentence():
    embedder = TransformerEmbedder(Settings(device="cpu"))
    lines = [line for file in Path("tests").glob("*.py") for line in file.read_text().splitlines()]
    texts = [*sorted(set(lines))[::7], "Ünïcode – 東京 🙂", "a " * 400, "1"]
    assert (embedder.dimension, embedder.max_tokens, embedder.name) == (384, 256, "all-MiniLM-L6-v2")
    agreed = cosines(embedder.embed_documents(texts), reference(embedder_folder(Settings()), texts, embedder))
    assert agreed.min() >= 0.999


def test_a_float32_encoder_can_be_asked_for_on_any_machine(folder):
    config = json.loads((folder / "config.json").read_text())
    encode = load_encoder(folder, config, CPU, torch.float32)
    assert encode(torch.ones(1, 3, dtype=torch.long), torch.ones(1, 3)).dtype == torch.float32
