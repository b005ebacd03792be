"""What can be done in a conversation: ask, stop, ask again in other words, rate, name, forget.

Knows the library, its stored conversations and the answers on their way; draws nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from rag.answer import AnswerStream
from rag.catalog.chats import Chat, Chats, ChatTurn, Rating
from rag.errors import NotFound
from rag.jobs import coming
from rag.library import COLLECTION, SAMPLES, Library
from rag.types import Answer, DocumentInfo, Origin, Turn
from rag.ui import beside, source, state
from rag.ui.asking import Asking

SHAPING = ("passages", "answer_tokens", "refuse_below", "chunk_tokens", "chunk_overlap")
"""The settings that shape an answer, noted with it."""

TITLE = 70  # letters of the first question that name a conversation


@dataclass(frozen=True, slots=True)
class Conversation:
    """The open conversation: its turns, the question on its way, and the one that a process ended over."""

    turns: Sequence[ChatTurn] = ()
    asking: Asking | None = None
    cut_off: str = ""

    @property
    def open(self) -> bool:
        """True while a question is not answered."""
        return self.asking is not None or bool(self.cut_off)

    @property
    def empty(self) -> bool:
        """True where nothing was asked."""
        return not (self.turns or self.open)


def current() -> Conversation:
    """Return the open conversation; an empty one where none is open, or where it was deleted meanwhile."""
    if not state.chat():
        return Conversation()
    try:
        # First the asking, then what is stored: an answer that is stored in between shows twice for one tick
        # at worst, and never not at all.
        asking = state.runtime().askings.of(state.chat())
        chat = _chats().chat(state.chat())
        if chat.collection != state.collection():
            state.visit_collection(chat.collection)
        return Conversation(_chats().turns(chat.id), asking, "" if asking else chat.asked)
    except NotFound:
        state.open_chat("")
        return Conversation()


def obstacle() -> str:
    """Say why nothing can be asked yet, "" where it can: a question waits for the first files."""
    worker, library = state.runtime().owner.worker, state.library()
    if library.documents() and allowed() == []:
        return "The documents chosen for this conversation were removed; choose others above"
    if library.documents() or coming.coming(worker, library.collection).left:
        return ""
    if coming.paused(worker, library.collection):
        return "Adding is paused; let it go on in the Library, then ask"
    return "Add a document first, then ask"


def ask(question: str, *, whole: bool = False) -> None:
    """Ask in the open conversation, or begin one; returns at once. `whole`: once all files are in."""
    question = question.strip()
    if not question:
        return
    library, documents = state.library(), allowed()
    chat = state.chat()
    if not chat:
        chat = _chats().create(library.collection, _title(question), documents)
        state.open_chat(chat)
        state.set_new_chat_documents(())
    # Chosen documents are in: nothing that is on its way could answer
    wait = None if documents is not None else coming.Wait(state.runtime().owner.worker, library, whole=whole)
    stream = partial(library.ask, question, _said(_chats().turns(chat)), documents)
    _begin(chat, question, stream, wait)


def ask_of(turn: ChatTurn, document: str) -> None:
    """Ask of one document what a turn asked back about; the new turn names the document."""
    library = state.library()
    name, history = library.document(document).name, _chats().turns(turn.chat)
    before = [each for each in history if each.id < turn.id]
    stream = partial(library.ask, turn.question, _said(before), [document])
    _begin(turn.chat, f"{turn.question} ({name})", stream)


def _said(turns: Sequence[ChatTurn]) -> list[Turn]:
    return [Turn(turn.question, turn.answer.text) for turn in turns]


def _begin(
    chat: str, question: str, stream: Callable[[], AnswerStream], wait: coming.Wait | None = None
) -> None:
    """Let a question be answered and stored; the conversation holds it from now on."""
    chats, library, documents = _chats(), state.library(), allowed()
    suggestions = state.runtime().suggestions
    suggestions.stop()
    chats.ask(chat, question)

    def save(answer: Answer) -> None:
        turn = chats.append(chat, replace(answer, origin=_origin(library, answer)), question=question)
        if answer.citations:
            ahead = beside.Source.of_citation(answer.citations[0], library.collection)
            threading.Thread(target=source.ahead, args=(library, ahead), daemon=True).start()
        if answer.kind == "answer":
            suggestions.begin(turn, library, answer, documents)

    state.runtime().askings.start(chat, Asking(question, stream, save, wait))


def _origin(library: Library, answer: Answer) -> Origin:
    """Note what this answer was made with, while it is known."""
    settings = library.settings
    known = {info.id: info.sha256 for info in library.documents()}
    used = {citation.document for citation in answer.citations} | {hit.chunk.document for hit in answer.hits}
    models = [("answers", settings.generator), ("passages", library.index().embedder)]
    models += [("adapter", settings.adapter)] if settings.adapter else []
    models += [("server", settings.generator_url)] if settings.generator_url else []
    shaping = tuple((f"RAG_{name.upper()}", str(getattr(settings, name))) for name in SHAPING)
    return Origin(tuple(models), shaping, tuple((id, known[id]) for id in sorted(used & set(known))))


def ask_again(turn: int, question: str, *, whole: bool = False) -> None:
    """Forget the turn and those after it, and ask this instead; `whole`: once all files are in."""
    state.edit(None)
    _chats().cut(state.chat(), turn)
    ask(question, whole=whole)


def give_up() -> None:
    """Drop the question that was not answered."""
    state.runtime().askings.forget(state.chat())
    _chats().ask(state.chat(), "")


def rate(turn: int, rating: Rating, reason: str = "") -> None:
    """Note what the person thinks of an answer; the reason in their own words."""
    _chats().rate(turn, rating, reason)


# --- which documents -----------------------------------------------------------------------------


def allowed() -> list[str] | None:
    """Return the documents this conversation may use, None for all; removed ones are left out.

    With all of them removed none is left: what was kept to some documents does not open up to the others.
    """
    if not state.chat():
        return list(state.new_chat_documents()) or None
    chosen = _chats().chat(state.chat()).documents
    if not chosen:
        return None
    there = {info.id for info in state.library().documents()}
    return [document for document in chosen if document in there]


def restrict(documents: Sequence[DocumentInfo]) -> None:
    """Let this conversation use these documents only; none means all."""
    ids = [info.id for info in documents]
    if state.chat():
        _chats().restrict(state.chat(), ids or None)
    else:
        state.set_new_chat_documents(ids)


# --- the list ------------------------------------------------------------------------------------


def listed(part: str = "") -> list[Chat]:
    """Return the conversations of the collection, or those that hold `part`; last changed first.

    Those with the sample library stay in sight of a person's own documents: they are the first ones anybody
    has, and would seem lost.
    """
    found = list(chats_of(state.collection(), part))
    if state.collection() == COLLECTION:
        found += chats_of(SAMPLES, part)
    return sorted(found, key=lambda chat: chat.changed, reverse=True)


def chats_of(collection: str, part: str = "") -> Sequence[Chat]:
    """Return the conversations of one collection, or those that hold `part`."""
    return _chats().search(collection, part) if part.strip() else _chats().list(collection)


def ask_elsewhere(collection: str, question: str) -> None:
    """Ask in another collection, in a conversation of its own."""
    state.choose_collection(collection)
    state.open_chat("")
    ask(question)


def rename(chat: str, title: str) -> None:
    """Name a conversation; an empty name changes nothing."""
    if title.strip():
        _chats().rename(chat, title.strip())


def delete(chat: str) -> None:
    """Forget a conversation; an answer on its way in it is dropped."""
    state.runtime().askings.forget(chat)
    _chats().delete(chat)
    if state.chat() == chat:
        state.open_chat("")


def _chats() -> Chats:
    return state.runtime().owner.library.chats


def _title(question: str) -> str:
    words = " ".join(question.split())
    return words if len(words) <= TITLE else words[:TITLE].rsplit(" ", 1)[0] + " …"
