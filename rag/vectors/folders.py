"""Where an embedded Chroma lies: numbered folders, of which one file names the one in use.

Chroma leaves deleted vectors in its files, so they are got rid of by moving what lives to a new folder.
Knows file names and nothing of Chroma.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from rag.errors import RagError
from rag.home import write_atomically

_KEPT = ("current", "in-use", "library-id")


class Folders:
    """The folders of one home's vectors."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def current(self) -> Path:
        """The folder in use. The first Docent put its files into the root itself."""
        try:
            return self.root / str(int((self.root / "current").read_text()))
        except (OSError, ValueError):
            return self.root if (self.root / "chroma.sqlite3").exists() else self.root / "1"

    def begin(self) -> Path:
        """Return a new, empty folder beside the one in use."""
        numbers = [int(path.name) for path in self.root.iterdir() if path.name.isdigit()]
        folder = self.root / str(max(numbers, default=0) + 1)
        folder.mkdir(parents=True)
        return folder

    def switch(self, folder: Path) -> None:
        """Use another folder from now on, also after a kill at any moment."""
        write_atomically(self.root / "current", folder.name.encode())

    def sweep(self) -> None:
        """Delete whatever is not in use: what was left by a move, or by one that was interrupted."""
        current = self.current
        if current == self.root or not self.root.is_dir():
            stale = [path for path in self.root.glob("[0-9]*") if path.name.isdigit()]
        else:
            stale = [path for path in self.root.iterdir() if path != current and path.name not in _KEPT]
        for path in stale:
            discard(path)


def discard(path: Path) -> None:
    """Delete a file or folder; RagError where that is not allowed."""
    try:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as exc:
        raise RagError(f"{path} could not be deleted ({exc.strerror}). Check its permissions.") from exc
