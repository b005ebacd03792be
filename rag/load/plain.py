"""Plain text: the document's text is the file's own, in any encoding."""

from __future__ import annotations

from rag.errors import UnreadableFile
from rag.load.decode import decode
from rag.load.draft import clean
from rag.load.limits import Limits
from rag.types import Document


def text_of(data: bytes, title: str) -> str:
    """The cleaned text; raises UnreadableFile where the bytes are no text. `title` names the kind."""
    text = decode(data)
    if text is None:
        raise UnreadableFile(
            f"is named like {title} but holds binary data; give it the extension of what it really is."
        )
    return clean(text)


def read(data: bytes, limits: Limits) -> Document:
    """The text as it is."""
    return Document(text=text_of(data, "plain text"), media_type="text/plain")
