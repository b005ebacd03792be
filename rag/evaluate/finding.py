"""How good the lenses that find are, beside plain baselines: gaps on SQuAD, similar documents on PubMedQA and
CUAD, meaning against words on a phone manual.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]

from rag.evaluate.kept import Kept
from rag.evaluate.manual import read_emanual
from rag.evaluate.report import Row, measured
from rag.evaluate.trial import indexed
from rag.lenses.compare import compare
from rag.lenses.gaps import Gaps, grouped
from rag.lenses.similar import Parts, rank
from rag.types import Asked, Chunk, Hit, Passages

log = logging.getLogger(__name__)

ASKED, OTHERS = 40, 400  # questions about the article that is left out, and about others
ARTICLES = 5
FIRST = 5  # contracts looked at for each
# Types of contracts as their file names say them, in the order of CUAD's list; the first word found counts
TYPES = (
    "affiliate agency brand collaboration|cooperation consulting development distribut endorse franchise "
    "hosting intellectual joint.filing joint.venture licen[sc] maintenance manufactur marketing competition "
    "outsourcing promotion resell servic sponsor alliance supply transportation"
).split()


def left_out(path: Path, embed: Kept, seed: int) -> Iterator[Row]:
    """Gaps where an article is missing: how much of its gap is about it, and how much of it is there."""
    articles = json.loads(path.read_text("utf-8"))["data"]
    paragraphs = [(article["title"], one) for article in articles for one in article["paragraphs"]]
    stored = embed([one["context"] for _, one in paragraphs])
    asked = [(title, qa) for title, one in paragraphs for qa in one["qas"]]
    vectors = embed([qa["question"] for _, qa in asked], queries=True)
    titles = np.array([title for title, _ in asked])
    answerable = np.array([not qa["is_impossible"] for _, qa in asked])
    names = sorted(set(titles.tolist()))
    pure, whole = [], []
    for title in names:
        rng = np.random.default_rng(seed)
        mine = rng.permutation(np.flatnonzero((titles == title) & answerable))[:ASKED]
        others = rng.permutation(np.flatnonzero((titles != title) & answerable))[:OTHERS]
        rows = np.concatenate([mine, others])
        kept = [at for at, (name, _) in enumerate(paragraphs) if name != title]
        chunks = tuple(
            Chunk(str(at), paragraphs[at][0], at, paragraphs[at][1]["context"], 0, 1) for at in kept
        )
        passages = Passages(chunks, tuple(chunk.document for chunk in chunks), stored[kept])
        found = grouped([Asked(asked[at][1]["question"]) for at in rows], vectors[rows], passages)
        most = _of_article(found, {asked[at][1]["question"] for at in mine})
        pure.append(sum(most) / len(most))
        whole.append(sum(most) / len(mine))
        if title in names[::5][:ARTICLES]:
            yield measured("squad gaps", f"{title}: share of its gap", [[float(flag) for flag in most]], seed)
            yield Row("squad gaps", f"{title}: its questions in it", whole[-1], 0.0, 1.0, len(mine))
    yield measured("squad gaps", "all articles: share of the gap", [pure], seed)
    yield measured("squad gaps", "all articles: their questions in it", [whole], seed)


def _of_article(found: Gaps, own: set[str]) -> list[bool]:
    """Return which questions are the article's own, in the gap that has most of them."""
    return max(([one.question in own for one in gap.questions] for gap in found.gaps), key=sum)


def abstracts(path: Path, embed: Kept, seed: int) -> Iterator[Row]:
    """Does a research question find its abstract first; TF-IDF beside it."""
    rows = list(json.loads(path.read_text("utf-8")).values())
    texts, asked = ["\n\n".join(row["CONTEXTS"]) for row in rows], [row["QUESTION"] for row in rows]
    found = (embed(asked, queries=True) @ embed(texts).T).argmax(axis=1) == np.arange(len(rows))
    weigh = TfidfVectorizer(stop_words="english", sublinear_tf=True)
    stored = weigh.fit_transform(texts)
    plain = np.asarray((weigh.transform(asked) @ stored.T).argmax(axis=1)).ravel() == np.arange(len(rows))
    yield measured("pubmedqa", "similar, hit@1", [found.astype(float).tolist()], seed)
    yield measured("pubmedqa", "TF-IDF, hit@1", [plain.astype(float).tolist()], seed)


