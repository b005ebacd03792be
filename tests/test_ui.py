"""Each page alone, over a real library with small parts: what a person sees and what their clicks do."""

from __future__ import annotations

import io
import json
import threading
import time

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from rag.errors import MissingWeights
from rag.home import Home
from rag.library import Library, Parts
from rag.owner import Owner
from rag.settings import Settings
from rag.types import Answer
from rag.ui import entrance, removing, samples, state, switching
from tests.fakes import HashEmbedder, OverlapJudge, OverlapReader, ScriptGenerator
from tests.hostile import encrypted_pdf
from tests.models import tiny_encoder, tiny_generator
from tests.test_pages import pdf_file

RETURNS = "Opened items may be returned within 14 days of delivery.\n\nSealed items may be returned later.\n"
SHIPPING = "Standard shipping to Ireland takes five working days and costs eight euro.\n"
QUESTION = "Within how many days may opened items be returned?"
ANSWER = "Opened items may be returned within 14 days of delivery."


@pytest.fixture
def owner(tmp_path, monkeypatch):
    home = Home(tmp_path / "home")
    home.acquire()
    parts = Parts(
        home,
        Settings.read(),
        embedder=HashEmbedder(),
        reader=OverlapReader(),
        judge=OverlapJudge(),
        generator=ScriptGenerator(ANSWER),
    )
    shipped = tmp_path / "samples"
    shipped.mkdir()
    (shipped / "returns.md").write_text(RETURNS)
    monkeypatch.setattr(samples, "FOLDER", shipped)
    monkeypatch.setattr(samples, "QUESTIONS", {QUESTION: "returns.md", "And what else?": "missing.pdf"})
    owner = Owner.of(Library(parts))
    monkeypatch.setattr(state, "open_owner", lambda: owner)
    st.cache_resource.clear()
    yield owner
    for removed in state.runtime().removed:
        removed.copy.close()
    owner.close()
    st.cache_resource.clear()


@pytest.fixture
def real(tmp_path, monkeypatch):
    """An empty library that loads its embedder as the settings say."""
    monkeypatch.setattr(samples, "first_start", lambda owner: None)
    home = Home(tmp_path / "home")
    home.acquire()
    owner = Owner.of(Library(Parts(home, Settings.read(), reader=OverlapReader(), judge=OverlapJudge())))
    monkeypatch.setattr(state, "open_owner", lambda: owner)
    st.cache_resource.clear()
    yield owner
    owner.close()
    st.cache_resource.clear()


@pytest.fixture
def filled(owner):
    """A person's own two documents; the samples were sent away."""
    owner.library.preferences.set(samples.REMOVED, "yes")
    reports = owner.library.add([named("returns.md", RETURNS), named("shipping.txt", SHIPPING)])
    assert [report.status for report in reports] == ["added", "added"]
    return owner


def named(name, text):
    file = io.BytesIO(text.encode())
    file.name = name
    return file


def page(name):
    def script(name):
        import importlib

        importlib.import_module(f"rag.ui.{name}").render()

    at = AppTest.from_function(script, args=(name,), default_timeout=30)
    return at.run()


def components(at):
    """What the components of the page were given, those that need nothing left out."""
    given = [found.proto.mixed.json or found.proto.json for found in at.get("bidi_component")]
    return [json.loads(data) for data in given if data]


def text(blocks):
    return "".join(run["text"] for block in blocks for row in block["rows"] for cell in row for run in cell)


def settle(at, condition, seconds=20):
    """Draw the page again until the condition holds, as its fragment does in a browser."""
    for _ in range(seconds * 10):
        if condition():
            return at
        time.sleep(0.1)
        at.run()
    raise AssertionError("it never happened")


def ask(at, question=QUESTION):
    before = len(components(at))
    at.chat_input[0].set_value(question).run()
    # Behind a dialog that has just closed the page is drawn once more before the answer begins
    return settle(
        at,
        lambda: len(components(at)) > before and not any(button.label == "Stop" for button in at.button),
    )


def button(at, label):
    return next(found for found in at.button if found.label == label)


def ready(at, question):
    """Whether a first question can be asked: its document is in."""
    return any(found.label == question and not found.disabled for found in at.button)


def state_of(at, name):
    return at.session_state[name]


