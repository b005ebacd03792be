"""Opening Chroma, on disk or over HTTP, without telemetry; names in it; what it raises as sentences."""

from __future__ import annotations

import hashlib
import os
import re
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from rag.errors import RagError, StoreMismatch
from rag.home import write_atomically

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection


def identity(folder: Path) -> str:
    """Return what tells this library from others on one server: kept in `folder`, so it moves along."""
    path = folder / "library-id"
    try:
        if not path.exists():
            write_atomically(path, uuid.uuid4().hex.encode())
        return path.read_text()
    except OSError as exc:
        raise RagError(f"{path} cannot be read or written ({exc.strerror}). Check its permissions.") from exc


def embedded(folder: Path) -> ClientAPI:
    """Open the store in a folder."""
    import chromadb

    return chromadb.PersistentClient(path=str(folder), settings=_settings())


def hang_up(client: ClientAPI) -> None:
    """Let go of a client's files or connections."""
    opened: Any = client
    # Chroma 1.5.9 forgets to close the connections of its HTTP client and of that one's admin client.
    servers = (opened._server, opened._admin_client._server)
    sessions = [server._session for server in servers if hasattr(server, "_session")]
    opened.close()
    for session in sessions:
        session.close()


def server(url: str) -> ClientAPI:
    """Connect to a server; raise RagError where the URL is none."""
    import chromadb

    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise RagError(f"RAG_CHROMA_URL is {url!r}; it should look like http://127.0.0.1:8000.")
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    return chromadb.HttpClient(host=parts.hostname, port=port, ssl=secure, settings=_settings())


def _settings() -> Any:  # noqa: ANN401 - chromadb is imported only when a store is opened
    # Chroma reads its own environment names too; nothing may turn the telemetry on again.
    os.environ["ANONYMIZED_TELEMETRY"] = "False"
    from chromadb.config import Settings

    return Settings(anonymized_telemetry=False)


def translated(exc: Exception, where: str) -> RagError:
    """Return the sentence for what Chroma raised; its own message names both sizes of a wrong vector."""
    message = str(exc) or type(exc).__name__
    if "dimension" in message:
        return StoreMismatch(
            f"The vectors in {where} are of another size than this embedder's ({message}). Set "
            "RAG_EMBEDDER back, or use another home."
        )
    if "connect" in message.lower():
        return RagError(f"The Chroma server at {where} does not answer. Start it, or unset RAG_CHROMA_URL.")
    if "disk is full" in message or "No space left" in message:
        return RagError(f"There is no room left on the disk for the vectors in {where}. Free some space.")
    return RagError(
        f"The vector index in {where} could not be used ({message}). Check that the disk has room and "
        "the folder can be written, then try again."
    )


def chroma_name(label: dict[str, str]) -> str:
    """Return a Chroma name (3 to 512 of [a-zA-Z0-9._-]) that a person recognises in Chroma's own tools."""
    digest = hashlib.sha256("\0".join(label.values()).encode()).hexdigest()[:24]
    readable = re.sub(r"[^a-zA-Z0-9]+", "-", label["collection"]).strip("-")[:40].strip("-")
    return f"{readable or 'collection'}-{digest}"


def checked(stored: Collection, collection: str) -> Collection:
    """Raise StoreMismatch unless the collection measures cosine: an existing one keeps its old space."""
    # Not `.configuration`: that warns about the embedding function that is not there.
    space = (stored.configuration_json.get("hnsw") or {}).get("space")
    if space != "cosine":
        raise StoreMismatch(
            f"The index of {collection!r} measures {space!r} and Docent needs 'cosine'. Another program "
            f"made it: delete the Chroma collection {stored.name!r} and add the documents again."
        )
    return stored
