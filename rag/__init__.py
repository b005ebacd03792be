"""Docent: answers from your own documents, on your own machine, with the place each answer stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.library import Library

__all__ = ["Library"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - PEP 562 gives a module's attributes any type
    # Lazy: `import rag.types` must not load torch, chromadb or transformers.
    if name == "Library":
        from rag.library import Library

        return Library
    raise AttributeError(f"module 'rag' has no attribute {name!r}")
