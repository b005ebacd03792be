"""From question to Answer, with parts that say what they are told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.answer import Answerer
from rag.compose import Statement
from rag.errors import ModelUnavailable
from rag.ground import SupportModel
from rag.prompts import REFUSAL
from rag.retrieve import Found
from rag.settings import Settings
from rag.types import Chunk, Evidence, Hit, Reading, Token, Turn
from rag.words import sentences
from tests.fakes import ScriptGenerator

RETURNS = "Unopened items may be returned within 30 days. Opened items may be returned within 14 days."
SHIPPING = "Standard shipping takes four working days and costs 5 euros."
SUPPORT = SupportModel(
    {way: {"bias": 0.0, "reader": 1.0} for way in ("generated", "remote", "quoted")}
    | {"declined": {"bias": -2.0, "reader": 1.0}}
)


def passage(text, position, answers, words=""):
    start = max(text.find(words), 0)
    chunk = Chunk(
        f"d-{position:05d}", "d", position, text, 100 * position, 100 * position + len(text), page=3
    )
    reading = Reading(answers, (start, start + len(words)), answers)
    return Evidence(Hit(chunk, "handbook.pdf", 0.8, "hybrid"), reading, text)


class FixedRetriever:
    """Finds what it was given, whatever is asked, and remembers what it was asked."""

    def __init__(self, *evidence, tables=(), whole=False):
        self.found = list(evidence)
        self.asked_whole = whole
        self.further = list(tables)
        self.searched = []

    def spelled(self, collection, question, documents=None):
        return question.replace("wich", "which")

    def find(self, collection, question, documents=None, wordings=()):
        self.searched.append((collection, question, documents))
        self.wordings = list(wordings)
        hits = [item.hit for item in self.found] + self.further
        return Found(tuple(self.found), tuple(hits), self.asked_whole)

    def statements(self, question, evidence):
        return [
            Statement(index, span, item.reading.answers)
            for index, item in enumerate(evidence)
            for span in sentences(item.text)
        ]

    def read_at(self, question, item, span):
        return item

    def page(self, document, offset):
        return 1 + offset // 100

    def around(self, hit, margin):
        return hit.text, hit.chunk.start


def answerer(generator, *evidence, **settings):
    retriever = FixedRetriever(*evidence)
    return Answerer(retriever, lambda: generator, SUPPORT, Settings(**settings)), retriever


def ask(generator, *evidence, question="How long can opened items be returned?", history=(), **settings):
    return answerer(generator, *evidence, **settings)[0].ask("Documents", question, history)


GOOD = passage(RETURNS, 0, 0.95, "14 days")
OTHER = passage(SHIPPING, 5, 0.2)
POOR = passage(SHIPPING, 5, 0.05)


def test_an_answer_cites_the_place_it_stands():
    answer = ask(ScriptGenerator("Within 14 days [2]."), OTHER, GOOD).answer
    assert answer.kind == "answer" and answer.text == "Within 14 days. [1]"
    (citation,) = answer.citations
    assert (citation.number, citation.file, citation.page) == (1, "handbook.pdf", 1)
    start, end = citation.marks[0]
    assert RETURNS[start - citation.start : end - citation.start] == "14 days"


def test_short_is_the_words_that_carry_the_answer():
    text = "Opened items may be returned within 14 days [1]."
    assert ask(ScriptGenerator(text), GOOD).answer.short == "14 days"


STEPS = "Empty the box. Wipe it with warm water. Leave the lid open until it is dry."


@pytest.mark.parametrize("draft", ["with warm water [1].", REFUSAL])
def test_an_open_question_gets_what_stands_around_the_words_too(draft):
    """The reader's words are marked all the same, and are the short answer."""
    cleaning = passage(STEPS, 0, 0.97, "with warm water")
    answer = ask(ScriptGenerator(draft), cleaning, question="How do I clean it?").answer
    assert answer.text == f"{STEPS} [1]" and answer.short == "with warm water"
    assert [STEPS[start:end] for start, end in answer.citations[0].marks] == ["with warm water"]


