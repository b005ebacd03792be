"""Generators: one that runs a model on this machine, one that asks a server that speaks OpenAI's protocol.

Knows messages and tokens; nothing of documents, passages or citations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.protocols import Generator
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.generate.local import LocalGenerator
    from rag.generate.remote import RemoteGenerator

__all__ = ["LocalGenerator", "RemoteGenerator", "generator"]


def generator(settings: Settings) -> Generator:
    """Return the remote generator where `generator_url` is set, else the local one."""
    # Imported here: torch is of no use to a remote generator, nor openai to a local one.
    if settings.generator_url:
        from rag.generate.remote import RemoteGenerator

        return RemoteGenerator(settings)
    from rag.generate.local import LocalGenerator

    return LocalGenerator(settings)


def __getattr__(name: str) -> object:
    if name == "LocalGenerator":
        from rag.generate.local import LocalGenerator

        return LocalGenerator
    if name == "RemoteGenerator":
        from rag.generate.remote import RemoteGenerator

        return RemoteGenerator
    raise AttributeError(f"module 'rag.generate' has no attribute {name!r}")
