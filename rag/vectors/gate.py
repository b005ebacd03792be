"""Lets many use a store at once, and now and then one alone. Knows nothing of what is used."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Gate:
    """`shared` blocks may nest and run side by side; `alone` waits for them and keeps new ones out."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside: dict[int, int] = {}  # thread -> its nested blocks
        self._closed = False

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Use it beside others."""
        me = threading.get_ident()
        with self._changed:
            # Who is in already may go deeper, or the one who waits for him would wait for ever.
            self._changed.wait_for(lambda: not self._closed or me in self._inside)
            self._inside[me] = self._inside.get(me, 0) + 1
        try:
            yield
        finally:
            with self._changed:
                self._inside[me] -= 1
                if not self._inside[me]:
                    del self._inside[me]
                self._changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Use it with nobody else in; not to be entered from within `shared`."""
        with self._changed:
            self._changed.wait_for(lambda: not self._closed)
            self._closed = True
            self._changed.wait_for(lambda: not self._inside)
        try:
            yield
        finally:
            with self._changed:
                self._closed = False
                self._changed.notify_all()