def test_a_draft_in_words_of_its_own_stays_as_it_is_and_what_was_shown_is_not_repeated():
    cleaning = passage(STEPS, 0, 0.97, "with warm water")
    own = "Wipe the box with warm water, lid open [1]."
    assert ask(ScriptGenerator(own), cleaning, question="How do I clean it?").answer.text == (
        "Wipe the box with warm water, lid open. [1]"
    )
    twice = "with warm water [1]. until it is dry [1]."
    assert ask(ScriptGenerator(twice), cleaning, question="How do I clean it?").answer.text == f"{STEPS} [1]"


def test_a_missing_citation_is_attached_and_an_invented_one_dropped():
    answer = ask(ScriptGenerator("Within 14 days [9]."), GOOD).answer
    assert answer.text == "Within 14 days. [1]"


class ServerGenerator(ScriptGenerator):
    """Tells no log-probabilities, as a model server does."""

    def stream(self, messages, /, *, limit, stop=None):
        for token in super().stream(messages, limit=limit, stop=stop):
            yield Token(token.text)


@pytest.mark.parametrize(("writer", "shown"), [(ScriptGenerator, "14 days"), (ServerGenerator, "30 days")])
def test_the_passages_sentence_is_shown_where_it_is_surer_but_a_server_has_the_word(writer, shown):
    surer = SupportModel(
        {"quoted": {"bias": 2.0}, "generated": {"bias": 1.0}, "remote": {"bias": 1.0}, "declined": {}}
    )
    generator = writer("Unopened items within 30 days [1].")
    asker = Answerer(FixedRetriever(GOOD), lambda: generator, surer, Settings())
    assert shown in asker.ask("Documents", "How long can items be returned?").answer.text


def test_the_draft_gives_the_short_answer_where_it_is_the_core_of_the_passages_words():
    surer = SupportModel({"quoted": {"bias": 2.0}, "generated": {"bias": 1.0}, "declined": {}})
    wordy = passage(RETURNS, 0, 0.95, "within 14 days")
    asker = Answerer(FixedRetriever(wordy), lambda: ScriptGenerator("14 days [1]."), surer, Settings())
    assert asker.ask("Documents", "How long can items be returned?").answer.short == "14 days"


@pytest.mark.parametrize(("drafted", "refused"), [(-1.0, False), (-6.0, True)])
def test_a_draft_that_hardly_anything_supports_speaks_against_the_passage_too(drafted, refused):
    """The passage's sentence has 0.5: with a draft of 0.27 the mean is over 0.3, with one of 0.002 not."""
    weights = SupportModel({"quoted": {"bias": 0.0}, "generated": {"bias": drafted}, "declined": {}})
    generator = ScriptGenerator("Unopened items within 30 days [1].")
    asker = Answerer(FixedRetriever(GOOD), lambda: generator, weights, Settings(refuse_below=0.3))
    answer = asker.ask("Documents", "How long can items be returned?").answer
    assert answer.refused == refused
    assert refused or "14 days" in answer.text


def test_slips_are_put_right_before_a_question_is_searched_and_read():
    generator = ScriptGenerator("Within 14 days [1].")
    asker, retriever = answerer(generator, GOOD)
    answer = asker.ask("Documents", "wich days for opened items").answer
    assert answer.question == "wich days for opened items"
    assert answer.searched == retriever.searched[0][1] == "which days for opened items"
    (prompt,) = generator.prompts
    assert prompt[-1].content.endswith("Question: which days for opened items")


def test_without_passages_the_model_is_not_called():
    generator = ScriptGenerator("Within 14 days [1].")
    answer = ask(generator).answer
    assert answer.refused and answer.text == REFUSAL and not generator.prompts


def test_without_a_passage_that_answers_the_model_is_not_called():
    generator = ScriptGenerator("Within 14 days [1].")
    answer = ask(generator, POOR).answer
    assert answer.refused and not generator.prompts and not answer.citations


