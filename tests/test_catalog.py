"""The catalog: what is in it, what answers, and what a commit leaves."""

import threading
import time

import pytest
from sqlalchemy import create_engine, inspect

from rag.catalog import Catalog, database, schema
from rag.catalog.schema import STEPS
from rag.catalog.tables import metadata
from rag.errors import NotFound, RagError, StoreMismatch
from rag.types import Chunk, Document, DocumentInfo, Heading, Page, Table
from tests.contracts import KeywordIndexContract

A = "Documents"


@pytest.fixture
def catalog(tmp_path):
    catalog = Catalog(tmp_path / "catalog.sqlite")
    yield catalog
    catalog.close()


def info(id="d", *, name=None, collection=A, sha256=None, source=""):
    return DocumentInfo(
        id, name or f"{id}.txt", collection, "adding", "", sha256 or f"sha-{id}", 9, 0, 0, "", source
    )


def pieces(id, texts):
    chunks, start = [], 0
    for position, text in enumerate(texts):
        chunks.append(Chunk(f"{id}-{position:05d}", id, position, text, start, start + len(text)))
        start += len(text) + 1
    return chunks


def add(catalog, id="d", *texts, replaces=None, **more):
    texts = texts or (f"text of {id}",)
    catalog.begin(info(id, **more))
    document = Document("\n".join(texts), "text/plain")
    return catalog.finish(id, document, pieces(id, texts), replaces=replaces)


def names(catalog, collection=A):
    return [document.name for document in catalog.documents(collection)]


class TestCatalogAsKeywordIndex(KeywordIndexContract):
    @pytest.fixture
    def fill(self, catalog):
        def fill(collection, document, *texts):
            add(catalog, document, *texts, collection=collection)
            return catalog

        return fill


def test_the_tables_are_those_the_steps_make(catalog, tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path / 'catalog.sqlite'}")
    made = inspect(engine)
    for name, table in metadata.tables.items():
        assert [column["name"] for column in made.get_columns(name)] == table.columns.keys()
    engine.dispose()


def test_a_catalog_of_a_newer_docent_is_refused_with_both_numbers(tmp_path):
    catalog = Catalog(tmp_path / "c.sqlite")
    with catalog._database.write() as connection:
        connection.exec_driver_sql("PRAGMA user_version = 99")
    catalog.close()
    with pytest.raises(StoreMismatch, match=f"99.*{len(STEPS)}"):
        Catalog(tmp_path / "c.sqlite")


def test_what_is_no_catalog_is_refused_in_a_sentence(tmp_path):
    (tmp_path / "c.sqlite").write_bytes(b"this is no database" * 1000)
    with pytest.raises(RagError, match="not a Docent catalog"):
        Catalog(tmp_path / "c.sqlite")


def test_a_folder_that_does_not_exist_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(RagError, match="cannot be opened"):
        Catalog(tmp_path / "nowhere" / "c.sqlite")


def test_a_document_answers_only_once_it_is_finished(catalog):
    catalog.begin(info())
    assert (catalog.documents(A), catalog.collections()) == ([], [])
    assert [known.status for known in catalog.stored()] == ["adding"]
    ready, retired = catalog.finish("d", Document("refund", "text/plain"), pieces("d", ["refund"]))
    assert (ready.status, ready.chunks, ready.name, retired) == ("ready", 1, "d.txt", [])
    assert catalog.documents(A) == [ready]
    assert [found.chunk for found in catalog.search(A, "refund", 5)] == ["d-00000"]


def test_a_document_being_removed_answers_nothing(catalog):
    add(catalog, "d", "refund")
    catalog.mark_removing("d")
    assert catalog.documents(A) == []
    assert catalog.search(A, "refund", 5) == []
    assert catalog.chunks(["d-00000"]) == {}
    assert catalog.span("d") == []
    with pytest.raises(NotFound):
        catalog.text("d")
    with pytest.raises(NotFound):
        catalog.mark_removing("d")


def test_a_document_stops_answering_while_its_removal_waits_for_another_commit(catalog):
    add(catalog, "gone", "words of the one that goes")
    add(catalog, "kept", "words of the one that stays")
    removal = threading.Thread(target=catalog.mark_removing, args=("gone",))
    with catalog._database.write():
        removal.start()
        while "gone" not in catalog._leaving:
            time.sleep(0.001)
        found = [scored.chunk for scored in catalog.search(A, "words", 5)]
        assert list(catalog.chunks(found)) == ["kept-00000"]
        assert (names(catalog), catalog.span("gone")) == (["kept.txt"], [])
        with pytest.raises(NotFound):
            catalog.text("gone")
        assert catalog.document("gone").status == "ready", "its commit cannot be done yet"
    removal.join()
    assert catalog.document("gone").status == "removing"


