"""Kill a process that adds, replaces, removes, indexes anew or scrubs, and look at what each kill left.

`python -m tests.kill ROUNDS [SEED]` says where they died, and fails at the first thing that is wrong,
keeping the home for a look. It forks instead of starting Python anew, so it opens no store itself. Each
round has a step in which it means to kill; where the process really died is what is counted.
"""

# ruff: noqa: T201
from __future__ import annotations

import collections
import importlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from rag.catalog import Catalog, Made
from rag.ingest.building import Builder
from tests.shelf import Shelf, TextReader

FILES = 50
STEPS = ("reading", "embedding", "vectors", "commit", "switch", "scrub", "remove")
PAUSE = 0.002  # seconds of a read and of an embedding, which the small fakes do in none

Say = Callable[[str], None]


class SlowReader(TextReader):
    """Takes a moment for each file, in which it can be killed."""

    def read(self, path, name, /):
        time.sleep(PAUSE)
        return super().read(path, name)


def write_files(folder: Path, edition: int) -> None:
    """Fifty small files, of which some change with each edition and change back."""
    folder.mkdir(exist_ok=True)
    for number in range(FILES):
        text = f"File {number} edition {edition if number % 3 == edition % 3 else 0}. "
        (folder / f"{number:02d}.txt").write_text(
            text + f"Common words and word{number} here. " * (number * 4)
        )


def made(tokens: int) -> Made:
    """What makes an index of chunks of so many words."""
    return Made("hash", "hash", tokens, 0)


def shelf(home: Path) -> tuple[Shelf, Made, Made]:
    """Open the home with the index that answers; return also that make, and the other one."""
    tokens = 64
    if (home / "catalog.sqlite").exists():
        catalog = Catalog(home / "catalog.sqlite")
        tokens = active.chunk_tokens if (active := catalog.active()) else 64
        catalog.close()
    now, other = made(tokens), made(64 + 32 - tokens)
    opened = Shelf(home, SlowReader, now.fingerprint, other.fingerprint)
    opened.resplit(tokens)
    return opened, now, other


def narrated(opened: Shelf, say: Say) -> None:
    """Say when each step begins and ends."""
    for owner, name, step in (
        (opened.vectors, "add", "vectors"),
        (opened.vectors, "stage", "vectors"),
        (opened.catalog, "finish_all", "commit"),
        (opened.catalog, "stage", "commit"),
        (opened.catalog, "switch", "switch"),
        (opened.catalog, "vacuum", "scrub"),
        (opened.vectors._folders, "switch", "switch"),
        (opened.vectors, "rewrite", "scrub"),
        (opened.embedder, "embed_documents", "embedding"),
    ):
        setattr(owner, name, _told(getattr(owner, name), step, say))


def _told(act: Callable, step: str, say: Say) -> Callable:
    def told(*args, **more):
        say(step)
        time.sleep(PAUSE)
        try:
            return act(*args, **more)
        finally:
            say(f"after {step}")

    return told


def work(action: str, home: Path, folder: Path, say: Say) -> None:
    """What the killed process does."""
    opened, _, other = shelf(home)
    narrated(opened, say)
    if action == "add":
        opened.add(folder, on_progress=lambda progress: say(progress.stage))
    elif action == "index":
        reindex(opened, other)
    else:
        for info in opened.catalog.documents("Documents")[:: 1 if action == "remove" else 5]:
            say("remove")
            opened.ingest.remove(info.id)
        opened.ingest.scrubber.run()
    say("done")
    opened.close()


def reindex(opened: Shelf, other: Made) -> None:
    """Build the index of another make and let it answer."""
    opened.resplit(other.chunk_tokens)
    builder = Builder(
        opened.catalog,
        opened.vectors,
        "hash",
        other,
        lambda: (opened.embedder, opened.splitter),
        lambda: opened.catalog.switch(other),
    )
    while builder.step(threading.Event()):
        continue
    opened.vectors.use(other.fingerprint)
    opened.ingest._storage.prune()


