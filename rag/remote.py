"""A library that another process owns, used over loopback.

Offers what the command line needs of `Library`, with the same results and the same errors. Knows the HTTP
API of `rag.serve` as a client; opens no store and loads no model.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import httpx

from rag import errors
from rag.answer import AnswerStream
from rag.errors import HomeInUse, RagError
from rag.home import Home
from rag.library import COLLECTION, Library
from rag.records import (
    answer_from,
    asked_from,
    forgotten_from,
    hit_from,
    index_from,
    info_from,
    passages_from,
    progress_from,
    report_from,
    vectors_from,
)
from rag.types import (
    Answer,
    Asked,
    DocumentInfo,
    FileReport,
    Forgotten,
    Hit,
    IndexState,
    Mode,
    Passages,
    Progress,
    Turn,
    Vectors,
)
from rag.within import Narrowing, matching, named

if TYPE_CHECKING:
    from rag.ingest import Source
    from rag.lenses.pictures import OnLook, Pictures, Wanted

CONNECT_SECONDS = 5.0
OwnerFile = dict[str, Any]


class RemoteLibrary:
    """One collection of a library that another process owns."""

    queue = None  # it is the owner's

    def __init__(self, client: httpx.Client, home: Home, collection: str) -> None:
        self._client = client
        self.home = home
        self.collection = collection

    def within(self, collection: str) -> RemoteLibrary:
        """Return the same library, seen through another collection."""
        return RemoteLibrary(self._client, self.home, collection)

    def close(self) -> None:
        """Hang up; the owner goes on."""
        self._client.close()

    def __enter__(self) -> RemoteLibrary:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def add(
        self,
        sources: Iterable[Source],
        *,
        on_progress: Callable[[Progress], None] | None = None,
        replace: str | None = None,
        cancelled: threading.Event | None = None,
    ) -> list[FileReport]:
        """Hand the files to the owner and wait; `cancelled` is looked at after every event."""
        body: dict[str, Any] = {"collection": self.collection, "replace": replace}
        reports: list[FileReport] = []
        with self._events("/add", **_parts(list(sources), body)) as events:
            for event in events:
                if "report" in event:
                    reports.append(report_from(event["report"]))
                elif on_progress and "progress" in event:
                    on_progress(progress_from(event["progress"]))
                if cancelled and cancelled.is_set():
                    break
        return reports

    def unlock(self, password: str) -> None:
        """Have the owner try this password too on encrypted files that are added from now on."""
        self._call("POST", "/unlock", json={"password": password})

    def documents(self) -> list[DocumentInfo]:
        """Return every document of the collection."""
        return [info_from(record) for record in self._get("/documents", {})]

    def document(self, document: str) -> DocumentInfo:
        """Return one document; raises NotFound."""
        return info_from(self._get(f"/documents/{document}", {}))

    def text(self, document: str) -> str:
        """Return the document's text, in which offsets count."""
        return str(self._get(f"/documents/{document}/text", {})["text"])

    def tag(self, document: str, tags: Iterable[str]) -> DocumentInfo:
        """Give the document these tags and no others; raises NotFound."""
        params = {"collection": self.collection}
        body = {"tags": list(tags)}
        return info_from(self._call("PUT", f"/documents/{document}/tags", params=params, json=body))

    def matching(
        self,
        documents: Sequence[str] = (),
        *,
        types: Sequence[str] = (),
        since: date | None = None,
        until: date | None = None,
        tags: Sequence[str] = (),
    ) -> list[str] | None:
        """Return the ids to search or ask within, as `Library.matching` does."""
        narrowing = Narrowing(tuple(documents), tuple(types), since, until, tuple(tags))
        return matching(self.documents(), narrowing)

    def remove(self, document: str) -> None:
        """Remove the document; raises NotFound."""
        self._call("DELETE", f"/documents/{document}", params={"collection": self.collection})

    def forget(self, document: str) -> Forgotten:
        """Remove the document, scrub, and look for it in every file of the home; raises NotFound."""
        params = {"collection": self.collection}
        return forgotten_from(self._call("POST", f"/documents/{document}/forget", params=params))

    def watch(self, folder: Path | str) -> None:
        """Let the owner keep this collection in step with a folder."""
        path = str(Path(folder).expanduser().absolute())
        self._call("PUT", "/watched", json={"folder": path, "collection": self.collection})

    def unwatch(self, folder: Path | str) -> None:
        """Keep it in step no longer."""
        path = str(Path(folder).expanduser().absolute())
        self._call("DELETE", "/watched", params={"folder": path, "collection": self.collection})

    def index(self) -> IndexState:
        """Return which embedder answers, and how far the index is that the owner's settings want."""
        return index_from(self._get("/index", {}))

    def reindex(self, on_state: Callable[[IndexState], None] = lambda state: None) -> None:
        """Leave the building to the owner, which does it by itself; `on_state` hears how far it is."""
        on_state(self.index())

    def export(self, path: Path | str) -> None:
        """Let the owner write the whole library to one file of this machine."""
        self._call("POST", "/export", json={"path": str(Path(path).expanduser().absolute())})

    def scrub(self) -> None:
        """Leave the scrubbing to the owner, which does it by itself."""

    def check(self) -> list[str]:
        """Return a sentence for each thing that is wrong with the stores; none is healthy."""
        return [str(sentence) for sentence in self._get("/check", {})]

    def search(
        self, query: str, mode: Mode = "hybrid", k: int = 10, documents: Sequence[str] | None = None
    ) -> list[Hit]:
        """Return the k best passages, best first."""
        body = {"query": query, "mode": mode, "k": k, "documents": documents, "collection": self.collection}
        return [hit_from(record) for record in self._call("POST", "/search", json=body)]

    def ask(
        self, question: str, history: Sequence[Turn] = (), documents: Sequence[str] | None = None
    ) -> AnswerStream:
        """Return the stream of one answer; nothing is sent before it is read."""
        turns = [{"question": turn.question, "answer": turn.answer} for turn in history]
        body = {"question": question, "history": turns, "documents": documents, "collection": self.collection}
        stop = threading.Event()
        return AnswerStream(self._written(question, body, stop), stop)

    def _written(
        self, question: str, body: dict[str, Any], stop: threading.Event
    ) -> Generator[str, None, Answer]:
        shown = ""
        with self._events("/ask", json=body) as events:
            for event in events:
                if "answer" in event:
                    return answer_from(event["answer"])
                if text := event.get("text"):  # other lines say what the owner waits for
                    shown += text
                    yield text
                if stop.is_set():
                    break
        return Answer(question, "answer", shown)

    def passages(self, documents: Sequence[str] | None = None) -> Passages:
        """Return the passages of all documents or the given ones, with their vectors."""
        body = {"documents": documents, "collection": self.collection}
        return passages_from(self._call("POST", "/passages", json=body))

    def embed(self, texts: Sequence[str], *, queries: bool = False) -> Vectors:
        """Return vectors of texts as passages are embedded, or as questions."""
        return vectors_from(self._call("POST", "/embed", json={"texts": list(texts), "queries": queries}))

    def pieces(self, text: str) -> list[str]:
        """Return the text cut as documents are cut."""
        return [str(piece) for piece in self._call("POST", "/pieces", json={"text": text})]

    def pictures(
        self,
        wanted: Wanted,
        *,
        k: int = 10,
        documents: Sequence[str] | None = None,
        pages: bool = False,
        on_look: OnLook = lambda done, total: None,
    ) -> Pictures:
        """Return the k pictures that show most of what is wanted; the owner does not say how far it is."""
        from rag.lenses.pictures import Picture, Pictures

        sent = asdict(wanted) | {"picture": base64.b64encode(wanted.picture).decode("ascii")}
        body = {"k": k, "documents": documents, "pages": pages, "collection": self.collection}
        answered = self._call("POST", "/pictures", json=sent | body)
        return Pictures(tuple(Picture(**row) for row in answered["found"]), str(answered["note"]))

    def questions(self) -> list[Asked]:
        """Return what was asked in the stored conversations, oldest first."""
        return [asked_from(record) for record in self._get("/questions", {})]

    def _get(self, path: str, params: dict[str, str]) -> Any:  # noqa: ANN401 - JSON
        return self._call("GET", path, params={"collection": self.collection, **params})

    def _call(self, method: str, path: str, **request: Any) -> Any:  # noqa: ANN401 - JSON
        try:
            response = self._client.request(method, path, **request)
        except httpx.HTTPError as exc:
            raise _gone(self.home) from exc
        _raise_for(response.json())
        return response.json()

    def _events(self, path: str, **request: Any) -> _Events:  # noqa: ANN401 - httpx's arguments
        return _Events(self._client, self.home, path, request)