def test_writing_the_file_anew_gives_way_to_one_in_a_hurry(catalog):
    database = catalog._database
    with database.write() as connection:
        rows = [(f"name {number}", "value") for number in range(20_000)]
        connection.exec_driver_sql("INSERT INTO preferences (name, value) VALUES (?, ?)", rows)

    def write():
        with database.write(hurry=True) as connection:
            connection.exec_driver_sql("DELETE FROM preferences")

    hurried = threading.Thread(target=write)
    with database._writing:  # so that it waits, as it would for a vacuum that has begun
        hurried.start()
        while not database._hurried:
            time.sleep(0.001)
        assert not database.vacuum()
    hurried.join()
    assert catalog.preferences.all() == {} and database.vacuum()


def test_a_forgotten_document_leaves_no_word(catalog):
    add(catalog, "d", "xylophone refund")
    add(catalog, "e", "refund")
    catalog.mark_removing("d")
    catalog.forget("d")
    catalog.forget("d")
    assert catalog.search(A, "xylophone", 5) == []
    assert [found.chunk for found in catalog.search(A, "refund", 5)] == ["e-00000"]
    assert [known.id for known in catalog.stored()] == ["e"]
    assert catalog.problems() == []


def test_a_failed_finish_keeps_nothing(catalog):
    catalog.begin(info())
    twice = pieces("d", ["refund"]) * 2
    with pytest.raises(RagError):
        catalog.finish("d", Document("refund", "text/plain"), twice)
    assert catalog.documents(A) == []
    assert catalog.search(A, "refund", 5) == []
    assert catalog.problems() == []


def test_the_same_name_from_elsewhere_is_shown_with_a_number(catalog):
    add(catalog, "a", name="report.pdf", source="/one/report.pdf")
    add(catalog, "b", name="report.pdf", source="/two/report.pdf")
    add(catalog, "c", name="report.pdf")
    add(catalog, "x", name="report.pdf", collection="Other")
    assert names(catalog) == ["report (2).pdf", "report (3).pdf", "report.pdf"]
    assert names(catalog, "Other") == ["report.pdf"]


def test_new_bytes_at_a_path_take_the_place_and_the_name_of_the_old(catalog):
    add(catalog, "a", name="report.pdf")
    add(catalog, "b", name="report.pdf", source="/report.pdf")
    ready, retired = add(catalog, "c", name="report.pdf", source="/report.pdf")
    assert (ready.name, retired) == ("report (2).pdf", ["b"])
    assert catalog.document("b").status == "removing"
    assert names(catalog) == ["report (2).pdf", "report.pdf"]


def test_a_document_that_another_path_still_holds_stays_under_that_name(catalog):
    add(catalog, "x", name="a.txt", source="/a.txt")
    assert catalog.link("x", "/b.txt") == []
    ready, retired = add(catalog, "y", name="a.txt", source="/a.txt")
    assert (ready.name, retired) == ("a.txt", [])
    assert names(catalog) == ["a.txt", "b.txt"]
    _, retired = add(catalog, "z", name="b.txt", source="/b.txt")
    assert retired == ["x"]


def test_a_path_that_now_holds_the_bytes_of_another_document_retires_its_old_one(catalog):
    add(catalog, "x", name="a.txt", source="/a.txt")
    add(catalog, "y", name="b.txt", source="/b.txt")
    assert catalog.link("y", "/a.txt") == ["x"]
    assert names(catalog) == ["b.txt"]


def test_an_upload_takes_the_place_of_the_document_it_replaces(catalog):
    add(catalog, "x", name="a.txt", source="/a.txt")
    ready, retired = add(catalog, "y", name="a.txt", replaces="x")
    assert (ready.name, retired) == ("a.txt", ["x"])


def test_structure_comes_back_as_the_reader_made_it(catalog):
    document = Document(
        "Title\n| a |\n| - |\n| 1 |",
        "text/markdown",
        pages=(Page(1, 0, 6), Page(2, 6, 23)),
        headings=(Heading(1, "Title", 0, 5),),
        tables=(Table(6, 17, 23),),
    )
    chunk = Chunk("d-00000", "d", 0, "Title", 0, 5, page=2, heading="A > B", header="| h |", outer=(0, 6))
    catalog.begin(info())
    ready, _ = catalog.finish("d", document, [chunk])
    assert ready.pages == 2
    assert catalog.read("d") == document
    assert catalog.chunks(["d-00000"])["d-00000"] == (chunk, "d.txt")
    assert catalog.text("d") == document.text


def test_headings_and_table_headers_are_searched_too(catalog):
    chunk = Chunk("d-00000", "d", 0, "10 EUR", 0, 6, heading="Warranty", header="| Surcharge |")
    catalog.begin(info())
    catalog.finish("d", Document("10 EUR", "text/plain"), [chunk])
    for word in ("warranty", "surcharge"):
        assert [found.chunk for found in catalog.search(A, word, 5)] == ["d-00000"]


def test_neighbours_of_a_chunk(catalog):
    add(catalog, "d", "zero", "one", "two", "three")
    assert [chunk.text for chunk in catalog.span("d", 1, 2)] == ["one", "two"]
    assert [chunk.position for chunk in catalog.span("d")] == [0, 1, 2, 3]


