"""What readers make of good files: text in order, headings, tables, and where they stand."""

import datetime
import io
import itertools
import json
from email.message import EmailMessage

import docx
import openpyxl
import pptx
import pytest
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment

from rag.load import Limits
from rag.load.kinds import kind_of
from rag.load.parse import parse
from tests import hostile


@pytest.fixture
def read(tmp_path):
    """Read bytes or text as a file of this name."""

    def read(name, content):
        path = tmp_path / "upload"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        document = parse(path, name, Limits())
        check(document)
        return document

    return read


def check(document):
    """Spans are sorted, lie within the text and hold what they say; the text can be stored."""
    for heading in document.headings:
        assert heading.level >= 1 and 0 <= heading.start < heading.end <= len(document.text)
    for table in document.tables:
        assert table.start < table.header_end <= table.end
        header = document.text[table.start : table.header_end].split("\n")
        assert len(header) == 2 and set(header[1]) <= set("|-: ")
    for spans in (document.headings, document.tables, document.pages):
        starts = [span.start for span in spans]
        assert starts == sorted(starts)
    for before, after in itertools.pairwise(document.pages):
        assert before.end <= after.start and before.number < after.number
    assert "\x00" not in document.text
    document.text.encode("utf-8")


def headings(document):
    return [(heading.level, document.text[heading.start : heading.end]) for heading in document.headings]


def tables(document):
    return [document.text[table.start : table.end] for table in document.tables]


# --- text ----------------------------------------------------------------------------------------

GERMAN = "Die Rückgabe ist binnen vierzehn Tagen möglich. Über Größe und Farbe entscheidet der Käufer."


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "iso8859-15"]
)
def test_text_is_read_in_its_encoding(read, encoding):
    assert read("note.txt", GERMAN.encode(encoding)).text == GERMAN


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1251", "Товар можно вернуть в течение четырнадцати дней со дня получения заказа."),
        ("shift_jis", "商品は到着後十四日以内であれば返品できます。送料はお客様のご負担となります。"),
        ("gb18030", "商品可以在收到后十四天内退回，运费由买方承担。请保留原包装和收据。"),
        ("euc_kr", "상품은 수령 후 십사일 이내에 반품할 수 있습니다. 배송비는 고객이 부담합니다."),
    ],
)
def test_other_scripts_are_read_in_their_encodings(read, encoding, text):
    assert read("note.txt", text.encode(encoding)).text == text


def test_line_ends_become_newlines(read):
    assert read("note.txt", b"one\r\ntwo\rthree\n").text == "one\ntwo\nthree\n"


# --- Markdown ------------------------------------------------------------------------------------

MARKDOWN = """\
---
Policy
======

Intro with `# no heading` in it.

## Returns *and* [refunds](https://example.org) ##

```
# no heading either
| no | table |
|----|-------|
```

| Item | Days |
|:-----|-----:|
| Opened \\| used | 30 |

After.

> ### Quoted
"""


def test_markdown_keeps_its_text_and_knows_headings_and_tables(read):
    document = read("policy.md", MARKDOWN)
    assert document.text == MARKDOWN
    assert [(heading.level, heading.title) for heading in document.headings] == [
        (1, "Policy"),
        (2, "Returns and refunds"),
        (3, "Quoted"),
    ]
    assert headings(document)[1][1] == "Returns *and* [refunds](https://example.org)"
    assert tables(document) == ["| Item | Days |\n|:-----|-----:|\n| Opened \\| used | 30 |"]


# --- CSV -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "mark"), [("a.csv", ","), ("a.csv", ";"), ("a.tsv", "\t"), ("a.csv", "|")])
def test_a_table_of_values_keeps_its_header(read, name, mark):
    rows = [["Item", "Price"], ["Tent, green", "1.299"], ["Rope 20 m", "40"], ["Stove", "89"]]
    lines = [mark.join(f'"{cell}"' if mark in cell else cell for cell in row) for row in rows]
    document = read(name, "\n".join(lines))
    table = document.tables[0]
    assert document.text[table.start : table.header_end] == "| Item | Price |\n| --- | --- |"
    assert document.text[table.header_end : table.end].strip().split("\n")[0] == "| Tent, green | 1.299 |"


