"""Ten clients on one library at once, through its one owner: nothing is lost, nobody sees a locked store."""

import threading

import pytest

from rag.errors import HomeInUse
from rag.home import Home
from rag.library import Library, Parts
from rag.owner import Owner, connect
from rag.settings import Settings
from tests.fakes import HashEmbedder, OverlapJudge, OverlapReader, ScriptGenerator

CLIENTS = 10


@pytest.fixture
def owner(tmp_path):
    parts = Parts(
        Home(tmp_path / "home"),
        Settings(),
        embedder=HashEmbedder(),
        reader=OverlapReader(),
        judge=OverlapJudge(),
        generator=ScriptGenerator("It is said there [1]."),
    )
    with Owner.of(Library.of(parts)) as owner:
        yield owner


def test_ten_clients_add_remove_and_ask_at_once(owner, tmp_path):
    failures = []

    def work(number):
        try:
            with connect(owner.library.home.root) as remote:
                for step in range(3):
                    path = tmp_path / f"{number}-{step}.txt"
                    path.write_text(f"Client {number} says word{number}x{step} in step {step}.")
                    (report,) = remote.add([path])
                    assert report.status == "added", report.reason
                    found = remote.search(f"word{number}x{step}", "keyword", 1)
                    assert [hit.file for hit in found] == [path.name]
                    assert remote.ask(f"What does client {number} say?").answer.text
                remote.remove(report.document)
                assert path.name not in [info.name for info in remote.documents()]
        except BaseException as exc:
            failures.append(exc)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(CLIENTS)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert failures == []
    names = {info.name for info in owner.library.documents()}
    assert names == {f"{number}-{step}.txt" for number in range(CLIENTS) for step in range(2)}
    assert owner.library.check() == []


def test_a_second_owner_is_refused_with_one_sentence(owner):
    with pytest.raises(HomeInUse, match=r"open in another process\. Close it"):
        Library.open(owner.library.home.root, Settings())
