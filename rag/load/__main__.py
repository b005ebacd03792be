"""The reading process: takes a file a line on stdin, answers a document a line on stdout, until stdin ends.

It holds itself to the memory limit, and dies by alarm when a file takes too long and no parent kills it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from functools import partial
from pathlib import Path
from typing import BinaryIO

from rag.errors import RagError
from rag.load.limits import Limits
from rag.load.parse import parse
from rag.load.turns import on_beat
from rag.load.wire import pack, pack_sign
from rag.types import Document

_GRACE = 30
"""Seconds after its time that an orphaned process ends itself."""


def main() -> None:
    """Serve requests `{"path", "name", "limits"}` until stdin ends."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not look like an answer
    for line in sys.stdin.buffer:
        request = json.loads(line)
        limits = Limits(**{**request["limits"], "passwords": tuple(request["limits"]["passwords"])})
        _hold(limits)
        on_beat(partial(_alive, answers, limits.seconds))
        _answer(answers, _attempt(request, limits))


def _attempt(request: dict[str, str], limits: Limits) -> Document | RagError:
    try:
        return parse(Path(request["path"]), request["name"], limits)
    except RagError as error:
        return error


def _alive(answers: BinaryIO, seconds: float, page: int, pages: int) -> None:
    """Tell the parent that a long read goes on, and put off this process's own end."""
    answers.write(pack_sign(page, pages))
    answers.flush()
    _set_alarm(seconds)


def _answer(answers: BinaryIO, result: Document | RagError) -> None:
    answers.write(pack(result))
    answers.flush()


def _hold(limits: Limits) -> None:
    """Limit this process's memory and time, on platforms that can."""
    if sys.platform == "win32":
        return
    import resource

    # RLIMIT_DATA counts memory that is written; RLIMIT_AS would also count mapped files and reserves.
    most = limits.memory_mb * 1_000_000
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_DATA, (most if hard < 0 else min(most, hard), hard))
    _set_alarm(limits.seconds)


def _set_alarm(seconds: float) -> None:
    if sys.platform != "win32":
        signal.alarm(int(seconds) + _GRACE)


if __name__ == "__main__":
    main()
