"""The routes by which a lens in another process sees the library: passages with vectors, and its embedder.

Vectors travel as the base64 of little-endian float32 rows.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter
from pydantic import Base64Bytes, BaseModel

from rag.library import COLLECTION
from rag.records import passages_record, vectors_record
from rag.remote import AnyLibrary


class Texts(BaseModel):
    """Texts to embed, as passages or as questions."""

    texts: list[str]
    queries: bool = False


class Text(BaseModel):
    """A text to cut as documents are cut."""

    text: str


class Chosen(BaseModel):
    """Documents by id, None for all."""

    documents: list[str] | None = None
    collection: str = COLLECTION


class Pictured(Chosen):
    """Words, the base64 of a picture, or a page of a document; and how many pictures like it, of what."""

    text: str = ""
    picture: Base64Bytes = b""
    document: str = ""
    page: int = 1
    k: int = 10
    pages: bool = False


def viewing(library: AnyLibrary) -> APIRouter:
    """Return the routes."""
    routes = APIRouter()

    @routes.post("/passages")
    def passages(wanted: Chosen) -> dict[str, Any]:
        return passages_record(library.within(wanted.collection).passages(wanted.documents))

    @routes.post("/embed")
    def embed(wanted: Texts) -> dict[str, Any]:
        return vectors_record(library.embed(wanted.texts, queries=wanted.queries))

    @routes.post("/pieces")
    def pieces(wanted: Text) -> list[str]:
        return library.pieces(wanted.text)

    @routes.post("/pictures")
    def pictures(sent: Pictured) -> dict[str, Any]:
        from rag.lenses.pictures import Wanted

        wanted = Wanted(sent.text, sent.picture, sent.document, sent.page)
        shelf = library.within(sent.collection)
        return asdict(shelf.pictures(wanted, k=sent.k, documents=sent.documents, pages=sent.pages))

    @routes.get("/questions")
    def questions(collection: str = COLLECTION) -> list[dict[str, Any]]:
        return [asdict(one) for one in library.within(collection).questions()]

    return routes