def shown(at):
    return " ".join(str(getattr(found, "value", "")) for found in at.main)


# --- chat ----------------------------------------------------------------------------------------


def test_an_answer_carries_its_source_and_stays_after_a_reload(filled):
    at = ask(page("chat"))
    (answer,) = components(at)
    assert text(answer["blocks"]).startswith(ANSWER)
    assert [run["kind"] for run in answer["blocks"][0]["rows"][0][0]].count("cite") == 1
    (source,) = answer["sources"]
    assert source["file"] == "returns.md" and source["number"] == 1
    assert "14 days" in text(source["quote"])
    assert any(run["kind"] == "mark" for block in source["quote"] for run in block["rows"][0][0])
    again = page("chat")
    next(found for found in again.sidebar.button if found.label.startswith("Within how many")).click().run()
    assert components(again) == [answer]


def test_what_the_documents_do_not_say_is_refused_with_the_nearest_passages(filled):
    at = ask(page("chat"), "Who painted the ceiling of the chapel?")
    (answer,) = components(at)
    assert answer["refused"] and not answer["copy"]
    assert all(source["number"] == 0 for source in answer["sources"])
    assert not any("Support" in found.value for found in at.markdown)


def test_an_edited_question_takes_the_place_of_the_old_one(filled):
    at = ask(page("chat"))
    button(at, "Edit").click().run()
    at.text_area[0].set_value("How long may opened items be returned?")
    button(at, "Ask").click().run()
    settle(at, lambda: not any(found.label == "Stop" for found in at.button))
    assert [found.value for found in at.main.text] == ["How long may opened items be returned?"]


def test_a_rating_and_its_reason_are_kept(filled):
    at = ask(page("chat"))
    (chat,) = filled.library.chats.list("Documents")
    at.feedback[0].set_value(0).run()
    at.text_input(key=f"reason_{filled.library.chats.turns(chat.id)[0].id}").input("Too short").run()
    (turn,) = filled.library.chats.turns(chat.id)
    assert (turn.rating, turn.reason) == (-1, "Too short")


def test_a_conversation_is_renamed_and_deleted(filled):
    at = ask(page("chat"))
    (chat,) = filled.library.chats.list("Documents")
    button(at, "Rename or delete").click().run()
    at.text_input(key=f"title_{chat.id}").input("Returns")
    button(at, "Rename").click().run()
    assert filled.library.chats.chat(chat.id).title == "Returns"
    button(at, "Rename or delete").click().run()
    at.button(key=f"delete_{chat.id}").click().run()
    assert list(filled.library.chats.list("Documents")) == []
    assert not components(at)


def kept_to_shipping(at, owner):
    """Keep the conversation to one document; return it."""
    shipping = next(info for info in owner.library.documents() if info.name == "shipping.txt")
    at.button(key="choice").click().run()
    at.multiselect[0].select(shipping)
    at.button(key="choice_set").click().run()
    return shipping


def test_a_conversation_uses_only_the_documents_chosen_for_it(filled):
    at = page("chat")
    kept_to_shipping(at, filled)
    ask(at)
    (answer,) = components(at)
    assert {source["file"] for source in answer["sources"]} <= {"shipping.txt"}


def test_with_its_documents_removed_a_conversation_does_not_open_up_to_the_others(filled):
    at = page("chat")
    shipping = kept_to_shipping(at, filled)
    ask(at)
    filled.library.remove(shipping.id)
    at.run()
    assert at.chat_input[0].disabled and "choose others" in at.chat_input[0].placeholder
    assert button(at, "0 of 1 document")
    filled.library.remove(filled.library.documents()[0].id)
    at.run()
    assert "Add a document" in at.chat_input[0].placeholder  # there are no others to choose


def test_an_empty_home_gets_the_samples_and_first_questions(owner):
    at = page("chat")
    settle(at, lambda: ready(at, QUESTION))
    settle(at, lambda: not any(found.label == "And what else?" for found in at.button))  # nothing answers it
    assert any("Sample library" in found.value for found in at.markdown)


def test_samples_that_were_removed_do_not_come_back(owner):
    owner.library.preferences.set(samples.REMOVED, "yes")
    at = page("chat")
    assert button(at, "Try the sample library")
    assert owner.library.collections() == []


