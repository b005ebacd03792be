"""A whole library as one file: written while the library is in use, opened on another machine.

The file is a ZIP of the catalog, the stored files and the vectors as plain arrays, so that it does not
depend on a Chroma version. Knows the parts of a home; knows no model.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from rag.catalog import Catalog, Made
from rag.errors import RagError
from rag.home import Home
from rag.protocols import VectorStore

FORMAT = 1
BATCH = 5000  # vectors of one array in the file
_ABOUT, _CATALOG = "docent.json", "catalog.sqlite"


def export(path: Path, home: Home, catalog: Catalog, vectors: VectorStore, made: Made) -> None:
    """Write the library to `path`, all of it or nothing; others go on using it.

    What is removed while it is written is not in it: only what the copied catalog knows is read back.
    """
    path = path.expanduser().absolute()
    if path.is_relative_to(home.root):
        raise RagError(f"{path} lies in the library's own folder. Choose another place.")
    handle, part = tempfile.mkstemp(dir=_folder(path), prefix=path.name, suffix=".part")
    os.close(handle)
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            _write(archive, home, catalog, vectors, made)
        os.replace(part, path)
    except OSError as exc:
        raise RagError(f"{path} could not be written ({exc.strerror}). Check the disk.") from exc
    finally:
        Path(part).unlink(missing_ok=True)


def restore(path: Path, home: Home) -> Made:
    """Unpack an exported library into an empty home that is held; return what made its vectors.

    Raise RagError where the file is none, or the home is not empty; then nothing is changed.
    """
    if home.catalog.exists():
        raise RagError(f"{home.root} holds a library already. Choose an empty folder with --home.")
    try:
        with zipfile.ZipFile(path) as archive:
            about = _about(archive, path)
            for name in archive.namelist():
                if _kept(name):
                    _extract(archive, name, home)
            # The catalog last: without it the home is still an empty one.
            _extract(archive, _CATALOG, home)
    except (OSError, zipfile.BadZipFile, KeyError, ValueError) as exc:
        raise RagError(f"{path} is no exported library, or is damaged. Export it again.") from exc
    return Made(**about["index"])


def stored_vectors(path: Path) -> Iterator[tuple[str, list[str], list[str], np.ndarray[Any, Any]]]:
    """Yield collection, chunk ids, document ids and vectors (n, dimension) of an exported library."""
    with zipfile.ZipFile(path) as archive:
        for name in sorted(archive.namelist()):
            if name.startswith("vectors/"):
                with np.load(io.BytesIO(archive.read(name)), allow_pickle=False) as arrays:
                    yield (
                        str(arrays["collection"]),
                        arrays["ids"].tolist(),
                        arrays["documents"].tolist(),
                        arrays["rows"],
                    )


def _write(archive: zipfile.ZipFile, home: Home, catalog: Catalog, vectors: VectorStore, made: Made) -> None:
    with tempfile.TemporaryDirectory(dir=home.incoming) as folder:
        # Inside a file of SQLite's own, so that no commit falls between two of its tables.
        copy = Path(folder) / _CATALOG
        catalog.backup(copy)
        archive.write(copy, _CATALOG)
    for path in sorted(home.files.iterdir()):
        try:
            archive.write(path, f"files/{path.name}")
        except FileNotFoundError:  # removed meanwhile
            continue
    number = 0
    for collection in catalog.collections():
        owners = catalog.chunk_ids(collection)
        ids = sorted(owners)
        for start in range(0, len(ids), BATCH):
            rows = vectors.vectors(collection, ids[start : start + BATCH])
            _write_rows(archive, number, collection, rows, owners)
            number += 1
    about = {"format": FORMAT, "index": asdict(made)}
    archive.writestr(_ABOUT, json.dumps(about))


def _write_rows(
    archive: zipfile.ZipFile,
    number: int,
    collection: str,
    rows: Any,  # noqa: ANN401 - ids to vectors
    owners: dict[str, str],
) -> None:
    if not rows:
        return
    data = io.BytesIO()
    np.savez(
        data,
        collection=np.array(collection),
        ids=np.array(list(rows)),
        documents=np.array([owners[id] for id in rows]),
        rows=np.stack(list(rows.values())),
    )
    archive.writestr(f"vectors/{number:05d}.npz", data.getvalue())


def _about(archive: zipfile.ZipFile, path: Path) -> dict[str, Any]:
    about: dict[str, Any] = json.loads(archive.read(_ABOUT))
    if about["format"] > FORMAT:
        raise RagError(
            f"{path} has format {about['format']} and this Docent knows {FORMAT}. "
            "Open it with the newer Docent that wrote it."
        )
    return about


def _kept(name: str) -> bool:
    """Only plain names below `files`: an archive from elsewhere must not write anywhere else."""
    parts = PurePosixPath(name).parts
    return len(parts) == 2 and parts[0] == "files" and parts[1] not in ("..", ".") and "\\" not in parts[1]


def _extract(archive: zipfile.ZipFile, name: str, home: Home) -> None:
    target = home.catalog if name == _CATALOG else home.files / PurePosixPath(name).name
    with archive.open(name) as packed, target.open("wb") as file:
        shutil.copyfileobj(packed, file)


def _folder(path: Path) -> Path:
    if not path.parent.is_dir():
        raise RagError(f"There is no folder {path.parent} to write {path.name} to.")
    return path.parent
