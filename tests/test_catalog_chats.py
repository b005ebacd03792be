"""Conversations in the catalog: kept whole, found again, forgotten."""

import pytest

from rag.catalog import Catalog
from rag.catalog.answers import from_json, to_json
from rag.errors import NotFound
from rag.types import Answer, Chunk, Citation, Hit, Origin, Timings

PIECE = Chunk("d-00003", "d", 3, "30 days — “Tage”", 10, 26, page=2, heading="Returns", outer=(8, 30))
ANSWER = Answer(
    question="How long?",
    kind="answer",
    text="You have 30 days [1].",
    short="30 days",
    support=0.1 + 0.2,
    citations=(Citation(1, "d", "policy.md", None, "Returns", "30 days", 10, 17, ((10, 12), (13, 17))),),
    hits=(
        Hit(PIECE, "policy.md", 0.75, "reader"),
        Hit(Chunk("e-00000", "e", 0, "x", 0, 1), "e", 1, "hybrid"),
    ),
    timings=Timings(1.5, 2.25, 1000 / 3, 100, 7),
    searched="how long to return",
)


@pytest.fixture
def chats(tmp_path):
    catalog = Catalog(tmp_path / "catalog.sqlite")
    yield catalog.chats
    catalog.close()


ORIGIN = Origin((("generator", "small"),), (("RAG_PASSAGES", "3"),), (("d1", "ab" * 32),))


@pytest.mark.parametrize("answer", [ANSWER, Answer("?", "refusal", "Not found.", origin=ORIGIN)])
def test_an_answer_comes_back_exactly(answer):
    assert from_json(to_json(answer)) == answer


def test_turns_come_back_in_order_with_whole_answers(chats):
    chat = chats.create("Documents", "Returns")
    first = chats.append(chat, ANSWER)
    second = chats.append(chat, Answer("And opened?", "refusal", "No."), question="and opened ones?")
    turns = chats.turns(chat)
    assert [turn.id for turn in turns] == [first, second]
    assert [turn.question for turn in turns] == ["How long?", "and opened ones?"]
    assert turns[0].answer == ANSWER


def test_the_last_used_conversation_comes_first(chats):
    old, new = chats.create("Documents", "old"), chats.create("Documents", "new", ["d"])
    assert [chat.title for chat in chats.list("Documents")] == ["new", "old"]
    chats.append(old, ANSWER)
    assert [chat.title for chat in chats.list("Documents")] == ["old", "new"]
    assert chats.chat(new).documents == ("d",)
    assert chats.list("Other") == []


def test_a_conversation_is_renamed_restricted_and_deleted(chats):
    chat = chats.create("Documents", "a")
    chats.append(chat, ANSWER)
    chats.rename(chat, "b")
    chats.restrict(chat, ["d", "e"])
    assert (chats.chat(chat).title, chats.chat(chat).documents) == ("b", ("d", "e"))
    chats.delete(chat)
    chats.delete(chat)
    assert chats.list("Documents") == []
    for call in (chats.turns, chats.chat, lambda id: chats.rename(id, "x")):
        with pytest.raises(NotFound):
            call(chat)


def test_ratings_are_kept_with_their_reason_and_can_be_taken_back(chats):
    chat = chats.create("Documents", "a")
    turn = chats.append(chat, ANSWER)
    chats.rate(turn, -1, "wrong clause")
    assert [(turn.rating, turn.reason) for turn in chats.turns(chat)] == [(-1, "wrong clause")]
    chats.rate(turn, 0)
    assert [(turn.rating, turn.reason) for turn in chats.turns(chat)] == [(0, "")]
    with pytest.raises(NotFound):
        chats.rate(turn + 1, 1)


def test_search_looks_in_titles_questions_and_answers_and_not_in_passages(chats):
    chat = chats.create("Documents", "Rücksendung 100%")
    chats.append(chat, ANSWER)
    other = chats.create("Other", "Rücksendung")
    for part in ("RÜCK", "how LONG", "have 30", "100%"):
        assert [found.id for found in chats.search("Documents", part)] == [chat]
    assert [found.id for found in chats.search("Other", "rück")] == [other]
    for part in ("Tage", "policy.md", "0%0", "_"):
        assert chats.search("Documents", part) == []


def test_a_conversation_is_cut_at_the_question_that_is_asked_again(chats):
    chat = chats.create("Documents", "a")
    turns = [chats.append(chat, ANSWER) for _ in range(3)]
    chats.cut(chat, turns[1])
    assert [turn.id for turn in chats.turns(chat)] == turns[:1]


def test_a_question_is_kept_until_it_is_answered_or_withdrawn(chats):
    chat = chats.create("Documents", "a")
    assert chats.chat(chat).asked == ""
    chats.ask(chat, "How Long?")
    assert [found.asked for found in chats.list("Documents")] == ["How Long?"]
    assert [found.id for found in chats.search("Documents", "how l")] == [chat]
    chats.append(chat, Answer("another", "refusal", "No."))  # of a question that was stopped before
    assert chats.chat(chat).asked == "How Long?"
    chats.append(chat, ANSWER, question="How Long?")
    assert chats.chat(chat).asked == ""
    chats.ask(chat, "And then?")
    chats.ask(chat, "")
    assert chats.chat(chat).asked == ""
    with pytest.raises(NotFound):
        chats.ask("gone", "?")
