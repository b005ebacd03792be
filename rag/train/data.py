"""Public question-answering sets as one shape: documents cut into passages, with questions about them.

Knows the files' formats and which documents are held out; knows no model and no tokenizer.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.types import Span

PASSAGE_LIMIT = 1100  # characters; about the 256 word pieces of a chunk in a user's library
_SENTENCE_END = re.compile(r"(?<=[.!?;:])\s+|\n+")


@dataclass(frozen=True, slots=True)
class Evidence:
    """The words [start, end) of passage number `passage` that answer a question."""

    passage: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Question:
    """A question about a document. `home` is the passage it was written for, None where there is none.

    No `evidence` and no `holds` means that the document does not answer. `holds` are passages that
    answer without one span that could be marked. `answers` are the accepted wordings.
    """

    text: str
    home: int | None
    evidence: tuple[Evidence, ...] = ()
    answers: tuple[str, ...] = ()
    holds: tuple[int, ...] = ()

    @property
    def answering(self) -> set[int]:
        """The passages that answer."""
        return {evidence.passage for evidence in self.evidence} | set(self.holds)


@dataclass(frozen=True, slots=True)
class Source:
    """One document of the set `family`, cut into passages, with the questions asked about it.

    `headings` has one for each passage, or is empty where the passages have none of their own.
    """

    family: str
    title: str
    passages: tuple[str, ...]
    questions: tuple[Question, ...]
    headings: tuple[str, ...] = ()

    @property
    def held_out(self) -> bool:
        """True where the document is for validation and never trained on."""
        return held_out(self.title)

    def title_of(self, number: int) -> str:
        """Return the title that passage `number` is shown under: the document, and its heading if any."""
        return f"{self.title} > {self.headings[number]}" if self.headings else self.title


def held_out(name: str) -> bool:
    """Return whether the document of that name is kept for validation: one in four, by its sha1."""
    return int(hashlib.sha1(name.encode()).hexdigest(), 16) % 4 == 0


def windows(text: str, limit: int = PASSAGE_LIMIT) -> list[Span]:
    """Cut text at sentence ends into spans of at most `limit` characters (longer sentences are cut)."""
    cuts = [0, *(match.end() for match in _SENTENCE_END.finditer(text)), len(text)]
    spans: list[Span] = []
    start = 0
    for here, following in zip(cuts, [*cuts[1:], len(text)], strict=True):
        while following - start > limit:
            end = here if here > start else start + limit
            spans.append((start, end))
            start = end
    if text[start:].strip():
        spans.append((start, len(text)))
    return [span for span in spans if text[span[0] : span[1]].strip()]


def clip(spans: Iterable[Span], cuts: Sequence[Span], offset: int = 0) -> tuple[Evidence, ...]:
    """Return where `spans` of a text lie in its windows `cuts`; `offset` is the first one's number."""
    found = []
    for start, end in spans:
        for number, (low, high) in enumerate(cuts):
            left, right = max(start, low), min(end, high)
            # A short tail in the next window does not answer there
            if right > left and 2 * (right - left) >= min(end - start, 60):
                found.append(Evidence(offset + number, left - low, right - low))
    return tuple(found)


def locate(text: str, answer: str, question: str) -> Span | None:
    """Return where `answer` stands in `text`: the place with most words of the question around it."""
    wanted = set(re.findall(r"\w{3,}", question.lower()))
    best: tuple[int, int] | None = None
    for match in re.finditer(re.escape(answer), text):
        around = text[max(0, match.start() - 120) : match.end() + 120].lower()
        shared = len(wanted & set(re.findall(r"\w{3,}", around)))
        inside = text[max(0, match.start() - 1) : match.end() + 1]
        whole = not re.match(r"\w\w", inside) or match.start() == 0
        rank = 2 * shared + whole
        if best is None or rank > best[0]:
            best = (rank, match.start())
    return None if best is None else (best[1], best[1] + len(answer))


# --- the sets ------------------------------------------------------------------------------------


def read_squad(path: Path, name: str) -> Iterator[Source]:
    """Read a file of the SQuAD form (1.1, 2.0, COVID-QA)."""
    for number, article in enumerate(json.loads(path.read_text("utf-8"))["data"]):
        passages: list[str] = []
        questions: list[Question] = []
        for paragraph in article["paragraphs"]:
            text = paragraph["context"]
            cuts = windows(text)
            questions += [_squad_question(qa, text, cuts, len(passages)) for qa in paragraph["qas"]]
            passages += [text[start:end].strip() for start, end in cuts]
        title = article.get("title") or _first_line(article["paragraphs"][0]["context"], number)
        yield Source(name, title, tuple(passages), tuple(questions))


def _first_line(text: str, number: int) -> str:
    return text.strip().partition("\n")[0][:120] or f"document {number}"


def _squad_question(qa: dict[str, Any], text: str, cuts: Sequence[Span], first: int) -> Question:
    answers = tuple(dict.fromkeys(answer["text"].strip() for answer in qa["answers"]))
    spans = [span for answer in answers if (span := locate(text, answer, qa["question"]))]
    if len(cuts) > 3:  # whole papers: the given place is right, a search for the words is not
        spans = [(a["answer_start"], a["answer_start"] + len(a["text"])) for a in qa["answers"]]
    evidence = clip(spans, cuts, first)
    home = evidence[0].passage if evidence else first
    lead = [len(text[a:b]) - len(text[a:b].lstrip()) for a, b in cuts]
    moved = tuple(
        Evidence(e.passage, max(0, e.start - lead[e.passage - first]), e.end - lead[e.passage - first])
        for e in evidence
    )
    return Question(qa["question"].strip(), home, moved, answers)


def read_qed(path: Path) -> Iterator[Source]:
    """Read Natural Questions with their paragraph (QED); those without a marked answer are left out."""
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        text, marked = row["paragraph_text"], row["annotation"].get("answer") or []
        spans = [(a["paragraph_reference"]["start"], a["paragraph_reference"]["end"]) for a in marked]
        if not spans:
            continue
        cuts = [(a, b) for a, b in windows(text) if text[a:b] == text[a:b].lstrip()]
        answers = tuple(text[start:end] for start, end in spans)
        question = Question(row["question_text"], 0, clip(spans, cuts), answers)
        passages = tuple(text[start:end].rstrip() for start, end in cuts)
        if question.evidence:
            yield Source("qed", row["title_text"], passages, (question,))


def read_pubmedqa(path: Path) -> Iterator[Source]:
    """Read research questions with their abstract; the results answer, the conclusion is not shown."""
    for number, row in json.loads(path.read_text("utf-8")).items():
        text = " ".join(row["CONTEXTS"])
        passages = tuple(text[start:end].strip() for start, end in windows(text))
        question = Question(
            row["QUESTION"], len(passages) - 1, (), (row["LONG_ANSWER"],), (len(passages) - 1,)
        )
        yield Source("pubmedqa", f"Abstract {number}", passages, (question,))
