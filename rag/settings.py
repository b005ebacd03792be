"""Every setting, its default and what it means.

A `RAG_*` environment variable sets each field. This module reads the environment when `Settings()` is
called, never at import, and knows no part of the program.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from rag.errors import RagError


class Settings(BaseSettings):
    """Frozen settings; unknown names are an error, so that a typing error does not pass in silence."""

    model_config = SettingsConfigDict(env_prefix="RAG_", frozen=True, extra="forbid")

    home: Path = Field(
        default=Path("~/.docent"), description="Folder that holds the library: index, catalog, uploads."
    )
    embedder: str = Field(
        default="all-MiniLM-L6-v2",
        description="Embedding model: the installed default, a local folder, or a Hugging Face id.",
    )
    generator: str = Field(
        default="SmolLM2-135M-Instruct",
        description="Answering model: the installed default, a local folder, or a Hugging Face id.",
    )
    adapter: str = Field(
        default="",
        description="Folder of a LoRA adapter for the generator; empty takes the shipped one for the "
        "default generator, none for others.",
    )
    generator_url: str = Field(
        default="",
        description="Base URL of an OpenAI-compatible server (vLLM, Ollama, llama.cpp); `generator` "
        "then names its model.",
    )
    generator_key: str = Field(default="", description="API key for `generator_url`, where it wants one.")
    generator_window: int = Field(
        default=0,
        ge=0,
        description="Most tokens of prompt and answer together; 0 takes the model's own, at most 8192.",
    )
    image_model: str = Field(
        default="",
        description="Experimental: model that finds pictures by what they show (CLIP, SigLIP), a local "
        "folder or a Hugging Face id; empty: no such search.",
    )
    chroma_url: str = Field(
        default="", description="URL of a Chroma server; empty keeps vectors in the home."
    )
    device: str = Field(
        default="auto", description="Where models run: auto, cpu, cuda, mps; auto takes a GPU if any."
    )
    threads: int = Field(default=0, ge=0, description="CPU threads for models; 0 takes every core.")
    chunk_tokens: int = Field(
        default=0,
        ge=0,
        description="Most word pieces of a chunk, headings counted; 0 takes what the embedder reads, "
        "at most 256.",
    )
    chunk_overlap: int = Field(
        default=0, ge=0, description="Word pieces that neighbouring chunks share, in whole sentences."
    )
    passages: int = Field(
        default=3, ge=1, le=5, description="Most passages handed to the generator for one answer."
    )
    answer_tokens: int = Field(default=160, ge=16, description="Most tokens of one answer.")
    refuse_below: float = Field(
        default=0.3,
        ge=0,
        le=1,
        description="An answer whose calibrated support is lower than this is refused; asked of one "
        "document, or how or why, lower than 0.8 of it.",
    )
    password: str = Field(
        default="",
        description="Password that the web app asks for; needed where it listens beyond this machine.",
    )
    max_file_mb: int = Field(default=100, ge=1, description="Largest file that is read, in MB.")
    max_pages: int = Field(default=5000, ge=1, description="Most pages read of one file.")
    read_seconds: int = Field(default=300, ge=1, description="Longest time one file may take to be read.")
    read_memory_mb: int = Field(
        default=2000, ge=256, description="Most memory the reading process may take, in MB."
    )
    ocr: bool = Field(
        default=True, description="Recognise the text of pictures and of pages without text (OCR)."
    )
    ocr_pages: int = Field(default=500, ge=1, description="Most pages of one file that are recognised.")
    max_parts: int = Field(
        default=1000, ge=1, description="Most files read of one archive or mail, those within them counted."
    )
    max_nesting: int = Field(
        default=3,
        ge=0,
        description="How deep archives and mails may lie in each other; 0 reads no file in them.",
    )

    @classmethod
    def read(cls) -> Settings:
        """Return the settings of the environment; RagError names the variable that cannot be used."""
        try:
            return cls()
        except ValidationError as exc:
            first = exc.errors()[0]
            name = f"RAG_{'_'.join(str(part) for part in first['loc']).upper()}"
            raise RagError(
                f"{name} is set to {first['input']!r}: {first['msg']}. Change or unset it."
            ) from exc
