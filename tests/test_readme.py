"""What the README says is so.

Settings: a table whose rows are ``| `RAG_HOME` | `~/.docent` | description |``, one for each setting.
Commands: every command is shown as `docent NAME` or `python -m rag NAME`, with options that exist.
Map: the first fenced block below a heading "Map", a path and what it is for on each line.
"""

import re
import subprocess
from pathlib import Path

import typer

from rag.cli import app
from rag.settings import Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROGRAM = typer.main.get_command(app)
CALL = re.compile(r"(?:python -m rag|\bdocent) ((?:--?\w[^`\n]*|[a-z]+\b)[^`\n#|]*)")
TOP = {"app.py", "tests/", "data/", "Makefile"}


def setting_rows() -> list[str]:
    """The rows of the settings table, as the code has them."""
    rows = []
    for name, field in Settings.model_fields.items():
        shown = f"`{field.default}`" if str(field.default) else "empty"
        rows.append(f"| `RAG_{name.upper()}` | {shown} | {field.description} |")
    return rows


def calls() -> list[tuple[str, list[str]]]:
    """Command and words after it, for every call that the README shows."""
    found = []
    for match in CALL.finditer(README):
        words = match[1].replace("…", "").strip(" .,;:()").split()
        while words and words[0].startswith("-"):
            words = words[2:]  # --home DIR before the command
        if words:
            found.append((words[0], words[1:]))
    return found


def test_the_settings_table_is_that_of_the_code():
    assert [line for line in README.splitlines() if line.startswith("| `RAG_")] == setting_rows()


def test_every_command_is_shown_and_every_command_shown_exists():
    assert {command for command, _ in calls()} == set(PROGRAM.commands)


def test_every_option_shown_exists():
    for command, words in calls():
        known = {option for parameter in PROGRAM.commands[command].params for option in parameter.opts}
        shown = {word.split("=")[0] for word in words if re.fullmatch(r"--?[a-z][a-z-]*(=.*)?", word)}
        assert shown - known <= {"--help"}, command


def test_the_map_is_the_tree():
    block = re.search(r"^#+ Map$.*?^```\w*\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert block, 'no fenced block below a heading "Map"'
    mapped = {line.split()[0] for line in block[1].splitlines() if line.strip() and not line.startswith(" ")}
    listed = subprocess.run(["git", "ls-files", "rag"], cwd=ROOT, capture_output=True, text=True, check=True)
    parts = [Path(path).parts for path in listed.stdout.split()]
    tree = {f"rag/{part[1]}" + ("/" if len(part) > 2 else "") for part in parts}
    assert mapped - TOP == tree
