"""Measuring a library on question sets: `python -m rag evaluate`.

The command line calls, in `rag.evaluate.trial`:

    run(path: Path, form: str, *, settings: Settings, split: Split = "all", sample: int = 0, seed: int = 0,
        modes: Sequence[str] = ("semantic", "keyword", "hybrid", "reader"), answers: bool = True,
        raw: bool = False, left_out: bool = False, compare: Sequence[str] = (), home: Path | None = None,
        on_progress: Callable[[str], None] = ...) -> Report

and, in `rag.evaluate.embedders`, `prove(data: Path, settings: Settings, *, on_progress=...) -> Report`.
`form` is a key of `rag.evaluate.formats.FORMATS`; `Report.table()` is for people, `Report.lines()` gives one
JSON object a row (set, measure, value, low, high, n). Both raise RagError with a sentence to be shown.
"""