def contracts(folder: Path, embed: Kept, seed: int) -> Iterator[Row]:
    """Does a contract find those of its own type among those of other firms; TF-IDF of the same beside it."""
    paths = [path for path in sorted((folder / "txt").glob("*.txt")) if _kind(path.stem)]
    texts = [path.read_text("utf-8", errors="replace") for path in paths]
    kinds = np.array([_kind(path.stem) for path in paths])
    firms = np.array([_firm(path.stem) for path in paths])
    parts = [Parts(tuple(pieces), embed(pieces)) for text in texts if (pieces := embed.pieces(text))]
    chunks = [
        Chunk(f"{at}-{row}", str(at), row, text, 0, len(text))
        for at, part in enumerate(parts)
        for row, text in enumerate(part.texts)
    ]
    names = tuple(paths[int(chunk.document)].name for chunk in chunks)
    passages = Passages(tuple(chunks), names, np.concatenate([part.vectors for part in parts]))
    weighed = TfidfVectorizer(stop_words="english", sublinear_tf=True).fit_transform(texts)
    by_words = (weighed @ weighed.T).toarray()
    ours, plain = [], []
    for at, part in enumerate(parts):
        own = np.flatnonzero(firms == firms[at])
        found = rank(passages, [part], k=FIRST, leave_out={str(other) for other in own})
        ours.append(np.mean([kinds[int(match.document)] == kinds[at] for match in found.matches]))
        others = np.setdiff1d(np.argsort(-by_words[at], kind="stable"), own, assume_unique=True)
        plain.append(np.mean(kinds[others[:FIRST]] == kinds[at]))
    count = len(set(kinds.tolist()))
    yield measured("cuad", f"similar, first {FIRST} of the same type (of {count})", [ours], seed)
    yield measured("cuad", f"TF-IDF, first {FIRST} of the same type", [plain], seed)


def _kind(name: str) -> str:
    """Return the type of a contract by the title in its file name, "" where it says none."""
    title = re.split(r"EX-?[\d.]*\w*[-_ ]", name)[-1].lower()
    places = {kind: found.start() for kind in TYPES if (found := re.search(kind, title))}
    return min(places, key=places.__getitem__, default="")


def _firm(name: str) -> str:
    return re.sub(r"[\W\d_]", "", re.split(r"_| - ", name)[0]).lower()


def worded_otherwise(folder: Path, embed: Kept, seed: int) -> Iterator[Row]:
    """What meaning finds and words miss, on the questions of a manual: its section among the first ten."""
    asked = read_emanual(folder)
    home = embed.folder / "manual" if embed.folder else None
    with indexed(asked, embed.settings, home, log.info) as index:
        found = compare(index.library, [question.text for question in asked.questions])
        golds = [index.gold(question) for question in asked.questions]

    def holds(hits: tuple[Hit, ...], at: int) -> bool:
        return any(
            hit.chunk.document == gold.document and hit.chunk.start < gold.end and gold.start < hit.chunk.end
            for hit in hits
            for gold in golds[at]
        )

    meaning = np.array([holds(one.meaning, at) for at, one in enumerate(found.queries)])
    exact = np.array([holds(one.words, at) for at, one in enumerate(found.queries)])
    nothing = [float(not one.words) for one in found.queries]
    yield measured("emanual", "compare, no passage with a word of the question", [nothing], seed)
    yield measured("emanual", "compare, words find the section", [exact.astype(float).tolist()], seed)
    yield measured("emanual", "compare, meaning finds the section", [meaning.astype(float).tolist()], seed)
    rescued = meaning[~exact].astype(float).tolist()
    yield measured("emanual", "compare, meaning finds it where words do not", [rescued], seed)
