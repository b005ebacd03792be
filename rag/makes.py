"""Which make of index answers (embedder, chunk settings), which one the settings want, and their models.

Where the two differ, the old one goes on answering until the other is built.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from rag.catalog import Made
from rag.errors import RagError
from rag.protocols import Embedder
from rag.settings import Settings
from rag.weights import embedder_folder, model_name

if TYPE_CHECKING:
    from rag.catalog import Catalog
    from rag.chunk import Splitter

LARGEST_CHUNK = 256  # word pieces; longer ones blur what they are about, whatever the embedder could read


class Makes:
    """The makes of one home; a model that is given stands in for every one that would be loaded."""

    def __init__(self, settings: Settings, catalog: Catalog, given: Embedder | None) -> None:
        self._settings = settings
        self._catalog = catalog
        self._given = given
        self._embedders: dict[str, Embedder] = {}
        self._splitters: dict[str, Splitter] = {}
        self._loading = threading.RLock()
        self.wanted = self._wanted()
        self.serving = self._serving()

    @property
    def differ(self) -> bool:
        """True while the index that the settings want is not the one that answers."""
        return self.serving.fingerprint != self.wanted.fingerprint

    def want(self, settings: Settings) -> None:
        """Want the make of these settings from now on; raise MissingWeights where its model is not there."""
        if self._given is None:
            embedder_folder(settings)
        with self._loading:
            self._settings = settings
            self.wanted = self._wanted()

    def embedder(self, made: Made) -> Embedder:
        """Return the embedder of a make, loaded once."""
        from rag.embed import TransformerEmbedder

        if self._given is not None:
            return self._given
        with self._loading:
            if made.name not in self._embedders:
                settings = self._settings.model_copy(update={"embedder": made.embedder})
                self._embedders[made.name] = TransformerEmbedder(settings)
            return self._embedders[made.name]

    def splitter(self, made: Made) -> Splitter:
        """Return what cuts documents for a make."""
        from rag.chunk import Splitter

        embedder = self.embedder(made)
        reads = min(embedder.max_tokens, LARGEST_CHUNK)
        limit = min(made.chunk_tokens or reads, embedder.max_tokens)
        with self._loading:
            if made.fingerprint not in self._splitters:
                cut = Splitter(embedder.count_tokens, limit, made.chunk_overlap)
                self._splitters[made.fingerprint] = cut
            return self._splitters[made.fingerprint]

    def switched(self) -> None:
        """Let the wanted make answer from now on, and let go of the other's model."""
        with self._loading:
            self.serving = self.wanted
            self._embedders = {
                name: model for name, model in self._embedders.items() if name == self.wanted.name
            }

    def _wanted(self) -> Made:
        settings = self._settings
        name = settings.embedder if self._given is None else self._given.name
        if self._given is None:
            try:
                name = model_name(settings.embedder, embedder_folder(settings))
            except RagError:  # told when the model is needed; a library opens without it
                name = settings.embedder
        return Made(settings.embedder, name, settings.chunk_tokens, settings.chunk_overlap)

    def _serving(self) -> Made:
        active = self._catalog.active()
        if active == self.wanted:
            return self.wanted
        same = active is not None and active.fingerprint == self.wanted.fingerprint
        if active is None or same or not self._catalog.collections() or not self._loadable(active):
            self._catalog.activate(self.wanted)
            return self.wanted
        return active

    def _loadable(self, made: Made) -> bool:
        if self._given is not None:
            return made.name == self._given.name
        settings = self._settings.model_copy(update={"embedder": made.embedder})
        try:
            return model_name(made.embedder, embedder_folder(settings)) == made.name
        except RagError:
            return False
