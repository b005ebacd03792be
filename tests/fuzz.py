"""Damage files at random and read them all in a reused reading process; tell what escapes it.

`python -m tests.fuzz [FOLDER] [--rounds N] [--seed S] [--only KINDS]` damages the files of FOLDER and those
made here, N inputs a reader (default 600). A refusal is fine. A process that ends, a file that takes long,
a document whose spans lie outside its text, and an error that no reader foresaw are each kept in the folder
.scratch/fuzz and listed; all but the last make the exit status 1.
"""

# ruff: noqa: T201
from __future__ import annotations

import argparse
import collections
import io
import random
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from rag.errors import RagError, UnreadableFile, UnsupportedFile
from rag.load import FileReader, Limits
from rag.load.kinds import kind_of
from rag.types import Document
from tests import seeds

LARGEST = 200_000
"""Bytes of the largest file that is damaged: time goes into many inputs, not into long ones."""
LIMITS = Limits(seconds=30, memory_mb=1500, pages=50, ocr=False)
SEEN = {"image"}
"""Readers that recognise what they read: the pictures made here are small, the pages of a PDF are not."""
KEPT = Path(".scratch/fuzz")
TOKENS = (
    b"\0",
    b"\xff" * 8,
    b"<",
    b">",
    b'"',
    b"%s",
    b"-1",
    b"999999999999",
    b"]]>",
    b"&a;",
    b"{" * 60,
    b"(" * 60,
)


def flipped(data: bytes, random: random.Random, others: list[bytes]) -> bytes:
    """A few bytes changed."""
    changed = bytearray(data)
    for _ in range(random.choice((1, 2, 5, 20, 100))):
        changed[random.randrange(len(changed))] = random.randrange(256)
    return bytes(changed)


def cut(data: bytes, random: random.Random, others: list[bytes]) -> bytes:
    """A stretch removed, often the end."""
    start = random.randrange(len(data))
    return data[:start] + (b"" if random.random() < 0.5 else data[start + random.randrange(1, 400) :])


def repeated(data: bytes, random: random.Random, others: list[bytes]) -> bytes:
    """A stretch written many times."""
    start = random.randrange(len(data))
    piece = data[start : start + random.randrange(1, 300)]
    return data[:start] + piece * random.choice((2, 10, 300)) + data[start:]


def spiced(data: bytes, random: random.Random, others: list[bytes]) -> bytes:
    """Something put in that parsers stumble over."""
    start = random.randrange(len(data))
    return data[:start] + random.choice(TOKENS) * random.choice((1, 3, 50)) + data[start:]


def spliced(data: bytes, random: random.Random, others: list[bytes]) -> bytes:
    """The beginning of one file and the end of another of its kind."""
    other = random.choice(others)
    return data[: random.randrange(1, len(data) + 1)] + other[random.randrange(len(other)) :]


WAYS: tuple[Callable[[bytes, random.Random, list[bytes]], bytes], ...] = (
    flipped,
    cut,
    repeated,
    spiced,
    spliced,
)


def damaged(data: bytes, random: random.Random, others: list[bytes]) -> bytes:
    """The file damaged in one way or two; archives often inside, where their checksums do not save them."""
    if data[:4] == b"PK\x03\x04" and random.random() < 0.75:
        try:
            return repacked(data, random)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError):
            pass
    for _ in range(random.choice((1, 1, 2))):
        data = random.choice(WAYS)(data or b" ", random, others)
    return data


def repacked(data: bytes, random: random.Random) -> bytes:
    """The archive with one of its entries damaged, lost or renamed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        names = old.namelist()
        victim = random.choice(names)
        for name in names:
            content = old.read(name)
            if name == victim and content:
                if random.random() < 0.1:
                    continue
                content = random.choice(WAYS)(content, random, [content])
            new.writestr(name, content)
    return out.getvalue()


def gathered(folder: Path | None) -> dict[str, list[tuple[str, bytes]]]:
    """Good files by the reader that reads them: name and bytes."""
    files = [*seeds.files().items()]
    if folder is not None:
        paths = (path for path in sorted(folder.iterdir()) if 0 < path.stat().st_size <= LARGEST)
        files += [(path.name, path.read_bytes()) for path in paths]
    found: dict[str, list[tuple[str, bytes]]] = collections.defaultdict(list)
    for name, data in files:
        try:
            found[kind_of(name, data).module].append((name, data))
        except (UnreadableFile, UnsupportedFile):
            continue
    return found


def flaw(document: Document) -> str:
    """What is wrong with a document that was read, or nothing."""
    document.text.encode("utf-8")
    spans = [(one.start, one.end) for one in (*document.pages, *document.headings, *document.tables)]
    if any(not 0 <= start <= end <= len(document.text) for start, end in spans):
        return "span outside the text"
    for group in (document.pages, document.headings, document.tables):
        starts = [one.start for one in group]
        if starts != sorted(starts):
            return "spans out of order"
    return ""


def outcome(reader: FileReader, path: Path, name: str) -> str:
    """`read`, `refused`, or in capitals what must not be."""
    try:
        wrong = flaw(reader.read(path, name))
    except RagError as error:
        text = str(error)
        if "reading process end" in text or "took longer" in text:
            return f"ESCAPED {text}"
        return f"UNFORESEEN {text}" if "could not be read (" in text else "refused"
    except Exception as error:
        return f"ESCAPED {error!r}"
    return f"ESCAPED {wrong}" if wrong else "read"


def main() -> None:
    """Read the arguments, damage and read, print a row a reader."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--rounds", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="")
    wanted = parser.parse_args()
    KEPT.mkdir(parents=True, exist_ok=True)
    counts: collections.Counter[str] = collections.Counter()
    seeing = replace(LIMITS, ocr=True)
    with FileReader(LIMITS) as blind, FileReader(seeing) as reader, tempfile.TemporaryDirectory() as folder:
        for kind, files in sorted(gathered(wanted.folder).items()):
            if not wanted.only or kind in wanted.only.split(","):
                began = time.perf_counter()
                here = rounds(reader if kind in SEEN else blind, Path(folder) / "input", kind, files, wanted)
                counts += here
                print(f"{kind:10} {dict(here)} {time.perf_counter() - began:.0f} s", flush=True)
    print(f"all: {counts.total()} inputs, {dict(counts)}")
    sys.exit(1 if counts["ESCAPED"] else 0)


def rounds(
    reader: FileReader, path: Path, kind: str, files: list[tuple[str, bytes]], wanted: argparse.Namespace
) -> collections.Counter[str]:
    """Damage the files of one kind and read them; keep what escapes."""
    chance = random.Random(f"{kind} {wanted.seed}")
    counts: collections.Counter[str] = collections.Counter()
    for number in range(wanted.rounds):
        name, data = chance.choice(files)
        path.write_bytes(damaged(data, chance, [content for _, content in files]))
        what = outcome(reader, path, name)
        counts[what.split()[0]] += 1
        if what[0].isupper():
            kept = KEPT / f"{kind}-{wanted.seed}-{number}{Path(name).suffix}"
            kept.write_bytes(path.read_bytes())
            print(f"{kept}: {what}", flush=True)
    return counts


if __name__ == "__main__":
    main()
