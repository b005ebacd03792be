"""No part that Docent installs by name is under the GPL or the AGPL."""

import importlib.metadata
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
COPYLEFT = re.compile(r"\b(?<!L)(?:A?GPL|GNU (?:Affero )?General Public)", re.IGNORECASE)
LESSER = re.compile(r"\bLGPL|Lesser General Public", re.IGNORECASE)
NAMED = sorted(
    line.split("==")[0].split("[")[0]
    for path in ROOT.glob("requirements*.txt")
    for line in path.read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
)


def stated(distribution):
    """Everything the package says of its licence but the licence's own text, a line each."""
    fields = distribution.metadata
    said = [fields.get("License-Expression") or "", *(fields.get_all("Classifier") or [])]
    short = (fields.get("License") or "").strip()
    return [
        *(one for one in said if one and (one.startswith("License") or not one.count("::"))),
        *([short.split("\n")[0]] if short else []),
    ]


def texts(distribution):
    """The licence files that the package carries."""
    files = distribution.files or []
    named = (file for file in files if re.search(r"licen[cs]e|copying", file.name, re.IGNORECASE))
    return [path.read_text(errors="replace") for file in named if (path := Path(file.locate())).is_file()]


def forbidden(licence):
    """Whether this is the GPL or AGPL and nothing else is offered."""
    choices = re.split(r"\s(?:or|OR|/)\s", licence)
    return all(COPYLEFT.search(choice) and not LESSER.search(choice) for choice in choices)


def test_the_patterns_tell_licences_apart():
    assert all(
        map(forbidden, ("GPL-3.0-or-later", "AGPL-3.0", "License :: OSI Approved :: GNU General Public"))
    )
    assert not any(map(forbidden, ("MIT", "LGPL-2.1", "GNU Lesser General Public License", "MIT OR GPL-2.0")))


@pytest.mark.parametrize("name", NAMED)
def test_an_installed_package_is_under_a_permissive_licence(name):
    distribution = importlib.metadata.distribution(name)
    # A package that states nothing is judged by its licence files; others carry those of their parts too.
    said = stated(distribution) or [text.lstrip()[:200] for text in texts(distribution)]
    assert said, f"{name} does not say its licence"
    assert not [licence for licence in said if forbidden(licence)]
