"""A library as one file: everything of it, on another machine, while the first goes on."""

import threading
import zipfile

import pytest

from rag.errors import RagError
from rag.home import Home
from rag.library import Library, Parts
from rag.settings import Settings
from rag.types import Answer
from tests.fakes import HashEmbedder, OverlapJudge, OverlapReader


def opened(root, **settings):
    parts = Parts(
        Home(root),
        Settings(**settings),
        embedder=HashEmbedder(),
        reader=OverlapReader(),
        judge=OverlapJudge(),
    )
    return Library.of(parts)


@pytest.fixture
def library(tmp_path):
    for number in range(3):
        (tmp_path / f"{number}.txt").write_text(f"File {number} about subject{number}.")
    library = opened(tmp_path / "home")
    library.add([tmp_path / f"{number}.txt" for number in range(3)])
    library.within("Other").add([tmp_path / "1.txt"])
    yield library
    library.close()


def restored(path, root, **settings):
    Library.restore(path, root, Settings(**settings), embedder=HashEmbedder())
    return opened(root, **settings)


def test_everything_arrives(library, tmp_path):
    chat = library.chats.create("Documents", "A talk")
    library.chats.append(chat, Answer("What?", "refusal", "I do not know."))
    library.preferences.set("theme", "dark")
    library.watch(tmp_path)
    library.export(tmp_path / "library.docent")
    other = restored(tmp_path / "library.docent", tmp_path / "new")
    assert other.documents() == library.documents()
    assert [hit.file for hit in other.search("subject2", "semantic", 1)] == ["2.txt"]
    assert [hit.file for hit in other.within("Other").search("subject1", "keyword", 1)] == ["1.txt"]
    assert other.file(other.documents()[0].id).read_text().startswith("File 0")
    assert [turn.question for turn in other.chats.turns(chat)] == ["What?"]
    assert other.preferences.get("theme") == "dark"
    assert (other.check(), other.watched(), other.queue.jobs()) == ([], [], [])
    other.close()


def test_no_vector_is_embedded_again(library, tmp_path):
    library.export(tmp_path / "library.docent")
    Library.restore(tmp_path / "library.docent", tmp_path / "new", embedder=HashEmbedder())
    embedder = HashEmbedder()
    embedder.embed_documents = None
    parts = Parts(
        Home(tmp_path / "new"),
        Settings(),
        embedder=embedder,
        reader=OverlapReader(),
        judge=OverlapJudge(),
    )
    with Library.of(parts) as other:
        assert other.check() == []


def test_it_goes_on_while_files_are_added(library, tmp_path):
    for number in range(40):
        (tmp_path / f"late{number}.txt").write_text(f"Late file {number}.")
    adding = threading.Thread(
        target=library.add, args=([tmp_path / f"late{number}.txt" for number in range(40)],)
    )
    adding.start()
    library.export(tmp_path / "library.docent")
    adding.join()
    other = restored(tmp_path / "library.docent", tmp_path / "new")
    assert other.check() == []
    assert len(other.documents()) >= 3
    other.close()


def test_other_settings_there_build_their_own_index(library, tmp_path):
    library.export(tmp_path / "library.docent")
    other = restored(tmp_path / "library.docent", tmp_path / "new", chunk_tokens=16)
    assert other.index().state == "building"
    assert [hit.file for hit in other.search("subject2", "semantic", 1)] == ["2.txt"]
    other.close()


def test_what_cannot_be_is_one_sentence_and_changes_nothing(library, tmp_path):
    library.export(tmp_path / "library.docent")
    with pytest.raises(RagError, match="holds a library already"):
        library.close()
        Library.restore(tmp_path / "library.docent", tmp_path / "home")
    (tmp_path / "no.docent").write_text("no archive")
    with pytest.raises(RagError, match="no exported library"):
        Library.restore(tmp_path / "no.docent", tmp_path / "new")
    with pytest.raises(RagError, match="own folder"):
        library.export(tmp_path / "home" / "inside.docent")
    with pytest.raises(RagError, match="no folder"):
        library.export(tmp_path / "nowhere" / "library.docent")


def test_an_archive_writes_nowhere_else(library, tmp_path):
    path = tmp_path / "library.docent"
    library.export(path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("files/../../escaped.txt", "out")
        archive.writestr("elsewhere/escaped.txt", "out")
    restored(path, tmp_path / "new").close()
    assert list(tmp_path.rglob("escaped.txt")) == []
