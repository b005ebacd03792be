"""Which reader takes which format of a set."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rag.errors import RagError
from rag.evaluate.contracts import read_cuad
from rag.evaluate.conversations import read_mtrag
from rag.evaluate.lessons import read_lessons
from rag.evaluate.manual import read_emanual
from rag.evaluate.own import read_jsonl
from rag.evaluate.pairs import read_pubmedqa, read_qed, read_tsv
from rag.evaluate.ranking import read_beir, read_cranfield, read_legal
from rag.evaluate.sets import EvalSet
from rag.evaluate.squad import read_squad

FORMATS: dict[str, Callable[[Path], EvalSet]] = {
    "squad": read_squad,
    "beir": read_beir,
    "jsonl": read_jsonl,
    "cuad": read_cuad,
    "mtrag": read_mtrag,
    "emanual": read_emanual,
    "qed": read_qed,
    "tsv": read_tsv,
    "pubmedqa": read_pubmedqa,
    "cranfield": read_cranfield,
    "legal": read_legal,
    "lessons": read_lessons,
}
"""Reader by the name of the format."""


def read(path: Path, form: str) -> EvalSet:
    """Read a set; raise RagError where the format is unknown or the files are not of it."""
    if form not in FORMATS:
        raise RagError(f"No format {form}; there are {', '.join(FORMATS)}.")
    if not path.exists():
        raise RagError(f"There is no {path}.")
    try:
        return FORMATS[form](path)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        raise RagError(f"{path} is not a set of the format {form} ({type(exc).__name__}: {exc}).") from exc
