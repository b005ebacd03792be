"""The small Markdown that the sample documents are written in, read into blocks.

Knows nothing of PDF or DOCX. One paragraph, heading, list item or table row a line. A line
"Table 2: …" straight above a table is its caption; "1.2 …" and "(a) …" are contract clauses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

HEADING = re.compile(r"(#+) (.+)")
BULLET = re.compile(r"- (.+)")
STEP = re.compile(r"(\d+)\. (.+)")
CLAUSE = re.compile(r"(\d+\.\d+) (.+)")
POINT = re.compile(r"(\([a-z]\)) (.+)")
NOTE = re.compile(r"> (?:(\w+): )?(.+)")
RULE = re.compile(r"\|[-|]+\|")


@dataclass(frozen=True, slots=True)
class Block:
    """One block. `kind` is heading, bullet, step, clause, point, note, text, break or table.

    `mark` is what stands before the text ("3", "(a)", "Warning"), for a heading its level, for a
    table its caption; `rows` are the cells of a table, header first.
    """

    kind: str
    text: str = ""
    mark: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A document: its front matter (company, title, subtitle, head, edition, author) and its blocks."""

    front: dict[str, str]
    blocks: list[Block]


def read(path: Path) -> Source:
    """Read a source file: `key: value` lines up to the first empty line, then the blocks."""
    front, _, body = path.read_text(encoding="utf-8").partition("\n\n")
    pairs = (line.split(": ", 1) for line in front.splitlines())
    return Source({key: value for key, value in pairs}, blocks(body.splitlines()))


def blocks(lines: list[str]) -> list[Block]:
    """Turn lines into blocks, in their order."""
    found: list[Block] = []
    rows: list[tuple[str, ...]] = []
    caption = ""
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if line.startswith("|"):
            if not RULE.fullmatch(line):
                rows.append(tuple(cell.strip() for cell in line.strip("|").split("|")))
            if not following.startswith("|"):
                found.append(Block("table", mark=caption, rows=tuple(rows)))
                rows, caption = [], ""
        elif line.startswith("Table ") and following.startswith("|"):
            caption = line
        elif line:
            found.append(block(line))
    return found


def block(line: str) -> Block:
    """The block that a single line is."""
    if line == "---":
        return Block("break")
    if match := HEADING.fullmatch(line):
        return Block("heading", match[2], str(len(match[1])))
    if match := BULLET.fullmatch(line):
        return Block("bullet", match[1], "•")
    if match := NOTE.fullmatch(line):
        return Block("note", match[2], match[1] or "")
    for kind, pattern in (("step", STEP), ("clause", CLAUSE), ("point", POINT)):
        if match := pattern.fullmatch(line):
            return Block(kind, match[2], match[1])
    return Block("text", line)


def typeset(text: str) -> str:
    """Straight quotes become typographic ones."""
    return re.sub(r'(^|[\s(])"', r"\1“", text).replace('"', "”").replace("'", "’")


def runs(text: str) -> list[tuple[str, bool]]:
    """Split at **bold** marks into (text, is bold)."""
    return [(part, bool(i % 2)) for i, part in enumerate(text.split("**")) if part]