def test_an_unsupported_sentence_is_not_shown():
    answer = ask(ScriptGenerator("Within 14 days [1]. Mr Lindqvist pays 99 euros [1]."), GOOD).answer
    assert answer.text == "Within 14 days. [1]"


def test_an_invented_answer_gives_way_to_the_passages_own_sentence():
    answer = ask(ScriptGenerator("Within 99 days [1]."), GOOD).answer
    assert answer.text == "Opened items may be returned within 14 days. [1]"
    assert answer.short == "14 days"


def test_an_invented_answer_without_a_sure_passage_is_refused():
    unsure = passage(RETURNS, 0, 0.2, "14 days")
    answer = ask(ScriptGenerator("Within 99 days [1]."), unsure).answer
    assert answer.refused and answer.text == REFUSAL


def test_the_models_own_refusal_holds_where_no_passage_is_sure():
    unsure = passage(RETURNS, 0, 0.2, "14 days")
    assert ask(ScriptGenerator("The documents don't answer this."), unsure).answer.refused


def test_less_support_is_enough_within_one_chosen_document():
    unsure = passage("Opened items: 14 days.", 0, 0.2, "14 days")
    asker, _ = answerer(ScriptGenerator("Opened items: 14 days. [1]"), unsure, refuse_below=0.25)
    assert asker.ask("Documents", "How long?").answer.refused
    assert asker.ask("Documents", "How long?", documents=["d", "e"]).answer.refused
    assert "14 days" in asker.ask("Documents", "How long?", documents=["d"]).answer.text


def test_less_support_is_enough_for_a_question_that_wants_an_explanation():
    unsure = passage(STEPS, 0, 0.26, "with warm water")
    asker, _ = answerer(ScriptGenerator("with warm water [1]."), unsure, refuse_below=0.3)
    assert asker.ask("Documents", "What is it cleaned with?").answer.refused
    assert not asker.ask("Documents", "How do I clean it?").answer.refused


def test_several_facts_are_not_told_where_hardly_anything_supports_an_explanation():
    unsure = passage(STEPS, 0, 0.2, "with warm water")
    asker, _ = answerer(ScriptGenerator(REFUSAL), unsure)
    assert asker.ask("Documents", "What happens if it is dirty?").answer.refused


@pytest.mark.parametrize("answers", [0.05, 0.2])
def test_a_question_without_an_answer_that_lacks_a_name_is_asked_back(answers):
    bears = passage("This animal sleeps through the winter.", 0, answers, "winter")
    wolves = replace(bears.hit, chunk=replace(bears.hit.chunk, document="e", text="An animal in packs."))
    retriever = FixedRetriever(bears, tables=[wolves])
    asker = Answerer(retriever, lambda: ScriptGenerator("Nothing."), SUPPORT, Settings(refuse_below=0.3))
    answer = asker.ask("Documents", "What does this animal eat?").answer
    assert answer.kind == "question" and answer.text.startswith("Which animal do you mean?")
    assert asker.ask("Documents", "What does a bear eat?").answer.refused


def test_a_refusal_shows_the_nearest_passages():
    assert ask(ScriptGenerator("x"), POOR).answer.hits == (POOR.hit,)


def test_a_repeated_sentence_is_shown_once():
    answer = ask(ScriptGenerator("Within 14 days [1]. Within 14 days [1]."), GOOD).answer
    assert answer.text.count("14 days") == 1


def test_the_stream_grows_replays_and_keeps_its_record():
    stream = ask(ScriptGenerator("Within 14 days [1]. Unopened items within 30 days [1]."), GOOD)
    pieces = list(stream)
    assert len(pieces) == 2 and "".join(pieces) == stream.answer.text
    assert list(stream) == pieces


def test_a_stopped_stream_keeps_what_was_shown():
    stream = ask(ScriptGenerator("Within 14 days [1]. Unopened items within 30 days [1]. More."), GOOD)
    first = next(iter(stream))
    stream.stop()
    assert stream.answer.text == first and not stream.answer.refused