def test_a_question_that_fails_says_so_in_a_sentence(filled, monkeypatch):
    def broken(*given, **named):
        raise RuntimeError("secret detail")

    monkeypatch.setattr(Library, "ask", broken)
    at = page("chat")
    at.chat_input[0].set_value(QUESTION).run()
    settle(at, lambda: len(at.error) == 1)
    assert "secret" not in at.error[0].value
    assert button(at, "Try again")


def test_a_refusal_shows_only_passages_that_come_near(filled):
    at = ask(page("chat"), "Who painted the ceiling of the chapel?")
    (answer,) = components(at)
    assert answer["refused"] and answer["sources"] == []
    button(at, "Why?").click().run()
    assert any("nothing was written" in found.value for found in at.markdown)


def test_a_refusal_offers_the_words_all_documents_and_other_collections(filled):
    filled.library.within("Acme").add([named("chapel.txt", "Maria painted the ceiling of the chapel.")])
    at = page("chat")
    returns = next(info for info in filled.library.documents() if info.name == "returns.md")
    at.button(key="choice").click().run()
    at.multiselect[0].select(returns)
    at.button(key="choice_set").click().run()
    ask(at, "Who painted the ceiling of the chapel?")
    labels = {found.label for found in at.button}
    assert {"Search for these words", "Ask all documents", "Ask in Acme"} <= labels
    button(at, "Ask in Acme").click().run()
    settle(at, lambda: not any(found.label == "Stop" for found in at.button))
    assert state_of(at, "collection") == "Acme"
    assert [chat.collection for chat in filled.library.chats.list("Acme")] == ["Acme"]


def test_a_question_back_offers_the_documents_and_one_click_says_which(filled):
    heron, osprey = (
        f"The {name} product needs a temperature of {{}} degrees." for name in ("Heron", "Osprey")
    )
    filled.library.add([named("heron.txt", heron.format(57)), named("osprey.txt", osprey.format(980))])
    at = ask(page("chat"), "Which temperature does this product need?")
    (chat,) = filled.library.chats.list("Documents")
    assert [turn.answer.kind for turn in filled.library.chats.turns(chat.id)] == ["question"]
    next(found for found in at.button if found.label == "osprey.txt".replace(".", "\\.")).click().run()
    settle(at, lambda: len(filled.library.chats.turns(chat.id)) == 2)
    turn = filled.library.chats.turns(chat.id)[1]
    assert turn.question == "Which temperature does this product need? (osprey.txt)"
    assert {hit.file for hit in turn.answer.hits} == {"osprey.txt"}
    settle(at, lambda: not any(str(found.key).startswith("which_") for found in at.button))


def test_the_answer_is_explained_with_its_support_and_the_passages(filled):
    at = ask(page("chat"))
    next(found for found in at.button if found.label.endswith("Why?")).click().run()
    considered = components(at)[-1]["sources"]
    assert considered[0]["file"] == "returns.md" and "cited, score" in considered[0]["tag"]
    assert any("Passages found after" in found.value for found in at.caption)


def test_questions_to_go_on_with_are_ones_that_are_answered(filled):
    manual = "# Kettle\n\n## Warranty\n\nThe kettle has a warranty of two years.\n\n"
    manual += "## How often is the kettle descaled?\n\nThe kettle is descaled monthly."
    filled.library.add([named("kettle.md", manual)])
    at = ask(page("chat"), "How long is the warranty of the kettle?")
    settle(at, lambda: not any("Looking for" in found.value for found in at.caption))
    offered = [found for found in at.button if str(found.key).startswith("further_")]
    for found in offered:
        assert filled.library.ask(found.label.replace("\\", "")).answer.kind == "answer"
    assert any("descaled" in found.label for found in offered)


def test_questions_to_go_on_with_are_about_the_document_that_was_answered_from(filled):
    """Two manuals with the same sections: what is offered after the kettle's answer is told of the kettle."""
    for name, care in (("kettle", "monthly"), ("toaster", "weekly")):
        manual = f"# {name.title()}\n\n## Warranty\n\nThe {name} has a warranty of two years.\n\n"
        manual += f"## How often is the {name} cleaned?\n\nThe {name} is cleaned {care}."
        filled.library.add([named(f"{name}.md", manual)])
    at = ask(page("chat"), "How long is the warranty of the kettle?")
    settle(at, lambda: not any("Looking for" in found.value for found in at.caption))
    offered = [found.label for found in at.button if str(found.key).startswith("further_")]
    assert offered and "kettle" in offered[0]
    for label in offered:
        asked = filled.library.ask(label.replace("\\", "")).answer
        assert ("toaster" in label) == ("toaster.md" in {citation.file for citation in asked.citations})


