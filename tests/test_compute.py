"""Questions over rows are computed or not answered at all."""

import pytest

from rag.compute import asks, compute
from rag.tables import grid_at, grids_in

TEXT = """Price list

| Product | Line | Price EUR | Stock | Weight kg |
| --- | --- | --- | --- | --- |
| Arc kettle | Kitchen | 49.00 | 12 | 1.1 |
| Bolt toaster | Kitchen | 65.50 | 0 | 1.9 |
| Calm fan | Home | 120.00 | 7 | 4.0 |
| Dune heater | Home | 1,210.00 | 3 | 9.5 |

Prices hold until June."""
GRID = grid_at(TEXT, TEXT.index("Calm"))


def ask(question):
    return compute(question, GRID, "prices.csv")


def test_a_table_is_read_with_the_place_of_each_row():
    assert GRID.names == ("Product", "Line", "Price EUR", "Stock", "Weight kg")
    assert [TEXT[start:end].split()[1] for start, end in GRID.spans] == ["Arc", "Bolt", "Calm", "Dune"]


def test_every_table_that_a_passage_touches_is_found_once():
    text = f"{TEXT}\n\n| Code | Meaning |\n| --- | --- |\n| E1 | Door open |\n\nThe end."
    assert [grid.names[0] for grid in grids_in(text, 0, len(text))] == ["Product", "Code"]
    assert [grid.names[0] for grid in grids_in(text, text.index("Bolt"), text.index("June"))] == ["Product"]
    assert grids_in("", 0, 0) == grids_in("no table", 0, 8) == []


def test_a_column_that_tells_the_rows_apart_fits_better_than_one_that_groups_them():
    lines = grid_at("| Line | Stock |\n| --- | --- |\n| Kitchen | 20 |\n| Home | 4 |", 0)
    question = "Which line has the highest stock?"
    assert compute(question, lines, "lines.csv").fit > compute(question, GRID, "prices.csv").fit


def test_text_outside_a_table_is_no_table():
    assert grid_at(TEXT, TEXT.index("June")) is None


@pytest.mark.parametrize(
    ("question", "short", "rows"),
    [
        ("Which product is the most expensive?", "Dune heater", (3,)),
        ("What is the cheapest kitchen product?", "Arc kettle", (0,)),
        ("How many products are out of stock?", "1", (1,)),
        ("What is the total stock?", "22", (0, 1, 2, 3)),
        ("What is the average price in the home line?", "665", (2, 3)),
        ("Which products weigh less than 2 kg?", "Arc kettle, Bolt toaster", (0, 1)),
        ("How many products cost more than 100 EUR?", "2", (2, 3)),
        ("What are the two heaviest products?", "Dune heater, Calm fan", (3, 2)),
    ],
)
def test_rows_are_counted_summed_sorted_and_compared(question, short, rows):
    assert (ask(question).short, ask(question).rows) == (short, rows)


@pytest.mark.parametrize(
    "question",
    [
        "What is the average price of the garden line?",
        "How many products are made in Portugal?",
        "Which product is the most durable?",
        "How many days may customers return a product?",
        "Who sets the prices?",
    ],
)
def test_a_question_that_is_not_understood_is_not_computed(question):
    assert ask(question) is None


def test_a_superlative_asks_for_a_computation():
    assert asks("Which is the most durable product?") and not asks("Who sets the prices?")
