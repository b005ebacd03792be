"""Questions to go on with: how a heading becomes one."""

from __future__ import annotations

import pytest

from rag.types import Answer, Chunk, Hit
from rag.ui.suggesting import candidates


@pytest.mark.parametrize(
    ("heading", "about"),
    [
        ("7. Prices and payment", "prices and payment"),
        ("2.1 Rail", "rail"),
        ("Schedule 2: Service levels and credits", "service levels and credits"),
        ("Annex B – Fees", "fees"),
        ("Part time work", "part time work"),
        ("Voltage", "voltage"),
        ("VAT on deliveries", "VAT on deliveries"),
    ],
)
def test_a_heading_is_asked_about_without_its_number(heading, about):
    chunk = Chunk("d-0", "d", 0, "text", 0, 4, None, heading)
    (question,) = candidates([Hit(chunk, "d.txt", 0.5, "hybrid")], Answer("Who pays?", "answer", "They do."))
    assert question == f"What do the documents say about {about}?"
