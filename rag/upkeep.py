"""A thread that does what nobody waits for: scrubbing the disk once removals have come to rest.

Knows when; what is done are functions that it is handed.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from rag.errors import RagError

Task = Callable[[threading.Event], bool]
"""Does a piece of work, ends soon after the event is set; True where there may be more at once."""

LOOK = 2.0  # seconds between two looks: a folder full of removals is scrubbed once, not file by file

log = logging.getLogger(__name__)


class Upkeep:
    """Runs tasks in turn until it is closed; one that fails is tried again later and stops no other."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self._tasks = tasks
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def start(self) -> None:
        """Begin; once more is nothing."""
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="docent-upkeep", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Stop what runs, and return once the thread has ended."""
        self._stopped.set()
        with self._starting:
            thread = self._thread
        if thread is not None:
            thread.join()

    def _work(self) -> None:
        while not self._stopped.wait(LOOK):
            for task in self._tasks:
                self._run(task)

    def _run(self, task: Task) -> None:
        try:
            while not self._stopped.is_set() and task(self._stopped):
                continue
        except RagError as exc:
            log.warning("%s", exc)
        except Exception:
            log.exception("upkeep failed")