def inspect(home: Path, folder: Path) -> list[str]:
    """Open what a killed process left; return what is wrong with it."""
    opened, _, _ = shelf(home)
    problems = opened.ingest.check() + [str(path) for path in opened.home.incoming.iterdir()]
    known = {path.name for path in folder.iterdir()}
    problems += [f"{chunk} is found by no search" for chunk in opened.vectors.hidden("Documents")]
    folders = [path for path in opened.home.vectors.iterdir() if path.name.isdigit()]
    problems += [] if len(folders) == 1 else [f"{len(folders)} folders of vectors"]
    for info in opened.catalog.documents("Documents"):
        text = opened.catalog.text(info.id)
        problems += [] if info.name in known else [f"{info.name} is no file"]
        problems += (
            [] if text.startswith(f"File {int(info.name[:2])} ") else [f"{info.name} holds {text[:20]}"]
        )
        problems += [] if len(opened.catalog.span(info.id)) == info.chunks else [f"{info.name} is cut"]
    opened.close()
    return problems


def complete(home: Path, folder: Path) -> list[str]:
    """Add and scrub once more, undisturbed; return what is wrong then."""
    opened, _, _ = shelf(home)
    problems = [report.reason for report in opened.add(folder) if report.status == "refused"]
    opened.ingest.scrubber.run()
    texts = {info.name: opened.catalog.text(info.id) for info in opened.catalog.documents("Documents")}
    wanted = {path.name: path.read_text().strip() for path in folder.iterdir()}
    problems += [name for name in wanted if texts.get(name, "").strip() != wanted[name]]
    problems += sorted(texts.keys() - wanted.keys()) + opened.ingest.check()
    problems += [] if opened.ingest.scrubber.state.state == "clean" else ["not scrubbed"]
    opened.close()
    return problems


def killed(action: str, step: str, home: Path, folder: Path, dice: random.Random) -> str:
    """Fork a process that works, kill it when it has begun `step` some times; return where it died."""
    child, lines = _forked(lambda say: work(action, home, folder, say))
    most = {"reading": 12, "embedding": 6, "remove": 9, "vectors": 3, "commit": 3, "scrub": 3}
    left, last = dice.randrange(1, most.get(step, 2)), ""
    for line in lines:
        last = line
        left -= line == step
        if left <= 0:
            break
    time.sleep(dice.random() * 2 * PAUSE)
    os.kill(child, signal.SIGKILL)
    for line in lines:  # what it said before it died, and nobody has read yet
        last = line
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, -signal.SIGKILL), "the process failed by itself"
    return "ended" if status == 0 else last


def asked(look: Callable[[Path, Path], list[str]], home: Path, folder: Path) -> list[str]:
    """Let a process of its own look, as the next one that opens the home would."""
    child, lines = _forked(lambda say: say(json.dumps(look(home, folder))))
    answer = "".join(lines)
    os.waitpid(child, 0)
    return json.loads(answer) if answer else ["the home cannot be opened"]


def _forked(task: Callable[[Say], None]) -> tuple[int, Iterable[str]]:
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, (line.rstrip("\n") for line in os.fdopen(reading))
    status = 1
    try:
        task(lambda line: os.write(writing, f"{line}\n".encode()) and None)
        status = 0
    finally:
        os._exit(status)


def planned(round: int, dice: random.Random) -> tuple[str, str]:
    """Return what a round does and in which step it is to be killed; each step has its turn."""
    step = STEPS[round % len(STEPS)]
    actions = {"switch": ("index", "prune"), "scrub": ("prune",), "remove": ("remove", "prune")}
    actions |= {"commit": ("add", "index"), "vectors": ("add", "index"), "embedding": ("add", "index")}
    return dice.choice(actions.get(step, ("add",))), step


def main(rounds: int, seed: int) -> None:
    """Kill that many, print where, fail at the first thing that is wrong."""
    dice, deaths = random.Random(seed), collections.Counter[str]()
    place = Path(tempfile.mkdtemp(prefix="docent-kill-"))
    importlib.import_module("chromadb")  # once, and not in every fork
    home, folder = place / "home", place / "files"
    for edition in range(rounds):
        write_files(folder, edition)
        action, step = planned(edition, dice)
        if action == "remove" and (problems := asked(complete, home, folder)):
            sys.exit(f"{place}: seed {seed}, before round {edition}: {problems}")
        died = killed(action, step, home, folder, dice)
        deaths[died] += 1
        whole = edition % 5 == 4 or edition == rounds - 1
        if problems := asked(inspect, home, folder) or (whole and asked(complete, home, folder)):
            sys.exit(f"{place}: seed {seed}, round {edition}, {action} killed in {died}: {problems}")
        print(f"{edition + 1:4d} {action}: killed in {died}", file=sys.stderr)
    shutil.rmtree(place)
    for died, count in sorted(deaths.items()):
        print(f"{count:4d} {died}")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(10**6))
