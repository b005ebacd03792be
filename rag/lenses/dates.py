"""When a document is from, and how that is known: mail header, file name, text, what a PDF or Office file
says of itself, the file's own date where it still lies at its path, else the day it was added.

Knows the ways dates are written in English and in ISO 8601; a date that could be read two ways (03/04/2020)
is not taken.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Literal

from rag.types import DocumentInfo

Source = Literal["mail header", "file name", "text", "file metadata", "file date", "added"]

LOOKED_AT = 3000  # characters at the beginning of a text
LOOKED_BYTES = 1_000_000  # at the beginning and at the end of a PDF, where it says what it is
UNSET = {date(2013, 12, 23), date(2000, 1, 1)}  # what python-docx and reportlab write where nobody said when
_MONTHS = "january february march april may june july august september october november december".split()
_MONTH = "(?P<month>" + "|".join(f"{name[:3]}(?:{name[3:]})?" for name in _MONTHS) + r")\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>(?:19|20)\d{2})"
_WRITTEN = (
    re.compile(rf"(?<!\d){_YEAR}[-_.](?P<month>\d{{1,2}})[-_.](?P<day>\d{{1,2}})(?!\d)"),
    re.compile(rf"(?<!\d){_YEAR}(?P<month>\d{{2}})(?P<day>\d{{2}})(?!\d)"),
    re.compile(rf"\b{_MONTH}\s+{_DAY},?\s+{_YEAR}\b", re.IGNORECASE),
    re.compile(rf"\b{_DAY}\s+(?:day\s+of\s+)?{_MONTH},?\s+{_YEAR}\b", re.IGNORECASE),
)
_HEADER = re.compile(r"^(?:\*\*)?Date:(?:\*\*)?\s*(?P<value>.+)$", re.MULTILINE)
_OFFICE = {"docProps/core.xml": rb"<dcterms:modified[^>]*>", "meta.xml": rb"<dc:date>"}
_NUMBERS = rb"(\d{4})-(\d{2})-(\d{2})"
_PDF = (rb"/CreationDate\s*\(D:(\d{4})(\d{2})(\d{2})", rb"<xmp:CreateDate>" + _NUMBERS)


@dataclass(frozen=True, slots=True)
class Dated:
    """A day, and where it was found."""

    day: date
    source: Source


def dated(info: DocumentInfo, text: str, kept: Path | None = None) -> Dated:
    """Return the day of a document; `kept` is where its bytes lie."""
    if info.media_type == "message/rfc822" or info.name.lower().endswith((".eml", ".msg")):
        header = _HEADER.search(text[:LOOKED_AT])
        if header and (day := _mailed(header["value"])):
            return Dated(day, "mail header")
    if day := written(info.name):
        return Dated(day, "file name")
    if day := written(text[:LOOKED_AT]):
        return Dated(day, "text")
    if kept and (day := _inside(kept)):
        return Dated(day, "file metadata")
    if info.source and (day := _changed(info.source)):
        return Dated(day, "file date")
    return Dated(datetime.fromisoformat(info.added).date(), "added")


def written(text: str) -> date | None:
    """Return the first day that is written in the text, None where there is none."""
    found = [match for pattern in _WRITTEN for match in pattern.finditer(text)]
    for match in sorted(found, key=lambda match: match.start()):
        if day := _day(match["year"], match["month"], match["day"]):
            return day
    return None


def _inside(path: Path) -> date | None:
    """Return the day a PDF was made or an Office file was last changed, as the file says; None for others."""
    try:
        if path.suffix == ".pdf":
            with path.open("rb") as file:
                head = file.read(LOOKED_BYTES)
                file.seek(-min(LOOKED_BYTES, path.stat().st_size), 2)
                said = head + file.read()
            return next((day for pattern in _PDF if (day := _said(pattern, said))), None)
        with zipfile.ZipFile(path) as parts:
            for name in _OFFICE.keys() & set(parts.namelist()):
                with parts.open(name) as part:
                    return _said(_OFFICE[name] + _NUMBERS, part.read(LOOKED_BYTES))
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError):
        return None  # what is no archive, or a damaged or locked one, says nothing
    return None


def _said(pattern: bytes, content: bytes) -> date | None:
    found = re.search(pattern, content)
    day = _day(*(part.decode() for part in found.groups())) if found else None
    return None if day in UNSET else day


def _changed(path: str) -> date | None:
    """Return the day the file was last changed; None where it is gone."""
    try:
        return datetime.fromtimestamp(Path(path).stat().st_mtime, UTC).date()
    except (OSError, ValueError, OverflowError):
        return None


def _day(year: str, month: str, day: str) -> date | None:
    number = int(month) if month.isdigit() else [name[:3] for name in _MONTHS].index(month[:3].lower()) + 1
    try:
        found = date(int(year), number, int(day))
    except ValueError:
        return None
    return found if found <= datetime.now(UTC).date() else None


def _mailed(value: str) -> date | None:
    try:
        return parsedate_to_datetime(value.strip()).date()
    except (TypeError, ValueError):
        return written(value)
