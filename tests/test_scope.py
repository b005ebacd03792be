"""Questions about a document or a section: recognised by their form, found by headings and numbers."""

from __future__ import annotations

import pytest

from rag.outline import outline
from rag.scope import document_of, located, request
from rag.types import Document, DocumentInfo, Heading

CONTRACT = """SUPPLY AGREEMENT between Northwind Trading and Acme GmbH.

CONTENTS 1. Scope 2 2. Price 3 3. Term 5

1. Scope. Acme supplies stoves. Orders are accepted pursuant to Section 3. Nothing else is supplied.
2. Price. 2.1 List. The prices of the list hold. 2.2 Late payment. Interest of 5 % is due on late payment.
3. Term. This agreement ends after two years.

GOVERNING LAW

The law of France governs this agreement.
"""
DOCUMENT = Document(CONTRACT, "text/plain")


def info(name):
    return DocumentInfo(name, name, "Documents", "ready", "", "", 1, 0, 1, "2026-05-01T00:00:00+00:00")


SUPPLY, LEASE = info("NorthwindSupplyAgreement_2020.txt"), info("lease Hafenstr 5.pdf")


def place(question, document=DOCUMENT):
    scope = located(request(question), SUPPLY, document)
    return scope and document.text[scope.start : scope.end].strip()


@pytest.mark.parametrize(
    "question",
    [
        "How long can opened items be returned?",
        "What is the notice period?",
        "Describe the warranty.",
        "What are the payment terms?",
        "Which duties does the buyer have pursuant to section 4?",
        "Who signs the agreement?",
        "What element is essential to the stove?",
        "When did the agreement break down?",
        "Who wrote the summary?",
    ],
)
def test_a_question_about_a_fact_has_no_scope(question):
    assert request(question) is None


@pytest.mark.parametrize(
    "question",
    [
        "What is this contract about?",
        "Summarise the Northwind supply agreement.",
        "Give me an overview of NorthwindSupplyAgreement_2020.txt",
        "what kind of contract is this?",
        "What does the agreement between Northwind and Acme cover?",
        "Give me a quick rundown of the Northwind deal",
        "In a nutshell, what did Northwind and Acme agree on?",
        "Which topics does the supply agreement deal with?",
        "Boil Northwind Acme down to the essentials.",
    ],
)
def test_a_question_about_the_whole_document_gets_all_of_it(question):
    assert place(question) == CONTRACT.strip()


@pytest.mark.parametrize(
    ("question", "begins", "ends"),
    [
        ("Summarise section 3.", "3. Term.", "France governs this agreement."),
        ("What does section 2.2 say?", "2.2 Late payment.", "on late payment."),
        ("What does chapter Scope say?", "1. Scope. Acme", "Nothing else is supplied."),
        ("What does the governing law clause say?", "GOVERNING LAW", "governs this agreement."),
        (
            "What does the Northwind agreement have to say on late payment?",
            "2.2 Late payment.",
            "late payment.",
        ),
        ("Brief me on the late payment provisions.", "2.2 Late payment.", "on late payment."),
        ("Explain the section on late payment.", "2.2 Late payment.", "on late payment."),
    ],
)
def test_a_section_is_found_by_number_or_title_and_not_in_the_contents(question, begins, ends):
    found = place(question)
    assert found.startswith(begins)
    assert found.endswith(ends)


def test_a_section_that_is_not_there_has_no_scope():
    assert place("Summarise section 9.") is None
    assert place("What does chapter Insurance say?") is None


def test_a_fact_somewhere_in_a_document_is_searched_as_ever():
    assert place("What does the contract say about insurance of goods?") is None


def test_words_beyond_the_place_are_the_topic():
    scope = located(request("What does section 2 say about invoices?"), SUPPLY, DOCUMENT)
    assert scope.topic == ("invoic",)


def test_the_headings_of_a_reader_are_sections_with_what_is_below_them():
    text = "Handbook\n\nCare\n\nDry it.\n\nWashing\n\nWash cold.\n\nWarranty\n\nTwo years.\n"
    levels = {"Handbook": 1, "Care": 2, "Washing": 3, "Warranty": 2}
    headings = tuple(
        Heading(level, title, text.index(title), text.index(title) + len(title))
        for title, level in levels.items()
    )
    document = Document(text, "text/markdown", headings=headings)
    assert place("What does chapter Care say?", document).endswith("Wash cold.")
    assert place("Summarise the warranty section.", document) == "Warranty\n\nTwo years."


def test_articles_count_in_roman_figures():
    text = "ARTICLE I\nDEFINITIONS\nWords.\nARTICLE II\nTERM\nTwo years.\nARTICLE III\nNOTICES\nBy post.\n"
    scope = located(request("What does article II say?"), SUPPLY, Document(text, "text/plain"))
    assert text[scope.start : scope.end] == "ARTICLE II\nTERM\nTwo years.\n"
    assert [section.title for section in outline(Document(text, "")) if section.number] == [
        "DEFINITIONS",
        "TERM",
        "NOTICES",
    ]


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("Summarise the Northwind supply agreement.", SUPPLY),
        ("What is the lease in Hafenstr about?", LEASE),
        ("What is the agreement with Acme about?", SUPPLY),
        ("What is this contract about?", None),
    ],
)
def test_the_document_is_the_one_that_the_question_names(question, found):
    openings = {SUPPLY.id: CONTRACT, LEASE.id: "Lease of a flat"}
    assert document_of(request(question), [SUPPLY, LEASE], openings) == found


def test_a_contract_is_meant_and_not_the_change_to_it_unless_it_is_named():
    change = info("NorthwindSupplyAgreement_2020 First Amendment.txt")
    for question, found in (
        ("Summarise the Northwind supply agreement.", SUPPLY),
        ("Summarise the amendment to the Northwind supply agreement.", change),
    ):
        assert document_of(request(question), [change, SUPPLY], {}) == found


def test_a_name_written_as_one_word_is_found_in_a_file_name_that_is_not():
    on2, bio = info("ON2TECHNOLOGIES-support.txt"), info("BIOAMBERINC-development.txt")
    openings = {on2.id: "between On2 Technologies and Wildform", bio.id: "between BioAmber and Cargill"}
    assert document_of(request("Recap the BioAmber agreement."), [on2, bio], openings) == bio
    assert document_of(request("Summarise section 6 of the On2 agreement."), [on2, bio], openings) == on2


def test_the_only_document_is_meant():
    assert document_of(request("What is this contract about?"), [LEASE], {}) == LEASE


@pytest.mark.parametrize("text", ["", "1.", "IV", "1. A 2. B 3. C", "9.9.9 x", "§ 4 Kündigung"])
def test_any_text_has_an_outline(text):
    assert isinstance(outline(Document(text, "text/plain")), list)
