"""Sets of each format become files, questions and places that answer."""

import json

import pytest

from rag.errors import RagError
from rag.evaluate.formats import FORMATS, read
from rag.evaluate.lessons import read_documents
from rag.evaluate.sets import absent, chosen, file_name, joined
from rag.train.data import held_out
from rag.types import Turn


def written(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")
    return path


def squad(tmp_path, titles=("Steam", "Oxygen")):
    article = {
        "paragraphs": [
            {"context": "Nothing to see here.", "qas": []},
            {
                "context": "The wheel has four spokes. It is red, and four is enough.",
                "qas": [
                    {
                        "id": "1",
                        "question": "How many spokes? ",
                        "is_impossible": False,
                        "answers": [{"text": "four", "answer_start": 14}],
                    },
                    {"id": "2", "question": "Who made it?", "is_impossible": True, "answers": []},
                ],
            },
        ],
    }
    data = []
    for number, title in enumerate(titles):
        copy = json.loads(json.dumps(article))
        for qa in copy["paragraphs"][1]["qas"]:
            qa["id"] += f"-{number}"
        data.append({"title": title, **copy})
    return written(tmp_path / "squad.json", {"data": data})


def test_an_article_is_one_document_and_its_paragraphs_are_the_units(tmp_path):
    asked = read(squad(tmp_path), "squad")
    text = asked.files["Steam.txt"]
    assert [text[a:b] for a, b in asked.units["Steam.txt"]] == [
        "Nothing to see here.",
        "The wheel has four spokes. It is red, and four is enough.",
    ]
    question = asked.questions[0]
    assert [text[place.start : place.end] for place in question.evidence] == ["four", "four"]
    assert (question.text, question.expects) == ("How many spokes?", "answer")


def test_a_lesson_is_one_document_asked_in_every_wording(tmp_path):
    line = {
        "title": "Gym > Lockers",
        "text": "A locker costs 3 coins a day. Lost keys cost 20 coins.",
        "facts": [
            ["3 coins", "What does a locker cost?", "Price of a locker?", "I need a locker.", "locker"]
        ],
        "not": ["What does a towel cost?"],
    }
    written(tmp_path / "lessons" / "gym.jsonl", json.dumps(line) + "\n")
    asked = read(tmp_path / "lessons", "lessons")
    ((name, text),) = asked.files.items()
    *answered, absent_ = asked.questions
    assert [text[p.start : p.end] for q in answered for p in q.evidence] == ["3 coins"] * 4
    assert (absent_.expects, absent_.files, absent_.group) == ("refusal", (name,), "Gym > Lockers")
    assert len({question.id for question in asked.questions}) == 5


def test_lessons_on_one_document_make_one_file_with_headings(tmp_path):
    rows = [
        {
            "document": "Gym rules",
            "title": title,
            "text": text,
            "facts": [[answer, "How much?", "Price?", "I pay.", "cost"]],
            "not": ["Who pays?"],
        }
        for title, text, answer in [
            ("1 Lockers", "A locker costs 3 coins.", "3 coins"),
            ("2 Towels", "A towel costs 5 coins.", "5 coins"),
        ]
    ]
    written(tmp_path / "lessons" / "gym.jsonl", "\n".join(map(json.dumps, rows)))
    asked = read(tmp_path / "lessons", "lessons")
    assert list(asked.files) == ["Gym rules.md"]
    text = asked.files["Gym rules.md"]
    assert "## 2 Towels\n\nA towel" in text
    spans = [text[p.start : p.end] for q in asked.questions for p in q.evidence]
    assert spans == ["3 coins"] * 4 + ["5 coins"] * 4
    assert len({question.id for question in asked.questions}) == 10


def test_documents_of_lessons_are_asked_about_among_five_others(tmp_path):
    rows = [
        {
            "document": f"Rules {number}",
            "title": title,
            "text": f"It costs {number} coins for {title}.",
            "facts": [[f"{number} coins", "How much?", "Price?", "I pay.", "cost"]],
            "not": [],
        }
        for number in range(9)
        for title in ("lockers", "towels")
    ]
    alone = {"title": "Alone", "text": "A key.", "facts": [["key", "a?", "b?", "c?", "d?"]], "not": []}
    written(tmp_path / "gym.jsonl", "\n".join(map(json.dumps, [*rows, alone])))
    asked = read_documents(tmp_path)
    assert len(asked.files) == 9 and len(asked.questions) == 9 * 8
    for question in asked.questions:
        assert question.scoped and len(set(question.files)) == 6
        assert {place.file for place in question.evidence} == {question.files[0]}
    assert asked == read_documents(tmp_path)


def test_an_impossible_question_must_be_refused(tmp_path):
    assert read(squad(tmp_path), "squad").questions[1].expects == "refusal"


def test_a_title_that_is_no_file_name_still_makes_one_of_its_own():
    assert file_name("AC/DC") != file_name("AC_DC")
    assert "/" not in file_name("AC/DC")
    assert len(file_name("x" * 400)) < 130
    assert file_name("..") == file_name("..")


def test_held_out_and_training_questions_share_no_article(tmp_path):
    whole = read(squad(tmp_path, [f"Article {number}" for number in range(20)]), "squad")
    parts = [chosen(whole, part, 0, 0) for part in ("held-out", "training")]
    groups = [{question.group for question in part.questions} for part in parts]
    assert groups[0] and groups[1] and not groups[0] & groups[1]
    assert all(held_out(group) for group in groups[0])
    assert all(part.files == whole.files for part in parts)


def test_a_sample_is_the_same_each_time_and_another_for_another_seed(tmp_path):
    whole = read(squad(tmp_path, [f"Article {number}" for number in range(20)]), "squad")
    first, again, other = (chosen(whole, "all", 10, seed) for seed in (1, 1, 2))
    assert len(first.questions) == 10
    assert first.questions == again.questions != other.questions


def test_left_out_articles_are_not_indexed_and_all_their_questions_must_be_refused(tmp_path):
    asked = absent(chosen(read(squad(tmp_path), "squad"), "all", 1, 0))
    assert asked.questions[0].files[0] not in asked.files
    assert len(asked.files) == 1
    assert asked.questions[0].expects == "refusal"


def cuad(tmp_path, names=("Acme Deal",)):
    rows = ["Filename,Governing Law,Audit Rights"]
    for name in names:
        contract = "1. LAW. This deal is governed by\nthe laws of Utah.\n2. END."
        written(tmp_path / "txt" / f"{name}.txt", contract)
        rows.append(f"{name}.pdf,\"['governed by the laws of Utah']\",[]")
    written(tmp_path / "master_clauses.csv", "\n".join(rows))
    described = ["Category (incl. context and answer),Description,Answer Format,Group"]
    described += ["Category: Governing Law,Description: Which law holds?,Answer Format: Name,Group: -"]
    described += ["Category: Audit Rights,Description: Who may audit?,Answer Format: Yes/No,Group: -"]
    written(tmp_path / "category_descriptions.csv", "\n".join(described))
    return tmp_path


def test_a_clause_is_found_across_line_breaks_and_an_empty_cell_must_be_refused(tmp_path):
    asked = read(cuad(tmp_path), "cuad")
    law, audit = asked.questions
    (place,) = law.evidence
    assert asked.files[place.file][place.start : place.end] == "governed by\nthe laws of Utah"
    assert (audit.expects, audit.scoped) == ("refusal", True)
    assert audit.files == ("Acme Deal.txt",)


def test_a_small_sample_of_contracts_indexes_few_of_them(tmp_path):
    whole = read(cuad(tmp_path, [f"Deal {number}" for number in range(10)]), "cuad")
    few = chosen(whole, "all", 4, 0)
    assert (len(few.questions), len(few.files)) == (4, 2)


def test_a_beir_folder_is_read_with_its_grades(tmp_path):
    written(tmp_path / "corpus.jsonl", '{"_id": "a", "title": "T", "text": "x"}\n{"_id": "b", "text": "y"}\n')
    written(tmp_path / "queries.jsonl", '{"_id": "q", "text": "which?"}\n{"_id": "r", "text": "ungraded"}\n')
    written(tmp_path / "qrels/test.tsv", "query-id\tcorpus-id\tscore\nq\ta\t2\nq\tb\t0\n")
    asked = read(tmp_path, "beir")
    assert asked.files == {"a.txt": "T\n\nx", "b.txt": "y"}
    ((place,),) = [question.evidence for question in asked.questions]
    assert (place.file, place.grade) == ("a.txt", 2)


def test_cranfield_grades_name_the_position_of_a_query(tmp_path):
    documents = "".join(f"<doc><docno>{n}</docno><text>abstract {n}</text></doc>" for n in (1, 2))
    written(tmp_path / "cran.all.1400.xml", documents)
    topics = "".join(f"<top><num>{n}</num><title>topic {n}</title></top>" for n in (1, 7))
    written(tmp_path / "cran.qry.xml", f"<?xml version='1.0'?><xml>{topics}</xml>")
    written(tmp_path / "cranqrel.trec.txt", "1 0 1 1\n2 0 2 1\n")
    questions = read(tmp_path, "cranfield").questions
    assert [(question.text, question.evidence[0].file) for question in questions] == [
        ("topic 1", "1.txt"),
        ("topic 7", "2.txt"),
    ]


def test_every_clause_with_the_same_summary_answers_it(tmp_path):
    rows = {
        key: {"original_text": f"clause {key}", "reference_summary": summary}
        for key, summary in {"a": "no refunds", "b": "be kind", "c": "no refunds "}.items()
    }
    questions = read(written(tmp_path / "legal.json", rows), "legal").questions
    assert [(question.text, question.files) for question in questions] == [
        ("no refunds", ("a.txt", "c.txt")),
        ("be kind", ("b.txt",)),
    ]


def test_a_later_turn_brings_its_conversation_and_what_reply_is_right(tmp_path):
    talk = [("user", "Who won?"), ("agent", "Ann."), ("user", "When?")]
    task = {
        "task_id": "c<::>2",
        "conversation_id": "c",
        "input": [{"speaker": speaker, "text": text} for speaker, text in talk],
        "contexts": [{"document_id": "d", "text": "Ann won in 1999."}],
        "targets": [{"text": "In 1999."}],
        "answerability": ["UNDERSPECIFIED"],
    }
    written(tmp_path / "conversations.jsonl", json.dumps(task))
    written(tmp_path / "qrels/x.tsv", "query-id\tcorpus-id\tscore\nc<::>2\td\t1\n")
    (question,) = read(tmp_path, "mtrag").questions
    assert (question.text, question.history) == ("When?", (Turn("Who won?", "Ann."),))
    assert (question.expects, question.evidence[0].file) == ("question", "d.txt")


def test_a_manual_is_one_document_with_headings_and_its_sections_are_units(tmp_path):
    sections = {
        "s0": {"title": "Apps", "text": ["Apps"], "section_hierarchy": "s0"},
        "s1": {"title": "Camera", "text": ["Camera", "Tap it."], "section_hierarchy": "s0>s1"},
    }
    written(tmp_path / "x_manual_corpus.json", sections)
    asked = "question_id,question,section_path,section_link,answer\n1,How?,Apps>Camera,l,Tap it.\n"
    written(tmp_path / "x_questions.csv", asked + "2,Why?,Apps>Camera>Zoom,l,Tap it.\n")
    manual = read(tmp_path, "emanual")
    (text,) = manual.files.values()
    assert text == "# Apps\n\n\n\n## Camera\n\nTap it."
    for question in manual.questions:
        (place,) = question.evidence
        assert text[place.start : place.end] == "## Camera\n\nTap it."


def test_equal_answers_of_a_faq_are_one_document(tmp_path):
    table = written(tmp_path / "faq.tsv", "question\tanswer\nA?\tYes.\nB?\tYes.\nC?\tNo.\nD?\t\n")
    asked = read(table, "tsv")
    assert len(asked.files) == 2 and len(asked.questions) == 3
    assert asked.questions[0].evidence == asked.questions[1].evidence


def test_own_questions_name_documents_beside_their_file(tmp_path):
    written(tmp_path / "books/a.md", "# A\n\nIt takes 14 days.")
    lines = [
        {"question": "How long?", "document": "books/a.md", "answer": "14 days"},
        {"id": "x", "question": "How far?"},
    ]
    asked = read(written(tmp_path / "own.jsonl", "\n".join(map(json.dumps, lines))), "jsonl")
    assert asked.files == {"books/a.md": tmp_path / "books/a.md"}
    assert [(question.id, question.expects) for question in asked.questions] == [
        ("1", "answer"),
        ("x", "refusal"),
    ]


@pytest.mark.parametrize(
    "line", ["{", '{"document": "a.md"}', '["a"]', '{"question": "?", "document": "no.md"}']
)
def test_a_line_that_is_no_question_is_named(tmp_path, line):
    with pytest.raises(RagError, match="Line 1 of"):
        read(written(tmp_path / "own.jsonl", line), "jsonl")


@pytest.mark.parametrize("form", FORMATS)
def test_what_is_not_of_the_format_is_one_sentence(tmp_path, form):
    path = written(tmp_path / "set.json", '{"data": [7]}')
    with pytest.raises(RagError, match=r"set\.json"):
        read(path, form)


def test_an_unknown_format_names_the_known_ones(tmp_path):
    with pytest.raises(RagError, match="squad, beir"):
        read(tmp_path, "trec")


def test_joined_pieces_stand_where_they_are_said_to():
    text, spans = joined(["one", "", "three"])
    assert [text[a:b] for a, b in spans] == ["one", "", "three"]
