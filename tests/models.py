"""Tiny random models written to disk in the formats the program reads; no download, no stored weights."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

WORDS = ["[PAD]", "[CLS]", "[SEP]", "[UNK]", *"abcdefghijklmnopqrstuvwxyz", "warm", "cold", "water", "stone"]


def word_tokenizer(folder: Path) -> None:
    """A tokenizer of whole words and letters, with [CLS] and [SEP] around a text."""
    tokenizer = Tokenizer(models.WordLevel({word: place for place, word in enumerate(WORDS)}, "[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))


def tiny_encoder(folder: Path, kind: str = "bert", **changes: object) -> Path:
    """A random two-layer encoder whose weights differ enough for vectors to differ."""
    names = {"vocab_size": len(WORDS), "max_position_embeddings": 64, "pad_token_id": 0}
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
    _random(folder, kind, **names | sizes | changes)
    return folder


def _random(folder: Path, kind: str, **described: object) -> None:
    """Save a random model of the kind with its tokenizer."""
    from transformers import AutoConfig, AutoModel

    torch.manual_seed(7)
    model = AutoModel.from_config(AutoConfig.for_model(kind, **described))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.3)
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    word_tokenizer(folder)


def tiny_sight(folder: Path, kind: str = "clip") -> Path:
    """A random model with a tower for words and one for pictures, as CLIP and SigLIP have them."""
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
    words = sizes | {"vocab_size": len(WORDS), "max_position_embeddings": 16, "pad_token_id": 0}
    words |= {"bos_token_id": 1, "eos_token_id": 2, "projection_size": 32}
    seen = sizes | {"image_size": 32, "patch_size": 8}
    _random(folder, kind, text_config=words, vision_config=seen, projection_dim=24)
    told = {"tokenizer_class": "PreTrainedTokenizerFast", "pad_token": "[PAD]", "unk_token": "[UNK]"}
    (folder / "tokenizer_config.json").write_text(json.dumps(told))
    name = {"clip": "CLIP", "siglip": "Siglip"}[kind]
    prepared = {"image_processor_type": f"{name}ImageProcessor", "processor_class": f"{name}Processor"}
    prepared |= {"size": {"height": 32, "width": 32}, "crop_size": {"height": 32, "width": 32}}
    (folder / "preprocessor_config.json").write_text(json.dumps(prepared))
    return folder


CHAT = (
    "{% for message in messages %}<|start|>{{ message['role'] }}\n{{ message['content'] }}<|end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|start|>assistant\n{% endif %}"
)


def byte_tokenizer(folder: Path) -> int:
    """A byte-level tokenizer as Llama's kin have, with a chat template; returns its size."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        special_tokens=["<|start|>", "<|end|>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    tokenizer.train_from_iterator(["the cold water of the warm stone"], trainer)
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|end|>", "chat_template": CHAT}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    return int(tokenizer.get_vocab_size())


def tiny_generator(folder: Path, kind: str = "llama", **changes: object) -> Path:
    """A random two-layer causal language model, its logits spread enough that greedy has no near-ties."""
    from transformers import AutoConfig, AutoModelForCausalLM

    folder.mkdir(parents=True, exist_ok=True)
    shape = {
        "vocab_size": byte_tokenizer(folder),
        "hidden_size": 64,
        "intermediate_size": 96,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 512,
        "eos_token_id": 1,
        "bos_token_id": 0,
        "pad_token_id": 1,
    }
    torch.manual_seed(3)
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model(kind, **shape | changes))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(4) if parameter.dim() > 1 else parameter.add_(torch.randn_like(parameter) * 0.1)
    model.save_pretrained(folder)
    return folder
