"""Similar documents: the order, the reasons, and what is left out."""

from __future__ import annotations

import pytest

from rag.errors import RagError
from rag.lenses.export import to_csv
from rag.lenses.similar import Example, similar
from tests.view import MemoryView

TEXTS = {
    "lease.txt": "The tenant pays rent every month.\n\nThe landlord repairs the roof of the house.",
    "lease-copy.txt": "The tenant pays rent every month.\n\nThe landlord repairs the roof of the house.",
    "loan.txt": "The borrower pays interest every year.\n\nThe bank may ask for a pledge.",
    "recipe.txt": "Boil the potatoes in salted water.\n\nAdd butter and milk.",
    "garden.txt": "Plant tulips in autumn.\n\nWater roses in summer.",
    "sonnet.txt": "Shall I compare thee to a rose?",
}


@pytest.fixture
def view():
    return MemoryView(TEXTS)


def files(found):
    return [match.file for match in found.matches]


def test_a_text_finds_the_documents_like_it_first(view):
    found = similar(view, [Example(text="A tenant must pay the rent.\n\nThe roof needs repairs.")])
    assert files(found)[0] in ("lease.txt", "lease-copy.txt")
    assert found.matches[-1].score < found.matches[0].score


def test_a_copy_is_named_beside_its_twin_and_takes_no_place(view):
    found = similar(view, [Example(text="The tenant pays rent every month.")])
    first = found.matches[0]
    assert {first.file, *first.copies} == {"lease.txt", "lease-copy.txt"}
    assert len(found.matches) == 5


def test_a_document_given_as_example_is_not_its_own_answer(view):
    found = similar(view, [Example(document="loan.txt")])
    assert "loan.txt" not in files(found)
    assert files(found)[0].startswith("lease")


def test_less_like_that_moves_a_document_down(view):
    like = [Example(text="The tenant pays rent.\n\nPlant tulips and water roses.")]
    before = files(similar(view, like))
    after = files(similar(view, like, [Example(text=TEXTS["lease.txt"])]))
    assert before.index("garden.txt") > after.index("garden.txt")


def test_the_reason_is_the_pair_of_passages_that_match(view):
    (pair, *_) = similar(view, [Example(text="The landlord repairs the roof.")]).matches[0].pairs
    assert "roof" in pair.ours and "roof" in pair.theirs.text
    assert TEXTS["lease.txt"][pair.theirs.start : pair.theirs.end] == pair.theirs.text


def test_only_chosen_documents_are_compared(view):
    found = similar(view, [Example(text="rent")], documents=["recipe.txt", "garden.txt"])
    assert set(files(found)) == {"recipe.txt", "garden.txt"}
    assert "Only 2 documents" in found.note


def test_nothing_given_is_said_in_a_sentence(view):
    with pytest.raises(RagError, match="Give a text"):
        similar(view, [])
    with pytest.raises(RagError, match="is empty"):
        similar(view, [Example(text="  ")])


def test_an_empty_library_has_no_matches():
    assert similar(MemoryView({}), [Example(text="rent")]).matches == ()


def test_rows_become_csv_that_no_spreadsheet_runs(view):
    written = to_csv(similar(view, [Example(text="rent")]).rows())
    assert written.splitlines()[0].startswith("file,score,whole,opening,parts")
    assert (
        to_csv([{"text": '=HYPERLINK("x")', "score": -0.25}]) == 'text,score\n"\'=HYPERLINK(""x"")",-0.25\n'
    )


def test_what_all_documents_share_does_not_make_them_alike():
    common = "this agreement is made between the parties of the first and second part and witnesseth "
    kinds = {"lease": "tenant rent roof", "loan": "bank interest pledge", "supply": "goods delivery crates"}
    texts = {
        f"{kind}{at}.txt": f"{common}{words} number{at}" for kind, words in kinds.items() for at in range(8)
    }
    found = similar(MemoryView(texts), [Example(text=common + kinds["loan"])], k=24)
    shown = [name for match in found.matches for name in (match.file, *match.copies)]
    assert all(name.startswith("loan") for name in shown[:8])
    assert found.matches[0].score > 0.5 > 0.1 > found.matches[-1].score
    assert "0 is as near as any two documents" in found.note