class _Events:
    """The lines of one streamed answer of the owner; leaving the block hangs up, which cancels the work."""

    def __init__(self, client: httpx.Client, home: Home, path: str, request: dict[str, Any]) -> None:
        self._home = home
        self._stream = client.stream("POST", path, **request)

    def __enter__(self) -> Iterator[dict[str, Any]]:
        try:
            self._response = self._stream.__enter__()
        except httpx.HTTPError as exc:
            raise _gone(self._home) from exc
        return self._lines()

    def __exit__(self, *exc: Any) -> None:  # noqa: ANN401 - handed on
        self._stream.__exit__(*exc)

    def _lines(self) -> Iterator[dict[str, Any]]:
        try:
            for line in self._response.iter_lines():
                event = json.loads(line)
                _raise_for(event)
                yield event
        except httpx.HTTPError as exc:
            raise _gone(self._home) from exc


AnyLibrary = Library | RemoteLibrary


def connect(home: Path, collection: str = COLLECTION) -> RemoteLibrary:
    """Reach the process that owns `home`; HomeInUse where it cannot be reached."""
    place = Home(home)
    found = read_owner(place)
    if found is None:
        raise _unreachable(place)
    client = httpx.Client(
        base_url=f"http://127.0.0.1:{found['port']}",
        headers={"Authorization": f"Bearer {found['token']}"},
        timeout=httpx.Timeout(None, connect=CONNECT_SECONDS),
        trust_env=False,  # a proxy for the web must not see what stays on this machine
    )
    try:
        answered = client.get("/health", timeout=CONNECT_SECONDS)
        ours = answered.status_code == 200 and answered.json().get("home") == str(place.root)
    except (httpx.HTTPError, ValueError) as exc:
        client.close()
        raise _unreachable(place) from exc
    if not ours:
        client.close()
        raise _unreachable(place)
    return RemoteLibrary(client, place, collection)


