"""Pages that say something without text: recognised one by one, or counted, and told about."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from PIL.Image import Image

from rag.errors import UnreadableFile
from rag.load.limits import Limits
from rag.load.ocr import MISSING, available, recognise, turn
from rag.load.pdf.page import PageText, recognised
from rag.load.turns import beat

_UNSURE = 0.75
"""Pages whose letters are less sure are noise: drawings, or a script that the networks were not trained on.

Typed pages in known scripts give 0.98 and more, a page in Arabic 0.69 (tests/recognition.py).
"""


class Scans:
    """Reads pages without text while it is entered: one process of the machine does so at a time."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.pages = 0
        """How many the file has, once that is known."""
        self._turn = ExitStack()
        self._waited = False
        self._missing = limits.ocr and not available()
        self._read: dict[int, PageText] = {}
        self._left: list[int] = []
        self._noise: list[int] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._turn.close()

    def read(self, number: int, picture: Callable[[], Image]) -> PageText | None:
        """What is recognised in the picture of the page; None where that is nothing, or not wanted."""
        if not self._limits.ocr or self._missing:
            self._left.append(number)
            return None
        if len(self._read) >= self._limits.ocr_pages:
            raise UnreadableFile(
                f"has more than {self._limits.ocr_pages} pages without text, the most that are recognised; "
                "split it or raise RAG_OCR_PAGES."
            )
        if not self._waited:
            self._turn.enter_context(turn())
            self._waited = True
        beat(number, self.pages)
        text = recognised(recognise(picture()))
        if text is None:
            return None
        if (text.confidence or 0.0) < _UNSURE:
            self._noise.append(number)
            return None
        self._read[number] = text
        return text

    def notes(self) -> list[str]:
        """What to tell of the pages that were recognised or left out."""
        told = []
        if self._read:
            told.append(
                _sure(_listed([*self._read]), [page.confidence or 0.0 for page in self._read.values()])
            )
        if self._left:
            told.append(f"{_listed(self._left)} without text: left out, because {self._why()}.")
        if self._noise:
            told.append(
                f"{_listed(self._noise)} without text: left out, because what was recognised (OCR) is too "
                "unsure; pictures in Arabic, Cyrillic or Korean are not read."
            )
        return told

    def _why(self) -> str:
        return "text recognition is not installed" if self._missing else "text recognition is off (RAG_OCR)"

    def remedy(self) -> str:
        """What to do where the whole file gave no text, worded to end a sentence."""
        if self._missing:
            return MISSING
        if not self._limits.ocr:
            return "set RAG_OCR=true to have it recognised (OCR), or add a version with text."
        return (
            "nothing on its pages was recognised as text (OCR), so add a better scan or a version with text."
        )


def _sure(what: str, confidences: list[float]) -> str:
    """That these were recognised, and how surely."""
    mean = sum(confidences) / len(confidences)
    return (
        f"{what} recognised from a picture (OCR), letters {int(100 * mean)} % sure: check figures and names."
    )


def _listed(numbers: list[int]) -> str:
    """The pages in words: "Page 3", "Pages 1-4, 7"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    shown = [f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs]
    return ("Page " if len(numbers) == 1 else "Pages ") + ", ".join(shown)