def test_cells_with_line_breaks_and_bars_stay_one_row(read):
    document = read("a.csv", 'Name,Note\nTent,"two\nlines | bar"\n\nShort\n')
    assert document.text.split("\n")[2:] == ["| Tent | two lines \\| bar |", "| Short |  |"]


# --- HTML ----------------------------------------------------------------------------------------


def test_a_page_gives_what_a_person_sees(read):
    document = read(
        "faq.html",
        """<!DOCTYPE html><html><head><title>No</title><style>p {}</style></head><body>
        <script>var no = 1;</script><nav>Home No</nav><!-- no -->
        <h1>Questions <em>and</em> answers</h1><p>First   line<br>second <b>line</b>.</p>
        <p style="display: none">no</p><p hidden>no</p><div aria-hidden="true">no</div>
        <span style="font-size:0">no</span>
        <h2>Lists</h2><ul><li>one</li><li>two<ol><li>inner</li></ol></li></ul>
        <pre>keep
  this</pre></body></html>""",
    )
    assert document.text == (
        "Questions and answers\n\nFirst line\nsecond line.\n\nLists\n- one\n- two\n1. inner\n\nkeep\n  this"
    )
    assert headings(document) == [(1, "Questions and answers"), (2, "Lists")]


def test_a_table_on_a_page_stays_a_table_and_layout_does_not(read):
    document = read(
        "t.html",
        """<table><tr><td><h2>Layout</h2></td><td>beside</td></tr></table>
        <table><caption>Prices</caption><thead><tr><th>Item</th><th colspan=2>Price</th></tr></thead>
        <tr><td rowspan=2>Tent</td><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>""",
    )
    assert tables(document) == ["| Item | Price |  |\n| --- | --- | --- |\n| Tent | a | b |\n|  | c | d |"]
    assert document.text.startswith("Layout\n\nbeside\n\nPrices\n\n|")


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "windows-1251", "shift_jis", "gb2312"])
def test_a_page_is_read_in_the_encoding_it_declares(read, encoding):
    text = {"windows-1251": "Возврат", "shift_jis": "返品", "gb2312": "退货"}.get(encoding, "Rückgabe")
    page = f'<html><head><meta charset="{encoding}"></head><body><p>{text}</p></body></html>'
    assert read("p.html", page.encode(encoding)).text == text


# --- Word ----------------------------------------------------------------------------------------


def saved(word):
    out = io.BytesIO()
    word.save(out)
    return out.getvalue()


def test_a_word_document_is_read_in_order_with_headings_lists_and_tables(read):
    word = docx.Document()
    word.add_heading("Manual", 0)
    word.add_heading("Cleaning", 2)
    word.add_paragraph("Unplug the cooler.")
    word.add_paragraph("Wipe it", style="List Number")
    word.add_paragraph("Dry it", style="List Number")
    word.add_paragraph("Soft cloth", style="List Bullet")
    table = word.add_table(rows=2, cols=2)
    cells = (cell for row in table.rows for cell in row.cells)
    for cell, text in zip(cells, "Part Life Seal 5".split(), strict=True):
        cell.text = text
    word.add_paragraph("The end.")
    document = read("manual.docx", saved(word))
    assert headings(document) == [(1, "Manual"), (2, "Cleaning")]
    assert document.text == (
        "Manual\n\nCleaning\n\nUnplug the cooler.\n1. Wipe it\n2. Dry it\n- Soft cloth\n\n"
        "| Part | Life |\n| --- | --- |\n| Seal | 5 |\n\nThe end."
    )


