"""What a library does to keep itself in order: forgetting, and saying how far it is.

A part of `Library`, on the parts of one home; knows no model.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rag.errors import RagError
from rag.parts import Parts
from rag.types import Forgotten, IndexState, Scrub, Watched

if TYPE_CHECKING:
    from rag.catalog.queue import Queue


class Keeping:
    """The methods of `Library` that look after the home as a whole."""

    collection: str
    _parts: Parts

    def keep_up(self) -> None:
        """Do by itself from now on, in a thread of its own, what otherwise waits for a call: scrub."""
        self._parts.upkeep.start()

    @property
    def queue(self) -> Queue:
        """What is being added, as it is kept for the next process."""
        return self._parts.catalog.queue

    def watched(self) -> list[Watched]:
        """Return the folders that collections are kept in step with."""
        found = []
        for collection, folder in self._parts.catalog.watched():
            state, reason = self._parts.watching.get((collection, folder), ("watching", ""))
            found.append(Watched(folder, collection, state, reason))
        return found

    def watch(self, folder: Path | str) -> None:
        """Keep this collection in step with a folder, for as long as a process owns the home."""
        path = Path(folder).expanduser().absolute()
        if not path.is_dir():
            raise RagError(f"There is no folder {path}. Check the path.")
        if path.is_relative_to(self._parts.home.root):
            raise RagError(f"{path} belongs to the library itself. Choose another folder.")
        self._parts.catalog.watch(self.collection, str(path))

    def unwatch(self, folder: Path | str) -> None:
        """Keep it in step no longer; its documents stay."""
        self._parts.catalog.unwatch(self.collection, str(Path(folder).expanduser().absolute()))

    def note_watched(
        self, collection: str, folder: str, state: Literal["watching", "missing"], reason: str
    ) -> None:
        """Say how it stands with a watched folder; whoever watches does."""
        self._parts.watching[collection, folder] = (state, reason)

    def paths(self, folder: Path) -> list[str]:
        """Return the paths in or below a folder that lead to documents of this collection."""
        return self._parts.catalog.paths(self.collection, folder)

    def departed(self, path: str) -> str | None:
        """Forget the file that was at `path`; return the id of the document that went with it."""
        return self._parts.ingest.departed(self.collection, path)

    def index(self) -> IndexState:
        """Return which embedder answers, and how far the index is that the settings want."""
        builder = self._parts.builder
        if builder is not None:
            return builder.state
        name = self._parts.makes.serving.name
        return IndexState("current", name, name)

    def reindex(self, on_state: Callable[[IndexState], None] = lambda state: None) -> None:
        """Build what the settings want and let it answer, now; `on_state` hears each step.

        What only words find is embedded again too. Raise RagError where it cannot be done; what is done
        stays done.
        """
        stopped = threading.Event()
        while (builder := self._parts.builder) is not None and builder.step(stopped):
            on_state(builder.state)
        while self._parts.ingest.repair(stopped):
            continue
        on_state(self.index())

    def export(self, path: Path | str) -> None:
        """Write the whole library, all collections, to one file, while it is in use; raise RagError."""
        from rag.moving import export

        kept = self._parts
        export(Path(path), kept.home, kept.catalog, kept.vectors, kept.makes.serving)

    def forget(self, document: str) -> Forgotten:
        """Remove a document, scrub, and look for it in every file of the home; raise NotFound.

        Takes seconds to minutes: the vectors that stay are written anew.
        """
        return self._parts.ingest.forget(document, self.unforgettable())

    def unforgettable(self) -> list[str]:
        """Return what removing a document cannot clean, a sentence each."""
        found = [
            "Files that were exported earlier, and the file it was added from, stay as they are.",
            "Questions that you wrote yourself stay in their conversations.",
        ]
        if any((self._parts.home.root / "models").glob("**/*.safetensors")):
            found.append("Models that were trained on this library keep what they learned from it.")
        if url := self._parts.settings.chroma_url:
            found.append(f"The Chroma server at {url} may keep deleted vectors on its own disk.")
        return found

    def scrubbing(self) -> Scrub:
        """Return how far the disk has forgotten what was removed."""
        return self._parts.ingest.scrubber.state

    def scrub(self, stopped: threading.Event | None = None) -> None:
        """Make the disk forget what was removed, now; raise RagError where it cannot be done."""
        self._parts.ingest.scrubber.run(stopped)
