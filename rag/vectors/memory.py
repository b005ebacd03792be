"""Memory that Chroma's index writes to disk: kept from holding what was freed before.

The index allocates its file for 100 vectors or more and writes all of it, used or not: what is not used is
memory as malloc gave it. In 5 of 12 files of 30 vectors tens of thousands of its bytes were leftovers of this
process, once removed vectors. glibc can be told to fill memory when it hands it out and when it takes it
back; elsewhere nothing is done, and `docent remove --verify` tells of a leftover as of any other.
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