def test_deleted_words_and_field_codes_are_not_read_and_inserted_ones_are(read):
    word = docx.Document()
    paragraph = word.add_paragraph("The period is ")
    for tag, text, words in (("w:del", "w:delText", "thirty"), ("w:ins", "w:t", "sixty")):
        change, run, letters = OxmlElement(tag), OxmlElement("w:r"), OxmlElement(text)
        letters.text = words
        run.append(letters)
        change.append(run)
        paragraph._p.append(change)
    code = OxmlElement("w:instrText")
    code.text = "PAGE"
    paragraph.add_run(" days.")._r.append(code)
    assert read("change.docx", saved(word)).text == "The period is sixty days."


def test_a_content_control_is_read_where_it_stands(read):
    word = docx.Document()
    word.add_paragraph("before")
    inner = word.add_paragraph("inside")._p
    word.add_paragraph("after")
    control, content = OxmlElement("w:sdt"), OxmlElement("w:sdtContent")
    inner.addprevious(control)
    control.append(content)
    content.append(inner)
    assert read("form.docx", saved(word)).text == "before\n\ninside\n\nafter"


def test_a_heading_numbered_by_word_carries_its_number(read):
    word = docx.Document()
    for text in ("Scope", "Term"):
        paragraph = word.add_heading(text, 1)
        properties = paragraph._p.get_or_add_pPr()
        number, identity, level = OxmlElement("w:numPr"), OxmlElement("w:numId"), OxmlElement("w:ilvl")
        listed = word.styles["List Number"].element.find(f"{qn('w:pPr')}/{qn('w:numPr')}/{qn('w:numId')}")
        identity.set(qn("w:val"), listed.get(qn("w:val")))
        level.set(qn("w:val"), "0")
        number.extend([level, identity])
        properties.append(number)
    assert headings(read("contract.docx", saved(word))) == [(1, "1. Scope"), (1, "2. Term")]


# --- kinds ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data", "media_type"),
    [
        ("a.PDF", hostile.pdf("x"), "application/pdf"),
        ("a.bin", b"\n\n  %PDF-1.4 rest", "application/pdf"),
        ("a.md", b"# x", "text/markdown"),
        ("a.htm", b"x", "text/html"),
        ("a.weird", b"<html>x</html>", "text/html"),
        ("README", b"words", "text/plain"),
    ],
)
def test_the_kind_is_told_by_content_and_extension(name, data, media_type):
    assert kind_of(name, data).media_type == media_type


# --- office and other formats ---------------------------------------------------------------------


def test_a_workbook_gives_a_page_a_sheet_and_a_table_an_area(read):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Prices"
    rows = (
        ["Valid from May"],
        ["Item", "Price", "Share"],
        ["Tent", 129.5, 0.125],
        [],
        ["Region", "Days"],
        ["UK", 3],
    )
    for row in rows:
        sheet.append(row)
    sheet["C3"].number_format = "0.0%"
    book.create_sheet("Dates").append(["Opened", datetime.date(2026, 5, 1), True])
    book.create_sheet("Hidden").append(["no", "no"])
    book["Hidden"].sheet_state = "hidden"
    document = read("prices.xlsx", saved(book))
    assert [
        (page.number, document.text[page.start : page.end].split("\n")[0]) for page in document.pages
    ] == [
        (1, "Prices"),
        (2, "Dates"),
    ]
    assert tables(document) == [
        "| Item | Price | Share |\n| --- | --- | --- |\n| Tent | 129.5 | 12.5% |",
        "| Region | Days |\n| --- | --- |\n| UK | 3 |",
        "| Opened | 2026-05-01 | TRUE |\n| --- | --- | --- |",
    ]
    assert "Valid from May" in document.text and "no" not in document.text


def test_comments_on_cells_are_read_below_their_sheet(read):
    book = openpyxl.Workbook()
    book.active.append(["Item", "Price"])
    book.active.append(["Tent", 129])
    book.active["B2"].comment = Comment("Until the end of May.", "Ada")
    assert read("prices.xlsx", saved(book)).text.endswith("Comment on B2 by Ada: Until the end of May.")


