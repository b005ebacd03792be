"""Memory that Chroma's index writes to disk unfilled: kept from holding what was freed before.

The index writes its file for more vectors than it has; the rest is memory as malloc gave it, and in one test
run of many seems to have held removed vectors. glibc alone can be told to fill what it hands out; elsewhere
nothing is done.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

_PERTURB = -6  # M_PERTURB of malloc.h: fill memory when it is handed out and when it is given back
_FILLING = 1


@contextmanager
def filled() -> Iterator[None]:
    """Have all memory of this process filled while it lasts."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # no glibc
        yield
        return
    mallopt(_PERTURB, _FILLING)
    try:
        yield
    finally:
        mallopt(_PERTURB, 0)
