"""The collections of a home by the names a person gave them: begin, rename, delete.

A collection is a wall: nothing of one reaches the prompt, the search or a lens of another. Its key, which the
stores and the command line use, never changes; renaming changes the title alone. Draws nothing.
"""

from __future__ import annotations

import json
import secrets

from rag.errors import RagError
from rag.library import COLLECTION, SAMPLES, Library

NAMES = "collections"
"""The preference that holds the titles of the collections, by key, as JSON."""

LONGEST = 60  # letters of a title

OWN = "Your documents"
SAMPLE = "Sample library"


def titles(library: Library) -> dict[str, str]:
    """Return the title of every collection by its key: the person's own first, the samples last."""
    named = _kept(library)
    there = library.collections()
    others = {key: named.get(key, key) for key in {*named, *there} - {COLLECTION, SAMPLES}}
    found = {COLLECTION: named.get(COLLECTION, OWN)}
    found |= dict(sorted(others.items(), key=lambda pair: pair[1].casefold()))
    return found | ({SAMPLES: SAMPLE} if SAMPLES in there else {})


def title(library: Library, key: str) -> str:
    """Return the title of one collection."""
    if key == SAMPLES:
        return SAMPLE
    return _kept(library).get(key, OWN if key == COLLECTION else key)


def create(library: Library, name: str) -> str:
    """Begin an empty collection; return its key. Raise RagError where the name cannot be used."""
    name = _usable(library, name, "")
    taken = {*titles(library), SAMPLES}
    key = name if name not in taken else f"{name}-{secrets.token_hex(3)}"
    _keep(library, _kept(library) | {key: name})
    return key


def rename(library: Library, key: str, name: str) -> None:
    """Give a collection another title. Raise RagError where the name cannot be used."""
    if key == SAMPLES:
        raise RagError("The sample library keeps its name.")
    _keep(library, _kept(library) | {key: _usable(library, name, key)})


def delete(library: Library, key: str) -> None:
    """Remove a collection with its documents and conversations."""
    within = library.within(key)
    within.drop()
    for chat in library.chats.list(key):
        library.chats.delete(chat.id)
    _keep(library, {known: name for known, name in _kept(library).items() if known != key})


def _usable(library: Library, name: str, key: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise RagError("A collection needs a name.")
    if len(name) > LONGEST:
        raise RagError(f"This name has {len(name)} letters; at most {LONGEST} can be read in the menu.")
    others = [known for other, known in titles(library).items() if other != key]
    if name.casefold() in {known.casefold() for known in [*others, SAMPLE]}:
        raise RagError(f"There is a collection {name} already. Choose another name.")
    return name


def _kept(library: Library) -> dict[str, str]:
    kept: dict[str, str] = json.loads(library.preferences.get(NAMES, "{}"))
    return kept


def _keep(library: Library, names: dict[str, str]) -> None:
    library.preferences.set(NAMES, json.dumps(names, ensure_ascii=False) if names else None)
