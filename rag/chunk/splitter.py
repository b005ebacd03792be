"""A Document to Chunks that the embedder can read whole.

This module decides what may stand together: sections under their headings, tiny ones with their kin; it
names pages and headings, and makes sure that nothing is too long. It knows no model and no file format.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile

from rag.chunk.cut import Cutter, Piece
from rag.chunk.sections import Section, sections
from rag.types import Chunk, Document, Page

_CHARACTERS_PER_TOKEN = 12
"""Longer runs count by characters: what a tokenizer takes for one unknown word is no small chunk."""


class Splitter:
    """Cuts documents into chunks of at most `max_tokens`, heading and table header included.

    `count_tokens` counts special tokens too, as the embedder will. `overlap` is how many tokens of whole
    sentences a chunk repeats of the one before it in its section. Threads may share a Splitter.
    """

    def __init__(self, count_tokens: Callable[[str], int], max_tokens: int, overlap: int) -> None:
        self._count_tokens = count_tokens
        self._special = count_tokens("")
        self._max = max_tokens
        self._overlap = min(overlap, (max_tokens - self._special) // 2)
        if max_tokens - self._special < 8:
            raise ValueError(f"max_tokens is {max_tokens}; a chunk needs at least {self._special + 8}")

    def split(self, document: Document, document_id: str) -> list[Chunk]:
        """All text of the document but white space, in order; equal documents give equal chunks."""
        pages = [page.start for page in document.pages]
        chunks: list[Chunk] = []
        for section in self._merged(document):
            heading = self._heading(section.path)
            cutter = Cutter(document, self._tokens, self._room(heading), self._overlap)
            for piece in self._fitting(cutter, cutter.chunks(section.start, section.end), heading):
                page = _page(document.pages, pages, piece.start)
                chunks.append(
                    Chunk(
                        id=f"{document_id}-{len(chunks):05d}",
                        document=document_id,
                        position=len(chunks),
                        text=document.text[piece.start : piece.end],
                        start=piece.start,
                        end=piece.end,
                        page=page,
                        heading=heading,
                        header=piece.header,
                        outer=piece.outer,
                    )
                )
        return chunks

    def _tokens(self, text: str) -> int:
        """Length of a text without special tokens, and never less than its characters allow."""
        most = len(text) // _CHARACTERS_PER_TOKEN
        return max(self._count_tokens(text) - self._special, most)

    def _room(self, *above: str) -> int:
        """Tokens left for text below these lines."""
        return self._max - self._special - sum(self._tokens(line) for line in above if line)

    def _heading(self, path: Sequence[str]) -> str:
        """The path of headings, the upper ones left out where it takes more than a quarter of a chunk."""
        most = self._max // 4
        for first in range(len(path)):
            heading = " > ".join(path[first:])
            if self._tokens(heading) <= most:
                return heading
        words = path[-1].split() if path else []
        while words and self._tokens(" ".join(words)) > most:
            words.pop()
        return " ".join(words)

    def _merged(self, document: Document) -> list[Section]:
        """Sections, those too small to stand alone joined to their neighbours under the common path."""
        merged: list[tuple[Section, int]] = []
        room = self._room()
        for section in sections(document):
            text = document.text[section.start : section.end]
            size = self._tokens(text) if len(text) < room * _CHARACTERS_PER_TOKEN else room
            same_file = bool(merged) and merged[-1][0].file == section.file
            if same_file and self._small(merged[-1][1], size, room):
                path = _common(merged[-1][0].path, section.path)
                if len(path) >= min(len(merged[-1][0].path), len(section.path)) - 1:
                    before, taken = merged.pop()
                    section, size = Section(before.start, section.end, path, section.file), taken + size
            merged.append((section, size))
        return [section for section, _ in merged]

    def _small(self, first: int, second: int, room: int) -> bool:
        """Whether two neighbouring sections are better off in one chunk: one is tiny, and both fit well."""
        return min(first, second) < room // 8 and first + second <= room * 3 // 4

    def _fitting(self, cutter: Cutter, pieces: Iterator[Piece], heading: str) -> Iterator[Piece]:
        """The pieces, cut smaller where counting them whole gives more than the sum of their parts."""
        for piece in pieces:
            parts = (heading, piece.header, cutter.text[piece.start : piece.end])
            over = self._count_tokens("\n".join(filter(None, parts))) - self._max
            if over <= 0 or piece.end - piece.start < 2:
                yield piece
            else:
                smaller = cutter.cut(piece.start, piece.end, max(piece.tokens - over - 1, 1), piece.header)
                yield from self._fitting(cutter, iter(smaller), heading)


def _page(pages: Sequence[Page], starts: Sequence[int], position: int) -> int | None:
    """The number of the page that the position stands on, None where it stands on none."""
    index = bisect_right(starts, position) - 1
    return pages[index].number if index >= 0 and position < pages[index].end else None


def _common(first: Sequence[str], second: Sequence[str]) -> tuple[str, ...]:
    """The headings that two paths begin with."""
    pairs = takewhile(lambda pair: pair[0] == pair[1], zip(first, second, strict=False))
    return tuple(title for title, _ in pairs)
