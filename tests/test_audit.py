"""An exported conversation proves where each sentence stood, in every format, and runs nothing."""

from __future__ import annotations

import io
from dataclasses import replace

import docx
import pypdf
import pytest

from rag import audit
from rag.catalog.chats import Chat, ChatTurn
from rag.errors import NotFound
from rag.types import Answer, Citation, DocumentInfo, Origin

TEXT = "Intro.\n\nOpened items <b>may</b> be returned within 14 days. ![pixel](http://tracker.invalid/p.png)"
START, END = 8, len(TEXT)
MARK = (TEXT.index("14"), TEXT.index("14") + 7)
SHA = "ab" * 32
CITATION = Citation(1, "d1", "returns.md", 3, "4 Returns", TEXT[START:END], START, END, (MARK,))
ORIGIN = Origin((("generator", "SmolLM2"),), (("RAG_PASSAGES", "3"),), (("d1", SHA),))
ANSWER = Answer(
    "How long?", "answer", "Opened items: 14 days. [1]", support=0.83, citations=(CITATION,), origin=ORIGIN
)
CHAT = Chat("c1", "Documents", "Returns & <refunds>", None, "2026-11-22T10:00:00+00:00", "")


class Shelf:
    """A library of one document, or none."""

    def __init__(self, text=TEXT, sha=SHA):
        self.held, self.sha = text, sha

    def within(self, collection):
        return self

    def documents(self):
        info = DocumentInfo("d1", "returns.md", "Documents", "ready", "", self.sha, 1, 3, 1, "")
        return [info] if self.held is not None else []

    def text(self, document):
        if self.held is None:
            raise NotFound("gone")
        return self.held


def gathered(shelf=None, answer=ANSWER):
    turn = ChatTurn(1, "c1", answer.question, answer, 0, "", "2026-11-22T10:01:00+00:00")
    return audit.gather(shelf or Shelf(), CHAT, [turn], "Your documents")


def read(suffix, data):
    if suffix == ".pdf":
        pages = pypdf.PdfReader(io.BytesIO(data)).pages
        return "".join("".join(page.extract_text() for page in pages).split())
    if suffix == ".docx":
        return "\n".join(paragraph.text for paragraph in docx.Document(io.BytesIO(data)).paragraphs)
    return data.decode()


@pytest.mark.parametrize("kind", audit.FORMATS, ids=lambda kind: kind.suffix)
def test_every_format_holds_question_answer_quotation_place_digest_models_and_settings(kind):
    found = read(kind.suffix, kind.write(gathered()))
    plain = found.replace("\\", "").replace("\n", "")
    for wanted in ("How long?", "14 days", "returns.md", "page 3", SHA, "SmolLM2", "RAG_PASSAGES", "0.83"):
        assert wanted.replace(" ", "") in plain.replace(" ", ""), wanted


def test_a_page_runs_and_fetches_nothing():
    page = audit.FORMATS[2].write(gathered()).decode()
    assert "<b>may" not in page and "&lt;b&gt;may" in page and "<img" not in page
    assert "default-src 'none'" in page and "<mark>14 days</mark>" in page


def test_markdown_shows_signs_as_signs():
    page = audit.FORMATS[3].write(gathered()).decode()
    assert "](http" not in page and "<b>" not in page.replace("\\<", "") and "**14 days**" in page


@pytest.mark.parametrize(
    ("shelf", "said"),
    [
        (Shelf(), "these words stand"),
        (Shelf(TEXT.replace("14", "20")), "no longer held"),
        (Shelf(sha="cd" * 32), "no longer held"),
        (Shelf(None), "no longer in the library"),
    ],
)
def test_each_quotation_is_checked_again(shelf, said):
    (quote,) = gathered(shelf).entries[0].quotes
    assert said in quote.check
    assert quote.sha256 == SHA  # as noted with the answer


def test_letters_that_the_pdf_cannot_show_are_named_and_control_characters_break_nothing():
    answer = replace(ANSWER, text="漢 and \x00 and <para>", citations=())
    for kind in audit.FORMATS:
        assert kind.write(gathered(answer=answer))
    assert "[U+6F22]and" in read(".pdf", audit.FORMATS[0].write(gathered(answer=answer)))
