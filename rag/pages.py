"""Pictures of PDF pages, and where on them a quoted passage stands.

The text of a document comes from another reader than the one that draws its pages, so the two disagree
on spaces, hyphens, ligatures and the order of table cells. A passage is therefore aligned to the letters
and digits of the page. Knows PDF files and strings; nothing of libraries, citations or screens.
"""

from __future__ import annotations

import ctypes
import io
import re
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from rag.errors import NotFound, UnreadableFile
from rag.types import Span

PDFIUM = threading.Lock()  # pdfium is not safe to call from two threads
WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page; every number is a fraction (0 to 1) of the page as it is drawn."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class PageView:
    """A drawn page: PNG bytes, its size in pixels, and for each span asked for the boxes that cover it.

    A span that does not stand on this page has no boxes.
    """

    image: bytes
    width: int
    height: int
    page: int
    pages: int
    boxes: tuple[tuple[Box, ...], ...]


def count(path: Path) -> int:
    """Pages of the PDF. Raises UnreadableFile."""
    with _opened(path) as pdf:
        return len(pdf)


def render(
    path: Path, page: int, passage: str = "", spans: Sequence[Span] = (), *, width: int = 1200
) -> PageView:
    """Draw page `page` (from 1), `width` pixels wide, and find `spans` (offsets in `passage`) on it.

    Raises UnreadableFile where the file is no PDF that can be drawn, NotFound where it has no such page.
    """
    with _opened(path) as pdf:
        if not 1 <= page <= len(pdf):
            raise NotFound(f"{path.name} has {len(pdf)} pages; there is no page {page}.")
        sheet = pdf[page - 1]
        picture = sheet.render(scale=width / sheet.get_width()).to_pil().convert("RGB")
        letters = _letters(sheet) if spans else []
        size = picture.size
        boxes = tuple(_lines(sheet, size, places) for places in _places(letters, passage, spans))
        data = io.BytesIO()
        picture.save(data, "PNG", compress_level=1)
        return PageView(data.getvalue(), size[0], size[1], page, len(pdf), boxes)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """Hold pdfium and the file; its objects must not outlive the block."""
    import pypdfium2  # type: ignore[import-untyped]

    with PDFIUM:
        try:
            pdf = pypdfium2.PdfDocument(path)
        except (pypdfium2.PdfiumError, OSError) as exc:
            raise UnreadableFile(
                f"{path.name} cannot be drawn as pages ({exc}). Its text is still searched."
            ) from exc
        try:
            yield pdf
        finally:
            pdf.close()


# --- letters -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter or digit as compared: lower case, without accents' variants; where it came from."""

    value: str
    index: int
    word: int


def _letters(sheet: Any) -> list[Letter]:  # noqa: ANN401  (pypdfium2 carries no types)
    """Letters of the page in pdfium's order; `index` counts pdfium's characters."""
    text_page = sheet.get_textpage()
    from pypdfium2 import raw

    text = "".join(chr(raw.FPDFText_GetUnicode(text_page, index)) for index in range(text_page.count_chars()))
    return _spelled(text)


def _spelled(text: str) -> list[Letter]:
    letters: list[Letter] = []
    for number, word in enumerate(WORD.finditer(text)):
        for index in range(word.start(), word.end()):
            plain = unicodedata.normalize("NFKC", text[index]).casefold()
            letters.extend(Letter(value, index, number) for value in plain if value.isalnum())
    return letters


def _places(page: Sequence[Letter], passage: str, spans: Sequence[Span]) -> Iterator[list[int]]:
    """For each span the pdfium characters that carry it, ascending."""
    wanted = _spelled(passage)
    aligned = _align(page, wanted)
    for start, end in spans:
        inside = [at for at, letter in enumerate(wanted) if start <= letter.index < end]
        found = [aligned[at] for at in inside if aligned[at] is not None]
        if len(found) < len(inside):
            found = _exact(page, wanted, inside, found) or found
        yield sorted({page[at].index for at in found if at is not None})


