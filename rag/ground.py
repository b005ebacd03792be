"""Is the answer supported: citations parsed and checked, sentences held against the passages.

Sees Protocols and words only. What it cannot see is a paraphrase that keeps every name, number and word and
still turns the meaning; the reader's score, which goes into the probability, is there for that.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.errors import MissingWeights
from rag.reading import alone, odds, quotation
from rag.tables import cells
from rag.types import Evidence, Span
from rag.words import NEGATIONS, content, is_heading, overlap, sentences, tokens

CITATION = re.compile(r"\s*\[(\d{1,3})\]")
CARRIED = 0.6  # share of a sentence's own content words that its passage must hold

OPENING = 3  # tokens of a draft by which the refusal sentence and an answer differ
LOOP = 12  # words from which a sentence that repeats half of them has lost its thread
_ECHO = re.compile(r"(?:Question|Earlier (?:question|answer)|Passages?)\b[^.]*:|\W*\d{0,2}[.)]?$")
_ITEM = re.compile(r"(?:\A|\n)\s*[-*•–]\s+")
_NAME = re.compile(r"(?<![.!?]\s)(?<!^)\b[A-Z][^\W\d_]+")
_ANSWERING = frozenset("yes no according document passage answer state say".split())


def cited(text: str, count: int) -> tuple[int, ...]:
    """Return the passage numbers that the text cites and that exist, each once, in order.

    [0] would be index -1, the last passage, and a number beyond the count is an invention: neither counts.
    """
    numbers = (int(match.group(1)) for match in CITATION.finditer(text))
    return tuple(dict.fromkeys(number for number in numbers if 1 <= number <= count))


def uncited(text: str) -> str:
    """Return the text without its [n] marks."""
    return CITATION.sub("", text).strip()


def carried(sentence: str, passage: str, question: str) -> float:
    """Return the share (0 to 1) of the sentence's own content words that the passage holds.

    Words of the question are given, not claimed. 0 where a number or a name stands in neither passage nor
    question, or where the sentence negates and the passage nowhere does.
    """
    held = set(content(passage))
    given = set(content(question))
    if _invents(sentence, passage, question):
        return 0.0
    claimed = [word for word in content(sentence) if word not in given and word not in _ANSWERING]
    if not claimed:
        return 1.0
    return sum(word in held for word in claimed) / len(claimed)


def _invents(sentence: str, passage: str, question: str) -> bool:
    known = set(tokens(passage)) | set(tokens(question))
    said = tokens(sentence)
    if any(word[0].isdigit() and word not in known for word in said):
        return True
    # The first answering word may be "no" where the passage says "not"; what counts is a flipped claim.
    if NEGATIONS & set(said[1:]) and not NEGATIONS & known and "n't" not in passage:
        return True
    names = (match.group() for match in _NAME.finditer(sentence))
    return any(not set(tokens(name)) <= known for name in names)


@dataclass(frozen=True, slots=True)
class Checked:
    """A sentence held against the passages: `sources` are indices of those that carry it, best first."""

    text: str
    sources: tuple[int, ...]
    share: float

    @property
    def supported(self) -> bool:
        """True where a passage carries the sentence."""
        return bool(self.sources) and self.share >= CARRIED


def check(sentence: str, question: str, evidence: Sequence[Evidence]) -> Checked:
    """Find the passages that carry the sentence: those it cites where they do, else the one that does."""
    text = uncited(sentence)
    shares = [carried(text, f"{item.hit.title}\n{item.passage}", question) for item in evidence]
    named = [number - 1 for number in cited(sentence, len(evidence))]
    kept = tuple(index for index in named if shares[index] >= CARRIED)
    if kept:
        return Checked(text, kept, max(shares[index] for index in kept))
    ranked = sorted(
        range(len(evidence)), key=lambda index: (-shares[index], -_agreement(text, evidence[index]))
    )
    if not ranked:
        return Checked(text, (), 0.0)
    return Checked(text, (ranked[0],), shares[ranked[0]])


def sound(checked: Checked, evidence: Sequence[Evidence]) -> bool:
    """Tell whether a sentence may be shown: carried, whole, and neither a loop nor an echo of the prompt."""
    said = tokens(checked.text)
    if not checked.supported or not said or checked.text.endswith(("[", ",", ":")):
        return False
    looping = len(said) > LOOP and len(set(said)) < 0.5 * len(said)
    titles = {item.hit.file.lower() for item in evidence}
    echoing = _ECHO.match(checked.text) or any(checked.text.lower().startswith(title) for title in titles)
    return not looping and not echoing


def _agreement(text: str, item: Evidence) -> float:
    start, end = item.reading.span
    return overlap(content(text), content(item.text[start:end]))


def quoted(item: Evidence) -> str:
    """Return those sentences as they are shown."""
    return told(item, quotation(item))


def told(item: Evidence, span: Span) -> str:
    """Return a stretch of the passage as it is shown; a table's rows are told with their column names.

    Numbers in brackets that stand in the document itself would look like our citations, and are left out.
    """
    text = uncited(item.text[slice(*span)])
    if "|" not in text:
        return _listed(_headless(text, item.hit.chunk.heading))
    table = [line for line in item.passage.splitlines() if line.startswith("|")]
    lines = [line for line in text.splitlines() if line.strip() and line not in table[:2]]
    if not lines:  # the header alone
        return "; ".join(cells(table[0]))
    return " ".join(_row(line, cells(table[0])) if table and line.startswith("|") else line for line in lines)


def _headless(text: str, heading: str) -> str:
    """Return the text without the lines that are its headings, unless it is nothing else.

    Of a chunk over several sections the heading is not known: then a first line that looks like one goes.
    """
    heads = heading.split(" > ")
    lines = [line for line in text.splitlines() if line.strip(" #\t") not in heads]
    if len(lines) > 1 and not heading and is_heading(lines[0]) and lines[1][:1].isupper():
        del lines[0]
    return "\n".join(lines) or text


def _listed(text: str) -> str:
    """Return the text as one paragraph; items of a list, where there are several, stay a list."""
    pieces = [" ".join(piece.split()) for piece in _ITEM.split(text)]
    head, items = pieces[0], pieces[1:]
    if not items or (not head and len(items) == 1):
        return "".join(pieces)
    return "\n".join([*([head] if head else []), *(f"- {item}" for item in items)])


def _row(line: str, names: Sequence[str]) -> str:
    told = (f"{name}: {cell}" for name, cell in zip(names, cells(line), strict=False) if cell)
    return "; ".join(told) + "."


def marks(checked: Checked, item: Evidence, question: str) -> Span:
    """Return the span, in the hit's text, of the words that carry the sentence.

    The reader's words where the sentence says them, else the sentence of the passage nearest to it.
    """
    text, (start, end) = item.text, item.reading.span
    said = content(checked.text)
    read = content(text[start:end])
    if read and sum(word in said for word in read) >= CARRIED * len(read):
        return start, end
    wanted = [word for word in said if word not in set(content(question))] or said
    spans = sentences(text) or [(0, len(text))]
    return max(spans, key=lambda span: overlap(wanted, content(text[span[0] : span[1]])))


@dataclass(frozen=True, slots=True)
class Features:
    """What the probability of support is read from; 0 to 1, but the log-probabilities in nats (at most 0).

    `reader` is of the passage, `alone` of its sentence; `verdict` and `verdict_alone` are the judge's of the
    same (log-odds), `gain` the passage's (nats), 0 without a judge. `coverage` is the share of the question's
    words that the sentence has, `agreement` compares the reader's words with the answer's. `logprob` is the
    mean over the draft, `opening` over its first words, where answer and refusal part.
    """

    reader: float
    alone: float
    runner_up: float
    retrieval: float
    coverage: float
    agreement: float
    share: float
    logprob: float = 0.0
    opening: float = 0.0
    verdict: float = 0.0
    verdict_alone: float = 0.0
    gain: float = 0.0

    def row(self) -> dict[str, float]:
        """Return the inputs of the regression; probabilities as log-odds, where it is linear."""
        return {
            "reader": odds(self.reader),
            "alone": odds(self.alone),
            "runner_up": odds(self.runner_up),
            "retrieval": self.retrieval,
            "coverage": self.coverage,
            "agreement": self.agreement,
            "share": self.share,
            "verdict": self.verdict,
            "verdict_alone": self.verdict_alone,
            "gain": self.gain,
            "logprob": max(self.logprob, -5.0),
            "opening": max(self.opening, -5.0),
        }


def features(
    checked: Checked, question: str, evidence: Sequence[Evidence], logprobs: Sequence[float]
) -> Features:
    """Collect the features of an answer whose first sentence was checked."""
    scores = [item.reading.answers for item in evidence]
    source = checked.sources[0] if checked.sources else 0
    others = [score for index, score in enumerate(scores) if index != source]
    judgement = evidence[source].judgement
    return Features(
        reader=scores[source],
        alone=alone(evidence[source].reading),
        runner_up=max(others, default=0.0),
        retrieval=evidence[source].hit.score,
        coverage=_covered(question, evidence[source]),
        agreement=_agreement(checked.text, evidence[source]),
        share=checked.share,
        verdict=judgement.verdict if judgement else 0.0,
        verdict_alone=judgement.alone if judgement else 0.0,
        gain=judgement.gain if judgement else 0.0,
        logprob=_mean(logprobs),
        opening=_mean(logprobs[:OPENING]),
    )


def _mean(logprobs: Sequence[float]) -> float:
    return sum(logprobs) / len(logprobs) if logprobs else 0.0


@dataclass(frozen=True, slots=True)
class SupportModel:
    """Logistic regression from features to the probability that the documents support the answer.

    One set of weights for each way an answer comes about: `generated` with log-probabilities, `remote`
    without, `quoted` for the reader's sentence shown as it stands, `declined` for the same where the
    generator refused, and how surely.
    """

    weights: Mapping[str, Mapping[str, float]]

    @classmethod
    def load(cls, path: Path) -> SupportModel:
        """Read the fitted weights; raise MissingWeights where the file is absent or not a set of weights."""
        try:
            return cls(json.loads(path.read_text("utf-8"))["weights"])
        except (OSError, ValueError, KeyError) as exc:
            raise MissingWeights(
                f"The support weights {path} cannot be read. Take {path.name} from the project again."
            ) from exc

    def probability(self, way: str, inputs: Features) -> float:
        """Return the probability, 0 to 1."""
        weights = self.weights[way]
        row = inputs.row()
        score = weights["bias"] + sum(weights.get(name, 0.0) * value for name, value in row.items())
        return 1 / (1 + math.exp(-max(min(score, 30.0), -30.0)))


def _covered(question: str, item: Evidence) -> float:
    """Return the share of the question's content words that the sentence of the answer, or the title, has."""
    start, end = quotation(item)
    held = set(content(f"{item.hit.title} {item.text[start:end]}"))
    asked = set(content(question))
    return len(asked & held) / max(len(asked), 1)
