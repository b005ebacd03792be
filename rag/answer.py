"""From question to Answer: rewrite, retrieve, decide, generate, ground.

Sees Protocols only. The decision to refuse falls before the first visible word: with no passage that might
answer, the generator is not even called; a drafted sentence is shown only once a passage carries it; and
where the draft fails but a passage answers, that passage's own sentence is shown instead.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence

from rag import clarify, compose, compute, ground, replies, rows
from rag.draft import Draft
from rag.prompts import REFUSAL, answer_messages
from rag.protocols import Generator as Writer
from rag.reading import surest
from rag.retrieve import Found, Retriever
from rag.rewrite import rewrite, wordings
from rag.settings import Settings
from rag.types import Answer, Evidence, Message, Turn
from rag.words import overlap, sentences, tokens

REFUSING = 0.8  # overlap with the refusal sentence from which a draft refuses; small models vary its words
HOPELESS = 0.5  # share of the refusal threshold under which no draft can lift the support over it
# Share of the refusal threshold that is enough within one chosen document: the person sees where in it he is
# sent. Of the clauses that contracts hold 0.51 are found at a support of 0.30, 0.56 at 0.24.
WITHIN_ONE = 0.8
# The same for a question that wants an explanation: what stands around the words is shown with them.
EXPLAINED = 0.8
COMPOSED_FROM = 5  # passages whose sentences are read for a question that needs several facts
COMPUTED = 0.95  # support of a computed answer: right, or rightly refused, on 38 of our 40 table questions
SCOPED = 0.8  # support of a summary: the right place in 14 of 18 questions its rules had not seen
REMEMBERED = 2  # earlier turns that a leaning question takes into the prompt


class AnswerStream:
    """An answer on its way: iterate to see its text grow, read `.answer` after, iterate again to replay.

    Several threads may read one stream; each sees the whole text. An error of the model is raised to every
    reader that gets as far.
    """

    def __init__(self, pieces: Generator[str, None, Answer], stop: threading.Event) -> None:
        self._pieces = pieces
        self._stop = stop
        self._shown: list[str] = []
        self._answer: Answer | None = None
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[str]:
        index = 0
        while (piece := self._piece(index)) is not None:
            yield piece
            index += 1

    def _piece(self, index: int) -> str | None:
        with self._lock:
            if index == len(self._shown) and self._answer is None:
                try:
                    self._shown.append(next(self._pieces))
                except StopIteration as end:
                    self._answer = end.value
            return self._shown[index] if index < len(self._shown) else None

    @property
    def answer(self) -> Answer:
        """The finished answer; waits for it."""
        for _ in self:
            pass
        if self._answer is None:
            raise RuntimeError("the stream ended in an error, so there is no answer")
        return self._answer

    def stop(self) -> None:
        """End soon; what was shown stays."""
        self._stop.set()


class Answerer:
    """Answers questions about one library at a time, with the parts it was given."""

    def __init__(
        self,
        retriever: Retriever,
        writer: Callable[[], Writer],
        support: ground.SupportModel,
        settings: Settings,
    ) -> None:
        self._retriever = retriever
        self._writer = writer  # loaded at the first question, not when the library opens
        self._support = support
        self._settings = settings

    def ask(
        self,
        collection: str,
        question: str,
        history: Sequence[Turn] = (),
        documents: Sequence[str] | None = None,
    ) -> AnswerStream:
        """Return the stream of one answer; nothing is computed before it is read."""
        stop = threading.Event()
        return AnswerStream(self._run(collection, question.strip(), history, documents, stop), stop)

    def _run(
        self,
        collection: str,
        question: str,
        history: Sequence[Turn],
        documents: Sequence[str] | None,
        stop: threading.Event,
    ) -> Generator[str, None, Answer]:
        draft = Draft(question, question, self._retriever.page)
        if objection := replies.objection(question):
            return (yield from replies.refused(draft, objection))
        draft.read = self._retriever.spelled(collection, question, documents)
        draft.open = compose.open_ended(draft.read)
        one = documents is not None and len(documents) == 1
        draft.floor = self._settings.refuse_below * (WITHIN_ONE if one else EXPLAINED if draft.open else 1.0)
        draft.searched = rewrite(draft.read, history)
        # 1. the passages, read with the question
        found = self._retriever.find(collection, draft.searched, documents, wordings(draft.read, history))
        draft.whole = found.whole
        draft.unnamed = clarify.unnamed(draft.read, history, found.hits)
        draft.evidence = list(found.evidence[: self._settings.passages])
        draft.retrieved = time.perf_counter()
        draft.support = self._quotable(draft, "quoted")
        # 2. what needs no writing: rows computed, a refusal, several facts told in the documents' words
        if (told := self._told(draft, found, history)) is not None:
            return (yield from told)
        # 3. a draft, sentence by sentence, each shown once a passage carries it
        yield from self._written(draft, history, stop)
        if draft.shown:
            return draft.finish("answer")
        # 4. the passage's own sentence where it is better supported than the draft
        if stop.is_set():
            return (yield from replies.refused(draft, replies.STOPPED))
        if draft.declined:
            draft.support = self._quotable(draft, "declined")
        if draft.support < draft.floor:
            return (yield from replies.unsupported(draft))
        best = surest(draft.evidence)
        quoted = ground.Checked(ground.quoted(draft.evidence[best]), (best,), 1.0)
        yield from draft.show(quoted, around=draft.open)
        return draft.finish("answer")

    def _told(
        self, draft: Draft, found: Found, history: Sequence[Turn]
    ) -> Generator[str, None, Answer] | None:
        if (computed := self._rows(draft, found)) is not None:
            return computed
        if draft.whole and (summary := self._summary(draft, found.evidence)):
            return summary
        if draft.support < HOPELESS * draft.floor:
            return replies.unsupported(draft)
        # What happens if, what should I do: an explanation too, which hardly anything may support
        sure = not draft.open or draft.support >= draft.floor
        if sure and compose.several(draft.read) and (facts := self._facts(draft, found.evidence)):
            return replies.stated(draft, facts)
        if fitting := clarify.pointed(draft.read, history, draft.evidence):
            return replies.asked(draft, fitting, replies.POINTED)
        if fitting := clarify.readings(draft.searched, draft.evidence):
            return replies.asked(draft, fitting, replies.SEVERAL)
        return None

    def _written(self, draft: Draft, history: Sequence[Turn], stop: threading.Event) -> Iterator[str]:
        for sentence in self._sentences(draft, history, stop):
            checked = ground.check(sentence, draft.searched, draft.evidence)
            if not draft.shown and not self._opens(draft, checked):
                return
            if ground.sound(checked, draft.evidence):
                yield from draft.show(checked, around=draft.open)

    def _rows(self, draft: Draft, found: Found) -> Generator[str, None, Answer] | None:
        """Compute over rows; refuse what is asked of them and not understood."""
        read = [item.hit for item in found.evidence]
        best = rows.computed(self._retriever, draft.searched, read, found.hits)
        if best is not None:
            computed, place = best
            draft.support = COMPUTED
            marked = place.spans(computed.rows)
            return replies.computed(
                draft, computed, draft.cite_rows(place.hit, place.text, place.origin, marked)
            )
        if read and read[0].text.startswith("|") and compute.asks(draft.searched):
            return replies.refused(draft)
        return None

    def _summary(self, draft: Draft, found: Sequence[Evidence]) -> Generator[str, None, Answer] | None:
        """Tell a document or section that is asked for as a whole in its own sentences."""
        told = compose.summary([item.text for item in found])
        if not told:
            return None
        draft.evidence, draft.support = list(found), SCOPED
        return replies.stated(
            draft, told, f"\n\nFrom {len(told)} of the {len(found)} passages that were read."
        )

    def _facts(self, draft: Draft, found: Sequence[Evidence]) -> list[compose.Statement]:
        """Return the sentences that answer a question for several facts; none where only one does."""
        read = self._retriever.statements(draft.searched, found[:COMPOSED_FROM])
        facts = compose.chosen(read)
        if len(facts) < 2:
            return []
        draft.evidence = list(found[:COMPOSED_FROM])
        return facts

    def _sentences(self, draft: Draft, history: Sequence[Turn], stop: threading.Event) -> Iterator[str]:
        """Yield the generator's sentences as they are complete."""
        writer = self._writer()
        messages = self._messages(draft, history, writer)
        text = ""
        for token in writer.stream(messages, limit=self._settings.answer_tokens, stop=stop):
            text += token.text
            draft.answer_tokens += max(len(token.logprobs), 1)
            draft.logprobs += token.logprobs
            spans = sentences(text)
            for start, end in spans[:-1]:
                yield text[start:end]
            text = text[spans[-1][0] :] if spans else text
        if text.strip() and not stop.is_set():
            yield text.strip()

    def _messages(self, draft: Draft, history: Sequence[Turn], writer: Writer) -> list[Message]:
        """Build the prompt; the weakest passages go first where it would not fit the window."""
        turns = history[-REMEMBERED:] if draft.searched != draft.read else ()
        passages = [(item.hit.title, item.passage) for item in draft.evidence]
        messages, kept, draft.prompt_tokens = fitting(
            writer, passages, turns, draft.read, self._settings.answer_tokens
        )
        draft.evidence = draft.evidence[:kept]
        return messages

    def _opens(self, draft: Draft, checked: ground.Checked) -> bool:
        """Decide on the first sentence whether the draft is shown, or the best passage's own words.

        The better supported of the two, or the draft where it is the core of the reader's words; whether
        anything is shown, both together say: measured, that tells right from wrong better than either, or
        than the surer one. A server's model writes better than the one measured, and has the word.
        """
        draft.declined = overlap(tokens(checked.text), tokens(REFUSAL)) > REFUSING
        if draft.declined or not ground.sound(checked, draft.evidence):
            return False
        way = "generated" if draft.logprobs else "remote"
        inputs = ground.features(checked, draft.searched, self._looked(draft, checked), draft.logprobs)
        support, quoted = self._support.probability(way, inputs), draft.support
        if draft.logprobs:
            draft.support = (support + quoted) / 2
            better = support >= quoted or _core(checked.text, draft.evidence)
            return better and draft.support >= draft.floor
        if support < draft.floor:
            return False
        draft.support = support
        return True

    def _looked(self, draft: Draft, checked: ground.Checked) -> list[Evidence]:
        """Return the passages, the draft's own read alone at the sentence that the draft stands on."""
        evidence, source = list(draft.evidence), checked.sources[0]
        span = ground.marks(checked, evidence[source], draft.searched)
        evidence[source] = self._retriever.read_at(draft.searched, evidence[source], span)
        return evidence

    def _quotable(self, draft: Draft, way: str) -> float:
        """Return the probability that the surest passage answers: before anything is written, or declined."""
        if not draft.evidence:
            return 0.0
        best = surest(draft.evidence)
        item = draft.evidence[best]
        checked = ground.Checked(item.text[slice(*item.reading.span)], (best,), 1.0)
        return self._support.probability(
            way, ground.features(checked, draft.searched, draft.evidence, draft.logprobs)
        )


def fitting(
    writer: Writer, passages: Sequence[tuple[str, str]], turns: Sequence[Turn], question: str, limit: int
) -> tuple[list[Message], int, int]:
    """Return the prompt, how many of the passages are in it, and its tokens.

    The last passages go where it would not fit the window with `limit` tokens of an answer; one stays.
    """
    kept = len(passages)
    while True:
        messages = answer_messages(passages[:kept], turns, question)
        count = writer.count_tokens(messages)
        if count <= writer.window - limit or kept <= 1:
            return messages, kept, count
        kept -= 1


def _core(text: str, evidence: Sequence[Evidence]) -> bool:
    """Tell whether the text lies within the words that the reader found."""
    item = evidence[surest(evidence)]
    read = " ".join(tokens(item.text[slice(*item.reading.span)]))
    return f" {' '.join(tokens(text))} " in f" {read} "