def test_a_thread_of_comments_says_who_wrote_what(read):
    book = openpyxl.Workbook()
    book.active["A1"].value, book.active["B1"].value = "Lamp", "10"
    book.active["B1"].comment = Comment("[Threaded comment] ... Comment: Why? Reply: Steel.", "tc={1}")
    parts = hostile.unpacked(saved(book))
    link = '<Relationship Id="t" Type="x/relationships/threadedComment" Target="/xl/threads.xml"/>'
    rels = "xl/worksheets/_rels/sheet1.xml.rels"
    parts[rels] = parts[rels].replace(b"</Relationships>", link.encode() + b"</Relationships>")
    space = 'xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"'
    parts["xl/threads.xml"] = (
        f"<ThreadedComments {space}>"
        '<threadedComment ref="B1" personId="a"><text>Why?</text></threadedComment>'
        '<threadedComment ref="B1" personId="b"><text>Steel.</text></threadedComment></ThreadedComments>'
    )
    parts["xl/persons/person.xml"] = (
        f"<personList {space}>"
        '<person id="a" displayName="Ada"/><person id="b" displayName="Bo"/></personList>'
    )
    text = read("prices.xlsx", hostile.packed(parts)).text
    assert text.endswith("Comment on B1 by Ada: Why?\nComment on B1 by Bo: Steel.")
    assert "Threaded" not in text


def test_a_chart_is_found_by_its_title_and_axes(read):
    book = openpyxl.Workbook()
    for row in (("Year", "Ducks"), (2023, 280), (2024, 310)):
        book.active.append(row)
    chart = BarChart()
    chart.title, chart.y_axis.title = "Wild ducks by year", "Number seen"
    chart.add_data(Reference(book.active, min_col=2, min_row=1, max_row=3), titles_from_data=True)
    book.active.add_chart(chart, "D2")
    assert "Chart: Wild ducks by year, Number seen" in read("ducks.xlsx", saved(book)).text


def test_comments_and_footnotes_of_a_word_document_are_read_after_it(read):
    word = docx.Document()
    run = word.add_paragraph("The period is ").add_run("thirty days.")
    word.add_comment(run, "Was sixty.", "Ada")
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    notes = (
        f'<w:footnotes xmlns:w="{space}"><w:footnote w:type="separator"><w:p/></w:footnote>'
        "<w:footnote><w:p><w:r><w:t>Working </w:t></w:r><w:r><w:t>days.</w:t></w:r></w:p></w:footnote>"
        "</w:footnotes>"
    )
    data = hostile.packed({**hostile.unpacked(saved(word)), "word/footnotes.xml": notes})
    assert read("a.docx", data).text == (
        "The period is thirty days.\n\nFootnote: Working days.\nComment by Ada: Was sixty."
    )


