"""What every VectorStore and every KeywordIndex must do, whichever it is.

Subclass a suite in a test module and give it the fixture it names; pytest runs the whole suite there.
"""

from __future__ import annotations

import threading

import numpy as np
import pytest

from rag.errors import StoreMismatch

A, B = "Documents", "Acme ./ “案件” " * 9  # any text may name a collection


def rows(*numbers: int) -> np.ndarray:
    """Unit vectors of dimension 8 along the given axes."""
    return np.eye(8, dtype=np.float32)[list(numbers)]


class VectorStoreContract:
    """Needs a fixture `store`: an empty VectorStore."""

    def test_an_empty_store_finds_nothing(self, store):
        assert store.query(A, rows(0)[0], 5) == []
        assert (store.count(A), store.ids(A), dict(store.vectors(A, ["x"]))) == (0, set(), {})
        store.delete(A, "nobody")

    def test_the_nearest_comes_first_and_its_score_is_the_cosine(self, store):
        store.add(A, ["a", "b", "c"], ["d", "d", "d"], rows(0, 1, 2))
        query = np.array([0.8, 0.6, 0, 0, 0, 0, 0, 0], dtype=np.float32)
        found = store.query(A, query, 2)
        assert [hit.chunk for hit in found] == ["a", "b"]
        assert [hit.score for hit in found] == pytest.approx([0.8, 0.6], abs=1e-5)

    def test_asking_for_more_than_there_is_gives_all(self, store):
        store.add(A, ["a", "b"], ["d", "d"], rows(0, 1))
        assert len(store.query(A, rows(0)[0], 100)) == 2

    def test_adding_again_is_one_copy_with_the_new_vector(self, store):
        store.add(A, ["a"], ["d"], rows(0))
        store.add(A, ["a"], ["d"], rows(1))
        assert store.count(A) == 1
        assert store.vectors(A, ["a"])["a"].tolist() == rows(1)[0].tolist()

    def test_vectors_line_up_with_their_ids(self, store):
        store.add(A, ["a", "b", "c"], ["d", "d", "e"], rows(3, 1, 2))
        stored = store.vectors(A, ["c", "unknown", "a"])
        assert set(stored) == {"a", "c"}
        assert stored["a"].dtype == np.float32
        assert stored["a"].tolist() == rows(3)[0].tolist()
        assert stored["c"].tolist() == rows(2)[0].tolist()

    def test_a_document_filter_leaves_out_nearer_ones(self, store):
        store.add(A, ["a", "b", "c"], ["d", "e", "f"], rows(0, 1, 2))
        found = store.query(A, rows(0)[0], 3, documents=["e", "f"])
        assert {hit.chunk for hit in found} == {"b", "c"}
        assert store.query(A, rows(0)[0], 3, documents=[]) == []

    def test_delete_forgets_that_document_only(self, store):
        store.add(A, ["a", "b", "c"], ["d", "d", "e"], rows(0, 1, 2))
        store.delete(A, "d")
        assert store.ids(A) == {"c"}
        assert [hit.chunk for hit in store.query(A, rows(0)[0], 3)] == ["c"]

    def test_collections_are_walls(self, store):
        store.add(A, ["a"], ["d"], rows(0))
        store.add(B, ["b"], ["d"], rows(0))
        assert [hit.chunk for hit in store.query(B, rows(0)[0], 5)] == ["b"]
        store.delete(B, "d")
        assert (store.ids(A), store.ids(B)) == ({"a"}, set())

    def test_a_dropped_collection_is_empty_and_can_be_filled_again(self, store):
        store.add(A, ["a"], ["d"], rows(0))
        store.add(B, ["b"], ["d"], rows(0))
        store.drop(A)
        store.drop(A)
        assert (store.count(A), store.count(B)) == (0, 1)
        store.add(A, ["c"], ["d"], rows(1))
        assert store.ids(A) == {"c"}

    def test_more_rows_than_one_batch_holds(self, store):
        count = 6000  # Chroma takes at most 5,461 a call
        vectors = np.random.default_rng(0).normal(size=(count, 8)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        ids = [f"c{number}" for number in range(count)]
        store.add(A, ids, ["d"] * count, vectors)
        assert store.ids(A) == set(ids)
        assert len(store.vectors(A, ids)) == count
        store.delete(A, "d")
        assert store.count(A) == 0

    def test_every_stored_vector_is_found(self, store):
        assert store.hidden(A) == set()
        vectors = np.random.default_rng(0).normal(size=(300, 8)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        store.add(A, [f"c{number}" for number in range(300)], ["d"] * 300, vectors)
        store.mend(A)
        store.mend("Unknown")
        assert (store.hidden(A), store.count(A)) == (set(), 300)

    def test_a_vector_of_another_size_is_refused_with_both_sizes(self, store):
        store.add(A, ["a"], ["d"], rows(0))
        wrong = np.ones((1, 3), dtype=np.float32) / np.sqrt(3, dtype=np.float32)
        with pytest.raises(StoreMismatch, match=r"(?s)8.*3|3.*8"):
            store.add(A, ["b"], ["d"], wrong)
        with pytest.raises(StoreMismatch, match=r"(?s)8.*3|3.*8"):
            store.query(A, wrong[0], 1)

    def test_threads_lose_nothing(self, store):
        def work(number: int) -> None:
            store.add(A, [f"{number}-{i}" for i in range(10)], [str(number)] * 10, rows(*[number] * 10))
            store.query(A, rows(number)[0], 3)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        assert store.count(A) == 80


class KeywordIndexContract:
    """Needs a fixture `fill`: fill(collection, document, *texts) -> KeywordIndex with that added, ready.

    Chunk ids are f"{document}-{position:05d}", the file is f"{document}.txt", the document's text the
    chunk texts joined by newlines.
    """

    def found(self, index, query, k=10, **more):
        return [scored.chunk for scored in index.search(A, query, k, **more)]

    def test_the_chunk_with_more_of_the_words_comes_first(self, fill):
        index = fill(A, "d", "the refund window", "refund and shipping window", "nothing here")
        scores = index.search(A, "shipping refund window", 10)
        assert [scored.chunk for scored in scores] == ["d-00001", "d-00000"]
        assert scores[0].score > scores[1].score > 0

    def test_k_is_the_most(self, fill):
        index = fill(A, "d", *["refund"] * 5)
        assert len(index.search(A, "refund", 3)) == 3
        assert index.search(A, "refund", 0) == []

    def test_collections_are_walls(self, fill):
        fill(B, "e", "secret refund of another client")
        index = fill(A, "d", "refund")
        assert self.found(index, "secret refund") == ["d-00000"]

    def test_a_document_filter_leaves_out_the_others(self, fill):
        fill(A, "d", "refund refund")
        index = fill(A, "e", "refund perhaps")
        assert self.found(index, "refund", documents=["e"]) == ["e-00000"]
        assert self.found(index, "refund", documents=[]) == []
        many = [f"other{number}" for number in range(40_000)]
        assert self.found(index, "refund", documents=[*many, "e"]) == ["e-00000"]

    @pytest.mark.parametrize("query", ["14.2(b)", "Clause 14.2(b)?", "2,500", "2500", "SKU-1234", "sku 1234"])
    def test_numbers_clauses_and_codes_are_found_as_written(self, fill, query):
        index = fill(
            A,
            "d",
            "Under clause 14.2(b), SKU-1234 costs EUR 2,500 in total.",
            "Clause 14.3 of 2 (b) costs 2 or 500, SKU 12 34.",
        )
        assert self.found(index, query)[0] == "d-00000"

    def test_other_forms_of_a_word_are_found(self, fill):
        index = fill(A, "d", "opened items were returned")
        assert self.found(index, "returning an item") == ["d-00000"]

    def test_quoted_words_must_stand_together(self, fill):
        index = fill(A, "d", "majeure is a force", "force majeure means")
        assert self.found(index, 'what is "force majeure"') == ["d-00001"]
        assert self.found(index, '"majeure force" means')[0] == "d-00001"  # nowhere: then any of the words

    def test_stop_words_alone_are_looked_for_all_the_same(self, fill):
        index = fill(A, "d", "to be or not to be", "something else")
        assert self.found(index, "to be") == ["d-00000"]
        assert self.found(index, "what is the refund") == []

    @pytest.mark.parametrize(
        ("text", "query"),
        [
            ("Die Rückgabe ist möglich", "ruckgabe"),
            ("La devolución está permitida", "devolucion"),
            ("退货政策：三十天内可以退货。", "退货政策是什么"),
            ("返品は三十日以内に可能です。", "返品"),
            ("возврат товара возможен", "Возврат"),
            ("يمكن إرجاع المنتج", "إرجاع"),
            ("วันหยุดประจำปีสิบวัน", "วันหยุด"),
        ],
    )
    def test_other_languages_are_found(self, fill, text, query):
        index = fill(A, "d", text, "something else entirely")
        assert self.found(index, query)[:1] == ["d-00000"]

    @pytest.mark.parametrize(
        "query",
        [
            "",
            "   ",
            '"',
            '"""',
            "' OR 1=1 --",
            "AND OR NOT NEAR(",
            "refund*",
            "heading:refund",
            "^refund",
            "-refund +x",
            "{}[]()<>|\\/",
            "a\0b",
            "😀",
            "\u0301",
            "_ __ _",
            "“”",
            '"a" "b c" "',
            "refund " * 10_000,
            " ".join(f"word{number}" for number in range(10_000)),
            "退" * 5_000,
            "x" * 100_000,
        ],
        ids=range(21),
    )
    def test_no_query_is_an_error(self, fill, query):
        index = fill(A, "d", "refund")
        assert all(scored.chunk == "d-00000" for scored in index.search(A, query, 5))

    def test_chunks_come_back_whole_with_their_file(self, fill):
        index = fill(A, "d", "one", "two")
        found = index.chunks(["d-00001", "unknown", "d-00000"])
        assert list(found) == ["d-00001", "d-00000"]
        chunk, file = found["d-00001"]
        assert (chunk.text, chunk.document, chunk.position, file) == ("two", "d", 1, "d.txt")
        assert index.chunks([]) == {}

    def test_text_is_the_stretch_of_the_document(self, fill):
        index = fill(A, "d", "eins", "zwölf 😀 drei")
        assert index.text("d", 5, 12) == "zwölf 😀"
