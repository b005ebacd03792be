"""Files on their way into the library: how far each job is, what became of its files, what can be done."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from rag.ingest import CANCELLED
from rag.jobs import Job
from rag.library import SAMPLES
from rag.types import FileReport, Progress
from rag.ui import navigation, parts, state
from rag.ui.typeset import plain

BARS = 4  # files in hand that are drawn one by one; of more only the whole is told
LISTED = 12  # reports of a finished job that are listed; refusals always come first
# Of the whole way, where a stage begins, and how much of it is told step by step.
WAY = {
    "waiting": (0.0, 0.0),
    "reading": (0.05, 0.0),
    "recognising page": (0.05, 0.15),
    "splitting": (0.2, 0.0),
    "embedding": (0.25, 0.7),
    "storing": (0.95, 0.0),
}
LOCKED = "password"  # a word in every reason that a password could mend


def jobs(collection: str) -> list[Job]:
    """Jobs of the collection whose results nobody has put away, oldest first; closing a tab loses none."""
    shared = state.runtime()
    known = [job for job in shared.owner.worker.jobs() if job.collection == collection]
    return [job for job in known if job.id not in shared.put_away]


def running(collection: str) -> list[Job]:
    """Those that are not finished."""
    return [job for job in jobs(collection) if not job.finished]


@st.fragment(run_every=0.7)
@parts.guarded
def ticking(collection: str, settled: int, *, briefly: bool = False) -> None:
    """Draw the jobs that are not finished; the page again when one is, or its first file is in.

    Briefly is one line for all of them, for where somebody came to ask, not to watch.
    """
    unfinished = running(collection)
    if not unfinished or known(collection) != settled:
        parts.redraw()
    if briefly and unfinished:
        _line(collection, unfinished)
        return
    for job in unfinished:
        _job(job)


def _line(collection: str, unfinished: Sequence[Job]) -> None:
    what = "the sample library" if collection == SAMPLES else "your documents"
    total = sum(job.counts.total for job in unfinished)
    ready = total - sum(job.counts.waiting for job in unfinished)
    st.progress(ready / max(total, 1), text=f"Getting {what} ready: {ready} of {total}")


def nothing(sentence: str) -> None:
    """Say that there is no document yet, and the next step; of files on their way, how far they are."""
    collection = state.collection()
    if running(collection):
        st.write("Your first documents are being read. This page opens with the first of them.")
        ticking(collection, known(collection), briefly=True)
        return
    st.write(sentence)
    if st.button("Add documents", type="primary", icon=":material/upload_file:"):
        navigation.go("library")


def known(collection: str) -> int:
    """Return a number that changes when the page has something new to show.

    Not each file counts: while hundreds are added the page would be drawn all the time.
    """
    documents = len(state.runtime().owner.library.within(collection).documents())
    return len(running(collection)) * 1000 + min(documents, 8) + documents // 25


def _job(job: Job) -> None:
    counts = job.counts
    left = f" · {parts.left(job.seconds_left)} left" if job.seconds_left is not None else ""
    if counts.total > 1:
        refused = f", {counts.refused} refused" if counts.refused else ""
        words = f"**{counts.done + counts.refused} of {counts.total} files**{refused}{left}"
        st.progress((counts.total - counts.waiting) / max(counts.total, 1), text=words)
    ended = ("waiting", "done", "refused")
    in_hand = [progress for progress in job.progress.values() if progress.stage not in ended]
    for progress in in_hand[:BARS]:
        _bar(progress)
    if not in_hand:
        st.caption("Paused" if job.state == "paused" else "Waiting for its turn")
    _acts(job)


def _acts(job: Job) -> None:
    worker = state.runtime().owner.worker
    with st.container(horizontal=True, gap="small", key=f"job_{job.id}"):
        if job.state == "paused":
            key, icon = f"resume_{job.id}", ":material/play_arrow:"
            st.button("Go on", key=key, icon=icon, on_click=worker.resume, args=(job,))
        else:
            st.button(
                "Pause", key=f"pause_{job.id}", icon=":material/pause:", on_click=worker.pause, args=(job,)
            )
        st.button("Stop adding", key=f"stop_{job.id}", icon=":material/stop_circle:", on_click=job.cancel)


def _bar(progress: Progress) -> None:
    share, words = stage(progress)
    st.progress(share, text=f"{plain(progress.file)} · {words}")


def stage(progress: Progress) -> tuple[float, str]:
    """Say how far a file is: a share of the whole way (0 to 1) and words."""
    begins, takes = WAY.get(progress.stage, (1.0, 0.0))
    share = begins + takes * (progress.done / progress.total if progress.total else 0.0)
    words: str = progress.stage
    if progress.total:
        words += f" {progress.done} of {progress.total}"
    if progress.seconds_left is not None and progress.stage not in ("done", "refused"):
        words += f" · {parts.left(progress.seconds_left)} left"
    return min(share, 1.0), words


# --- what became of them -------------------------------------------------------------------------


def outcome(job: Job) -> None:
    """Draw what became of the files of a finished job, what was refused first, with the way to try again."""
    if job.error is not None:
        parts.trouble(str(job.error))
    stopped = [report for report in job.reports if report.reason == CANCELLED]
    refused = [report for report in job.reports if report.status == "refused" and report not in stopped]
    for report in refused[:LISTED]:
        st.error(f"**{plain(report.file)}** was not added. {plain(report.reason)}", icon=":material/block:")
    if (more := len(refused) - LISTED) > 0:
        st.caption(f"And {more} more; {parts.counted(len(refused), 'file')} refused in all.")
    _settled([report for report in job.reports if report.status != "refused"])
    if stopped:
        st.caption(f"You stopped before {parts.counted(len(stopped), 'file')} could be added.")
    if refused or stopped:
        _again(job, any(LOCKED in report.reason for report in refused), bool(refused))


def _settled(reports: Sequence[FileReport]) -> None:
    """Draw the files that are in, a line each."""
    for report in reports[:LISTED]:
        _report(report)
    if (more := len(reports) - LISTED) > 0:
        st.caption(f"And {parts.counted(more, 'file')} more.")


def _again(job: Job, locked: bool, refused: bool) -> None:
    if locked:
        with st.form(f"unlock_{job.id}", border=False):
            st.text_input(
                "Password of the locked files",
                type="password",
                key=f"password_{job.id}",
                help="It is tried on files added from now on and never stored.",
            )
            st.form_submit_button(
                "Open with it", icon=":material/lock_open:", on_click=parts.acting(_unlocked), args=(job,)
            )
    else:
        st.button(
            "Try the refused ones again" if refused else "Add them after all",
            key=f"retry_{job.id}",
            icon=":material/refresh:",
            on_click=parts.acting(_retried),
            args=(job,),
        )


def _unlocked(job: Job) -> None:
    state.runtime().owner.library.unlock(st.session_state[f"password_{job.id}"])
    _retried(job)


def _retried(job: Job) -> None:
    state.runtime().owner.worker.retry(job)


OUTCOMES = {
    "added": (":green[:material/check_circle:]", "added"),
    "replaced": (":green[:material/published_with_changes:]", "replaced"),
    "unchanged": (":material/check:", "was already there, unchanged"),
}


def _report(report: FileReport) -> None:
    symbol, words = OUTCOMES[report.status]
    facts = [parts.counted(report.pages, "page")] if report.pages else []
    facts += [parts.counted(report.chunks, "passage"), f"{report.seconds:.1f} s"]
    st.markdown(f"{symbol} **{plain(report.file)}** {words} :gray[· {' · '.join(facts)}]")