def test_a_presentation_gives_a_page_a_slide_with_title_table_and_notes(read):
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "Results"
    slide.placeholders[1].text = "Sales grew\nCosts fell"
    table = slide.shapes.add_table(2, 2, 0, 5_000_000, 3_000_000, 800_000).table
    for index, text in enumerate("Year Sales 2025 40".split()):
        table.cell(index // 2, index % 2).text = text
    slide.notes_slide.notes_text_frame.text = "Mention the weather."
    deck.slides.add_slide(deck.slide_layouts[5]).shapes.title.text = "Thanks"
    document = read("deck.pptx", saved(deck))
    assert headings(document) == [(1, "Results"), (1, "Thanks")]
    assert document.text == (
        "Results\n\nSales grew\nCosts fell\n\n| Year | Sales |\n| --- | --- |\n| 2025 | 40 |\n\n"
        "Notes: Mention the weather.\n\nThanks"
    )
    assert [page.number for page in document.pages] == [1, 2]


def test_a_mail_gives_who_when_and_its_text(read):
    mail = EmailMessage()
    mail["Subject"] = "Rückgabe Zelt"
    mail["From"] = "Ada <ada@example.org>"
    mail["To"] = "desk@example.org"
    mail.set_content("The tent arrived torn.")
    mail.add_alternative("<p>The <b>tent</b> arrived torn.</p>", subtype="html")
    mail.add_attachment(b"x", maintype="application", subtype="octet-stream", filename="tear.bin")
    assert read("a.eml", bytes(mail)).text == (
        "Rückgabe Zelt\nFrom: Ada <ada@example.org>\nTo: desk@example.org\n\n"
        "The tent arrived torn.\n\nAttachments: tear.bin\n\ntear.bin\n\nx"
    )


def test_a_mail_of_html_alone_is_read_as_a_page(read):
    mail = EmailMessage()
    mail["Subject"] = "Order"
    mail.set_content("<h2>Shipped</h2><script>no</script><p>Today.</p>", subtype="html")
    document = read("a.eml", bytes(mail))
    assert document.text == "Order\n\nShipped\n\nToday."
    assert headings(document) == [(1, "Order"), (2, "Shipped")]


def test_records_become_a_table_and_other_json_lines_with_their_place(read):
    records = [{"item": "Tent", "price": 129.5}, {"item": "Rope", "stock": True}]
    table = "| item | price | stock |\n| --- | --- | --- |\n| Tent | 129.5 |  |\n| Rope |  | true |"
    assert read("a.json", json.dumps(records)).text == table
    assert read("a.jsonl", "\n".join(map(json.dumps, records))).text == table
    nested = {"shop": {"name": "Larkfell", "open": [9, 18]}, "note": None}
    assert read("b.json", json.dumps(nested)).text == "shop.name: Larkfell\nshop.open.1: 9\nshop.open.2: 18"


def test_xml_gives_titles_paragraphs_and_records(read):
    text = (
        "<book><section><title>Returns</title><p>Within <b>thirty</b> days.</p></section>"
        "<order><id>7</id><item>Tent</item></order></book>"
    )
    document = read("a.xml", '<?xml version="1.0"?>' + text)
    assert document.text == "Returns\n\nWithin thirty days.\nid: 7\nitem: Tent"
    assert headings(document) == [(1, "Returns")]


def test_an_opendocument_text_is_read_in_order(read):
    name = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<o:document-content xmlns:o="{name}:office:1.0" xmlns:t="{name}:text:1.0" '
        f'xmlns:b="{name}:table:1.0">'
        '<o:body><o:text><t:h t:outline-level="2">Care</t:h><t:p>Wash<t:s/>cold.</t:p>'
        "<t:list><t:list-item><t:p>dry</t:p></t:list-item></t:list>"
        "<b:table><b:table-row><b:table-cell><t:p>Part</t:p></b:table-cell><b:table-cell><t:p>Life</t:p>"
        "</b:table-cell></b:table-row></b:table></o:text></o:body></o:document-content>"
    )
    data = hostile.packed({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content})
    document = read("a.odt", data)
    assert document.text == "Care\n\nWash cold.\n- dry\n\n| Part | Life |\n| --- | --- |"
    assert headings(document) == [(2, "Care")]


def test_a_book_is_read_in_the_order_of_its_spine(read):
    container = '<container><rootfiles><rootfile full-path="in/book.opf"/></rootfiles></container>'
    package = (
        '<package><manifest><item id="b" href="two.xhtml"/><item id="a" href="part%20one.xhtml"/></manifest>'
        '<spine><itemref idref="a"/><itemref idref="b"/></spine></package>'
    )
    data = hostile.packed(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": container,
            "in/book.opf": package,
            "in/two.xhtml": "<html><body><h1>Two</h1></body></html>",
            "in/part one.xhtml": "<html><body><h1>One</h1><p>Begin.</p></body></html>",
        }
    )
    assert read("a.epub", data).text == "One\n\nBegin.\n\nTwo"


def test_rich_text_is_read_for_its_words(read):
    assert read("a.rtf", rb"{\rtf1\ansi\ansicpg1252 The \b warranty\b0  lasts; M\'fcller.}").text == (
        "The warranty lasts; Müller."
    )


def test_restructured_text_keeps_its_text_and_knows_its_headings(read):
    text = "=====\nGuide\n=====\n\nWords.\n\nSetting up\n----------\n\nA | b\n"
    document = read("a.rst", text)
    assert document.text == text
    assert headings(document) == [(1, "Guide"), (2, "Setting up")]