def read_owner(home: Home) -> OwnerFile | None:
    """Return what the owner of the home wrote of itself: port, token, pid; None where nobody did."""
    try:
        found = json.loads(home.owner.read_text(encoding="utf-8"))
        return {"port": int(found["port"]), "token": str(found["token"]), "pid": int(found["pid"])}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def find_document(library: AnyLibrary, reference: str) -> DocumentInfo:
    """Return the document with this id, or the one with this file name; raises NotFound."""
    return named(library.documents(), reference)


def _parts(sources: list[Source], body: dict[str, Any]) -> dict[str, Any]:
    """Return the request that carries the sources: paths as JSON, open files as an upload."""
    paths = [
        str(Path(source).expanduser().absolute()) for source in sources if isinstance(source, Path | str)
    ]
    if len(paths) == len(sources):
        return {"json": body | {"paths": paths}}
    if paths:
        raise ValueError("hand over either paths or open files, not both")
    files = [("files", (Path(str(getattr(source, "name", ""))).name, source)) for source in sources]
    return {"data": {key: value for key, value in body.items() if value is not None}, "files": files}


def _raise_for(event: Any) -> None:  # noqa: ANN401 - JSON
    """Raise the owner's error here, as the class it had there."""
    if isinstance(event, dict) and "error" in event:
        kind = getattr(errors, str(event.get("kind")), RagError)
        raise kind(str(event["error"]))


def _gone(home: Home) -> RagError:
    return RagError(
        f"The process that has the library in {home.root} open stopped answering; run this again."
    )


def _unreachable(home: Home) -> HomeInUse:
    return HomeInUse(
        f"The library in {home.root} is open in another process that takes no work from outside. "
        "Wait until it ends, or close it."
    )
