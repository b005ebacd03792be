"""Results as the JSON that the command line and the HTTP API print, and back.

The plain records hold the documented fields and nothing else. Over HTTP a hit, a citation and an answer
carry a few more (`more=True`), so that the reading side rebuilds what the library returned. Knows the
types; knows no library, no transport and no format beyond JSON's own types.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

import numpy as np

from rag.types import (
    Answer,
    Asked,
    Chunk,
    Citation,
    DocumentInfo,
    FileReport,
    Forgotten,
    Hit,
    IndexState,
    Passages,
    Progress,
    Span,
    Timings,
    Trace,
    Turn,
    Vectors,
)

Record = dict[str, Any]


def document_record(info: DocumentInfo) -> Record:
    """Return one line of `list`."""
    return {
        "document": info.id,
        "file": info.name,
        "status": info.status,
        "pages": info.pages,
        "chunks": info.chunks,
        "added": info.added,
    }


def report_record(report: FileReport) -> Record:
    """Return what became of one file; seconds to the millisecond."""
    return {**asdict(report), "seconds": round(report.seconds, 3)}


def hit_record(hit: Hit, *, more: bool = False) -> Record:
    """Return one hit; `more` adds what else its chunk knows."""
    chunk = hit.chunk
    record: Record = {
        "document": chunk.document,
        "file": hit.file,
        "page": chunk.page,
        "text": chunk.text,
        "start": chunk.start,
        "end": chunk.end,
        "score": hit.score,
        "via": hit.via,
    }
    if more:
        record |= {"chunk": chunk.id, "position": chunk.position, "heading": chunk.heading}
        record |= {"header": chunk.header, "outer": chunk.outer}
    return record


def citation_record(citation: Citation, *, more: bool = False) -> Record:
    """Return one citation; `more` adds its heading and the words that carry the answer."""
    record = asdict(citation)
    return record if more else {key: record[key] for key in record if key not in ("heading", "marks")}


def answer_record(answer: Answer, *, id: str | int | None = None, more: bool = False) -> Record:
    """Return one answer; `id` is that of the question, left out where it has none."""
    record: Record = {} if id is None else {"id": id}
    record |= {
        "question": answer.question,
        "kind": answer.kind,
        "answer": answer.text,
        "short": answer.short,
        "refused": answer.refused,
        "support": answer.support,
        "citations": [citation_record(citation, more=more) for citation in answer.citations],
        "hits": [hit_record(hit, more=more) for hit in answer.hits],
        "timings": {key: round(value, 1) for key, value in asdict(answer.timings).items()},
    }
    if answer.coming:
        record["coming"] = answer.coming
    return record | {"searched": answer.searched} if more else record


def info_record(info: DocumentInfo) -> Record:
    """Return a line of `list` with what else the catalog knows."""
    return document_record(info) | asdict(info)


def info_from(record: Mapping[str, Any]) -> DocumentInfo:
    """Rebuild from `info_record`."""
    return DocumentInfo(**_known(DocumentInfo, record) | {"tags": tuple(record.get("tags", ()))})


def report_from(record: Mapping[str, Any]) -> FileReport:
    """Rebuild from `report_record`."""
    return FileReport(**_known(FileReport, record))


def progress_from(record: Mapping[str, Any]) -> Progress:
    """Rebuild from the fields of a Progress."""
    return Progress(**_known(Progress, record))


def forgotten_from(record: Mapping[str, Any]) -> Forgotten:
    """Rebuild from the fields of a Forgotten."""
    known = _known(Forgotten, record)
    for when in ("before", "after"):
        known[when] = tuple(Trace(**_known(Trace, trace)) for trace in known[when])
    return Forgotten(**known | {"cannot": tuple(known["cannot"])})


def index_from(record: Mapping[str, Any]) -> IndexState:
    """Rebuild from the fields of an IndexState."""
    return IndexState(**_known(IndexState, record))


def hit_from(record: Mapping[str, Any]) -> Hit:
    """Rebuild from `hit_record(..., more=True)`."""
    chunk = _known(Chunk, record) | {"id": record["chunk"], "outer": _span(record["outer"])}
    return Hit(Chunk(**chunk), record["file"], record["score"], record["via"])


def answer_from(record: Mapping[str, Any]) -> Answer:
    """Rebuild from `answer_record(..., more=True)`."""
    known = _known(Answer, record) | {
        "text": record["answer"],
        "citations": tuple(_citation_from(citation) for citation in record["citations"]),
        "hits": tuple(hit_from(hit) for hit in record["hits"]),
        "timings": Timings(**record["timings"]),
    }
    return Answer(**known)


def turns_from(records: Iterable[Mapping[str, Any]]) -> tuple[Turn, ...]:
    """Read a conversation; raises KeyError where a turn lacks its question or answer."""
    return tuple(Turn(str(record["question"]), str(record["answer"])) for record in records)


def vectors_record(vectors: Vectors) -> Record:
    """Return vectors as base64 of little-endian float32 rows."""
    data = base64.b64encode(np.ascontiguousarray(vectors, dtype="<f4").tobytes()).decode("ascii")
    return {"rows": len(vectors), "data": data}


def vectors_from(record: Mapping[str, Any]) -> Vectors:
    """Rebuild from `vectors_record`."""
    flat = np.frombuffer(base64.b64decode(record["data"]), dtype="<f4").astype(np.float32)
    return flat.reshape(record["rows"], -1 if record["rows"] else 0)


def passages_record(passages: Passages) -> Record:
    """Return passages with their vectors."""
    chunks = [asdict(chunk) for chunk in passages.chunks]
    return {"chunks": chunks, "files": passages.files, "vectors": vectors_record(passages.vectors)}


def passages_from(record: Mapping[str, Any]) -> Passages:
    """Rebuild from `passages_record`."""
    chunks = (Chunk(**_known(Chunk, row) | {"outer": _span(row["outer"])}) for row in record["chunks"])
    return Passages(tuple(chunks), tuple(record["files"]), vectors_from(record["vectors"]))


def asked_from(record: Mapping[str, Any]) -> Asked:
    """Rebuild from the fields of an Asked."""
    return Asked(**_known(Asked, record))


def _citation_from(record: Mapping[str, Any]) -> Citation:
    marks = tuple((int(start), int(end)) for start, end in record["marks"])
    return Citation(**_known(Citation, record) | {"marks": marks})


def _span(pair: Sequence[int] | None) -> Span | None:
    return None if pair is None else (pair[0], pair[1])


def _known(kind: type[Any], record: Mapping[str, Any]) -> Record:
    """Keep the fields of `kind`: a newer owner may send more than this process knows."""
    names = {field.name for field in fields(kind)}
    return {key: value for key, value in record.items() if key in names}
