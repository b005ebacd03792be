"""One process owns a home; the others hand their work to it.

Opening takes the home's lock, starts the HTTP API on a free loopback port, and writes port and token to
`owner.json`, readable by its user alone. Knows the library and its server; knows no screen.
"""

from __future__ import annotations

import atexit
import json
import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import uvicorn

from rag.errors import RagError
from rag.home import write_atomically
from rag.jobs import Job, Worker
from rag.library import COLLECTION, Library
from rag.log import log_to
from rag.remote import RemoteLibrary, connect
from rag.serve import application
from rag.settings import Settings
from rag.watch import Watchers

__all__ = ["Job", "Owner", "RemoteLibrary", "Worker", "connect"]


class Owner:
    """An open library, the worker that adds to it, and the server that lets other processes in."""

    def __init__(self, library: Library, listener: socket.socket) -> None:
        self.library = library
        self._log: logging.Handler | None = None
        self._closed = False
        self.worker = Worker(library, library.queue, resume=True)
        self._watchers: Watchers | None = None
        self.token = secrets.token_urlsafe(32)
        self.port = int(listener.getsockname()[1])
        app = application(library, self.worker, self.token, str(library.home.root))
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                loop="asyncio",
                http="h11",
                ws="none",
                lifespan="on",
                log_config=None,  # the program that owns the home decides what is logged
                access_log=False,
                timeout_graceful_shutdown=1,  # a client that still reads must not keep the home
            )
        )
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}, name="docent-server", daemon=True
        )

    @classmethod
    def open(
        cls,
        settings: Settings | None = None,
        home: Path | str | None = None,
        *,
        collection: str = COLLECTION,
        port: int = 0,
    ) -> Owner:
        """Own the home and log into it, or raise HomeInUse; `port` 0 takes a free one."""
        library = Library.open(home, settings, collection=collection)
        owner = cls.of(library, port=port)
        owner._log = log_to(library.home)
        return owner

    @classmethod
    def of(cls, library: Library, *, port: int = 0) -> Owner:
        """Serve a library that is already open; closing the owner closes it, failing to serve does too."""
        try:
            owner = cls(library, _listen(port))
            owner._start()
        except BaseException:
            library.close()
            raise
        return owner

    @property
    def url(self) -> str:
        """Where the HTTP API listens."""
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        """Take no more work, cancel what runs, and give the home up; safe to call twice."""
        if self._closed:
            return
        self._closed = True
        self.library.home.owner.unlink(missing_ok=True)
        if self._watchers is not None:
            self._watchers.close()
        self.worker.close()
        self._server.should_exit = True
        self._thread.join()
        self.library.close()
        if self._log is not None:
            logging.getLogger().removeHandler(self._log)
            self._log.close()

    def __enter__(self) -> Owner:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start(self) -> None:
        self._thread.start()
        self.library.keep_up()
        self._watchers = Watchers(self.library, self.worker)
        _at_exit(self.close)
        record = {"port": self.port, "token": self.token, "pid": os.getpid()}
        # Written to a file that only its user may read (mkstemp), then moved into place.
        write_atomically(self.library.home.owner, json.dumps(record).encode())


def _at_exit(close: Callable[[], None]) -> None:
    """Close before a program that just ends is torn down under a thread that computes.

    `atexit` alone comes too late: by then thread pools take no work, and a running job would fail instead
    of being cancelled. Python closes its pools through the same hook, last registered first.
    """
    getattr(threading, "_register_atexit", atexit.register)(close)


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen()
    except OSError as exc:
        listener.close()
        raise RagError(f"Port {port} of 127.0.0.1 cannot be used ({exc.strerror}); choose another.") from exc
    return listener
