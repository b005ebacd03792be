"""Where model weights come from, whether they are the right ones, and how this machine runs them.

Knows installed weight packages, local folders and hub ids; knows nothing of what a model is for. Only
safetensors and GGUF are ever loaded, and no model brings code of its own.
"""

from __future__ import annotations

from rag.weights.files import load_json, load_tensors, load_tokenizer
from rag.weights.machine import on_model_thread, pick_device, pick_dtype, use_threads
from rag.weights.places import (
    adapter_folder,
    cache_folder,
    check_default_weights,
    default_generator_folder,
    embedder_folder,
    generator_folder,
    gguf_file,
    image_model_folder,
    loading,
    model_name,
    models_folder,
    prepare_default_weights,
)

__all__ = [
    "adapter_folder",
    "cache_folder",
    "check_default_weights",
    "default_generator_folder",
    "embedder_folder",
    "generator_folder",
    "gguf_file",
    "image_model_folder",
    "load_json",
    "load_tensors",
    "load_tokenizer",
    "loading",
    "model_name",
    "models_folder",
    "on_model_thread",
    "pick_device",
    "pick_dtype",
    "prepare_default_weights",
    "use_threads",
]
