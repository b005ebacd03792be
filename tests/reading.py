"""Add a folder of files at once; tell what became of each kind, what it cost, and how much text was found.

`python -m tests.reading FOLDER [--reference FOLDER] [--files]` adds FOLDER to a library of its own that is
deleted afterwards. A reference holds NAME.md for a file NAME: the share of its words (each as often as it
stands there) that our text has too is the recall. Memory is that of the process and all below it together.
"""

# ruff: noqa: T201
from __future__ import annotations

import argparse
import collections
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import psutil

WORD = re.compile(r"[^\W_]+")
MARKS = re.compile(r"<!--.*?-->|!\[[^\]]*\]\([^)]*\)|\]\([^)]*\)|&\w+;", re.DOTALL)


def footprint(process: psutil.Process) -> int:
    """Bytes of the process and its children; memory that several share counts once."""
    total = 0
    for one in (process, *process.children(recursive=True)):
        try:
            total += one.memory_full_info().pss
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return total


def added(folder: Path, home: str) -> tuple[list[dict[str, Any]], int, float]:
    """The reports of `add`, most bytes it ever took, and seconds."""
    began, most, done = time.perf_counter(), 0, threading.Event()
    command = [sys.executable, "-m", "rag", "add", str(folder), "--json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={**os.environ, "RAG_HOME": home}
    ) as run:
        process = psutil.Process(run.pid)

        def watch() -> None:
            nonlocal most
            while not done.wait(0.2):
                try:
                    most = max(most, footprint(process))
                except psutil.NoSuchProcess:
                    return

        watcher = threading.Thread(target=watch)
        watcher.start()
        assert run.stdout is not None
        lines = run.stdout.read().decode().splitlines()
        done.set()
        watcher.join()
    if run.returncode not in (0, 1):
        sys.exit(f"add ended with {run.returncode}")
    return [json.loads(line) for line in lines], most, time.perf_counter() - began


def recall(text: str, reference: str) -> float | None:
    """Share of the reference's words that the text has, each as often; None where it has none."""
    wanted = collections.Counter(WORD.findall(MARKS.sub(" ", reference).lower()))
    found = collections.Counter(WORD.findall(text.lower()))
    return (wanted & found).total() / wanted.total() if wanted else None


def texts(home: str) -> dict[str, str]:
    """The text of every document of the library, by name."""
    from rag import Library

    with Library.open(home) as library:
        return {info.name: library.text(info.id) for info in library.documents()}


def kind(name: str) -> str:
    """What the table counts the file as."""
    return Path(name).suffix.lower().lstrip(".")


def main() -> None:
    """Add, and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--reference", type=Path)
    parser.add_argument("--files", action="store_true")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        reports, most, seconds = added(wanted.folder, home)
        found = texts(home)
    print_table(reports, found, wanted.reference)
    print(f"{len(reports)} files, {seconds:.0f} s, at most {most / 1e6:,.0f} MB in all processes together")
    for report in reports:
        if wanted.files or report["status"] == "refused":
            print(f"{report['status']:9} {report['reason'] or report['file']}")


def print_table(reports: list[dict[str, Any]], found: dict[str, str], reference: Path | None) -> None:
    """A row a kind: files, added, refused, mean recall over those with a reference."""
    rows: dict[str, list[dict[str, Any]]] = collections.defaultdict(list)
    for report in reports:
        rows[kind(report["file"])].append(report)
    print("| kind | files | added | refused | text recall |\n|---|--:|--:|--:|--:|")
    for name, group in sorted(rows.items()):
        shares = [share for report in group if (share := against(report, found, reference)) is not None]
        shown = f"{sum(shares) / len(shares):.3f} ({len(shares)})" if shares else ""
        refused = sum(report["status"] == "refused" for report in group)
        print(f"| {name} | {len(group)} | {len(group) - refused} | {refused} | {shown} |")


def against(report: dict[str, Any], found: dict[str, str], reference: Path | None) -> float | None:
    """The recall of one file; None where there is no reference or it was refused."""
    name = Path(report["file"]).name
    path = reference / f"{name}.md" if reference else None
    if path is None or not path.exists() or report["status"] == "refused":
        return None
    return recall(found.get(name, ""), path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
