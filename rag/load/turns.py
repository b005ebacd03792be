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


Listener = Callable[[int, int], None]
"""Hears which page of how many is being recognised; 0 of 0 where none is."""


def _nobody(page: int, pages: int) -> None: ...


_listener: Listener = _nobody


def on_beat(listener: Listener) -> None:
    """Call `listener` at each sign of life of this process."""
    global _listener
    _listener = listener


def beat(page: int = 0, pages: int = 0) -> None:
    """Give a sign of life; say which page of how many is being recognised, if one is."""
    _listener(page, pages)


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
