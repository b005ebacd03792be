"""The command that searches in pictures by what they show."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rag.cli.lenses.command import Lens
from rag.errors import RagError


def pictures(
    lens: Lens,
    text: Annotated[str | None, typer.Argument(metavar="TEXT", help="What they should show.")] = None,
    file: Annotated[Path | None, typer.Option(help="Instead, a picture file: pictures like it.")] = None,
    like: Annotated[
        str | None, typer.Option(help="Instead, a picture or PDF of the library: pictures like it.")
    ] = None,
    page: Annotated[int, typer.Option(min=1, help="Of --like, the page that is meant.")] = 1,
    pages: Annotated[bool, typer.Option("--pages", help="Search in the pages of PDFs too.")] = False,
    k: Annotated[int, typer.Option("-k", min=1, help="Most pictures.")] = 10,
) -> None:
    """Find pictures by what they show, like words or a picture (experimental; needs RAG_IMAGE_MODEL)."""
    from rag.lenses.pictures import Wanted
    from rag.remote import find_document

    if sum(given is not None for given in (text, file, like)) != 1:
        raise typer.BadParameter("Give one of TEXT, --file and --like.")
    with lens.library() as (opened, within):
        known = find_document(opened, like).id if like else ""
        wanted = Wanted(text or "", _bytes(file) if file else b"", known, page)
        found = opened.pictures(wanted, k=k, documents=within, pages=pages)
    lens.show(found.rows(), ("score", "file", "page"), found.note)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        raise RagError(f"{path} cannot be read: {exc.strerror}.") from exc
