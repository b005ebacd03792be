"""What a document calls itself by the lines it opens with."""

from __future__ import annotations

import pytest

from rag.titles import document_title

AGREEMENT = (
    "SUPPLY AGREEMENT\n\nfor the manufacture of pumps\n\nArden Ltd and Bolt GmbH\n\n1. Parties\n\nArden buys."
)
MANUAL = "# Marlin 20\n\nUser manual\n\nThank you for choosing the Marlin, and read this first."
SENTENCE = "The stone bridge was built in 1742 by Anna Berg, who came from Kessel."


@pytest.mark.parametrize(
    ("opening", "known", "title"),
    [
        (MANUAL, "", "Marlin 20, User manual"),
        (AGREEMENT, "", "SUPPLY AGREEMENT, for the manufacture of pumps, Arden Ltd and Bolt GmbH"),
        (AGREEMENT, "a.pdf > for the manufacture of pumps", "SUPPLY AGREEMENT, Arden Ltd and Bolt GmbH"),
        ("Travel policy\n\nThis is it.", "x.md > Travel policy > Rail", "This is it."),
        (SENTENCE, "", ""),
        ("| SKU | Price |\n| --- | --- |\n| A1 | 3 |", "", ""),
        ("## 1 Orders\n\nThe buyer orders.", "", ""),
        ("2025 Staff Guide\n\n1 Hours\n\nWe open at nine.", "", "2025 Staff Guide"),
        ("", "", ""),
        ("* * *\n\n\n", "", ""),
        ("word " * 40, "", ""),
    ],
)
def test_a_document_is_called_by_its_opening_lines(opening, known, title):
    assert document_title(opening, known) == title


def test_a_document_that_begins_with_a_section_is_not_called_by_it():
    opening = "# Features\n\nWireless charging\n\nCharge your watch or a friend's phone without any cable."
    assert document_title(opening, "phone.md > Camera", "Features") == ""
    assert (
        document_title(opening, "phone.md > Features > Charging", "Features > Charging")
        == "Wireless charging"
    )


def test_a_title_stays_short():
    assert len(document_title("\n".join(f"Line number {n} of the title" for n in range(40)))) <= 100
