"""Rich Text Format, by striprtf: its words, without looks."""

from __future__ import annotations

from striprtf.striprtf import rtf_to_text  # type: ignore[import-untyped]

from rag.errors import UnreadableFile
from rag.load.draft import Draft
from rag.load.limits import Limits
from rag.types import Document


def read(data: bytes, limits: Limits) -> Document:
    """The text of the file; its code pages are handled by the library."""
    draft = Draft()
    try:
        draft.block(rtf_to_text(data.decode("latin-1"), errors="replace"))
    except (ValueError, ArithmeticError, LookupError, AttributeError) as error:
        raise UnreadableFile(
            "is a damaged rich text file; open it in a word processor and save it again."
        ) from error
    return draft.document("application/rtf")
