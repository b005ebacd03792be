"""What a document leaves on a disk, and the search for it in every file of a home.

Knows bytes: windows of text, of vectors and of the uploaded file. Knows no store and no format of one, so
that it finds what a store forgot to erase, free pages and logs included.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rag.types import Trace, TraceKind, Vectors

LETTERS = 20  # of text in a window
FLOATS = 16  # of a vector in a window: 64 bytes
OCTETS = 64  # of the upload in a block
MOST = 200_000  # windows of a kind; a longer text has its windows further apart than one letter
TELLING = 8  # different letters, bytes or numbers from which a window says whose it is
READ = 4 << 20  # bytes of a file looked through at once
KEY = 16  # bytes of a window that are hashed; the rest is compared
_SPREAD = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F))
_KEPT = np.uint32(12)  # low bits of a float that two ways of normalising may set apart

U64 = npt.NDArray[np.uint64]


class Windows:
    """Byte strings that are looked for at every offset, all at once."""

    def __init__(self, windows: Iterable[bytes]) -> None:
        self.all = frozenset(window for window in windows if len(window) >= KEY)
        self._by_key: dict[bytes, list[bytes]] = {}
        for window in self.all:
            self._by_key.setdefault(window[:KEY], []).append(window)
        firsts = np.frombuffer(b"".join(self._by_key), dtype="<u8").reshape(-1, 2)
        self._keys = np.sort(_mixed(firsts[:, 0], firsts[:, 1]))
        self._table = _table(self._keys)
        self.longest = max(map(len, self.all), default=0)

    def within(self, data: bytes) -> set[bytes]:
        """Return the windows that stand somewhere in `data`."""
        found: set[bytes] = set()
        padded = data + bytes(KEY)
        for shift in range(8 if self.all else 0):
            words = np.frombuffer(padded, dtype="<u8", offset=shift, count=(len(padded) - shift) // 8)
            for place in _places(_mixed(words[:-1], words[1:]), self._table, self._keys):
                at = shift + 8 * int(place)
                known = self._by_key.get(data[at : at + KEY], ())
                found.update(window for window in known if data.startswith(window, at))
        return found


class Numbers:
    """Windows of float32 vectors, whatever last bits a store's own normalising gave them."""

    def __init__(self, vectors: Iterable[Vectors]) -> None:
        parts = np.concatenate([np.zeros((0, FLOATS), "<u4"), *map(_sixteens, vectors)])[:MOST]
        telling = [part for part in parts if len(np.unique(part)) >= TELLING]
        self.all = frozenset(part.tobytes() for part in telling)
        self._keys = np.sort(_fours(np.array(telling, dtype="<u4").reshape(-1, FLOATS)[:, :4]))
        self._table = _table(self._keys)

    def within(self, data: bytes) -> set[bytes]:
        """Return the windows that stand somewhere in `data`."""
        found: set[bytes] = set()
        padded = data + bytes(KEY)
        for shift in range(4 if self.all else 0):
            count = (len(padded) - shift) // 4
            words = _rounded(np.frombuffer(padded, dtype="<u4", offset=shift, count=count))
            if count < 4:
                continue
            fours = np.lib.stride_tricks.sliding_window_view(words, 4)
            for place in _places(_fours(fours), self._table, self._keys):
                found.add(words[place : place + FLOATS].tobytes())
        return found & self.all


