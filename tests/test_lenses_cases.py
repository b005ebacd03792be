"""Rows of tables as cases: the nearest by their words, their numbers as numbers."""

from __future__ import annotations

import pytest

from rag.errors import RagError
from rag.lenses import cases as module
from rag.lenses.cases import cases, like_row, nearest
from tests.view import MemoryView

PRICES = """Our list.

| product | colour | price |
|---|---|---|
| desk lamp | green | € 39.00 |
| desk lamp | white | € 35.50 |
| floor lamp | white | € 120.00 |
| water kettle | steel | € 49.00 |
| tea kettle | red | on request |
"""
STOCK = "| item | score |\n|---|---|\n| reading lamp for a desk | 7 |\n"


@pytest.fixture
def view():
    return MemoryView({"prices.md": PRICES, "stock.md": STOCK, "plain.txt": "No table here."})


def test_the_nearest_rows_come_first_with_their_numbers_beside_them(view):
    found = nearest(view, cases(view), "a white desk lamp", k=3).rows()
    assert (found[0]["product"], found[0]["colour"], found[0]["price"]) == ("desk lamp", "white", 35.5)
    assert list(found[0]) == list(found[1]) == list(found[2])
    assert all("kettle" not in str(row.get("product")) for row in found)


def test_numbers_of_the_nearest_are_summed_up(view):
    found = nearest(view, cases(view, ["prices.md"]), "lamp", k=3)
    (price,) = found.numbers()
    assert price == {"column": "price", "rows": 3, "lowest": 35.5, "median": 39.0, "highest": 120.0}


def test_a_cell_without_a_number_stays_as_it_is(view):
    (row,) = nearest(view, cases(view), "red tea kettle", k=1).rows()
    assert row["price"] == "on request"


def test_rows_like_a_row_do_not_repeat_it_and_a_column_called_score_is_kept(view):
    held = cases(view)
    found = like_row(held, held.rows[0], k=2)
    assert held.rows[0] not in [case for case, _ in found.found]
    assert found.rows()[0]["product"] == "desk lamp"
    (stock,) = nearest(view, cases(view, ["stock.md"]), "lamp").rows()
    assert stock["score (column)"] == 7 and 0 < stock["score"] <= 1


def test_every_row_leads_back_to_its_place(view):
    case = cases(view, ["prices.md"]).rows[2]
    assert PRICES[slice(*case.span)] == "| floor lamp | white | € 120.00 |"


def test_too_little_is_said(view, monkeypatch):
    assert (
        nearest(view, cases(view, ["plain.txt"]), "lamp").note
        == "No document here has a table that can be read."
    )
    assert "Only 1 row to" in nearest(view, cases(view, ["stock.md"]), "lamp").note
    with pytest.raises(RagError, match="Describe"):
        nearest(view, cases(view), "  ")
    monkeypatch.setattr(module, "MOST", 5)
    assert "1 further row left out" in nearest(view, cases(view), "lamp").note