def test_a_follow_up_is_searched_with_its_question_and_asked_with_its_turn():
    generator = ScriptGenerator("14 days [1].")
    parts, retriever = answerer(generator, GOOD)
    turn = Turn("How long can customers return unopened items?", "30 days.")
    answer = parts.ask("Documents", "and for opened items?", [turn]).answer
    assert retriever.searched[0][1] == answer.searched == "How long can customers return opened items?"
    assert retriever.wordings == ["and for opened items?", answer.searched]
    assert "30 days." in generator.prompts[0][1].content


def test_the_weakest_passages_go_first_where_the_prompt_is_too_long():
    generator = ScriptGenerator("14 days [1].")
    generator.window = 250
    answer = ask(generator, GOOD, passage("word " * 80, 7, 0.3), passage("word " * 80, 9, 0.2)).answer
    assert not answer.refused and "word word" not in generator.prompts[-1][1].content


@pytest.mark.parametrize("question", ["", "   ", "why " * 10_000])
def test_what_is_no_question_gets_a_sentence(question):
    answer = ask(ScriptGenerator("14 days [1]."), GOOD, question=question).answer
    assert answer.refused and "ask" in answer.text


@pytest.mark.parametrize("question", ["¿Cuánto tiempo?", "返品できますか", "\x00\ud83d", "'; DROP TABLE"])
def test_odd_questions_are_answered_or_refused(question):
    assert ask(ScriptGenerator("14 days [1]."), GOOD, question=question).answer.text


def test_an_unreachable_model_is_told_to_every_reader():
    class Down(ScriptGenerator):
        def stream(self, messages, /, *, limit, stop=None):
            raise ModelUnavailable("The model server did not answer.")
            yield

    stream = ask(Down("x"), GOOD)
    with pytest.raises(ModelUnavailable):
        list(stream)


PRICES = """| Product | Price | Stock |
| --- | --- | --- |
| Kettle | 24.00 | 7 |
| Toaster | 39.50 | 0 |
| Blender | 61.00 | 3 |"""


def test_a_generator_that_refuses_lowers_the_support_of_the_passage_but_does_not_decide_alone():
    refusing = "The documents do not answer this."
    unsure = ask(ScriptGenerator(refusing), passage("Opened items: 14 days.", 3, 0.7, "14 days")).answer
    sure = ask(ScriptGenerator(refusing), passage("Opened items: 14 days.", 3, 0.98, "14 days")).answer
    assert unsure.refused and unsure.support < 0.4
    assert sure.kind == "answer" and sure.short == "14 days"


def test_a_bare_phrase_is_shown_in_the_sentence_it_stands_in():
    answer = ask(ScriptGenerator("14 days [1]."), GOOD).answer
    assert answer.text == "Opened items may be returned within 14 days. [1]" and answer.short == "14 days"


def test_numbers_in_brackets_of_the_document_are_not_shown_as_citations():
    text = "Returning one late costs 50 pence a day. [7] [8] Tools are cleaned."
    answer = ask(ScriptGenerator("50 pence [1]."), passage(text, 2, 0.9, "50 pence")).answer
    assert answer.text == "Returning one late costs 50 pence a day. [1]"


def test_a_phrase_stays_one_where_its_sentence_is_long():
    clause = (
        "Opened items, " + "whatever their kind and whoever bought them, " * 8 + "may return for 14 days."
    )
    answer = ask(ScriptGenerator("14 days [1]."), passage(clause, 2, 0.9, "14 days")).answer
    assert answer.text == "14 days. [1]"


def test_documents_that_answer_differently_are_told_and_asked_about():
    other = Chunk("e-00001", "e", 1, "Opened items may be returned within 60 days.", 0, 44)
    reading = Reading(0.9, (36, 43), 0.9)
    second = Evidence(Hit(other, "outlet.txt", 0.8, "hybrid"), reading, other.text)
    generator = ScriptGenerator("x")
    first = passage("Opened items may be returned within 14 days.", 2, 0.9, "14 days")
    answer = ask(generator, first, second).answer
    assert answer.kind == "question" and not generator.prompts
    assert "handbook.pdf: 14 days [1]" in answer.text and "outlet.txt: 60 days [2]" in answer.text
    assert [citation.file for citation in answer.citations] == ["handbook.pdf", "outlet.txt"]


