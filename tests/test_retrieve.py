"""Finding passages in real stores, with an embedder and a reader that go by shared words."""

from __future__ import annotations

import hashlib

import pytest

from rag.catalog import Catalog
from rag.fuse import fuse, pooled
from rag.ranking import averaged, distinct, pieces
from rag.retrieve import Retriever
from rag.types import Chunk, Document, DocumentInfo, Hit, Judgement, Reading, Scored
from rag.vectors import ChromaVectors
from tests.fakes import HashEmbedder, OverlapReader

RETURNS = "Opened items may be returned within fourteen days of delivery."
REPAIRS = "The workshop repairs tents and stoves within ten working days."
PRIVACY = "Customer data is deleted after three years."
LONG = "The buyer pays the invoice, and the supplier ships the goods, and the carrier insures them."


class CountingEmbedder(HashEmbedder):
    """Remembers what was asked, and reads only the first words of it."""

    def __init__(self):
        super().__init__()
        self.asked = []
        self.reads = 1000

    def embed_queries(self, texts):
        self.asked += texts
        return super().embed_queries([" ".join(text.split()[: self.reads]) for text in texts])


class Stores:
    """A catalog and vectors in step, filled without files."""

    def __init__(self, folder):
        self.catalog = Catalog(folder / "catalog.sqlite")
        self.vectors = ChromaVectors(folder / "vectors", "", "hash")
        self.embedder = CountingEmbedder()
        self.retriever = Retriever(self.embedder, self.vectors, self.catalog, OverlapReader())

    def add(self, name, *texts, collection="Documents", outer=None):
        key = hashlib.sha256(f"{collection}{name}".encode()).hexdigest()[:16]
        pieces, whole = [], ""
        for position, text in enumerate(texts):
            start = len(whole)
            whole += text + " "
            pieces.append(
                Chunk(f"{key}-{position:05d}", key, position, text, start, start + len(text), outer=outer)
            )
        info = DocumentInfo(key, name, collection, "adding", "text/plain", key * 4, len(whole), 0, 0, "")
        self.catalog.begin(info)
        vectors = HashEmbedder().embed_documents([piece.context for piece in pieces])
        self.vectors.add(collection, [piece.id for piece in pieces], [key] * len(pieces), vectors)
        self.catalog.finish(key, Document(whole, "text/plain"), pieces)
        return key


@pytest.fixture
def stores(tmp_path):
    made = Stores(tmp_path)
    yield made
    made.catalog.close()


def texts(hits):
    return [hit.text for hit in hits]


@pytest.mark.parametrize("mode", ["hybrid", "semantic", "keyword"])
def test_each_mode_finds_the_passage_and_says_how(stores, mode):
    stores.add("handbook.pdf", RETURNS, REPAIRS, PRIVACY)
    hits = stores.retriever.search("Documents", "who repairs stoves", mode)
    assert hits[0].text == REPAIRS and hits[0].via == mode and hits[0].file == "handbook.pdf"
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


@pytest.mark.parametrize("mode", ["hybrid", "semantic", "keyword"])
def test_nothing_crosses_from_another_collection(stores, mode):
    stores.add("secret.pdf", RETURNS, collection="Other matter")
    stores.add("handbook.pdf", PRIVACY)
    assert RETURNS not in texts(stores.retriever.search("Documents", RETURNS, mode))


@pytest.mark.parametrize("mode", ["hybrid", "semantic", "keyword"])
def test_only_chosen_documents_are_searched(stores, mode):
    stores.add("a.pdf", RETURNS)
    chosen = stores.add("b.pdf", REPAIRS)
    hits = stores.retriever.search("Documents", "items returned repairs", mode, documents=[chosen])
    assert texts(hits) == [REPAIRS]


@pytest.mark.parametrize("mode", ["hybrid", "semantic", "keyword"])
def test_a_document_being_removed_is_found_no_more(stores, mode):
    gone = stores.add("a.pdf", RETURNS)
    stores.add("b.pdf", REPAIRS)
    stores.catalog.mark_removing(gone)
    assert RETURNS not in texts(stores.retriever.search("Documents", RETURNS, mode))


