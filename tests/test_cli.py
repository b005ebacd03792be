"""The command line, run whole against a library that another part of this process owns."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from rag.cli.program import run
from rag.owner import Owner, connect
from tests.memory import MemoryLibrary

ROOT = Path(__file__).parent.parent
RETURNS = "Opened items may be returned within 14 days."
ANSWER_KEYS = "question kind answer short refused support citations hits timings".split()
HIT_KEYS = "document file page text start end score via".split()
CITATION_KEYS = "number document file page text start end".split()
TIMING_KEYS = "retrieve_ms first_token_ms total_ms prompt_tokens answer_tokens".split()
REPORT_KEYS = "file status document pages chunks reason seconds".split()


@pytest.fixture
def library(tmp_path, monkeypatch):
    """A library that has the home of this test open, and holds one document."""
    found = MemoryLibrary(tmp_path / "house")
    found.home.acquire()
    monkeypatch.setenv("RAG_HOME", str(tmp_path / "house"))
    (tmp_path / "returns.txt").write_text(RETURNS)
    found.add([tmp_path / "returns.txt"])
    with Owner.of(found):
        yield found
    found.home.release()


@pytest.fixture
def docent(capsys):
    def called(*arguments):
        status = run([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return called


def records(out):
    return [json.loads(line) for line in out.splitlines()]


def test_add_reports_each_file_in_json_lines(library, docent, tmp_path):
    (tmp_path / "a.txt").write_text("alpha")
    status, out, err = docent("add", tmp_path / "a.txt", "--json")
    assert status == 0
    assert [list(record) for record in records(out)] == [REPORT_KEYS]
    assert records(out)[0]["status"] == "added"
    assert "a.txt" in err  # progress


def test_a_refused_file_exits_1_and_the_others_are_added(library, docent, tmp_path):
    (tmp_path / "a.txt").write_text("alpha")
    status, out, _ = docent("add", tmp_path / "x.bad", tmp_path / "a.txt")
    assert status == 1
    assert out.splitlines()[0] == "x.bad: refused. x.bad is bad."
    assert out.splitlines()[1].startswith("a.txt: added, 1 page, 1 chunk (")


def test_paths_count_from_where_the_command_runs(library, docent, tmp_path, monkeypatch):
    (tmp_path / "here.txt").write_text("here")
    monkeypatch.chdir(tmp_path)
    assert docent("add", "here.txt")[0] == 0
    assert "here.txt" in [info.name for info in library.documents()]


def test_list_show_and_remove_one_document(library, docent):
    assert "  returns.txt  (1 page, 1 chunk, added " in docent("list")[1]
    record = records(docent("list", "--json")[1])[0]
    assert list(record) == "document file status pages chunks added".split()
    assert docent("show", record["document"])[1] == RETURNS + "\n"
    assert records(docent("show", "returns.txt", "--json")[1])[0]["text"] == RETURNS
    assert docent("remove", "returns.txt")[0] == 0
    assert docent("list", "--json")[1] == ""


def test_offsets_count_in_what_show_prints(library, docent):
    hit = records(docent("search", "opened items", "--json")[1])[0]
    assert list(hit) == HIT_KEYS
    assert docent("show", hit["document"])[1][hit["start"] : hit["end"]] == hit["text"]


def test_search_takes_mode_count_and_documents(library, docent, tmp_path):
    (tmp_path / "b.txt").write_text("items")
    library.add([tmp_path / "b.txt"])
    found = records(docent("search", "items", "--mode", "keyword", "-k", "1", "--json")[1])
    assert [(hit["file"], hit["via"]) for hit in found] == [("b.txt", "keyword")]
    found = records(docent("search", "items", "--document", "returns.txt", "--json")[1])
    assert [hit["file"] for hit in found] == ["returns.txt"]


def test_search_and_ask_narrow_by_type_day_and_tag(library, docent, tmp_path):
    (tmp_path / "b.md").write_text("Opened items and more opened items")
    library.add([tmp_path / "b.md"])
    assert docent("tag", "returns.txt", "shop", "2026 rules")[1] == "returns.txt: 2026 rules, shop\n"
    for narrowing in (["--type", "txt"], ["--tag", "Shop"], ["--type", ".TXT", "--since", "2026-01-01"]):
        found = records(docent("search", "opened items", *narrowing, "--json")[1])
        assert [hit["file"] for hit in found] == ["returns.txt"]
    answer = records(docent("ask", "opened items", "--type", "md", "--json")[1])[0]
    assert {citation["file"] for citation in answer["citations"]} == {"b.md"}


def test_narrowing_to_nothing_is_said(library, docent):
    status, out, err = docent("ask", "opened items", "--type", "pdf", "--until", "2025-01-01")
    assert (status, out) == (1, "")
    assert "of the type pdf and added until 2025-01-01" in err


def test_ask_prints_the_answer_and_where_it_stands(library, docent):
    status, out, _ = docent("ask", "opened items")
    assert status == 0
    assert out.startswith("Opened items may")
    assert "[1] returns.txt, page 1 > Top: “Opened items" in out


def test_a_refusal_says_below_which_files_are_still_coming(library, docent, tmp_path, monkeypatch):
    monkeypatch.setattr(MemoryLibrary, "search", lambda *asked: [])
    (tmp_path / "slow.txt").write_text("read until somebody cancels")
    begun, enough = threading.Event(), threading.Event()
    beside = connect(library.home.root)
    options = {"on_progress": lambda _: begun.set(), "cancelled": enough}
    adding = threading.Thread(target=beside.add, args=([tmp_path / "slow.txt"],), kwargs=options)
    adding.start()
    assert begun.wait(20)
    status, _, err = docent("ask", "opened items")
    enough.set()
    adding.join(20)
    beside.close()
    assert (status, "1 file is still being added" in err) == (0, True)


def test_ask_in_json_has_the_documented_fields(library, docent):
    record = records(docent("ask", "opened items", "--json")[1])[0]
    assert list(record) == ANSWER_KEYS
    assert list(record["citations"][0]) == CITATION_KEYS
    assert list(record["hits"][0]) == HIT_KEYS
    assert list(record["timings"]) == TIMING_KEYS


def test_a_refused_answer_exits_0(library, docent):
    library.remove(library.documents()[0].id)
    status, out, _ = docent("ask", "anything", "--json")
    assert status == 0
    assert records(out)[0]["refused"] is True


def test_history_and_documents_reach_the_library(library, docent, tmp_path):
    (tmp_path / "h.jsonl").write_text('{"question": "q", "answer": "a"}\n\n')
    docent("ask", "and then?", "--history", tmp_path / "h.jsonl", "--document", "returns.txt")
    question, history, documents = library.asked[0]
    assert (question, history[0].question, history[0].answer) == ("and then?", "q", "a")
    assert documents == [library.documents()[0].id]


def test_a_file_of_questions_gives_one_line_each_with_its_id(library, docent, tmp_path):
    lines = [
        {"id": "a", "question": "opened items"},
        {
            "id": 7,
            "question": "days",
            "history": [{"question": "x", "answer": "y"}],
            "documents": ["returns.txt"],
        },
    ]
    (tmp_path / "q.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    status, out, _ = docent("ask", "--questions", tmp_path / "q.jsonl", "--json")
    assert status == 0
    assert [record["id"] for record in records(out)] == ["a", 7]
    assert list(records(out)[0]) == ["id", *ANSWER_KEYS]
    assert library.asked[1][1][0].answer == "y"


def test_a_question_that_fails_does_not_stop_the_file(library, docent, tmp_path):
    (tmp_path / "q.jsonl").write_text(
        '{"id": 1, "question": "a", "documents": ["gone.pdf"]}\n{"id": 2, "question": "opened"}\n'
    )
    status, out, err = docent("ask", "--questions", tmp_path / "q.jsonl", "--json")
    assert status == 1
    assert [record["id"] for record in records(out)] == [1, 2]
    assert "gone.pdf" in records(out)[0]["error"]
    assert "gone.pdf" in err


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line 2 is not JSON"),
        ("[]", "line 2 is not a JSON object"),
        ('{"id": 1}', 'line 2 has no "question"'),
        ('{"question": "q", "documents": "x"}', "list of ids"),
        ('{"question": "q", "history": [{"question": "q"}]}', "earlier turn"),
        ('{"question": "q", "history": "q"}', "earlier turn"),
    ],
)
def test_a_wrong_line_is_named_before_any_question_is_asked(library, docent, tmp_path, line, said):
    (tmp_path / "q.jsonl").write_text('{"id": 0, "question": "fine"}\n' + line + "\n")
    status, out, err = docent("ask", "--questions", tmp_path / "q.jsonl", "--json")
    assert (status, out) == (1, "")
    assert said in err
    assert library.asked == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["frobnicate"],
        ["add"],
        ["ask"],
        ["ask", "q", "--questions", "f.jsonl"],
        ["search", "q", "--mode", "magic"],
        ["search", "q", "-k", "0"],
        ["list", "--frobnicate"],
        ["train", "everything", "--data", "."],
        ["evaluate", "set.jsonl", "--format", "magic"],
    ],
)
def test_wrong_usage_exits_2(docent, arguments):
    status, out, err = docent(*arguments)
    assert (status, out) == (2, "")
    assert "Usage" in err


@pytest.mark.parametrize("arguments", [["show", "x"], ["remove", "x"], ["search", "q", "--document", "x"]])
def test_an_unknown_document_is_one_sentence(library, docent, arguments):
    status, out, err = docent(*arguments)
    assert (status, out) == (1, "")
    assert err.startswith("There is no document 'x'")
    assert len(err.splitlines()) == 1


def test_home_and_collection_may_stand_before_or_after_the_command(library, docent, monkeypatch, tmp_path):
    monkeypatch.setenv("RAG_HOME", str(tmp_path / "elsewhere"))
    before = docent("--home", library.home.root, "--collection", "Other", "add", tmp_path / "returns.txt")
    after = docent("list", "--home", library.home.root, "--collection", "Other")
    assert before[0] == after[0] == 0
    assert "returns.txt" in after[1]
    assert len(library.within("Other").documents()) == 1
    assert not (tmp_path / "elsewhere").exists()


def test_check_is_silent_where_all_is_well_and_exits_1_where_not(library, docent):
    assert docent("check") == (0, "", "")
    library.check = lambda: ["2 vectors have no chunk."]
    status, out, _ = docent("check", "--json")
    assert (status, records(out)) == (1, [{"problem": "2 vectors have no chunk."}])


def test_a_setting_that_cannot_be_used_is_one_sentence(docent, monkeypatch):
    monkeypatch.setenv("RAG_PASSAGES", "many")
    status, _, err = docent("list")
    assert status == 1
    assert err.startswith("RAG_PASSAGES is set to 'many'")


def test_what_nobody_expected_is_one_sentence_that_names_the_log(docent, monkeypatch, tmp_path):
    monkeypatch.setattr("rag.library.Library.open", lambda *args, **kwargs: 1 / 0)
    status, out, err = docent("list", "--home", tmp_path / "h")
    assert (status, out) == (1, "")
    assert "ZeroDivisionError" in err
    assert len(err.splitlines()) == 1
    assert "Traceback" in (tmp_path / "h" / "docent.log").read_text()


def test_what_goes_wrong_in_a_job_is_told_in_the_log_and_not_on_the_screen(library, docent, tmp_path):
    status, _, err = docent("add", tmp_path / "missing.txt")
    assert status == 1
    assert "Traceback" not in err


def test_a_home_that_is_in_use_without_a_server_is_one_sentence(library, docent, monkeypatch):
    monkeypatch.setattr("rag.cli.common.PATIENCE", 2)
    library.home.owner.unlink()
    status, _, err = docent("list")
    assert status == 1
    assert "open in another process" in err


def test_serve_says_where_the_library_is_served_already(library, docent):
    status, _, err = docent("serve", "--port", "0")
    assert status == 1
    assert "already serves it on http://127.0.0.1:" in err


@pytest.mark.parametrize("arguments", [["--help"], ["list", "--help"], ["ask", "--help"]])
def test_help_loads_nothing_heavy(arguments):
    code = (
        "import sys; from rag.cli.program import run; status = run(sys.argv[1:]); "
        "heavy = {'torch', 'chromadb', 'fastapi', 'streamlit', 'transformers', 'sqlalchemy', 'httpx'}; "
        "sys.exit(status or ', '.join(heavy & set(sys.modules)) or None)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert "Usage" in ran.stdout


def test_list_and_show_load_no_model(library):
    code = "import sys; from rag.cli.program import run; sys.exit(run(['list']) or 'torch' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "returns.txt" in ran.stdout


def test_two_processes_add_to_one_home_at_once(library, tmp_path):
    for name in ("one.txt", "two.txt"):
        (tmp_path / name).write_text(name)
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "rag", "add", str(tmp_path / name), "--json"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in ("one.txt", "two.txt")
    ]
    for process in started:
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        assert json.loads(out)["status"] == "added"
    assert [info.name for info in library.documents()] == ["one.txt", "returns.txt", "two.txt"]


def test_remove_verify_tells_where_it_stood_and_that_nothing_is_left(library, docent, tmp_path):
    status, out, _ = docent("remove", "returns.txt", "--verify")
    assert status == 0
    assert "Before: 3 pieces of text in catalog.sqlite" in out
    assert "After: clean" in out
    assert "Not cleaned: Exports stay." in out
    (tmp_path / "sticky.txt").write_text("it stays")
    library.add([tmp_path / "sticky.txt"])
    status, out, _ = docent("remove", "sticky.txt", "--verify", "--json")
    assert status == 1
    assert records(out)[0]["after"] == [{"kind": "text", "file": "catalog.sqlite", "count": 3}]
