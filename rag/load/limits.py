"""What reading one file may cost and may try, and what a file may be called. Knows no format."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

_LONGEST_NAME = 200
# Controls, bidirectional overrides (they disguise an extension), surrogates, private use.
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn"}


@dataclass(frozen=True, slots=True)
class Limits:
    """Most seconds, memory (in MB, where the platform can enforce it), pages and megabytes of a file.

    Then: whether text is recognised in pictures and on how many pages; how many files within it are read
    and how deep they may lie; the passwords that it may be opened with; whether a picture without text is
    a document. Seconds count anew with each page that is recognised, and with each file within it.
    """

    seconds: float = 300
    memory_mb: int = 2000
    pages: int = 5000
    megabytes: int = 100
    ocr: bool = True
    ocr_pages: int = 500
    parts: int = 1000
    nesting: int = 3
    passwords: tuple[str, ...] = ()
    textless: bool = False

    @property
    def unpacked_bytes(self) -> int:
        """Most bytes that a packed file (DOCX, EPUB, ...) may unfold to; a zip bomb is far above it."""
        return min(self.memory_mb * 1_000_000 // 4, 10 * self.megabytes * 1_000_000)

    def within(self) -> Limits:
        """The limits of a file that lies in this one."""
        return replace(self, nesting=self.nesting - 1, textless=False)


def clean_name(name: str) -> str:
    """The name to show for a file: its last part, without folders and characters that do not show.

    Never empty, at most 200 characters, the extension kept.
    """
    last = re.split(r"[/\\]", name)[-1]
    shown = "".join(c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c) not in _UNSEEN)
    shown = re.sub(r"\s+", " ", shown).strip()
    if not shown.strip("."):
        return "unnamed"
    if len(shown) <= _LONGEST_NAME:
        return shown
    stem, dot, suffix = shown.rpartition(".")
    if not dot or len(suffix) > 16:
        return shown[:_LONGEST_NAME]
    return stem[: _LONGEST_NAME - len(suffix) - 1] + dot + suffix
