"""Cuts one section of a document into pieces that fit: paragraphs, sentences, table rows.

LangChain's recursive splitter, with the embedder's tokenizer as its length, cuts what is too long at the
best place: sentence, clause, comma, line, word. Rows, overlap and exact offsets are this module's own.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from langchain_text_splitters import RecursiveCharacterTextSplitter

from rag.chunk.breaks import PARAGRAPH, breaks, parts, trim, unbroken
from rag.types import Document, Span, Table

# What a sentence that is too long is cut at, best first: cells, clauses, commas, lines, words, characters.
_CLAUSES = (r"(?<=\s\|)\s", r"(?<=[;:；：])(?!\d)\s*", r"(?<=[,，、])(?!\d)\s*", r"\n", r"\s+", "")
_LONGEST_SENTENCE = 8
"""A run without marks that fills more chunks than this is data, not a sentence to be rejoined."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch that is not cut any more; `tokens` without special ones.

    `alone` holds for what does not share a chunk: part of a table, or of a sentence.
    """

    start: int
    end: int
    tokens: int
    header: str = ""
    outer: Span | None = None
    alone: bool = False


class Cutter:
    """Cuts one section into pieces that fit `room` tokens."""

    def __init__(self, document: Document, tokens: Callable[[str], int], room: int, overlap: int) -> None:
        self.text = document.text
        self._tables = document.tables
        self._tokens = cache(tokens)  # LangChain asks for the same lengths again when it merges
        self._room = room
        self._overlap = overlap

    def chunks(self, start: int, end: int) -> Iterator[Piece]:
        """What stands together in a chunk: neighbouring pieces as far as they fit."""
        gathered: list[Piece] = []
        for piece in self._pieces(start, end):
            size = sum(one.tokens for one in gathered)
            if gathered and (piece.alone or gathered[-1].alone or size + piece.tokens > self._room):
                yield self._joined(gathered)
                gathered = self._repeated(gathered, piece)
            gathered.append(piece)
        if gathered:
            yield self._joined(gathered)

    def _joined(self, pieces: Sequence[Piece]) -> Piece:
        tokens = sum(piece.tokens for piece in pieces)
        first, last = pieces[0], pieces[-1]
        return Piece(first.start, last.end, tokens, first.header, first.outer, first.alone)

    def _repeated(self, before: Sequence[Piece], piece: Piece) -> list[Piece]:
        """The last whole sentences of the chunk before, as many as overlap and room allow."""
        if not self._overlap or piece.alone or before[-1].alone:
            return []
        first, last = before[0].start, before[-1].end
        taken: list[Piece] = []
        left = min(self._overlap, self._room - piece.tokens)
        for start, end in reversed(unbroken(self.text[first:last])[1:]):
            tokens = self._tokens(self.text[first + start : first + end])
            if tokens > left:
                break
            left -= tokens
            taken.append(Piece(first + start, first + end, tokens))
        return taken[::-1]

    def _pieces(self, start: int, end: int) -> Iterator[Piece]:
        """Paragraphs and tables in order, each cut as far as it must be."""
        first = bisect_left(self._tables, start, key=lambda table: table.start)
        for table in self._tables[first:]:
            if table.end > end:
                break
            yield from self._prose(start, table.start)
            yield from self._table(table)
            start = table.end
        yield from self._prose(start, end)

    def _prose(self, start: int, end: int) -> Iterator[Piece]:
        for first, last in parts(PARAGRAPH, self.text, start, end):
            yield from self.cut(first, last, self._room - self._overlap, "")

    def cut(self, start: int, end: int, size: int, header: str) -> list[Piece]:
        """The stretch in pieces of at most `size` tokens, sentences whole where they fit."""
        text = self.text[start:end]
        whole = self._tokens(text)
        if whole <= size:
            return [Piece(start, end, whole, header, alone=bool(header))]
        splitter = RecursiveCharacterTextSplitter(
            separators=[breaks(text), *_CLAUSES],
            is_separator_regex=True,
            keep_separator="end",
            strip_whitespace=False,  # so that the pieces add up to the text and offsets stay exact
            chunk_size=size,
            chunk_overlap=0,
            length_function=self._tokens,
        )
        limits = unbroken(text)
        pieces: list[Piece] = []
        for part in splitter.split_text(text):
            span = trim(self.text, start, start + len(part))
            start += len(part)
            if span:
                outer = self._outer(span, limits, end - len(text))
                tokens = self._tokens(self.text[slice(*span)])
                pieces.append(Piece(*span, tokens, header, outer, alone=bool(header or outer)))
        return pieces

    def _outer(self, span: Span, limits: Sequence[Span], base: int) -> Span | None:
        """The sentence of which this is a part, None where it starts and ends with sentences."""
        at = max(bisect_right(limits, (span[0] - base, len(self.text))) - 1, 0)
        start, end = limits[at][0] + base, limits[at][1] + base
        if span[0] <= start and any(span[1] == last + base for _, last in limits[at:]):
            return None
        data = self._tokens(self.text[start:end]) > _LONGEST_SENTENCE * self._room
        return None if data else (start, end)

    def _table(self, table: Table) -> Iterator[Piece]:
        """The table whole where it fits, else by rows, each piece but the first with the header beside it."""
        whole = self._tokens(self.text[table.start : table.end])
        if whole <= self._room:
            yield Piece(table.start, table.end, whole)
            return
        header = self.text[table.start : table.header_end]
        room = self._room - self._tokens(header)
        if room < self._room // 2:  # such a header would leave no room for what stands below it
            yield from self.cut(table.start, table.header_end, self._room, "")
            header, room = "", self._room
        yield from self._rows(table, header, room)

    def _rows(self, table: Table, header: str, room: int) -> Iterator[Piece]:
        gathered: list[Piece] = []
        if header:
            gathered = [Piece(table.start, table.header_end, 0)]
        for start, end in parts(re.compile(r"\n"), self.text, table.header_end, table.end):
            tokens = self._tokens(self.text[start:end])
            if gathered and sum(row.tokens for row in gathered) + tokens > room:
                yield self._row_group(gathered, table, header)
                gathered = []
            if tokens > room:
                yield from self._long_row(start, end, room, header)
            else:
                gathered.append(Piece(start, end, tokens))
        if gathered:
            yield self._row_group(gathered, table, header)

    def _row_group(self, rows: Sequence[Piece], table: Table, header: str) -> Piece:
        """Rows that share a chunk; the first such group holds the header itself."""
        first = rows[0].start
        tokens = sum(row.tokens for row in rows)
        return Piece(first, rows[-1].end, tokens, header if first > table.start else "", alone=True)

    def _long_row(self, start: int, end: int, room: int, header: str) -> Iterator[Piece]:
        """A row that alone is too long, cut between its cells where that helps."""
        for piece in self.cut(start, end, room, header):
            yield replace(piece, outer=(start, end), alone=True)
