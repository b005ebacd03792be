"""The part of the HTTP API that looks after the home: verified removal, passwords, watched folders."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from rag.library import COLLECTION
from rag.remote import AnyLibrary


class Folder(BaseModel):
    """A folder of this machine that a collection is to be kept in step with."""

    folder: str
    collection: str = COLLECTION


class Password(BaseModel):
    """What may open the encrypted files that are added next."""

    password: str


class File(BaseModel):
    """A file of this machine."""

    path: str


def keeping(library: AnyLibrary) -> APIRouter:
    """Return the routes."""
    routes = APIRouter()

    @routes.post("/documents/{document}/forget")
    def forget(document: str, collection: str = COLLECTION) -> dict[str, Any]:
        return asdict(library.within(collection).forget(document))

    @routes.post("/unlock")
    def unlock(wanted: Password) -> None:
        library.unlock(wanted.password)

    @routes.get("/index")
    def index() -> dict[str, Any]:
        return asdict(library.index())

    @routes.post("/export")
    def export(wanted: File) -> None:
        library.export(wanted.path)

    @routes.put("/watched")
    def watch(wanted: Folder) -> None:
        library.within(wanted.collection).watch(wanted.folder)

    @routes.delete("/watched")
    def unwatch(folder: str, collection: str = COLLECTION) -> None:
        library.within(collection).unwatch(folder)

    return routes