def test_near_duplicates_are_one_hit(stores):
    stores.add("a.pdf", RETURNS, REPAIRS)
    stores.add("b.pdf", RETURNS.upper().replace(".", "!"))
    hits = stores.retriever.search("Documents", "opened items returned", k=10)
    assert sum("fourteen" in text.lower() for text in texts(hits)) == 1


def test_a_copy_with_another_number_is_another_fact():
    chunks = [
        Chunk(str(n), "d", n, f"The fee for a late delivery of the ordered goods is {n} euros.", 0, 9)
        for n in (5, 9)
    ]
    assert len(distinct([Hit(chunk, "a", 1.0, "hybrid") for chunk in chunks], 10)) == 2


def test_a_piece_of_a_long_sentence_comes_back_whole(stores):
    first, second = LONG[:50], LONG[51:]
    stores.add("terms.txt", first, second, outer=(0, len(LONG)))
    (hit, *_) = stores.retriever.search("Documents", "carrier insures", k=1)
    assert hit.text == LONG and (hit.chunk.start, hit.chunk.end) == (0, len(LONG))


def test_evidence_is_ordered_by_reading_and_its_span_counts_in_the_passage(stores):
    stores.add("handbook.pdf", PRIVACY, "Nothing of use.", RETURNS)
    best = stores.retriever.find("Documents", "when are opened items returned").evidence[0]
    start, end = best.reading.span
    assert best.hit.text[start:end].startswith("Opened items")


def test_passages_are_read_under_what_their_document_calls_itself(stores):
    oiling = "Oil it in May. " + "The grease is described elsewhere. " * 40  # too long to be joined
    stores.add("manual.docx", "Marlin 20 outboard\n\nUser manual", oiling)
    found = stores.retriever.find("Documents", "When is the Marlin 20 oiled in spring, in May?")
    titles = {item.text[:6]: item.hit.title for item in found.evidence}
    assert titles["Oil it"] == "manual.docx > Marlin 20 outboard, User manual"


@pytest.mark.parametrize("question", ["How many tents are repaired?", "What is the handbook about?"])
def test_a_question_is_embedded_once_whatever_it_asks_for(stores, question):
    stores.add("handbook.txt", RETURNS, REPAIRS)
    assert stores.retriever.find("Documents", question).evidence
    assert stores.embedder.asked == [question]


def test_rows_far_below_the_passages_that_are_read_are_among_the_hits(stores):
    row = "| Stove | 12 |"
    stores.add("handbook.txt", *(f"Number {n} of the returned tents was opened." for n in range(20)), row)
    found = stores.retriever.find("Documents", "How many opened tents were returned?")
    assert row in texts(found.hits) and row not in texts(item.hit for item in found.evidence)


def test_a_question_about_a_section_gets_its_passages_in_order(stores):
    key = stores.add(
        "lease.txt", "1. Rent. It is due monthly.", "2. Repairs.", "The owner repairs.", "3. Term. Two years."
    )
    found = stores.retriever.find("Documents", "Summarise section 2.")
    assert found.whole
    assert [item.hit.text.strip() for item in found.evidence] == ["2. Repairs.", "The owner repairs."]
    assert {item.hit.chunk.document for item in found.evidence} == {key}


def test_a_question_about_a_document_begins_where_it_begins(stores):
    stores.add("lease.txt", "This is the lease of a flat.", RETURNS)
    stores.add("rules.txt", "House rules", REPAIRS)
    found = stores.retriever.find("Documents", "What is the lease about?").evidence
    assert found[0].hit.text == "This is the lease of a flat."
    assert {item.hit.file for item in found} == {"lease.txt"}