def test_conversations_with_the_samples_stay_in_the_list_beside_a_persons_own(owner):
    at = page("chat")
    settle(at, lambda: ready(at, QUESTION))
    ask(at)
    owner.library.add([named("own.txt", SHIPPING)])
    again = page("chat")
    assert any(found.label.startswith("Within how many") for found in again.sidebar.button)


# --- collections ---------------------------------------------------------------------------------


def frame():
    """The chat as the app draws it, with what stands beside every page."""

    def script():
        from rag.ui import chat, sidebar

        sidebar.collections_menu()
        chat.render()

    return AppTest.from_function(script, default_timeout=30).run()


def test_a_collection_is_begun_renamed_and_deleted_with_all_it_holds(filled):
    at = frame()
    at.button(key="collections_manage").click().run()
    at.text_input(key="collection_new").input("Acme")
    button(at, "Begin it").click().run()
    assert state_of(at, "collection") == "Acme"
    filled.library.within("Acme").add([named("acme.txt", "Acme pays within 30 days.")])
    at.button(key="collections_manage").click().run()
    at.text_input(key="collection_name").input("Acme Ltd")
    button(at, "Rename").click().run()
    assert at.selectbox(key="collection_chosen").value == "Acme"
    assert "Acme Ltd" in at.selectbox(key="collection_chosen").options
    ask(at, "When does Acme pay?")
    at.button(key="collections_manage").click().run()
    at.checkbox(key="collection_sure").check()
    button(at, "Delete this collection").click().run()
    assert filled.library.collections() == ["Documents"]
    assert list(filled.library.chats.list("Acme")) == []
    assert state_of(at, "collection") == "Documents"


def test_a_name_that_is_taken_is_refused_in_a_sentence(filled):
    at = frame()
    at.button(key="collections_manage").click().run()
    at.text_input(key="collection_new").input("your documents")
    button(at, "Begin it").click().run()
    assert any("already" in found.value for found in at.error)


def test_nothing_crosses_from_one_collection_to_another(filled):
    acme = filled.library.within("Acme")
    acme.add([named("acme.txt", "Opened items of Acme may be returned within 99 days.")])
    at = frame()
    ask(at)
    assert "99" not in json.dumps(components(at))
    at.selectbox(key="collection_chosen").select("Acme").run()
    assert not components(at)  # the conversation stays behind
    ask(at)
    found = json.dumps(components(at))
    assert "acme.txt" in found and "returns.md" not in found
    assert len([b for b in at.sidebar.button if str(b.key).startswith("chat_")]) == 1
    search = page("search")
    search.session_state["collection"] = "Acme"
    search.run()
    search.text_input(key="search_query").input("returned items").run()
    files = {source["file"] for found in components(search) for source in found["sources"]}
    assert files == {"acme.txt"}


# --- library -------------------------------------------------------------------------------------


def upload(at, *files):
    at.file_uploader[0].set_value([(file.name, file.getvalue(), "text/plain") for file in files]).run()
    return settle(at, lambda: not any(found.label == "Stop adding" for found in at.button))


def test_uploaded_files_are_added_and_the_box_is_emptied(filled):
    at = upload(page("library"), named("new.txt", "Lamps burn for nine hours."), named("empty.txt", ""))
    assert {info.name for info in filled.library.documents()} == {"returns.md", "shipping.txt", "new.txt"}
    assert any("new" in found.value and "added" in found.value for found in at.markdown)
    assert len(at.error) == 1 and "empty" in at.error[0].value
    assert not at.file_uploader[0].value


def test_a_name_that_is_taken_asks_before_it_replaces(filled):
    at = page("library")
    changed = named("returns.md", "Opened items may be returned within 20 days of delivery.\n")
    at.file_uploader[0].set_value([(changed.name, changed.getvalue(), "text/plain")]).run()
    button(at, "Add").click().run()
    settle(at, lambda: any("replaced" in found.value for found in at.markdown))
    documents = {info.name: info.id for info in filled.library.documents()}
    assert set(documents) == {"returns.md", "shipping.txt"}
    assert "20 days" in filled.library.text(documents["returns.md"])


