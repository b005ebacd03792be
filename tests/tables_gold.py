"""Works out the gold answers of data/evaluation/tables.jsonl from the tables themselves, with pandas.

Reads the CSV and HTML as they are and the other tables from the texts that the samples are built from, so
that nothing here depends on the project's own readers.
"""

import csv
import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd

DATA = Path(__file__).parent.parent / "data"
sys.path.insert(0, str(DATA / "sources"))

from markup import blocks  # noqa: E402  (the sources are no package)

AMOUNT = re.compile(r"[£$€]?(?:EUR )?([\d,]*\d(?:\.\d+)?)(?: (?:months|hours|working days?))?")


def frame(document, table):
    """A table as a frame: by its number in the document, or by how its caption begins ("Table 5")."""
    found = html_tables(document) or captioned(document)
    if isinstance(table, int):
        header, *rows = found[table][1]
    else:
        header, *rows = next(rows for caption, rows in found if caption.startswith(f"{table}:"))
    return pd.DataFrame([[value(cell) for cell in row] for row in rows], columns=list(header))


def captioned(document):
    """Captions and rows of the tables in a CSV, a Markdown text or a source."""
    if document.endswith(".csv"):
        with (DATA / "samples" / document).open(newline="", encoding="utf-8") as lines:
            return [("", list(csv.reader(lines)))]
    built = (DATA / "sources" / document).with_suffix(".md")
    path = built if built.exists() else DATA / "samples" / document
    found = blocks(path.read_text(encoding="utf-8").splitlines())
    return [(block.mark, block.rows) for block in found if block.kind == "table"]


class Rows(HTMLParser):
    """Collects the rows of every table."""

    def __init__(self):
        super().__init__()
        self.tables = []
        self.inside = False

    def handle_starttag(self, tag, attrs):
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        self.inside = tag in ("td", "th")

    def handle_data(self, data):
        if self.inside:
            self.tables[-1][-1].append(data)
        self.inside = False


def html_tables(document):
    """Tables of an HTML sample, without captions; none for other formats."""
    if not document.endswith(".html"):
        return []
    reader = Rows()
    reader.feed((DATA / "samples" / document).read_text(encoding="utf-8"))
    return [("", rows) for rows in reader.tables]


def value(cell):
    """A number where the cell is an amount, else the words."""
    match = AMOUNT.fullmatch(cell)
    return float(match[1].replace(",", "")) if match else cell


def chosen(table, recipe):
    """The rows that the recipe is about, in the order it wants."""
    rows = table.query(recipe["where"]) if "where" in recipe else table
    if recipe["measure"] in ("top", "bottom"):
        ascending = recipe["measure"] == "bottom"
        rows = rows.sort_values(recipe["column"], ascending=ascending, kind="stable").head(recipe["n"])
    return rows


def compute(table, recipe):
    """The gold answer: a number, or a list of names."""
    rows = chosen(table, recipe)
    measure = recipe["measure"]
    if measure == "count":
        return len(rows)
    if measure in ("top", "bottom", "list"):
        return [str(name) for name in rows[recipe["show"]]]
    column = rows[recipe["column"]].astype(float)
    if measure == "difference":
        return plain(column.item() - table.query(recipe["other"])[recipe["column"]].item())
    if measure == "value":
        return plain(column.item())
    return plain(column.agg(measure))


def plain(number):
    """Whole numbers without a point, others with two digits."""
    number = round(float(number), 2)
    return int(number) if number == int(number) else number


def rows_used(table, recipe):
    """First cells of the rows that the answer rests on."""
    rows = list(chosen(table, recipe).iloc[:, 0])
    if "other" in recipe:
        rows += list(table.query(recipe["other"]).iloc[:, 0])
    return [str(row) for row in rows]