def test_neighbouring_passages_become_one(stores):
    stores.add("handbook.pdf", RETURNS, REPAIRS)
    evidence = stores.retriever.find("Documents", "opened items returned workshop repairs tents").evidence
    assert [item.hit.text for item in evidence] == [f"{RETURNS} {REPAIRS}"]
    start, end = evidence[0].reading.span
    assert evidence[0].hit.text[start:end] in (RETURNS + " " + REPAIRS)


@pytest.mark.parametrize("query", ["", "  ", "?!", "'\" OR 1=1 --", "\x00", "商品", "a" * 5000])
def test_odd_queries_find_or_find_nothing(stores, query):
    stores.add("handbook.pdf", RETURNS)
    for mode in ("hybrid", "semantic", "keyword"):
        assert isinstance(stores.retriever.search("Documents", query, mode), list)


@pytest.mark.parametrize("mode", ["hybrid", "semantic", "keyword"])
def test_what_stands_at_the_end_of_a_long_case_is_searched_too(stores, mode):
    stores.add("handbook.pdf", REPAIRS)
    for word in ("What came next was rain.", "Snow came.", "Hail came.", "Wind came."):
        stores.add(f"{word}pdf", word)
    case = "Nobody knew what came next. " * 90 + "Then the workshop repairs tents. " * 30
    stores.embedder.reads = 190
    assert REPAIRS in texts(stores.retriever.search("Documents", case, mode, k=2))


def test_the_document_that_more_parts_of_a_query_are_about_comes_first():
    owners = {"a1": "a", "a2": "a", "b1": "b", "c1": "c"}
    lists = [
        [Scored("b1", 0.81), Scored("a1", 0.8)],
        [Scored("a2", 0.8), Scored("c1", 0.7)],
        [Scored("a1", 0.8)],
    ]
    assert [scored.chunk for scored in pooled(lists, owners, shares=False)] == ["a1", "a2", "b1", "c1"]


def test_a_long_query_is_cut_into_parts_that_hold_all_of_it():
    words = [str(number) for number in range(601)]
    parts = pieces(" ".join(words))
    assert " ".join(parts).split() == words
    assert max(len(part.split()) for part in parts) <= 75
    assert pieces("short  as it is") == ["short  as it is"]


def test_what_both_wordings_of_a_question_find_comes_before_what_one_finds():
    def hits(*scored):
        return [Hit(Chunk(id, "d", 0, text, 0, 9), "a.txt", score, "hybrid") for id, text, score in scored]

    alone = hits(("a", "tents are repaired", 0.8), ("b", "opened tents go back", 0.7), ("d", "gifts", 0.2))
    joined = hits(("c", "stoves are repaired", 0.9), ("b", "opened tents go back", 0.76), ("e", "keys", 0.2))
    found = averaged([alone, joined])
    assert [hit.chunk.id for hit in found] == ["b", "c", "a", "d", "e"]
    lift = 0.76 / 0.73  # the first passage fits as well as the wording says that it fits best
    assert found[0].score == pytest.approx(0.76) and found[2].score == pytest.approx(lift * (0.8 + 0.18) / 2)
    assert averaged([alone]) == alone


def test_an_earlier_question_about_something_else_takes_nothing_from_how_well_a_passage_fits(stores):
    stores.add("a.txt", RETURNS)
    stores.add("b.txt", REPAIRS)
    question = "who repairs tents and stoves?"
    (alone, *_) = stores.retriever.find("Documents", question).evidence
    wordings = [question, f"which opened items may be returned? {question}"]
    (later, *_) = stores.retriever.find("Documents", question, wordings=wordings).evidence
    assert later.text == alone.text == REPAIRS and later.hit.score >= alone.hit.score - 1e-6


def test_passages_are_searched_with_all_wordings_and_read_with_the_question(stores):
    stores.add("a.txt", RETURNS)
    stores.add("b.txt", REPAIRS)
    wordings = ["and tents?", "who repairs stoves? and tents?"]
    found = stores.retriever.find("Documents", "who repairs stoves? and tents?", wordings=wordings)
    assert stores.embedder.asked == wordings
    assert found.evidence[0].text == REPAIRS and found.evidence[0].reading.answers > 0.5


