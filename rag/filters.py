"""Which rows and which column of a table a question means.

Plain rules over the words of the question; each word that is understood is taken out, and what is left over
tells that the question was not understood. Knows no operation (`compute` does) and no model.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from rag.tables import Grid, number
from rag.words import STOP, stem, tokens

Row = tuple[str, ...]
Keep = Callable[[Row], bool]

_N = r"(?:[€$£]\s*)?(\d[\d,.]*\d|\d)"
_COMPARISONS: tuple[tuple[re.Pattern[str], Callable[[float, list[float]], bool]], ...] = (
    (re.compile(rf"between\s+{_N}\s+(?:and|to)\s+{_N}"), lambda value, n: min(n) <= value <= max(n)),
    (re.compile(rf"(?:at least|no less than|minimum of)\s+{_N}"), lambda value, n: value >= n[0]),
    (re.compile(rf"{_N}(?:\s+\w+)?\s+or more"), lambda value, n: value >= n[0]),
    (re.compile(rf"(?:at most|no more than|up to|maximum of)\s+{_N}"), lambda value, n: value <= n[0]),
    (re.compile(rf"{_N}(?:\s+\w+)?\s+or (?:less|fewer)"), lambda value, n: value <= n[0]),
    (
        re.compile(rf"(?:(?:more|greater|higher|longer|heavier|larger) than|over|above|exceeding)\s+{_N}"),
        lambda value, n: value > n[0],
    ),
    (
        re.compile(rf"(?:(?:less|fewer|lower|cheaper|shorter|lighter|smaller) than|under|below)\s+{_N}"),
        lambda value, n: value < n[0],
    ),
    (re.compile(rf"(?:of|exactly|equal to|is|are|has|have)\s+{_N}"), lambda value, n: value == n[0]),
)
_OUT = re.compile(r"\b(?:out of stock|sold out|not in stock)\b")
_IMPLIED = {  # words that say which column is meant without naming it
    "price": "expensive dearest costliest cheap cheapest cheaper cost priciest pay pound euro dollar",
    "fee": "expensive cheapest cheaper cost pay",
    "weight": "heaviest lightest heavier lighter heavy light weigh",
    "stock": "stock available",
    "warranty": "warranty guarantee",
}
_MONEY = frozenset(stem(word) for word in "pound euro dollar eur gbp usd € £ $".split())
_GENERIC = frozenset(
    stem(word)
    for word in "product item row entry model article thing one list price-list table unit piece there "
    "together altogether first last time limit value amount figure".split()
)


@dataclass(slots=True)
class Meaning:
    """What a question means of one table: filters on rows, the column, and the words not understood."""

    grid: Grid
    question: str
    rest: str
    keeps: list[Keep] = field(default_factory=list)
    cells: dict[int, set[str]] = field(default_factory=dict)
    columns: list[int] = field(default_factory=list)
    compared: set[int] = field(default_factory=set)
    closest: dict[int, int] = field(default_factory=dict)  # words that name each of the columns
    unknown: list[str] = field(default_factory=list)

    def rows(self) -> list[int]:
        """Return the indices of the rows that are meant."""
        return [
            index
            for index, row in enumerate(self.grid.rows)
            if all(keep(row) for keep in self.keeps)
            and all(row[column].lower() in wanted for column, wanted in self.cells.items())
        ]

    @property
    def filtered(self) -> bool:
        """True where the question means some rows and not all."""
        return bool(self.keeps or self.cells)


def mean(question: str, grid: Grid, about: str, operations: re.Pattern[str]) -> Meaning:
    """Read the question against the table; `about` names its rows, `operations` matches its verbs."""
    meaning = Meaning(grid, question.lower(), question.lower())
    _take_stock(meaning)
    _take_cells(meaning)
    _take_comparisons(meaning)
    _take_columns(meaning)
    meaning.rest = operations.sub(" ", meaning.rest)
    _take_labels(meaning, about)
    return meaning


def names(text: str, grid: Grid, column: int) -> bool:
    """Tell whether the text names the column or a word that implies it."""
    return bool(_shared(grid.names[column], text))


def _shared(name: str, text: str) -> set[str]:
    """Return the words of the text that name the column or imply it."""
    named = _words_of(name)
    return {word for word in tokens(text) if any(_same(stem(word), other) for other in named)}


def _same(word: str, other: str) -> bool:
    """Tell whether two stems are of one word: "own" and "owner"."""
    short, long = sorted((word, other), key=len)
    return word == other or (len(short) >= 3 and long.startswith(short) and len(long) - len(short) <= 2)


def _words_of(name: str) -> set[str]:
    words = {stem(word) for word in tokens(name) if word not in STOP}
    implied = [text for key, text in _IMPLIED.items() if stem(key) in words]
    return words | {stem(word) for text in implied for word in text.split()}


def _take_stock(meaning: Meaning) -> None:
    """Read "out of stock" as a stock of zero."""
    columns = [index for index, name in enumerate(meaning.grid.names) if "stock" in name.lower()]
    if len(columns) == 1 and _OUT.search(meaning.rest):
        meaning.keeps.append(lambda row: number(row[columns[0]]) == 0)
        meaning.compared.add(columns[0])
        meaning.rest = _OUT.sub(" ", meaning.rest)


def _take_cells(meaning: Meaning) -> None:
    """Filter by cells that the question names, longest first, so that "hand mixer" is not "mixer".

    Two cells of one column are alternatives: nothing is both.
    """
    cells = {
        (cell.lower(), column)
        for row in meaning.grid.rows
        for column, cell in enumerate(row)
        if re.search(r"[^\W\d_]", cell) and len(cell) > 1
    }
    for cell, column in sorted(cells, key=lambda item: (-len(item[0]), item)):
        pattern = re.compile(rf"(?<!\w){re.escape(cell)}(?:s|es)?(?!\w)")
        if pattern.search(meaning.rest):
            meaning.cells.setdefault(column, set()).add(cell)
            meaning.rest = pattern.sub(" ", meaning.rest)


def _take_comparisons(meaning: Meaning) -> None:
    for pattern, holds in _COMPARISONS:
        if (match := pattern.search(meaning.rest)) is None:
            continue
        column = _compared(meaning, match)
        if column is None:
            continue
        bounds = [float(group.replace(",", "")) for group in match.groups()]
        meaning.keeps.append(_keeping(column, holds, bounds))
        meaning.compared.add(column)
        meaning.rest = f"{meaning.rest[: match.start()]} {meaning.rest[match.end() :]}"


def _keeping(column: int, holds: Callable[[float, list[float]], bool], bounds: list[float]) -> Keep:
    def keep(row: Row) -> bool:
        value = number(row[column])
        return value is not None and holds(value, bounds)

    return keep


def _compared(meaning: Meaning, match: re.Match[str]) -> int | None:
    """Return the one numeric column that the words around a comparison name, the nearest words first."""
    for reach in (16, 60):
        around = meaning.rest[max(match.start() - reach, 0) : match.end() + reach]
        found = [i for i in range(len(meaning.grid.names)) if meaning.grid.numeric(i)]
        found = [column for column in found if names(around, meaning.grid, column)]
        if len(found) == 1:
            return found[0]
    return None


def _take_columns(meaning: Meaning) -> None:
    """Take the names of columns out of the question, and note which were named."""
    grid = meaning.grid
    shared = {column: _shared(name, meaning.rest) for column, name in enumerate(grid.names)}
    meaning.columns = [column for column in shared if shared[column]]
    meaning.closest = {column: len(shared[column]) for column in meaning.columns}
    named = set().union(*(_words_of(grid.names[column]) for column in [*meaning.columns, *meaning.compared]))
    if any(stem(word) in named for word in ("price", "fee", "cost")):
        named |= _MONEY
    kept = [
        word
        for word in meaning.rest.split()
        if not any(_same(stem(token), other) for token in tokens(word) for other in named)
    ]
    meaning.rest = " ".join(kept)


def _take_labels(meaning: Meaning, about: str) -> None:
    """Filter by words within the names of rows; what no row's name holds is not understood."""
    known = {stem(word) for word in tokens(f"{about} {' '.join(meaning.grid.names)}")} | _GENERIC
    labels = [{stem(token) for token in tokens(" ".join(row))} for row in meaning.grid.rows]
    phrases = []
    for phrase in re.split(r"\b(?:and|or)\b|,", meaning.rest):
        words = {stem(word) for word in tokens(phrase) if word not in STOP} - known
        words = set() if words == {"1"} else words  # "one tent and one mat"
        if words and not any(words <= label for label in labels):
            meaning.unknown += sorted(words)
        elif words:
            phrases.append(words)
    if phrases:
        kept = {
            row
            for row, label in zip(meaning.grid.rows, labels, strict=True)
            if any(p <= label for p in phrases)
        }
        meaning.keeps.append(lambda row: row in kept)
