"""Long reads: telling the parent that one goes on, and taking turns at what only one process may do at once.

What happens in a reading process; the parent counts the seconds of a file anew with each sign of life.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_WAIT = 0.5
"""Seconds between two looks whether it is our turn."""


def _nobody() -> None: ...


_listener: Callable[[], None] = _nobody


def on_beat(listener: Callable[[], None]) -> None:
    """Call `listener` at each sign of life of this process."""
    global _listener
    _listener = listener


def beat() -> None:
    """Give a sign of life."""
    _listener()


@contextmanager
def alone(token: Path) -> Iterator[None]:
    """Hold the file's lock, which one process of this machine may at a time; wait for it where another does.

    Nothing is held on platforms without such locks (Windows).
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    with token.open("rb") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                beat()
                time.sleep(_WAIT)
            except OSError:  # a file system without locks
                break
        yield
