"""Conversations: their turns with whole answers, ratings, and the documents they may use."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Row, delete, insert, select, text, update

from rag.catalog.answers import from_json, to_json
from rag.catalog.database import Database, now
from rag.catalog.tables import chats, turns
from rag.errors import NotFound
from rag.types import Answer

Rating = Literal[-1, 0, 1]

_MATCHES = text("""
    SELECT * FROM chats WHERE collection = :collection AND (
        instr(folded(title), :part) OR instr(folded(asked), :part) OR EXISTS (
            SELECT 1 FROM turns WHERE chat = chats.id AND (
                instr(folded(question), :part) OR instr(folded(json_extract(answer, '$.text')), :part)
            )
        )
    ) ORDER BY changed DESC
""")


@dataclass(frozen=True, slots=True)
class Chat:
    """A conversation. `documents` are the ids it may use, None for all; times are ISO 8601, UTC.

    `asked` is the question that is being answered, or was when a process ended; "" for none.
    """

    id: str
    collection: str
    title: str
    documents: tuple[str, ...] | None
    created: str
    changed: str
    asked: str = ""


@dataclass(frozen=True, slots=True)
class ChatTurn:
    """A question and its answer. `rating` is 1 (good), -1 (bad) or 0 (none), `reason` the rater's words."""

    id: int
    chat: str
    question: str
    answer: Answer
    rating: Rating
    reason: str
    created: str


class Chats:
    """The stored conversations of all collections; every one belongs to one collection."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, collection: str, title: str, documents: Sequence[str] | None = None) -> str:
        """Begin a conversation; return its id."""
        id, time = uuid.uuid4().hex, now()
        row = {"id": id, "collection": collection, "title": title, "created": time, "changed": time}
        with self._database.write() as connection:
            connection.execute(insert(chats).values(row | {"documents": _ids_json(documents)}))
        return id

    def chat(self, id: str) -> Chat:
        """Return one conversation; raise NotFound."""
        with self._database.read() as connection:
            return _chat(_existing(connection, id))

    def list(self, collection: str) -> list[Chat]:
        """Return the conversations of a collection, the last changed first."""
        query = select(chats).where(chats.c.collection == collection).order_by(chats.c.changed.desc())
        with self._database.read() as connection:
            return [_chat(row) for row in connection.execute(query)]

    def rename(self, id: str, title: str) -> None:
        """Give a conversation another title; raise NotFound."""
        self._change(id, {"title": title})

    def restrict(self, id: str, documents: Sequence[str] | None) -> None:
        """Choose the documents a conversation may use, None for all; raise NotFound."""
        self._change(id, {"documents": _ids_json(documents)})

    def delete(self, id: str) -> None:
        """Forget a conversation and its turns; unknown is no error."""
        with self._database.write() as connection:
            connection.execute(delete(chats).where(chats.c.id == id))

    def search(self, collection: str, part: str) -> Sequence[Chat]:
        """Return the conversations that hold `part` in title, question or answer, last changed first."""
        values = {"collection": collection, "part": part.casefold()}
        with self._database.read() as connection:
            return [_chat(row) for row in connection.execute(_MATCHES, values)]

    def turns(self, chat: str) -> Sequence[ChatTurn]:
        """Return the turns of a conversation in their order; raise NotFound."""
        with self._database.read() as connection:
            _existing(connection, chat)
            rows = connection.execute(select(turns).where(turns.c.chat == chat).order_by(turns.c.id))
            return [_turn(row) for row in rows]

    def ask(self, chat: str, question: str) -> None:
        """Note what is being answered until `append` has the answer; "" withdraws it; raise NotFound."""
        self._change(chat, {"asked": question})

    def append(self, chat: str, answer: Answer, *, question: str | None = None) -> int:
        """Add a turn; return its id. `question` is as the person wrote it, by default the answer's own."""
        asked = answer.question if question is None else question
        row = {"chat": chat, "question": asked, "answer": to_json(answer), "created": now()}
        with self._database.write() as connection:
            _existing(connection, chat)
            connection.execute(update(chats).where(chats.c.id == chat).values(changed=row["created"]))
            answered = update(chats).where(chats.c.id == chat, chats.c.asked == asked)
            connection.execute(answered.values(asked=""))  # another may be asked by now
            added = connection.execute(insert(turns).values(row | {"rating": 0, "reason": ""}))
            return int(added.lastrowid)

    def cut(self, chat: str, turn: int) -> None:
        """Forget this turn and all after it, so that its question can be asked again in other words."""
        with self._database.write() as connection:
            connection.execute(delete(turns).where(turns.c.chat == chat, turns.c.id >= turn))

    def rate(self, turn: int, rating: Rating, reason: str = "") -> None:
        """Note what a person thinks of an answer; 0 takes it back; raise NotFound."""
        change = update(turns).where(turns.c.id == turn).values(rating=rating, reason=reason)
        with self._database.write() as connection:
            if not connection.execute(change).rowcount:
                raise NotFound("This answer is no longer there. Reload the conversation.")

    def _change(self, id: str, values: dict[str, Any]) -> None:
        with self._database.write() as connection:
            _existing(connection, id)
            connection.execute(update(chats).where(chats.c.id == id).values(values | {"changed": now()}))


def _existing(connection: Connection, id: str) -> Row[Any]:
    row = connection.execute(select(chats).where(chats.c.id == id)).one_or_none()
    if row is None:
        raise NotFound("This conversation is no longer there. Choose another, or begin a new one.")
    return row


def _ids_json(documents: Sequence[str] | None) -> str | None:
    return None if documents is None else json.dumps(list(documents))


def _chat(row: Row[Any]) -> Chat:
    documents = None if row.documents is None else tuple(json.loads(row.documents))
    return Chat(row.id, row.collection, row.title, documents, row.created, row.changed, row.asked)


def _turn(row: Row[Any]) -> ChatTurn:
    answer = from_json(row.answer)
    return ChatTurn(row.id, row.chat, row.question, answer, row.rating, row.reason, row.created)
