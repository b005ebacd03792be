"""How often a mark on a PDF's page covers the words it stands for, and nothing else.

`python -m tests.marking FOLDER` adds the PDFs of FOLDER to a library of its own that is deleted afterwards,
draws runs of words from their passages, and has their places found as for a citation. A mark is exact where
the letters whose middle lies in its boxes are those of the words, in the place where the passage's own
neighbouring letters stand before or behind them. Rotated pages and recognised ones are passed over.
"""

# ruff: noqa: T201
from __future__ import annotations

import argparse
import collections
import random
import re
import tempfile
import unicodedata
from pathlib import Path

import pypdfium2
from pypdfium2 import raw

from rag import Library, pages
from rag.errors import RagError

PASSAGES = 12  # drawn of a document
RUNS = (1, 3, 8, 20)  # words of the runs drawn of each passage
NEAR = 10  # letters of a neighbourhood
WORDS = re.compile(r"\S+")


def plain(text: str) -> str:
    """The letters and digits, as compared."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


class Sheet:
    """The characters of a page with the middle of each, in fractions of the page, top left first."""

    def __init__(self, path: Path, number: int) -> None:
        pdf = pypdfium2.PdfDocument(path)
        page = pdf[number - 1]
        self.rotated = page.get_rotation() != 0
        left, bottom, right, top = page.get_cropbox()
        text = page.get_textpage()
        self.letters: list[tuple[str, float, float]] = []
        for index in range(text.count_chars()):
            letter = plain(chr(raw.FPDFText_GetUnicode(text, index)))
            a, b, c, d = text.get_charbox(index)
            place = (((a + c) / 2 - left) / (right - left), 1 - ((b + d) / 2 - bottom) / (top - bottom))
            self.letters += [(each, *place) for each in letter]
        pdf.close()

    def marked(self, boxes: tuple[pages.Box, ...]) -> list[int]:
        """Which letters lie in the boxes."""
        return [
            index
            for index, (_, x, y) in enumerate(self.letters)
            if any(box.left <= x <= box.right and box.top <= y <= box.bottom for box in boxes)
        ]

    def text(self, start: int, end: int) -> str:
        """The letters from one to another."""
        return "".join(letter for letter, _, _ in self.letters[max(start, 0) : end])


def runs(text: str, rng: random.Random) -> list[tuple[int, int]]:
    """Runs of words of a passage, one of each length."""
    words = list(WORDS.finditer(text))
    drawn = []
    for length in RUNS:
        if len(words) >= length:
            first = rng.randrange(len(words) - length + 1)
            drawn.append((words[first].start(), words[first + length - 1].end()))
    return [(start, end) for start, end in drawn if plain(text[start:end])]


def judged(sheet: Sheet, passage: str, span: tuple[int, int], boxes: tuple[pages.Box, ...]) -> str:
    """Say what became of one mark."""
    marked = sheet.marked(boxes)
    if not marked:
        return "nowhere"
    if "".join(sheet.letters[index][0] for index in marked) != plain(passage[slice(*span)]):
        return "other letters"
    before, behind = plain(passage[: span[0]])[-NEAR:], plain(passage[span[1] :])[:NEAR]
    first, last = marked[0], marked[-1] + 1
    same = before == sheet.text(first - len(before), first) or behind == sheet.text(last, last + len(behind))
    return "exact" if same else "elsewhere"


def main() -> None:
    """Print a line a document, and the shares."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    rng = random.Random(7)
    whole: collections.Counter[str] = collections.Counter()
    with tempfile.TemporaryDirectory() as home, Library.open(home) as library:
        library.add(sorted(folder.glob("*.pdf")))
        for info in library.documents():
            found = document(library, info.id, rng)
            whole += found
            print(f"{found['exact']:4} of {found.total():4}  {info.name}  {dict(found)}", flush=True)
    of = whole.total() - whole["passed over"]
    print(f"{whole['exact']} of {of} exact, {whole['exact'] / max(of, 1):.3f}; {dict(whole)}")


def document(library: Library, id: str, rng: random.Random) -> collections.Counter[str]:
    """Judge marks of some passages of a document."""
    sheets = {page.number: page for page in library.pages(id)}
    chunks = [chunk for chunk in library.passages([id]).chunks if chunk.page in sheets]
    found: collections.Counter[str] = collections.Counter()
    for chunk in rng.sample(chunks, min(PASSAGES, len(chunks))):
        sheet = sheets[chunk.page or 1]
        start, end = max(chunk.start, sheet.start), min(chunk.end, sheet.end)
        passage = chunk.text[start - chunk.start : end - chunk.start]
        spans = runs(passage, rng)
        try:
            view = pages.render(library.file(id), sheet.number, passage, spans)
            drawn = Sheet(library.file(id), sheet.number)
        except RagError as exc:
            print(exc)
            continue
        if drawn.rotated or not drawn.letters:
            found["passed over"] += len(spans)
            continue
        for span, boxes in zip(spans, view.boxes, strict=True):
            found[judged(drawn, passage, span, boxes)] += 1
    return found


if __name__ == "__main__":
    main()
