"""What the program imports is pinned, and what is pinned is imported."""

import ast
import importlib.metadata
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PIN = re.compile(r"^([A-Za-z0-9._-]+)(\[[a-z,]+\])?==(\S+)$")

# Needed, though no module of ours imports them by name.
BEHIND = {
    "python-multipart": "FastAPI's reader of uploads",
}


def pins(file: str) -> dict[str, str]:
    """Name and version of every line; fails on a line that is no exact pin."""
    found = {}
    for line in (ROOT / file).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            match = PIN.match(line)
            assert match, f"{file}: {line!r} is no exact pin"
            found[normal(match[1])] = match[3]
    return found


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def imported_distributions() -> set[str]:
    listed = subprocess.run(
        ["git", "ls-files", "rag/*.py", "app.py"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    modules = set()
    for path in listed.stdout.split():
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                modules.add(node.module.split(".")[0])
    foreign = modules - sys.stdlib_module_names - {"rag"}
    owners = importlib.metadata.packages_distributions()
    return {normal(owners[module][0]) for module in foreign}


def test_what_is_imported_is_pinned_and_what_is_pinned_is_imported():
    measured_against = set(pins("requirements-bench.txt"))
    assert set(pins("requirements.txt")) - set(BEHIND) == imported_distributions() - measured_against


@pytest.mark.parametrize("kind", ["", "-weights", "-bench", "-dev"])
def test_this_environment_is_the_pinned_one(kind):
    file = f"requirements{kind}.txt"
    installed = {name: importlib.metadata.version(name).split("+")[0] for name in pins(file)}
    assert installed == pins(file)
