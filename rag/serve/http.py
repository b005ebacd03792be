"""The HTTP API: what the command line can do, as JSON, with progress and answers as JSON Lines.

Records are those of the command line with a few more fields. An error is `{"error": sentence, "kind":
class}`, with a status of 400, 404, 422 or 500, or as the last line of a stream.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import threading
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, replace
from typing import Any, BinaryIO, cast

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.responses import JSONResponse, StreamingResponse

from rag.answer import AnswerStream
from rag.errors import NotFound, RagError
from rag.jobs import Job, Worker
from rag.jobs.coming import Wait
from rag.library import COLLECTION
from rag.records import answer_record, hit_record, info_record, report_record, turns_from
from rag.remote import AnyLibrary
from rag.serve.bodies import Add, Ask, Search, Tags
from rag.serve.guard import Guard
from rag.serve.keeping import keeping
from rag.serve.tools import tools
from rag.serve.views import viewing
from rag.types import Mode

logger = logging.getLogger(__name__)

TICK_SECONDS = 0.1  # between two looks at a running job
BEAT_SECONDS = 1.0  # of silence, after which an empty object shows both sides that the other is there
UNEXPECTED = "This failed for a reason that is ours to mend; the log of the process that serves it has it."


def application(library: AnyLibrary, worker: Worker, token: str, home: str) -> FastAPI:
    """Return the app over `library`: `worker` adds, `token` opens, `home` is what `/health` names."""
    agent = tools(library, worker)
    mounted = agent.streamable_http_app(streamable_http_path="/mcp")

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with agent.session_manager.run():
            yield

    # The pages that draw an API's documentation load their scripts from the web, so there are none.
    app = FastAPI(title="Docent", docs_url=None, redoc_url=None, lifespan=lifespan)
    app.include_router(_reading(library, home))
    app.include_router(_working(library, worker))
    app.include_router(keeping(library))
    app.include_router(viewing(library))
    app.router.routes.extend(mounted.routes)
    app.add_middleware(Guard, token=token)
    app.add_exception_handler(RagError, _refuse)
    app.add_exception_handler(RequestValidationError, _misused)
    app.add_exception_handler(ValidationError, _misused)
    app.add_exception_handler(Exception, _fail)
    return app


def _reading(library: AnyLibrary, home: str) -> APIRouter:
    """Return the routes that answer at once."""
    routes = APIRouter()

    @routes.get("/health")
    def health() -> dict[str, str]:
        return {"home": home}

    @routes.get("/check")
    def check() -> list[str]:
        return library.check()

    @routes.get("/documents")
    def documents(collection: str = COLLECTION) -> list[dict[str, Any]]:
        return [info_record(info) for info in library.within(collection).documents()]

    @routes.get("/documents/{document}")
    def document(document: str, collection: str = COLLECTION) -> dict[str, Any]:
        return info_record(library.within(collection).document(document))

    @routes.get("/documents/{document}/text")
    def text(document: str, collection: str = COLLECTION) -> dict[str, str]:
        return {"document": document, "text": library.within(collection).text(document)}

    @routes.put("/documents/{document}/tags")
    def tag(document: str, wanted: Tags, collection: str = COLLECTION) -> dict[str, Any]:
        return info_record(library.within(collection).tag(document, wanted.tags))

    @routes.delete("/documents/{document}")
    def remove(document: str, collection: str = COLLECTION) -> dict[str, str]:
        library.within(collection).remove(document)
        return {"document": document}

    def search(wanted: Search) -> list[dict[str, Any]]:
        searched = library.within(wanted.collection)
        found = searched.search(wanted.query, wanted.mode, wanted.k, wanted.ids(searched))
        return [hit_record(hit, more=True) for hit in found]

    @routes.get("/search")
    def search_get(
        query: str, mode: Mode = "hybrid", k: int = 10, collection: str = COLLECTION
    ) -> list[dict[str, Any]]:
        return search(Search(query=query, mode=mode, k=k, collection=collection))

    routes.add_api_route("/search", search, methods=["POST"])
    return routes


def _working(library: AnyLibrary, worker: Worker) -> APIRouter:
    """Return the routes that stream: each line is one JSON object, and hanging up ends the work."""
    routes = APIRouter()

    @routes.post("/add")
    async def add(request: Request) -> StreamingResponse:
        """Take paths as JSON, or files as a form with `files`, `collection`, `replace`."""
        if request.headers.get("content-type", "").startswith("multipart/form-data"):
            async with request.form() as form:
                job = await run_in_threadpool(_submit_form, worker, form)
        else:
            wanted = Add.model_validate_json(await request.body())
            job = worker.submit(wanted.paths, wanted.collection, wanted.replace)
        return _lines(_job_events(job))

    @routes.post("/ask")
    def ask(wanted: Ask) -> StreamingResponse:
        """Wait as the app does for files that are being added; documents that are chosen are in."""
        history = turns_from(turn.model_dump() for turn in wanted.history)
        asked = library.within(wanted.collection)
        documents = wanted.ids(asked)
        wait = Wait(worker, asked) if documents is None else None
        return _lines(_answer_events(asked.ask(wanted.question, history, documents), wait))

    return routes


def _submit_form(worker: Worker, form: FormData) -> Job:
    uploads = [cast(BinaryIO, _Named(part)) for part in form.getlist("files") if isinstance(part, UploadFile)]
    replace = form.get("replace")
    return worker.submit(
        uploads, str(form.get("collection", COLLECTION)), str(replace) if replace is not None else None
    )


class _Named:
    """An upload with the name its sender gave it, as `add` takes open files."""

    def __init__(self, upload: UploadFile) -> None:
        self.name = upload.filename or "upload"
        self.read = upload.file.read


async def _job_events(job: Job) -> AsyncIterator[dict[str, Any]]:
    """Yield each change of the job's progress, then its reports."""
    sent: Mapping[str, object] = {}
    silent = 0.0
    try:
        while True:
            finished, progress = job.finished, job.progress
            changed = [state for file, state in progress.items() if sent.get(file) != state]
            for state in changed:
                yield {"progress": asdict(state)}
            sent = progress
            if finished:
                break
            silent = 0.0 if changed else silent + TICK_SECONDS
            if silent >= BEAT_SECONDS:
                yield {}
                silent = 0.0
            await asyncio.sleep(TICK_SECONDS)
        for report in job.reports:
            yield {"report": report_record(report)}
        if job.error:
            raise job.error
    finally:
        job.cancel()


