"""The sample library: a collection of its own, there to be asked until a person adds files.

Knows the files that come with the project and the worker that adds them; no screen.
"""

from __future__ import annotations

from pathlib import Path

from rag.library import SAMPLES
from rag.owner import Owner

FOLDER = Path(__file__).resolve().parents[2] / "data" / "samples"
REMOVED = "samples_removed"
"""A preference: who sent the samples away does not find them back at the next start."""

QUESTIONS = {
    "How long can an opened item be returned?": "support-handbook.pdf",
    "How much may a hotel night in London cost?": "travel-and-expenses-policy.md",
    "How much notice must Larkfell give to end the supply agreement without cause?": "supply-agreement.pdf",
    "Which product has the longest warranty?": "price-list.csv",
}
"""First questions (running text, a table, a contract, a computed column) and the file that answers each."""


def first_start(owner: Owner) -> None:
    """Add the samples to a home that holds nothing yet, unless they were removed on purpose.

    What an earlier process was adding goes on by itself.
    """
    library = owner.library
    begun = any(not job.finished for job in owner.worker.jobs())
    if not (begun or library.collections() or library.preferences.get(REMOVED)):
        bring(owner)


def bring(owner: Owner) -> None:
    """Add the samples; returns at once."""
    owner.library.preferences.set(REMOVED, None)
    files = [path for path in FOLDER.iterdir() if path.is_file()]
    files.sort(key=lambda path: path.stat().st_size)  # there is something to ask soon
    owner.worker.submit(files, SAMPLES)


def let_pass(owner: Owner) -> bool:
    """Stop adding samples, so that a person's files need not wait for them; True where some were coming."""
    coming = [job for job in owner.worker.jobs() if job.collection == SAMPLES and not job.finished]
    for job in coming:
        job.cancel()
    return bool(coming)


def remove(owner: Owner) -> None:
    """Remove the samples and remember that."""
    owner.library.preferences.set(REMOVED, "yes")
    owner.library.within(SAMPLES).drop()