def test_a_question_that_points_at_one_of_several_documents_is_asked_back():
    def outlet(answers: float) -> Evidence:
        chunk = Chunk("e-00001", "e", 1, "Opened items are returned within 60 days.", 0, 41)
        return Evidence(Hit(chunk, "outlet.txt", 0.8, "hybrid"), Reading(answers, (33, 40), 0.9), chunk.text)

    generator = ScriptGenerator("14 days [1].")
    question = "How long may opened items be returned under this policy?"
    answer = ask(generator, GOOD, outlet(0.6), question=question).answer
    assert answer.kind == "question" and not generator.prompts
    assert [citation.file for citation in answer.citations] == ["handbook.pdf", "outlet.txt"]
    assert ask(generator, GOOD, outlet(0.1), question=question).answer.kind == "answer"


def test_a_question_over_rows_is_computed_with_its_rows_cited():
    answer = ask(ScriptGenerator("x"), passage(PRICES, 2, 0.3), question="What is the total stock?").answer
    assert answer.short == "10" and "[1]" in answer.text
    (citation,) = answer.citations
    marked = [PRICES[start - 200 : end - 200] for start, end in citation.marks]
    assert [row.split()[1] for row in marked] == ["Kettle", "Toaster", "Blender"]


def test_the_table_is_found_far_below_the_passages_and_the_one_about_the_rows_asked_for_is_taken():
    generator = ScriptGenerator("x")
    other = "| Region | Stock |\n| --- | --- |\n| North | 90 |\n| South | 80 |"
    tables = [passage(other, 4, 0.1).hit, passage(PRICES, 2, 0.1).hit]
    retriever = FixedRetriever(passage("Our stock is counted each year.", 1, 0.9), tables=tables)
    asker = Answerer(retriever, lambda: generator, SUPPORT, Settings())
    answer = asker.ask("Documents", "Which product has the highest stock?").answer
    assert answer.short == "Kettle" and not generator.prompts


def test_a_question_over_rows_that_is_not_understood_is_refused_not_guessed():
    generator = ScriptGenerator("Kettle [1].")
    answer = ask(generator, passage(PRICES, 2, 0.99, "Kettle"), question="Which is the most durable product?")
    assert answer.answer.refused and not generator.prompts


def test_a_question_for_several_facts_is_told_in_the_documents_words():
    generator = ScriptGenerator("x")
    fees = passage("A late return costs 20 euros.", 9, 0.9)
    question = "What are the periods for opened items and for late returns?"
    answer = ask(generator, GOOD, fees, question=question).answer
    assert answer.text.splitlines() == [
        "- Unopened items may be returned within 30 days. [1]",
        "- Opened items may be returned within 14 days. [1]",
        "- A late return costs 20 euros. [2]",
    ]
    assert [citation.number for citation in answer.citations] == [1, 2] and not generator.prompts


def test_a_section_asked_for_as_a_whole_is_told_in_its_own_sentences_and_what_was_read_is_said():
    parts = [
        passage("Returns are taken back within 30 days of the delivery. Pack them well, please.", 1, 0.1)
    ]
    parts += [passage("A return after 30 days of the delivery is sent back to the sender.", 2, 0.1)]
    asker = Answerer(FixedRetriever(*parts, whole=True), lambda: ScriptGenerator("x"), SUPPORT, Settings())
    answer = asker.ask("Documents", "Summarise the section Returns").answer
    assert answer.kind == "answer" and [citation.number for citation in answer.citations] == [1, 2]
    assert answer.text.startswith("- Returns are taken back within 30 days of the delivery. [1]")
    assert answer.text.endswith("From 2 of the 2 passages that were read.")


def test_timings_are_of_this_answer():
    timings = ask(ScriptGenerator("Within 14 days [1]."), GOOD).answer.timings
    assert 0 < timings.first_token_ms <= timings.total_ms and timings.answer_tokens == 4
    assert timings.prompt_tokens > 20
