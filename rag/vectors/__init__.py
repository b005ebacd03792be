"""Vectors of chunks in Chroma, the only package that imports chromadb."""

from rag.vectors.store import ChromaVectors

__all__ = ["ChromaVectors"]
