"""The one error tree.

Every message is a sentence for the person at the screen: what happened, to which file or setting,
and what to do. Errors of other libraries are translated in the module that owns the library.
"""

from __future__ import annotations


class RagError(Exception):
    """Something a person can act on; its message is shown as it is."""


class UnsupportedFile(RagError):
    """No reader knows this kind of file."""


class UnreadableFile(RagError):
    """The file is damaged, encrypted, too large, or not what its name says."""


class LockedFile(UnreadableFile):
    """The file is encrypted, and no password that was given opens it."""


class EmptyDocument(RagError):
    """The file was read and holds no text."""


class MissingWeights(RagError):
    """Model weights are not installed, or are not the ones that were expected."""


class StoreMismatch(RagError):
    """The stored index was made by another embedder, chunking or schema."""


class HomeInUse(RagError):
    """Another process owns this home."""


class NotFound(RagError):
    """No such document, collection or chat in this library."""


class PromptTooLong(RagError):
    """The question alone does not fit the model's window."""


class ModelUnavailable(RagError):
    """The remote model server did not answer, or refused."""