async def _answer_events(stream: AnswerStream, wait: Wait | None) -> AsyncIterator[dict[str, Any]]:
    """Yield how many files are waited for, then each piece of the text, then the answer."""
    pieces, left = iter(stream), 0
    try:
        if wait is not None:
            async for event in _held(wait):
                yield event
            left = wait.files.left  # those that come in while it is answered are not in the answer either
        while (piece := await run_in_threadpool(next, pieces, None)) is not None:
            yield {"text": piece}
        answer = await run_in_threadpool(lambda: stream.answer)
        yield {"answer": answer_record(replace(answer, coming=left), more=True)}
    finally:
        stream.stop()


async def _held(wait: Wait) -> AsyncIterator[dict[str, Any]]:
    """Yield, as long as files are waited for, how many are left; each line shows that the other is there."""
    if not wait.due:
        return
    stopped = threading.Event()
    holding = asyncio.ensure_future(run_in_threadpool(wait.hold, stopped))
    try:
        while not holding.done():
            yield {"coming": wait.files.left}
            await asyncio.wait({holding}, timeout=BEAT_SECONDS)
        await holding
    finally:
        stopped.set()


def _lines(events: AsyncIterator[dict[str, Any]]) -> StreamingResponse:
    return StreamingResponse(_encoded(events), media_type="application/x-ndjson")


async def _encoded(events: AsyncIterator[dict[str, Any]]) -> AsyncIterator[str]:
    """Turn events into lines; an error becomes the last line, since the status is already sent."""
    try:
        async for event in events:
            yield json.dumps(event, ensure_ascii=False) + "\n"
    except RagError as exc:
        yield json.dumps(_record(exc)) + "\n"
    except Exception:
        logger.exception("a stream failed")
        yield json.dumps({"error": UNEXPECTED}) + "\n"


def _record(exc: RagError) -> dict[str, str]:
    return {"error": str(exc), "kind": type(exc).__name__}


def _refuse(_: Request, exc: Exception) -> JSONResponse:
    assert isinstance(exc, RagError)
    return JSONResponse(_record(exc), 404 if isinstance(exc, NotFound) else 400)


def _misused(_: Request, exc: Exception) -> JSONResponse:
    assert isinstance(exc, RequestValidationError | ValidationError)
    first = exc.errors()[0]
    field = ".".join(str(part) for part in first["loc"])
    return JSONResponse({"error": f"{field}: {first['msg']}"}, 422)


def _fail(_: Request, exc: Exception) -> JSONResponse:
    logger.error("a request failed", exc_info=exc)
    return JSONResponse({"error": UNEXPECTED}, 500)
