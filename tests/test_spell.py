"""Slips of the pen are put right by the documents' words, and nothing else is."""

import pytest

from rag.spell import Speller, language, slips
from tests.test_retrieve import Stores

WORDS = frozenset("which battery level within days what does cost must item know".split())
HANDBOOK = (
    "The safety officer is Tomasz Wierzba. An invoice is due after 45 days.",
    "Receipts are needed above £8. Every cooler carries a warranty.",
)


@pytest.fixture
def stores(tmp_path):
    made = Stores(tmp_path)
    made.add("handbook.pdf", *HANDBOOK)
    made.add("other.pdf", "The saftes are locked.", collection="Private")
    yield made
    made.catalog.close()


@pytest.fixture
def right(stores):
    speller = Speller(WORDS, stores.catalog)
    return lambda question, **where: speller.right("Documents", question, **where)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("whos the saftey officer", "whos the safety officer"),  # exchanged
        ("when must an invoise be paid", "when must an invoice be paid"),  # wrong
        ("is there a waranty", "is there a warranty"),  # missing
        ("the coooler's warrantty", "the cooler's warranty"),  # too many
        ("wich level", "which level"),  # the language's own word
    ],
)
def test_one_slip_is_put_right(right, typed, meant):
    assert right(typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "what does the safety officer know?",
        "who is Saftey?",  # a name, for all we know
        "how many coolers?",  # another form of a word that is there
        "item 45-B for £8",
        "zzzzqqqq",
        "",
    ],
)
def test_the_rest_is_left_as_it_is_typed(right, typed):
    assert right(typed) == typed


def test_no_word_crosses_from_a_collection_or_a_document_that_is_not_asked(stores):
    speller = Speller(WORDS, stores.catalog)
    assert speller.right("Private", "the saftey of it") == "the saftes of it"
    assert speller.right("Documents", "the saftey of it", documents=[]) == "the saftey of it"


def test_without_words_of_the_language_nothing_changes(stores, tmp_path):
    assert language(tmp_path / "none.txt") == frozenset()
    assert Speller(frozenset(), stores.catalog).right("Documents", "saftey") == "saftey"


def test_a_vocabulary_gives_its_whole_words(tmp_path):
    (tmp_path / "vocab.txt").write_text("[PAD]\n##ing\nbattery\nthe\n1742\n")
    assert language(tmp_path / "vocab.txt") == frozenset({"battery"})


def test_slips_are_one_apart():
    near = slips("days")
    assert {"day", "dyas", "dais", "delays"} & near == {"day", "dyas", "dais"} and "days" not in near
