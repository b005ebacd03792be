"""Questions to go on with: taken from headings near an answer, and only those that the documents do answer.

Each candidate is put to the library itself, in a thread of its own that gives way as soon as a person asks.
Knows libraries and answers; no screen.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Sequence
from itertools import islice

from rag.answer import AnswerStream
from rag.library import Library
from rag.types import Answer, Hit
from rag.words import content

logger = logging.getLogger(__name__)

WANTED = 2  # questions offered
TRIED = 5  # candidates put to the library at most: each costs about as much as an answer
NEAR = 12  # passages whose headings are looked at
LONGEST = 9  # words of a heading that still makes a question
KEPT = 200  # turns whose suggestions are remembered

Keep = Callable[[int, tuple[str, ...]], None]

_NUMBERING = re.compile(
    r"^(?:(?:section|chapter|article|clause|part|schedule|annex|appendix|exhibit)\s+(?:[\dIVX]+|[A-Z])|[\dIVX]+)"
    r"(?:\.\d+)*\s*[.):–-]?\s+",
    re.I,
)


def candidates(hits: Sequence[Hit], answer: Answer) -> dict[str, str]:
    """Return questions about headings that the answer does not stand on, each with its heading's document.

    Those of the documents that the answer cites come first, nearest first.
    """
    cited = {citation.heading for citation in answer.citations}
    at_hand = {citation.document for citation in answer.citations}
    said = set(content(f"{answer.question} {answer.text}"))
    found: dict[str, str] = {}
    for hit in sorted(hits, key=lambda hit: hit.chunk.document not in at_hand):
        heading = hit.chunk.heading.rsplit(" > ", 1)[-1]
        if hit.chunk.heading in cited or not (question := _question(heading)):
            continue
        if not set(content(heading)) <= said:  # nothing new otherwise
            found.setdefault(question, hit.chunk.document)
    return found


def _question(heading: str) -> str:
    words = _NUMBERING.sub("", heading.strip()).strip()
    if not words or len(words.split()) > LONGEST or not content(words):
        return ""
    if words.endswith("?"):
        return words
    if words[1:2].islower() or len(words) == 1:
        words = words[0].lower() + words[1:]
    return f"What do the documents say about {words.rstrip('.:')}?"


class Suggestions:
    """What was found for each turn; one search at a time, shared by every browser session."""

    def __init__(self) -> None:
        self._found: dict[int, tuple[str, ...]] = {}
        self._looking: _Looking | None = None
        self._lock = threading.Lock()

    def begin(self, turn: int, library: Library, answer: Answer, documents: Sequence[str] | None) -> None:
        """Look for questions to follow this turn; what was looked for before is given up."""
        self.stop()
        looking = _Looking(turn, library, answer, documents, self._keep)
        with self._lock:
            self._looking = looking
        looking.start()

    def stop(self) -> None:
        """Give up what is being looked for, because a person asks."""
        with self._lock:
            looking, self._looking = self._looking, None
        if looking is not None:
            looking.stop()

    def of(self, turn: int) -> tuple[str, ...] | None:
        """Return the questions that follow a turn; None while they are being looked for."""
        with self._lock:
            if self._looking is not None and self._looking.turn == turn and turn not in self._found:
                return None
            return self._found.get(turn, ())

    def _keep(self, turn: int, questions: tuple[str, ...]) -> None:
        with self._lock:
            self._found[turn] = questions
            for old in list(self._found)[:-KEPT]:
                del self._found[old]


class _Looking(threading.Thread):
    def __init__(
        self, turn: int, library: Library, answer: Answer, documents: Sequence[str] | None, keep: Keep
    ) -> None:
        super().__init__(name="docent-suggesting", daemon=True)
        self.turn = turn
        self._library, self._answer, self._documents, self._keep = library, answer, documents, keep
        self._stopped = threading.Event()
        self._stream: AnswerStream | None = None

    def stop(self) -> None:
        self._stopped.set()
        if self._stream is not None:
            self._stream.stop()

    def run(self) -> None:
        found: list[str] = []
        try:
            near = self._library.search(self._answer.question, "hybrid", NEAR, self._documents)
            for question, document in islice(candidates(near, self._answer).items(), TRIED):
                if self._stopped.is_set() or len(found) == WANTED:
                    break
                if self._answered(question, document):
                    found.append(question)
        except Exception:  # nobody asked for it, so nobody is told; the log is
            logger.exception("questions to go on with could not be looked for")
        finally:
            self._keep(self.turn, tuple(found))

    def _answered(self, question: str, document: str) -> bool:
        """Tell whether the document whose heading it was made of answers it, by something new."""
        self._stream = self._library.ask(question, (), self._documents)
        if self._stopped.is_set():
            return False
        answer = self._stream.answer
        old = {(citation.document, citation.start) for citation in self._answer.citations}
        new = {(citation.document, citation.start) for citation in answer.citations}
        meant = any(citation.document == document for citation in answer.citations)
        return answer.kind == "answer" and meant and not self._stopped.is_set() and not new <= old
