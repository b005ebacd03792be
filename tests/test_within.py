"""Which documents are asked: by name, type, day and tag, over what the catalog says of them."""

from datetime import UTC, date, datetime

import pytest

from rag.errors import NotFound, RagError
from rag.types import DocumentInfo
from rag.within import Narrowing, clean_tags, matching


def info(name, *, day=1, tags=()):
    added = datetime(2026, 5, day, 12, tzinfo=UTC).isoformat()
    return DocumentInfo(name, name, "Documents", "ready", "", "", 1, 0, 1, added, "", tags)


LEASE = info("Lease.PDF", day=3, tags=("Flat", "rent"))
RULES = info("rules.docx", day=5, tags=("Flat",))
BILL = info("bill.pdf", day=9)
ALL = [LEASE, RULES, BILL]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Narrowing(types=("pdf",)), [LEASE, BILL]),
        (Narrowing(types=(".PDF", "docx")), ALL),
        (Narrowing(since=date(2026, 5, 5)), [RULES, BILL]),
        (Narrowing(until=date(2026, 5, 5)), [LEASE, RULES]),
        (Narrowing(tags=("flat",)), [LEASE, RULES]),
        (Narrowing(tags=("flat", " rent ")), [LEASE]),
        (Narrowing(documents=("bill.pdf", "rules.docx"), types=("pdf",)), [BILL]),
    ],
)
def test_what_fits_every_condition_is_found(wanted, found):
    assert matching(ALL, wanted) == [one.id for one in found]


def test_no_condition_means_all_documents():
    assert matching(ALL, Narrowing()) is None


def test_nothing_that_fits_is_said_and_never_turned_into_everything():
    with pytest.raises(NotFound, match="of the type txt and tagged rent"):
        matching(ALL, Narrowing(types=("txt",), tags=("rent",)))


def test_an_unknown_name_is_said():
    with pytest.raises(NotFound, match=r"'other\.pdf'"):
        matching(ALL, Narrowing(documents=("other.pdf",)))


def test_tags_are_short_words_without_spare_space():
    assert clean_tags(["  to   do", "", "to do"]) == ("to do",)
    with pytest.raises(RagError, match="61 characters"):
        clean_tags(["x" * 61])