def test_what_was_written_is_there_after_reopening(tmp_path):
    first = Catalog(tmp_path / "c.sqlite")
    add(first, "d", "refund")
    first.preferences.set("theme", "dark")
    first.close()
    second = Catalog(tmp_path / "c.sqlite")
    assert [found.chunk for found in second.search(A, "refund", 5)] == ["d-00000"]
    assert second.preferences.all() == {"theme": "dark"}
    second.preferences.set("theme", None)
    assert second.preferences.get("theme", "light") == "light"
    second.close()


def test_readers_and_writers_in_many_threads_disturb_nobody(catalog):
    failures = []

    def work(number):
        try:
            for step in range(5):
                id = f"{number}-{step}"
                add(catalog, id, f"refund {id}", name="same.txt")
                assert catalog.search(A, "refund", 3)
                if step % 2:
                    catalog.mark_removing(id)
                    catalog.forget(id)
        except Exception as exc:
            failures.append(exc)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert failures == []
    assert len(set(names(catalog))) == 24
    assert catalog.problems() == []


def test_words_that_are_everywhere_give_way_to_rare_ones(catalog, monkeypatch):
    monkeypatch.setattr("rag.catalog.keywords.BUDGET", 20)
    add(catalog, "d", *["common"] * 30, "common rare")
    assert [found.chunk for found in catalog.search(A, "common rare unheard", 50)] == ["d-00030"]
    assert len(catalog.search(A, "common", 50)) == 31


def test_words_that_are_common_elsewhere_count_within_chosen_documents(catalog, monkeypatch):
    monkeypatch.setattr("rag.catalog.keywords.BUDGET", 20)
    add(catalog, "d", *["common"] * 30)
    add(catalog, "e", "common", "rare")
    assert len(catalog.search(A, "common rare", 50)) == 1
    assert len(catalog.search(A, "common rare", 50, documents=["e"])) == 2


def test_where_every_word_is_common_the_rarest_finds(catalog, monkeypatch):
    monkeypatch.setattr("rag.catalog.keywords.BUDGET", 20)
    add(catalog, "d", *["frequent"] * 30, *["common"] * 25)
    assert len(catalog.search(A, "frequent common unheard", 60)) == 25


def test_problems_are_told(catalog):
    add(catalog, "d", "refund", "shipping")
    with catalog._database.write() as connection:
        connection.exec_driver_sql("DELETE FROM chunks WHERE position = 1")
    assert catalog.problems() == ["d.txt should have 2 passages and has 1."]


def test_tags_stay_with_the_next_version_and_go_with_the_document(catalog):
    add(catalog, "old", name="a.txt", source="/a.txt")
    assert catalog.tag("old", ["rent", "2026"]).tags == ("2026", "rent")
    add(catalog, "new", name="a.txt", source="/a.txt", replaces="old")
    assert catalog.document("new").tags == ("2026", "rent")
    assert catalog.tag("new", []).tags == ()
    with pytest.raises(NotFound):
        catalog.tag("gone", ["rent"])


def test_a_catalog_of_the_first_release_is_opened_with_everything_in_it(tmp_path):
    """Every step from the released schema on, on a file that the released version could have written."""
    path = tmp_path / "c.sqlite"
    released = Catalog.__new__(Catalog)
    whole = schema.STEPS
    try:
        database.STEPS = whole[:1]
        released._database = database.Database(path)
    finally:
        database.STEPS = whole
    with released._database.write() as connection:
        for statement in (
            "INSERT INTO documents VALUES (1, 'd', 'Documents', 'd.txt', 'd.txt', '/d.txt', 'sha',"
            " 'text/plain', 9, 'ready', 0, 1, '2026-01-02')",
            "INSERT INTO sources VALUES ('Documents', '/d.txt', 1)",
            "INSERT INTO texts VALUES (1, 'refund',"
            """ '{"pages": [[1, 0, 6]], "headings": [], "tables": []}')""",
            "INSERT INTO chunks VALUES (1048576, 'd-00000', 1, 0, 0, 6, 1, '', '', NULL, NULL, 'refund')",
            "INSERT INTO preferences VALUES ('theme', 'dark')",
            "INSERT INTO chats VALUES ('c', 'Documents', 'A talk', NULL, '2026-01-02', '2026-01-02')",
        ):
            connection.exec_driver_sql(statement)
    released.close()
    opened = Catalog(path)
    assert [known.name for known in opened.documents(A)] == ["d.txt"]
    assert [found.chunk for found in opened.search(A, "refund", 5)] == ["d-00000"]
    assert (opened.read("d").text, opened.read("d").pages[0].number) == ("refund", 1)
    assert opened.preferences.get("theme") == "dark"
    assert [(chat.title, chat.asked) for chat in opened.chats.list(A)] == [("A talk", "")]
    assert opened.at(A, "/d.txt") == "d"
    assert (opened.unscrubbed(), opened.active(), opened.queue.jobs()) == ((0, 0), None, [])
    opened.mark_removing("d")
    opened.forget("d")
    assert opened.problems() == []
    opened.close()
