"""Where a program over a home writes what went wrong. Libraries only log; programs call `log_to`.

Knows the home's log file; knows nothing of who logs.
"""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler

from rag.home import Home

LARGEST = 1_000_000  # bytes, after which the log starts anew and the old one is kept once
FORMAT = "%(asctime)s %(levelname)s %(name)s (pid %(process)d): %(message)s"


def log_to(home: Home) -> logging.Handler:
    """Write warnings and errors of this process into the home; return the handler, to be taken off again.

    The file is made with the first line. A log that cannot be written is left out without a word.
    """
    handler = _Quiet(home.log, maxBytes=LARGEST, backupCount=1, encoding="utf-8", delay=True)
    handler.setLevel(logging.WARNING)
    handler.setFormatter(logging.Formatter(FORMAT))
    logging.getLogger().addHandler(handler)
    return handler


class _Quiet(RotatingFileHandler):
    """Prints nothing where it fails: the person at the screen already has the sentence."""

    def handleError(self, record: logging.LogRecord) -> None:
        return