@dataclass(frozen=True, slots=True)
class Traces:
    """What to look for after a document is removed; taken while it is there."""

    text: Windows
    vectors: Numbers
    upload: Windows
    spared: set[bytes] = field(default_factory=set)

    @classmethod
    def of(cls, text: str, vectors: Iterable[Vectors], upload: bytes) -> Traces:
        """Take the windows of a document: `vectors` each of shape (dimension,), `upload` its file's bytes."""
        # The keyword index holds folded words, so a long one is looked for folded too.
        texts = [*_text_windows(text), *_text_windows(text.casefold())]
        return cls(Windows(texts), Numbers(vectors), Windows(_blocks(upload)))

    def counts(self) -> dict[TraceKind, int]:
        """Return how many different windows of each kind are looked for."""
        return {"text": len(self.text.all), "vectors": len(self.vectors.all), "upload": len(self.upload.all)}

    def found(self, root: Path) -> list[Trace]:
        """Look through every file under `root`; windows in `spared` are not counted."""
        traces = []
        for path in sorted(path for path in root.rglob("*") if path.is_file()):
            counted = Counter(kind for kind, window in self._in_file(path) if window not in self.spared)
            traces += [Trace(kind, str(path.relative_to(root)), count) for kind, count in counted.items()]
        return traces

    def spare(self, data: bytes) -> None:
        """Count no more what also stands in `data`, which is of a document that stays."""
        self.spared.update(window for _, window in self._in(data))

    def _in_file(self, path: Path) -> set[tuple[TraceKind, bytes]]:
        found: set[tuple[TraceKind, bytes]] = set()
        overlap = max(self.text.longest, self.upload.longest, 4 * FLOATS)
        for data in _read(path, overlap):
            found |= self._in(data)
        return found

    def _in(self, data: bytes) -> set[tuple[TraceKind, bytes]]:
        return (
            {("text", window) for window in self.text.within(data)}
            | {("vectors", window) for window in self.vectors.within(data)}
            | {("upload", window) for window in self.upload.within(data)}
        )


def _text_windows(text: str) -> Iterator[bytes]:
    if len(text) < LETTERS:
        yield text.encode()
    step = max(1, (len(text) - LETTERS) // MOST + 1)
    for start in range(0, len(text) - LETTERS + 1, step):
        window = text[start : start + LETTERS]
        if len(set(window)) >= TELLING:
            yield window.encode(errors="replace")


def _blocks(upload: bytes) -> Iterator[bytes]:
    step = OCTETS * (len(upload) // (OCTETS * MOST) + 1)
    for start in range(0, max(len(upload) - OCTETS, 0) + 1, step):
        block = upload[start : start + OCTETS]
        if len(set(block)) >= TELLING:
            yield block


def _read(path: Path, overlap: int) -> Iterator[bytes]:
    """Yield a file in pieces that overlap, so that no window falls between two; a vanished one is empty."""
    try:
        with path.open("rb") as file:
            kept = b""
            while piece := file.read(READ):
                yield kept + piece
                kept = (kept + piece)[-overlap:]
    except FileNotFoundError:
        return


def _mixed(first: U64, second: U64) -> U64:
    mixed: U64 = (first * _SPREAD[0]) ^ (second * _SPREAD[1])
    return mixed * _SPREAD[0]


def _sixteens(vector: Vectors) -> npt.NDArray[np.uint32]:
    """The windows of one vector, shape (n, FLOATS)."""
    row = _rounded(np.ascontiguousarray(vector, dtype="<f4").view("<u4"))
    return row[: len(row) // FLOATS * FLOATS].reshape(-1, FLOATS)


def _fours(words: npt.NDArray[np.uint32]) -> U64:
    wide = words.astype(np.uint64)
    return _mixed(wide[:, 0] << np.uint64(32) | wide[:, 1], wide[:, 2] << np.uint64(32) | wide[:, 3])


def _rounded(words: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    return (words + np.uint32(1 << 11)) >> _KEPT


def _table(keys: U64) -> npt.NDArray[np.bool_]:
    """A quick first look: may the key be among the keys."""
    table = np.zeros(1 << 22, dtype=np.bool_)
    table[keys >> np.uint64(42)] = True
    return table


def _places(keys: U64, table: npt.NDArray[np.bool_], wanted: U64) -> npt.NDArray[np.intp]:
    likely = np.flatnonzero(table[keys >> np.uint64(42)])
    return likely[np.isin(keys[likely], wanted)]
