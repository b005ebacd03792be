"""The command line. `python -m rag` and `docent` both start `main`.

Exit status: 0, 1 where something was refused or failed, 2 for wrong usage, 130 after Ctrl-C. What a person
or a program reads goes to stdout, progress and complaints to stderr. Nothing heavy is imported before a
command needs it.
"""

from __future__ import annotations

from rag.cli.program import app, main

__all__ = ["app", "main"]