def test_the_same_bytes_again_are_no_question(filled):
    at = upload(page("library"), named("returns.md", RETURNS))
    assert any("unchanged" in found.value for found in at.markdown)


def test_own_files_put_the_samples_aside_and_one_click_brings_them_back(owner):
    at = page("library")
    settle(at, lambda: bool(owner.library.within("Samples").documents()) and at.run() and True)
    upload(at, named("new.txt", "Lamps burn for nine hours."))
    assert "**new\\.txt**" in [found.value for found in at.markdown]
    button(at, "Show the sample library").click().run()
    assert "**returns\\.md**" in [found.value for found in at.markdown]
    button(at, "Remove the sample library").click().run()
    assert "Samples" in owner.library.collections()
    at.button(key="confirm_remove").click().run()
    assert owner.library.collections() == ["Documents"]


def test_a_document_is_removed_only_after_a_second_click(filled):
    at = page("library")
    returns = next(info for info in filled.library.documents() if info.name == "returns.md")
    at.button(key=f"remove_{returns.id}").click().run()
    assert len(filled.library.documents()) == 2
    at.button(key="confirm_remove").click().run()
    assert [info.name for info in filled.library.documents()] == ["shipping.txt"]


def test_a_removed_document_can_be_put_back_for_a_moment(filled):
    at = page("library")
    returns = next(info for info in filled.library.documents() if info.name == "returns.md")
    at.button(key=f"remove_{returns.id}").click().run()
    at.button(key="confirm_remove").click().run()
    at.button(key=f"put_back_{returns.id}").click().run()
    settle(at, lambda: len(filled.library.documents()) == 2)
    assert filled.library.text(returns.id).strip() == RETURNS.strip()
    assert not any(str(found.key).startswith("put_back") for found in at.button)


def test_erasing_the_traces_leaves_the_minute_for_putting_back(filled, monkeypatch):
    begun, go_on = threading.Event(), threading.Event()

    def slow(tell, stopped):
        begun.set()
        return go_on.wait(20)

    monkeypatch.setattr(filled.library._parts.vectors, "rewrite", slow)
    at = page("library")
    returns = next(info for info in filled.library.documents() if info.name == "returns.md")
    at.button(key=f"remove_{returns.id}").click().run()
    at.button(key="confirm_remove").click().run()
    scrubbing = threading.Thread(target=filled.library.scrub)
    scrubbing.start()
    assert begun.wait(20) and filled.library.scrubbing().state == "running"
    at.run()
    go_on.set()
    scrubbing.join()
    at.button(key=f"put_back_{returns.id}").click().run()
    settle(at, lambda: len(filled.library.documents()) == 2)


def test_a_click_after_the_minute_is_told_in_a_sentence(filled):
    at = page("library")
    returns = next(info for info in filled.library.documents() if info.name == "returns.md")
    at.button(key=f"remove_{returns.id}").click().run()
    at.button(key="confirm_remove").click().run()
    state.runtime().removed[0].copy.close()
    at.button(key=f"put_back_{returns.id}").click().run()
    assert "can no longer be put back" in at.error[0].value


def test_undoing_is_over_after_a_while(filled, monkeypatch):
    monkeypatch.setattr(removing, "GRACE", -1)
    at = page("library")
    returns = next(info for info in filled.library.documents() if info.name == "returns.md")
    at.button(key=f"remove_{returns.id}").click().run()
    at.button(key="confirm_remove").click().run()
    assert not any(str(found.key).startswith("put_back") for found in at.button)
    assert state.runtime().removed == []


def test_tags_are_given_and_narrow_the_list(filled):
    at = page("library")
    returns = next(info for info in filled.library.documents() if info.name == "returns.md")
    filled.library.tag(returns.id, ["policy"])
    at.run()
    at.button_group(key="library_tag").select("policy").run()
    names = [found.value for found in at.markdown]
    assert "**returns\\.md**" in names and "**shipping\\.txt**" not in names