def _align(page: Sequence[Letter], wanted: Sequence[Letter]) -> list[int | None]:
    """For each letter of the passage its place in `page`, None where it stands nowhere there."""
    whole = _find(_string(page), _string(wanted))
    if len(whole) == 1:
        return list(range(whole[0], whole[0] + len(wanted)))
    ours, theirs = _words(wanted), _words(page)
    matcher = SequenceMatcher(None, [w for w, _ in ours], [w for w, _ in theirs], autojunk=False)
    aligned: list[int | None] = [None] * len(wanted)
    for block in matcher.get_matching_blocks():
        for step in range(block.size):
            word, start = ours[block.a + step]
            there = theirs[block.b + step][1]
            aligned[start : start + len(word)] = range(there, there + len(word))
    return aligned


def _exact(
    page: Sequence[Letter], wanted: Sequence[Letter], inside: Sequence[int], found: Sequence[int | None]
) -> list[int | None]:
    """The span's own letters in one piece on the page, nearest to what was aligned around them."""
    if not inside:
        return []
    text = _string(page)
    span = _string(wanted[inside[0] : inside[-1] + 1])
    known = [at for at in found if at is not None]
    near = known[0] if known else 0
    starts = sorted(_find(text, span), key=lambda start: abs(start - near))
    return list(range(starts[0], starts[0] + len(span))) if starts else []


def _find(text: str, part: str) -> list[int]:
    if not part:
        return []
    return [match.start() for match in re.finditer(f"(?={re.escape(part)})", text)]


def _string(letters: Sequence[Letter]) -> str:
    return "".join(letter.value for letter in letters)


def _words(letters: Sequence[Letter]) -> list[tuple[str, int]]:
    """Words of the letters, each with the place of its first letter."""
    words: list[tuple[str, int]] = []
    for at, letter in enumerate(letters):
        if words and letter.word == letters[at - 1].word:
            words[-1] = (words[-1][0] + letter.value, words[-1][1])
        else:
            words.append((letter.value, at))
    return words


# --- boxes ---------------------------------------------------------------------------------------


def _lines(sheet: Any, size: tuple[int, int], characters: Sequence[int]) -> tuple[Box, ...]:  # noqa: ANN401
    """One box for each stretch of characters that stand side by side on a line."""
    if not characters:
        return ()
    text_page = sheet.get_textpage()
    lines: list[Box] = []
    for index in characters:
        box = _drawn(sheet, size, text_page.get_charbox(index, loose=True))
        if lines and _beside(lines[-1], box):
            last = lines[-1]
            lines[-1] = Box(
                min(last.left, box.left),
                min(last.top, box.top),
                max(last.right, box.right),
                max(last.bottom, box.bottom),
            )
        else:
            lines.append(box)
    return tuple(lines)


def _beside(line: Box, box: Box) -> bool:
    """Same height on the page, and no more than about two letters' gap."""
    overlap = min(line.bottom, box.bottom) - max(line.top, box.top)
    height = max(min(line.bottom - line.top, box.bottom - box.top), 1e-6)
    return overlap > 0.5 * height and -height < box.left - line.right < 1.2 * height


def _drawn(sheet: Any, size: tuple[int, int], corners: Sequence[float]) -> Box:  # noqa: ANN401
    """PDF units to fractions of the drawn page; pdfium knows rotation and crop box."""
    from pypdfium2 import raw

    width, height = size
    x, y = ctypes.c_int(), ctypes.c_int()
    points: list[tuple[float, float]] = []
    for right, top in ((0, 1), (2, 3)):
        # A hundred times the size: the call answers in whole pixels.
        raw.FPDF_PageToDevice(sheet, 0, 0, width * 100, height * 100, 0, corners[right], corners[top], x, y)
        points.append((x.value / (width * 100), y.value / (height * 100)))
    (a, b), (c, d) = points
    return Box(min(a, c), min(b, d), max(a, c), max(b, d))
