"""Collects answers that were about to be shown, right and wrong, and fits their probability of support.

Answers are taken before any threshold, on held-out articles (one in four): the reader and the generator
were trained on the other ones and are surer there than they should be. The weights are fitted on all of them;
the reliability is of each half under weights fitted on the other.
"""

from __future__ import annotations

import hashlib
import logging
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from rag.answer import Answerer
from rag.compose import open_ended
from rag.evaluate.answers import Outcome, f1, holds, normalised
from rag.evaluate.contracts import read_cuad
from rag.evaluate.index import Index, build, overlapping
from rag.evaluate.lessons import read_documents, read_explained
from rag.evaluate.sets import EvalSet, Question, chosen
from rag.evaluate.squad import read_squad
from rag.ground import Features, SupportModel, uncited
from rag.home import Home
from rag.library import Library, Parts
from rag.reading import quotation, stretch, surest
from rag.retrieve import Found, Retriever
from rag.settings import Settings
from rag.train.support import Case, crossed, fit, write
from rag.train.written import LESSONS
from rag.types import Answer, Evidence

log = logging.getLogger(__name__)

SETS: tuple[tuple[str, Callable[[Path], EvalSet], int, float], ...] = (
    ("squad/squad2.json", read_squad, 0, 0.7),
    ("cuad", read_cuad, 900, 1.0),
)
"""Place, reader, how many questions are drawn (0: all; contracts are lengthy, so a few are indexed), and how
much each answer counts. The counts were chosen by what is then answered of each kind (README)."""

OWN: tuple[tuple[Callable[[Path], EvalSet], float], ...] = ((read_documents, 3.0), (read_explained, 0.5))
"""The same of our own lessons."""

ABSENT = 4  # one question in so many is also asked with its own article left out
RIGHT = 0.5  # F1 from which an answer counts as right
LIMIT = 48  # tokens of an answer; its first sentence decides

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Recorder(SupportModel):
    """Lets every answer pass and keeps what each was judged by."""

    seen: dict[str, Features] = field(default_factory=dict)

    def probability(self, way: str, inputs: Features) -> float:
        """Keep the inputs; say that all is supported."""
        self.seen[way] = inputs
        return 1.0


class Remembering(Retriever):
    """Keeps the evidence of the last question."""

    last: Sequence[Evidence] = ()

    def find(
        self,
        collection: str,
        question: str,
        documents: Sequence[str] | None = None,
        wordings: Sequence[str] = (),
    ) -> Found:
        """Find the evidence and keep it."""
        found = super().find(collection, question, documents, wordings)
        self.last = found.evidence
        return found


class Collector:
    """Asks questions of an indexed set and judges what would have been shown."""

    def __init__(self, index: Index, parts: Parts, settings: Settings) -> None:
        self._index = index
        self._recorder = Recorder({})
        self._retriever = Remembering(
            parts.embedder, parts.vectors, parts.catalog, parts.reader, parts.words, lambda: parts.judge
        )
        self._answerer = Answerer(self._retriever, lambda: parts.generator, self._recorder, settings)
        self._passages = settings.passages

    def cases(self, question: Question, *, absent: bool) -> Iterator[Case]:
        """Ask one question, `absent` without the documents it was written for, and yield its cases."""
        index = self._index
        within = index.scope(question)
        if absent:
            own = {index.documents[name] for name in question.files}
            within = sorted(set(index.documents.values()) - own)
        self._recorder.seen.clear()
        collection = index.library.collection
        answer = self._answerer.ask(collection, question.text, question.history, within).answer
        for way, inputs in self._recorder.seen.items():
            right = question.expects == "answer" and not absent and self._right(way, question, answer)
            yield Case(way, inputs, right)

    def _right(self, way: str, question: Question, answer: Answer) -> bool:
        if way == "generated" and self._index.set.evidence == "clause":
            return any(holds(citation, Outcome(question, answer), "clause") for citation in answer.citations)
        if way == "generated":
            return correct(answer, question.answers)
        evidence = list(self._retriever.last)[: self._passages]
        best = evidence[surest(evidence)]
        start, end = quotation(best)
        if open_ended(question.text):
            start, end = stretch(best.text, (start, end))
        chunk = best.hit.chunk
        golds = self._index.gold(question)
        return bool(overlapping(golds, chunk.document, chunk.start + start, chunk.start + end))


def correct(answer: Answer, accepted: Sequence[str]) -> bool:
    """Tell whether the short words match an accepted answer, or say one whole; if open, the shown text."""
    shown = uncited(answer.text) if open_ended(answer.question) else answer.short
    said = f" {' '.join(normalised(shown))} "
    return f1(answer.short, accepted) >= RIGHT or any(
        f" {' '.join(normalised(wording))} " in said for wording in accepted
    )


def first_half(group: str) -> bool:
    """Tell to which half a held-out document belongs, by its sha1."""
    return int(hashlib.sha1(group.encode()).hexdigest(), 16) // 4 % 2 == 0


def train(data: Path, out: Path, *, minutes: float, on_progress: Say) -> None:
    """Fit on the articles and contracts in `data` and our own documents; write support.json into `out`.

    Its reliability stands there too. Takes `minutes` of asking; the more questions, the surer the weights.
    Raises RagError where they are few.
    """
    settings = Settings.read().model_copy(update={"answer_tokens": LIMIT, "refuse_below": 0.0})
    halves: dict[bool, list[Case]] = {True: [], False: []}
    present = [(data / place, read, drawn, n) for place, read, drawn, n in SETS if (data / place).exists()]
    present += [(LESSONS, read, 0, counts) for read, counts in OWN]
    for path, read, drawn, counts in present:
        asked = chosen(read(path), "held-out", drawn, 0)
        for group, case in asked_of(asked, settings, minutes / len(present), on_progress):
            halves[first_half(group)].append(replace(case, counts=counts))
    cases = [*halves[True], *halves[False]]
    model, held = fit(cases), crossed((halves[True], halves[False]))
    for way, found in held.items():
        on_progress(f"{way}: {found.n} answers, Brier {found.brier:.3f}, gap {found.gap:.3f}")
    notes = {"fitted_on": len(cases), "reliability": {way: asdict(found) for way, found in held.items()}}
    write(model, out / "support.json", notes)


def asked_of(asked: EvalSet, settings: Settings, minutes: float, say: Say) -> Iterator[tuple[str, Case]]:
    """Index a set in a library of its own, ask for `minutes`, and yield the cases with their groups."""
    with tempfile.TemporaryDirectory(prefix="docent-support-") as folder:
        home = Home(Path(folder) / "home")
        home.acquire()
        parts = Parts(home, settings)
        with Library.of(parts, asked.name) as library:
            index = build(library, asked, Path(folder) / "files", say)
            yield from collect(Collector(index, parts, settings), asked.questions, minutes, say)


def collect(
    collector: Collector, questions: Sequence[Question], minutes: float, say: Say
) -> Iterator[tuple[str, Case]]:
    """Ask in an order drawn by hash until the time is up; yield the article of each case with it."""
    started = time.monotonic()
    order = sorted(questions, key=lambda question: hashlib.sha1(question.id.encode()).hexdigest())
    for number, question in enumerate(order, 1):
        for absent in (False, True)[: 1 + (number % ABSENT == 0 and not question.scoped)]:
            for case in collector.cases(question, absent=absent):
                yield question.group, case
        spent = (time.monotonic() - started) / 60
        if number % 20 == 0:
            say(f"{number} questions asked, {spent:.1f} of {minutes:g} minutes")
        if spent >= minutes:
            return