def test_two_versions_are_compared_word_by_word(filled):
    filled.library.add([named("returns (2).md", RETURNS.replace("14", "20"))])
    at = page("library")
    button(at, "Compare two").click().run()
    old, new = components(at)
    assert [run["text"] for run in old["blocks"][0]["rows"][0][0] if run["kind"] == "mark"] == ["14"]
    assert [run["text"] for run in new["blocks"][0]["rows"][0][0] if run["kind"] == "mark"] == ["20"]


def test_a_locked_pdf_opens_with_its_password(filled):
    at = page("library")
    locked = io.BytesIO(encrypted_pdf("sesame"))
    at.file_uploader[0].set_value([("locked.pdf", locked.getvalue(), "application/pdf")]).run()
    settle(at, lambda: any("password" in found.value for found in at.error))
    (job,) = [job for job in filled.worker.jobs() if job.reports]
    at.text_input(key=f"password_{job.id}").input("sesame")
    button(at, "Open with it").click().run()
    settle(at, lambda: any(info.name == "locked.pdf" for info in filled.library.documents()))


def test_a_part_of_the_name_finds_a_document(filled):
    at = page("library")
    at.text_input(key="library_find").input("ship").run()
    names = [found.value for found in at.markdown]
    assert "**shipping\\.txt**" in names and "**returns\\.md**" not in names


def test_a_document_opens_beside_the_list_as_text(filled):
    at = page("library")
    returns = next(info for info in filled.library.documents() if info.name == "returns.md")
    at.button(key=f"open_{returns.id}").click().run()
    (reader,) = components(at)
    assert "14 days" in text(reader["blocks"])
    at.button(key="source_close").click().run()
    assert components(at) == []


def test_a_pdf_opens_as_pages(filled, tmp_path):
    path = pdf_file(tmp_path / "manual.pdf", ["The first page says lamps."], ["The second says kettles."])
    (report,) = filled.library.add([path])
    at = page("library")
    at.button(key=f"open_{report.document}").click().run()
    assert components(at)[0]["label"].startswith("manual.pdf, page 1")
    at.button(key="source_next").click().run()
    (sheet,) = components(at)
    assert sheet["label"].startswith("manual.pdf, page 2") and sheet["image"]


# --- search and settings -------------------------------------------------------------------------


def test_search_shows_both_ways_and_marks_the_words(filled):
    at = page("search")
    at.text_input(key="search_query").input("returned items").run()
    meaning, exact = components(at)
    assert meaning["sources"] and [source["file"] for source in exact["sources"]] == ["returns.md"]
    marked = [
        run["text"]
        for block in exact["sources"][0]["quote"]
        for run in block["rows"][0][0]
        if run["kind"] == "mark"
    ]
    assert "returned" in marked


def test_settings_show_values_and_hide_the_secrets(filled, monkeypatch):
    monkeypatch.setenv("RAG_GENERATOR_KEY", "secret-key")
    at = page("settings")
    table = at.table[0].value
    assert "`RAG_HOME`" in list(table["Setting"])
    assert "secret-key" not in table.to_string()


def test_a_setting_takes_effect_at_once_and_a_locked_one_cannot_be_moved(filled, monkeypatch):
    monkeypatch.setenv("RAG_ANSWER_TOKENS", "64")
    at = page("settings")
    assert at.slider(key="set_answer_tokens").disabled
    assert any("RAG_ANSWER_TOKENS" in found.value for found in at.caption)
    at.slider(key="set_passages").set_value(1).run()
    assert filled.library.settings.passages == 1
    row = next(row for _, row in at.table[0].value.iterrows() if row["Setting"] == "`RAG_PASSAGES`")
    assert row["From"] == "this app"
    at.slider(key="set_refuse_below").set_value(1.0).run()
    assert filled.library.ask(QUESTION).answer.refused


def offered(filled, name):
    """Which of the models found has this in its name."""
    found = [choice.model.setting for choice in switching.choices(filled.library)]
    return next(number for number, setting in enumerate(found) if name in setting)


def test_a_model_that_cannot_be_loaded_leaves_the_old_one_in_use(filled):
    broken = filled.library.home.models / "broken"
    broken.mkdir(parents=True)
    (broken / "config.json").write_text('{"architectures": ["LlamaForCausalLM"], "dtype": "bfloat16"}')
    (broken / "model.safetensors").write_bytes(b"no weights")
    before = filled.library.settings.generator
    filled.library.chats.append(
        filled.library.chats.create("Documents", "a"), Answer(QUESTION, "answer", "x")
    )
    at = page("settings")
    number = next(
        n for n, found in enumerate(switching.choices(filled.library)) if "broken" in found.model.setting
    )
    at.button(key=f"use_{number}").click().run()
    assert "in use again" in at.error[0].value
    assert filled.library.settings.generator == before