class SecondLookReader:
    """Finds a passage with two sentences likely whatever it says, and a sentence alone by its number."""

    name = "second look"

    def read(self, question, passages, /):
        return [self._one(passage) for passage in passages]

    def _one(self, passage):
        start = passage.index("Tents")
        answers = 0.6 if passage.count(".") > 2 else 0.9 if "nine" in passage else 0.1
        return Reading(answers, (start, passage.index(".", start)), answers)


@pytest.mark.parametrize("answering", ["a.txt", "b.txt", "c.txt"])
def test_of_passages_found_alike_the_one_whose_sentence_answers_comes_first(stores, answering):
    for name, weeks in (("a.txt", "wide"), ("b.txt", "some"), ("c.txt", "long")):
        told = "nine" if name == answering else weeks
        stores.add(name, f"Tents are {told} weeks away. The {name[0]} workshop mends them.")
    retriever = Retriever(stores.embedder, stores.vectors, stores.catalog, SecondLookReader())
    found = retriever.find("Documents", "How many weeks are tents away?")
    assert len(found.evidence) == 3 and found.evidence[0].text.startswith("Tents are nine")


class OneSentenceJudge:
    """Holds that what says one thing answers, and counts how often it is asked."""

    def __init__(self, words):
        self.words, self.asked = words, 0

    def judge(self, question, passages, /):
        self.asked += 1
        return [Judgement(9.0 if self.words in passage else -9.0, 0.0) for passage in passages]


def test_of_passages_read_alike_the_one_that_the_judge_holds_for_it_comes_first(stores):
    for name in ("a.txt", "b.txt", "c.txt"):
        stores.add(name, f"Tents are mended in shop {name[0]}. It opens at nine.")
    judge = OneSentenceJudge("shop b")
    retriever = Retriever(
        stores.embedder, stores.vectors, stores.catalog, OverlapReader(), judge=lambda: judge
    )
    assert retriever.search("Documents", "Where are tents mended?") and judge.asked == 0
    found = retriever.find("Documents", "Where are tents mended?").evidence
    assert found[0].hit.file == "b.txt" and len(found) == 3
    assert found[0].judgement == Judgement(9.0, 0.0, alone=9.0)
    # The draft stands on another sentence of it: that one is judged anew, the passage as before
    moved = retriever.read_at("Where are tents mended?", found[0], (28, 45))
    assert moved.judgement == Judgement(9.0, 0.0, alone=-9.0)


def test_an_empty_library_finds_nothing(stores):
    assert stores.retriever.find("Documents", "anything at all").evidence == ()


def candidate(id, text, document="d"):
    return id, (Chunk(id, document, 0, text, 0, len(text)), "a.txt")


def order(query, near, worded, *candidates):
    return [scored.chunk for scored in fuse(query, near, worded, dict(candidates))]


def test_fusing_weighs_meaning_and_words():
    near = [Scored("both", 0.6), Scored("meaning", 0.7)]
    worded = [Scored("both", 12.0), Scored("words", 3.0)]
    found = [candidate(id, "some text", document=id) for id in ("words", "meaning", "both")]
    assert order("a question", near, worded, *found) == ["both", "meaning", "words"]


def test_of_equal_passages_the_one_with_the_very_word_comes_first():
    near = [Scored("a", 0.5), Scored("b", 0.5)]
    found = [candidate("a", "the return of items"), candidate("b", "items that were returned")]
    assert order("returned items", near, [], *found) == ["b", "a"]


def test_of_equal_passages_the_one_whose_document_is_about_it_comes_first():
    near = [Scored("a", 0.5), Scored("b", 0.5), Scored("best", 0.9)]
    found = [candidate("a", "x", "one"), candidate("b", "x", "two"), candidate("best", "x", "two")]
    assert order("a question", near, [], *found) == ["best", "b", "a"]
