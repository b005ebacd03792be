"""A conversation as a file that still proves, months later, where each sentence stood."""

from rag.audit.formats import FORMATS, Format
from rag.audit.gather import Audit, Entry, Quote, gather

__all__ = ["FORMATS", "Audit", "Entry", "Format", "Quote", "gather"]
