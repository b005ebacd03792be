"""Answers on their way: each has a thread of its own, so no page waits for it and no closed tab ends it.

Knows answer streams and what they wait for; no screen and no session.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from rag.answer import AnswerStream
from rag.errors import RagError
from rag.jobs.coming import Wait
from rag.replies import STOPPED
from rag.types import Answer

logger = logging.getLogger(__name__)

UNEXPECTED = "This question could not be answered, for a reason that is ours to mend. The log has it."


class Asking:
    """One question being answered, after what it waits for. Any thread may read it; `save` is called once,
    with the whole answer.
    """

    def __init__(
        self,
        question: str,
        open_stream: Callable[[], AnswerStream],
        save: Callable[[Answer], None],
        wait: Wait | None = None,
    ) -> None:
        self.question = question
        self.held = wait
        self.text = ""
        self.error = ""
        self._open_stream = open_stream
        self._save = save
        self._stream: AnswerStream | None = None
        self._stopped = threading.Event()
        self._finished = threading.Event()
        threading.Thread(target=self._run, name="docent-asking", daemon=True).start()

    @property
    def finished(self) -> bool:
        """True once the answer is stored or the error is known."""
        return self._finished.is_set()

    @property
    def stopping(self) -> bool:
        """True from the moment it was asked to stop."""
        return self._stopped.is_set()

    @property
    def waiting(self) -> bool:
        """True while it waits for files."""
        return self.held is not None and not (self.held.over or self.finished)

    def stop(self) -> None:
        """End soon; what was written stays."""
        self._stopped.set()
        if self._stream is not None:
            self._stream.stop()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it is finished; False where the time was too short."""
        return self._finished.wait(seconds)

    def _run(self) -> None:
        try:
            self._save(self._answer())
        except RagError as exc:
            self.error = str(exc)
        except Exception:
            logger.exception("a question could not be answered")
            self.error = UNEXPECTED
        finally:
            self._finished.set()

    def _answer(self) -> Answer:
        if self.held is not None:
            self.held.hold(self._stopped)
            if self.stopping:
                return Answer(self.question, "refusal", STOPPED)
        self._stream = self._open_stream()
        if self.stopping:
            self._stream.stop()
        for piece in self._stream:
            self.text += piece
        return self._stream.answer


class Askings:
    """The answers on their way, by conversation; shared by every browser session."""

    def __init__(self) -> None:
        self._running: dict[str, Asking] = {}
        self._lock = threading.Lock()

    def start(self, chat: str, asking: Asking) -> None:
        """Take the place of what this conversation was asking before."""
        with self._lock:
            before = self._running.get(chat)
            self._running[chat] = asking
        if before is not None:
            before.stop()

    def of(self, chat: str) -> Asking | None:
        """Return what this conversation is asking, None where nothing is on its way."""
        with self._lock:
            asking = self._running.get(chat)
            if asking is not None and asking.finished and not asking.error:
                del self._running[chat]
                return None
            return asking

    def forget(self, chat: str) -> None:
        """Stop and drop what this conversation is asking."""
        with self._lock:
            asking = self._running.pop(chat, None)
        if asking is not None:
            asking.stop()
