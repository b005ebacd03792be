"""Pages are drawn, and the words of a passage are found on them though two readers spell them differently."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from rag import pages
from rag.errors import NotFound, UnreadableFile

LEFT, SIZE, HEIGHT = 72, 12, 792


def pdf_file(path, *sheets, rotate=0):
    """Write a PDF by hand: each sheet is a list of lines, 20 points apart, from 72 points below the top."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", ""]
    objects.append("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
    kids = []
    for lines in sheets:
        shown = "".join(
            f"BT /F1 {SIZE} Tf {LEFT} {HEIGHT - 72 - 20 * row} Td ({line}) Tj ET\n"
            for row, line in enumerate(lines)
        )
        objects.append(f"<< /Length {len(shown)} >>\nstream\n{shown}endstream")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 {HEIGHT}] /Rotate {rotate} "
            f"/Contents {len(objects)} 0 R /Resources << /Font << /F1 3 0 R >> >> >>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    data, places = "%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += f"{number} 0 obj\n{body}\nendobj\n"
    rows = "".join(f"{place:010d} 00000 n \n" for place in places)
    data += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{rows}"
    data += f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{data.index('xref')}\n%%EOF"
    path.write_bytes(data.encode("latin-1"))
    return path


@pytest.fixture
def handbook(tmp_path):
    return pdf_file(
        tmp_path / "handbook.pdf",
        ["Opened items may be returned within 14 days.", "Sealed items may be returned within 30 days."],
        ["Shipping is free above 50 euro.", "Returns are free. Returns are quick."],
    )


def span(passage, words, nth=0):
    start = -1
    for _ in range(nth + 1):
        start = passage.index(words, start + 1)
    return (start, start + len(words))


def test_a_page_is_drawn_as_wide_as_asked(handbook):
    view = pages.render(handbook, 2, width=800)
    assert Image.open(io.BytesIO(view.image)).size == (view.width, view.height) == (800, 1036)
    assert (view.page, view.pages) == (2, 2)


def test_the_box_of_words_lies_on_their_ink(handbook):
    passage = "Sealed items may be returned within 30 days."
    view = pages.render(handbook, 1, passage, [span(passage, "30 days")])
    ((box,),) = view.boxes
    assert box.top < (72 + 20 - 4) / HEIGHT < box.bottom  # the second line, a little above its base
    assert box.left > 0.3 and box.right < 0.6
    picture = Image.open(io.BytesIO(view.image)).convert("L")
    inside = picture.crop(
        tuple(
            round(share * side)
            for share, side in zip((box.left, box.top, box.right, box.bottom), picture.size * 2, strict=True)
        )
    )
    assert min(inside.tobytes()) < 80
    right_of_it = picture.crop((round(box.right * view.width) + 30, 0, view.width, view.height))
    assert min(right_of_it.tobytes()) > 200


def test_words_that_stand_twice_are_marked_where_the_passage_has_them(handbook):
    passage = "within 14 days. Sealed items may be returned within 30 days."
    view = pages.render(handbook, 1, passage, [span(passage, "days", 0), span(passage, "days", 1)])
    (first,), (second,) = view.boxes
    assert first.bottom <= second.top + 0.002


def test_spaces_hyphens_and_ligatures_do_not_matter(tmp_path):
    path = pdf_file(tmp_path / "a.pdf", ["The of\\357ce re-", "funds every-", "body."])
    passage = "The ofïce refunds everybody."
    view = pages.render(path, 1, passage, [span(passage, "refunds everybody")])
    assert len(view.boxes[0]) == 3


def test_a_passage_over_two_lines_has_a_box_a_line(handbook):
    passage = "Opened items may be returned within 14 days.\nSealed items may be returned within 30 days."
    view = pages.render(handbook, 1, passage, [(0, len(passage))])
    assert len(view.boxes[0]) == 2


def test_table_cells_in_another_order_are_still_found(tmp_path):
    path = pdf_file(tmp_path / "t.pdf", ["Item Days", "Kettle 14", "Lamp 30"])
    passage = "| Item | Kettle | Lamp |\n|---|---|---|\n| Days | 14 | 30 |"
    view = pages.render(path, 1, passage, [span(passage, "Lamp"), span(passage, "30")])
    assert all(len(boxes) == 1 for boxes in view.boxes)


def test_words_of_another_page_have_no_boxes(handbook):
    passage = "Shipping is free above 50 euro."
    assert pages.render(handbook, 1, passage, [span(passage, "Shipping")]).boxes == ((),)


def test_boxes_follow_a_turned_page(tmp_path):
    path = pdf_file(tmp_path / "turned.pdf", ["Sideways words"], rotate=90)
    view = pages.render(path, 1, "Sideways words", [(0, 14)])
    boxes = view.boxes[0]
    assert min(box.left for box in boxes) > 0.8  # the top of the sheet is now at the right
    assert view.width > view.height


def test_a_page_that_is_not_there_is_named(handbook):
    with pytest.raises(NotFound, match="no page 3"):
        pages.render(handbook, 3)


def test_a_file_that_is_no_pdf_says_so(tmp_path):
    path = tmp_path / "broken.pdf"
    path.write_bytes(b"%PDF-1.4 nothing")
    with pytest.raises(UnreadableFile, match="broken"):
        pages.count(path)
