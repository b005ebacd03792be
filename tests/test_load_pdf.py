"""PDFs: columns, tables, headings, wrapped lines, running heads, as a person reads them."""

import io

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate, Paragraph, Table

from rag.load import Limits
from rag.load.pdf import read
from rag.load.pdf.flow import glued

WIDTH, HEIGHT = A4
PROSE = (
    "The parties agree that every delivery is inspected within ten working days of its arrival. "
    "Defects that could not be seen on such an inspection are reported as soon as they are found. "
)


class Sheet:
    """A canvas that writes from the top, for pages whose every line is placed by hand."""

    def __init__(self):
        self.out = io.BytesIO()
        self.canvas = Canvas(self.out, pagesize=A4, invariant=True)

    def text(self, x, y, words, size=10, font="Helvetica"):
        self.canvas.setFont(font, size)
        self.canvas.drawString(x, HEIGHT - y, words)

    def wrapped(self, x, y, words, width, size=10):
        """Lines of running text; returns the y below them."""
        for line in simpleSplit(words, "Helvetica", size, width):
            self.text(x, y, line, size)
            y += size * 1.3
        return y

    def page(self):
        self.canvas.showPage()

    def document(self):
        self.canvas.save()
        return read(self.out.getvalue(), Limits())


@pytest.fixture
def sheet():
    return Sheet()


def flowed(*story, columns=1):
    """What reportlab's own layout makes of these flowables."""
    out = io.BytesIO()
    width = (WIDTH - 100) / columns
    frames = [Frame(50 + number * width, 60, width - 12, HEIGHT - 120) for number in range(columns)]
    template = BaseDocTemplate(out, pagesize=A4, invariant=True)
    template.addPageTemplates(PageTemplate(frames=frames))
    template.build(list(story))
    return read(out.getvalue(), Limits())


STYLES = getSampleStyleSheet()


def test_wrapped_lines_become_paragraphs_and_gaps_part_them(sheet):
    y = sheet.wrapped(60, 80, PROSE * 2, 400)
    sheet.wrapped(60, y + 14, PROSE, 400)
    assert sheet.document().text == f"{(PROSE * 2).strip()}\n\n{PROSE.strip()}"


def test_columns_are_read_one_after_the_other_even_when_drawn_line_by_line(sheet):
    left = simpleSplit("Left. " + PROSE * 4, "Helvetica", 10, 220)
    right = simpleSplit("Right. " + PROSE * 4, "Helvetica", 10, 220)
    sheet.text(60, 60, "A title that runs across the whole width of the page and both of its columns", 12)
    for number, (one, other) in enumerate(zip(left, right, strict=True)):
        sheet.text(60, 100 + number * 13, one)
        sheet.text(310, 100 + number * 13, other)
    text = sheet.document().text
    assert text.index("A title") < text.index("Left.") < text.index("Right.")
    assert "Left. " + (PROSE * 4).strip() in text and "Right. " + (PROSE * 4).strip() in text


def test_a_ruled_table_stands_once_and_at_its_place():
    rows = [
        ["Region", "Standard", "Express"],
        ["Ireland", "3 days", "2 days"],
        ["Norway", "6 days", "4 days"],
    ]
    document = flowed(
        Paragraph("Before the table.", STYLES["Normal"]),
        Table(rows, style=[("GRID", (0, 0), (-1, -1), 0.5, "black")]),
        Paragraph("After the table.", STYLES["Normal"]),
    )
    assert document.text == (
        "Before the table.\n\n| Region | Standard | Express |\n| --- | --- | --- |\n"
        "| Ireland | 3 days | 2 days |\n| Norway | 6 days | 4 days |\n\nAfter the table."
    )
    assert len(document.tables) == 1


def test_a_cell_of_several_lines_is_one_cell():
    long = Paragraph("Opened items can be returned within thirty days of delivery", STYLES["Normal"])
    rows = [["Case", "Rule"], ["Opened", long], ["Sealed", "Sixty days"]]
    document = flowed(Table(rows, colWidths=[80, 120], style=[("GRID", (0, 0), (-1, -1), 0.5, "black")]))
    assert "| Opened | Opened items can be returned within thirty days of delivery |" in document.text


def test_figures_in_columns_without_rules_are_a_table(sheet):
    sheet.wrapped(60, 60, PROSE, 400)
    rows = [
        ("", "2024", "2025"),
        ("Revenue", "$ 1,200", "$ 1,350"),
        ("Cost", "(800)", "(910)"),
        ("Profit", "400", "440"),
    ]
    for number, row in enumerate(rows):
        for x, cell in zip((60, 250, 350), row, strict=True):
            sheet.text(x, 120 + 14 * number, cell)
    document = sheet.document()
    table = document.tables[0]
    assert document.text[table.start : table.end] == (
        "|  | 2024 | 2025 |\n| --- | --- | --- |\n| Revenue | $ 1,200 | $ 1,350 |\n"
        "| Cost | (800) | (910) |\n| Profit | 400 | 440 |"
    )


def test_larger_and_bold_lines_are_headings_ranked_by_their_looks():
    document = flowed(
        Paragraph("Handbook", STYLES["Title"]),
        *(
            part
            for section in ("Returns", "Warranty", "Safety")
            for part in (
                Paragraph(section, STYLES["Heading1"]),
                Paragraph(PROSE * 2, STYLES["Normal"]),
                Paragraph(f"{section} in detail", STYLES["Heading3"]),
                Paragraph(PROSE * 2, STYLES["Normal"]),
            )
        ),
    )
    levels = {heading.title: heading.level for heading in document.headings}
    assert list(levels) == [
        "Handbook",
        *(title for name in ("Returns", "Warranty", "Safety") for title in (name, f"{name} in detail")),
    ]
    assert levels["Handbook"] <= levels["Returns"] < levels["Returns in detail"]
    for heading in document.headings:
        assert document.text[heading.start : heading.end] == heading.title


