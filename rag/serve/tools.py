"""The library as tools for agents: an MCP server with search, ask, list_documents and add.

Results are the records of the command line. Knows a library; knows no transport.
"""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import Any, ParamSpec, TypeVar

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError

from rag.errors import RagError
from rag.jobs import Worker
from rag.jobs.coming import Wait
from rag.records import answer_record, document_record, hit_record, report_record
from rag.remote import AnyLibrary
from rag.types import Mode

P = ParamSpec("P")
T = TypeVar("T")

ABOUT = (
    "A library of the person's own documents. `ask` answers from them with numbered citations, or says that "
    "they do not hold the answer; `search` returns passages to read for yourself."
)


def tools(library: AnyLibrary, worker: Worker) -> MCPServer:
    """Return the MCP server over `library`; what is added goes through `worker`."""
    with _unlogged():
        server: MCPServer = MCPServer("docent", instructions=ABOUT, log_level="WARNING")

    @server.tool()
    @_explained
    def search(
        query: str,
        mode: Mode = "hybrid",
        k: int = 5,
        documents: list[str] | None = None,
        types: list[str] | None = None,
        since: date | None = None,
        tags: list[str] | None = None,
    ) -> list[dict[str, Any]]:
        """Find the k passages nearest to a query, best first.

        documents are ids or file names, types file endings such as "pdf", since the first day on which they
        were added, tags words that all of them bear.
        """
        within = library.matching(documents or (), types=types or (), since=since, tags=tags or ())
        return [hit_record(hit) for hit in library.search(query, mode, k, within)]

    @server.tool()
    @_explained
    def ask(
        question: str,
        documents: list[str] | None = None,
        types: list[str] | None = None,
        since: date | None = None,
        tags: list[str] | None = None,
    ) -> dict[str, Any]:
        """Answer a question from the documents with citations, or refuse where they hold no answer.

        documents, types, since and tags narrow as they do for search. The first files of a library are waited
        for; "coming" says how many others were still on their way and may hold the answer.
        """
        within = library.matching(documents or (), types=types or (), since=since, tags=tags or ())
        left = 0
        if within is None:
            wait = Wait(worker, library)
            if wait.due:
                wait.hold(threading.Event())
            left = wait.files.left
        answer = library.ask(question, (), within).answer
        return answer_record(replace(answer, coming=left))

    @server.tool()
    @_explained
    def list_documents() -> list[dict[str, Any]]:
        """List the documents of the library."""
        return [document_record(info) for info in library.documents()]

    @server.tool()
    @_explained
    def add(paths: list[str]) -> list[dict[str, Any]]:
        """Add files and folders of this machine by absolute path; one report a file."""
        job = worker.submit(paths, library.collection)
        job.wait()
        if job.error:
            raise job.error
        return [report_record(report) for report in job.reports]

    return server


@contextmanager
def _unlogged() -> Iterator[None]:
    """Keep MCPServer from configuring the process's logging, which it does where nobody has."""
    placeholder = logging.NullHandler()
    logging.getLogger().addHandler(placeholder)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(placeholder)


def _explained(tool: Callable[P, T]) -> Callable[P, T]:
    """Hand the sentence of a RagError to the model that called, as MCP wants it."""

    @functools.wraps(tool)
    def called(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return tool(*args, **kwargs)
        except RagError as exc:
            raise ToolError(str(exc)) from exc

    return called
