"""A Document cut into Chunks that the embedder can read whole."""

from rag.chunk.splitter import Splitter

__all__ = ["Splitter"]
