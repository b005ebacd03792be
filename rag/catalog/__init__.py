"""The catalog: what a home knows about its documents, their words, and the conversations about them.

SQL through SQLAlchemy, one SQLite file. Knows no files, no vectors and no models.
"""

from __future__ import annotations

from pathlib import Path

from rag.catalog.building import Building, Made
from rag.catalog.chats import Chats
from rag.catalog.database import Database
from rag.catalog.documents import Documents
from rag.catalog.golden import Golden
from rag.catalog.health import Health
from rag.catalog.keywords import Keywords
from rag.catalog.passages import Passages
from rag.catalog.preferences import Preferences
from rag.catalog.queue import Queue
from rag.catalog.removals import Removals
from rag.catalog.watched import Watched

__all__ = ["Catalog", "Made"]


class Catalog(Documents, Passages, Keywords, Removals, Watched, Building, Health):
    """Everything in one SQLite file, for all threads of the process that owns the home.

    `chats` holds the conversations, `preferences` what a person set in the app, `golden`
    their own questions with known answers, `queue` what is being added.
    """

    def __init__(self, path: Path) -> None:
        """Open or create the file and bring its schema up to date; raise StoreMismatch if it is newer."""
        self._database = Database(path)
        self._leaving: set[str] = set()
        self.chats = Chats(self._database)
        self.preferences = Preferences(self._database)
        self.golden = Golden(self._database)
        self.queue = Queue(self._database)

    def queued(self) -> set[str]:
        """Return where the uploads lie that wait to be added."""
        return self.queue.paths()

    def backup(self, path: Path) -> None:
        """Copy the catalog as it is at this moment to `path`, which must not exist; nobody waits."""
        self._database.backup(path)

    def arrive(self) -> None:
        """Forget what held on another machine alone: files to be added, folders to be watched."""
        self.queue.clear()
        for collection, folder in self.watched():
            self.unwatch(collection, folder)

    def close(self) -> None:
        """Close the file; safe to call twice."""
        self._database.close()