def test_the_outline_gives_levels(sheet):
    for title, level in (("Part one", 0), ("Chapter one", 1), ("Part two", 0)):
        sheet.text(60, 60, title)
        sheet.canvas.bookmarkPage(title)
        sheet.canvas.addOutlineEntry(title, title, level)
        sheet.wrapped(60, 90, PROSE, 400)
        sheet.page()
    found = [(heading.level, heading.title) for heading in sheet.document().headings]
    assert found == [(1, "Part one"), (2, "Chapter one"), (1, "Part two")]


def test_running_heads_are_told_once_and_page_numbers_never(sheet):
    for number, topic in enumerate("Tents Ropes Stoves Lamps Boots".split(), start=1):
        sheet.text(60, 30, f"Quarterly bulletin, issue {number}", 8)
        sheet.wrapped(60, 90, f"Topic of the day: {topic}. " + PROSE, 400)
        sheet.text(290, HEIGHT - 30, f"Page {number} of 5", 8)
        sheet.page()
    document = sheet.document()
    assert document.text.count("Quarterly bulletin") == 1
    assert "Page " not in document.text
    assert [document.text[page.start : page.end].count("Topic") for page in document.pages] == [1] * 5
    assert [page.number for page in document.pages] == [1, 2, 3, 4, 5]


def test_a_sentence_that_runs_over_a_page_stays_whole(sheet):
    sheet.wrapped(60, 80, PROSE + "Payment is due within thirty days of the", 400)
    sheet.page()
    sheet.wrapped(60, 80, "receipt of the invoice. " + PROSE, 400)
    document = sheet.document()
    assert "Payment is due within thirty days of the receipt of the invoice." in document.text
    assert document.text[document.pages[1].start :].startswith("receipt of")


def test_a_word_parted_at_a_line_end_is_whole_again(sheet):
    sheet.text(60, 80, "This word was parted by a hy-")
    sheet.text(60, 93, "phen at the end of its line")
    assert "parted by a hyphen at the end" in sheet.document().text


def test_a_hyphen_stays_where_the_document_writes_the_word_with_one():
    assert glued("a long-", "term plan", frozenset({"long-term"})) == "a long-term plan"
    assert glued("a plat-", "form", frozenset()) == "a platform"
    assert glued("the Smith-", "Jones case", frozenset()) == "the Smith-Jones case"
    assert glued("中文", "句子", frozenset()) == "中文句子"


def test_text_that_runs_upwards_is_read_too(sheet):
    sheet.wrapped(90, 80, PROSE, 400)
    sheet.canvas.saveState()
    sheet.canvas.rotate(90)
    sheet.canvas.drawString(200, -40, "Draft of 3 May")
    sheet.canvas.restoreState()
    text = sheet.document().text
    assert "Draft of 3 May" in text and PROSE.strip() in text


def test_a_contents_list_stays_a_list(sheet):
    for number, title in enumerate(("Scope", "Delivery", "Warranty")):
        sheet.text(60, 80 + 14 * number, f"{title} {'.' * 60} {number + 3}")
    assert sheet.document().text == "Scope … 3\nDelivery … 4\nWarranty … 5"


def test_an_empty_page_among_others_keeps_its_number(sheet):
    sheet.text(60, 80, "One.")
    sheet.page()
    sheet.page()
    sheet.text(60, 80, "Three.")
    document = sheet.document()
    assert [document.text[page.start : page.end] for page in document.pages] == ["One.", "", "Three."]


def test_no_break_spaces_part_words(sheet):
    sheet.text(60, 80, "Payment\u00a0is\u00a0due within\u00a030 days.")
    assert sheet.document().text == "Payment is due within 30 days."


def test_prose_that_is_spaced_out_to_the_margin_is_no_table(sheet):
    for number, line in enumerate(simpleSplit(PROSE * 3, "Helvetica", 10, 300)):
        words, x = line.split(), 60.0
        widths = [stringWidth(word, "Helvetica", 10) for word in words]
        gap = (380 - sum(widths)) / (len(words) - 1)
        for word, width in zip(words, widths, strict=True):
            sheet.text(x, 80 + 13 * number, word)
            x += width + gap
    assert sheet.document().tables == ()


def test_short_lines_of_a_listing_stay_lines(sheet):
    y = sheet.wrapped(60, 80, PROSE * 2, 450)
    for number, line in enumerate(("port one", "no shutdown", "exit", "all done")):
        sheet.text(60, y + 13 * number, line, font="Courier")
    assert sheet.document().text.endswith("port one\nno shutdown\nexit\nall done")


def test_numbered_lines_above_paragraphs_are_headings(sheet):
    y = 80
    for number, title in enumerate(("Term:", "Payment of the Fees", "Notices"), start=1):
        sheet.text(60, y, f"{number}. {title}")
        y = sheet.wrapped(60, y + 20, PROSE * 2, 450) + 14
    titles = [heading.title for heading in sheet.document().headings]
    assert titles == ["1. Term:", "2. Payment of the Fees", "3. Notices"]


def test_what_was_filled_into_a_form_is_read(sheet):
    sheet.text(60, 80, "Name of the applicant:")
    sheet.canvas.acroForm.textfield(name="applicant", value="Ada Lovelace", x=200, y=700)
    assert "applicant: Ada Lovelace" in sheet.document().text