def test_another_model_is_tried_with_the_last_question(filled, tmp_path):
    tiny_generator(filled.library.home.models / "tiny")
    filled.library.chats.append(
        filled.library.chats.create("Documents", "a"), Answer(QUESTION, "answer", "x")
    )
    at = page("settings")
    number = next(
        n for n, found in enumerate(switching.choices(filled.library)) if "tiny" in found.model.setting
    )
    at.button(key=f"use_{number}").click().run(timeout=60)
    assert not at.error
    assert filled.library.settings.generator.endswith("tiny")
    assert QUESTION in [found.value for found in at.text]


@pytest.mark.slow
def test_another_embedder_takes_over_while_the_old_one_answers(real):
    tiny_encoder(real.library.home.models / "tiny")
    (real.library.home.models / "tiny" / "modules.json").write_text("[]")
    real.library.add([named("returns.md", RETURNS)])
    at = page("settings")
    at.button(key="use_embedder_1").click().run(timeout=60)
    assert not at.error
    assert real.library.index().state == "building"
    assert real.library.search("opened items", "semantic", 1)
    assert "all-MiniLM-L6-v2, on this computer" in [found.value for found in at.text]
    real.library.reindex()
    assert any(found.value.startswith("tiny-") for found in at.run().text)
    assert real.library.search("opened items", "semantic", 1)
    assert real.library.check() == []
    # And back, and forth again before it is whole: nothing is lost by changing one's mind
    at.button(key="use_embedder_0").click().run()
    at.button(key="use_embedder_1").click().run()
    assert real.library.index().state == "current"
    assert real.library.search("opened items", "semantic", 1)


def test_an_embedder_that_is_gone_is_refused_in_a_sentence(real):
    with pytest.raises(MissingWeights, match="no folder"):
        real.library.change(embedder=str(real.library.home.models / "gone"))
    assert real.library.settings.embedder == "all-MiniLM-L6-v2"
    assert real.library.index().state == "current"


# --- errors --------------------------------------------------------------------------------------


def test_a_home_that_another_process_owns_is_one_sentence(filled, monkeypatch):
    def script():
        import streamlit as st

        from rag.ui import parts

        parts.opened(st.Page(lambda: st.write("never"), title="Chat", url_path="chat"))

    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(state, "open_owner", lambda: Owner.open(home=filled.library.home.root))
        st.cache_resource.clear()
        at = AppTest.from_function(script, default_timeout=30).run()
    assert "open in another process" in at.error[0].value.replace("\\", "")
    assert not at.exception


# --- the door ------------------------------------------------------------------------------------


def door():
    def script():
        import streamlit as st

        from rag.ui import parts

        page = st.Page(lambda: st.write("inside"), title="Chat", url_path="chat")
        parts.opened(st.navigation([page]))

    return AppTest.from_function(script, default_timeout=30).run()


def inside(at):
    return any(found.value == "inside" for found in at.markdown)


def test_a_password_is_asked_for_and_a_wrong_one_shows_nothing(filled, monkeypatch):
    monkeypatch.setenv("RAG_PASSWORD", "sésame")
    monkeypatch.setattr(entrance, "PAUSE", 0)
    at = door()
    assert not inside(at) and not at.sidebar.button
    for given, let_in in (("guess", False), ("sésame", True)):
        at.text_input(key="door_password").input(given)
        button(at, "Come in").click().run()
        assert inside(at) is let_in


@pytest.mark.parametrize("address", ["0.0.0.0", "", "192.168.1.4"])
def test_without_a_password_nobody_else_gets_in(filled, monkeypatch, address):
    monkeypatch.setattr(st, "get_option", lambda name: address)
    at = door()
    assert not inside(at) and "RAG_PASSWORD" in at.error[0].value


def test_on_this_machine_alone_no_password_is_needed(filled):
    assert inside(door())
    assert entrance.is_loopback("::1") and entrance.is_loopback("localhost")
