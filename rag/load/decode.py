"""Bytes to text in whatever encoding they are, or the finding that they are no text."""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_SAMPLE = 65536
# Text has stray control bytes at most; random bytes have one in nine.
_MOST_CONTROLS = 0.01


def decode(data: bytes, declared: str | None = None) -> str | None:
    """The text, or None where the bytes are no text. `declared` is an encoding the file claims for itself."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    wide = _wide(data[:_SAMPLE])
    if wide:
        return data.decode(wide, "replace")
    sample = data[:_SAMPLE]
    if len(_CONTROLS.findall(sample)) > 2 + _MOST_CONTROLS * len(sample):
        return None
    for stated in ("utf-8", declared):
        text = _strict(data, stated)
        if text is not None:
            return text
    return _guessed(data)


def _strict(data: bytes, encoding: str | None) -> str | None:
    try:
        return data.decode(encoding) if encoding else None
    except (UnicodeDecodeError, LookupError):
        return None


def _wide(sample: bytes) -> str | None:
    """UTF-16 without its mark: every other byte of mostly Latin text is zero."""
    half = len(sample) // 2
    if half < 2:
        return None
    even, odd = sample[0 : 2 * half : 2].count(0), sample[1 : 2 * half : 2].count(0)
    if odd > 0.4 * half and even < 0.02 * half:
        return "utf-16-le"
    if even > 0.4 * half and odd < 0.02 * half:
        return "utf-16-be"
    return None


def _guessed(data: bytes) -> str | None:
    """What charset-normalizer takes it for, judged on a sample, read with a mark for what does not fit."""
    best = from_bytes(data[:_SAMPLE]).best()
    if best is None:
        return _strict(data, "cp1252")
    return data.decode(best.encoding, "replace")
