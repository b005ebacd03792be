"""The main job in a real browser, on real models: first run, answer, source, refusal, upload, restart.

The tests share one server and one home, and run in the order in which a person would come to these things.
"""

from __future__ import annotations

import re

import pytest

from tests.browser.conftest import SECONDS
from tests.test_pages import HEIGHT, LEFT, pdf_file

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

OPENED = "How long can an opened item be returned?"
LANTERN = "How many months does the warranty of the Zephyr lantern last?"
HOSTILE = """# Notice about the Quillon gate

The gate code of the Quillon yard is 4471 for visitors. <script>document.title = 'taken'</script>
<img src="http://tracker.invalid/a.png" onerror="document.title = 'taken'">
![pixel](http://tracker.invalid/b.png) [press](javascript:document.title='taken') :red[loud] $x^2$
"""


def start(page, server, path=""):
    page.goto(f"{server.url}/{path}")
    page.get_by_test_id("stMainBlockContainer").wait_for()


def answers(page, number):
    """Wait until so many answers are whole; return the last."""
    page.get_by_test_id("stFeedback").nth(number - 1).wait_for()
    answer = page.locator(".answer").nth(number - 1)
    answer.locator(".said").wait_for()
    return answer


def ask(page, question, number=1):
    box = page.get_by_test_id("stChatInputTextArea")
    box.fill(question)
    box.press("Enter")
    return answers(page, number)


def upload(page, server, *paths):
    start(page, server, "library")
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(paths)
    for path in paths:
        page.locator(".st-key-outcome").get_by_text(path.name).first.wait_for()


def test_a_question_asked_at_once_on_first_run_outlives_a_kill_and_is_answered(page, server):
    start(page, server)
    page.get_by_test_id("stMainBlockContainer").get_by_role("button", name=OPENED).click()
    page.get_by_role("button", name="Stop").wait_for()
    page.wait_for_url("**chat=**")
    address = page.url
    server.kill()
    server.start()
    page.goto(address)
    page.get_by_text("The question was kept").wait_for()
    page.get_by_role("button", name="Ask again").click()
    assert "30 days" in answers(page, 1).inner_text()


def test_a_first_run_offers_the_samples_and_answers(page, server):
    start(page, server)
    page.get_by_test_id("stMainBlockContainer").get_by_text("Sample library").first.wait_for()
    page.get_by_test_id("stMainBlockContainer").get_by_role("button", name=OPENED).click()
    answer = answers(page, 1)
    assert "30 days" in answer.inner_text()
    assert answer.locator("button.cite").count() >= 1
    assert answer.locator(".source mark").count() >= 1
    assert page.get_by_text("Not legal or medical advice").count() == 1


def test_a_follow_up_is_understood(page, server):
    start(page, server)
    ask(page, "How long can unopened items be returned?")
    assert "30 days" in ask(page, "And for opened items?", 2).inner_text()


def test_what_the_samples_do_not_say_is_refused(page, server):
    start(page, server)
    answer = ask(page, "Who won the football world cup in 1998?")
    assert "refused" in answer.get_attribute("class")
    assert answer.locator("button.cite").count() == 0


def test_an_uploaded_pdf_answers_and_its_page_is_marked(page, server, tmp_path):
    path = pdf_file(
        tmp_path / "lantern.pdf",
        ["Zephyr lantern", "The lantern burns for nine hours on one charge."],
        ["Service", "The warranty of the Zephyr lantern lasts 27 months from delivery."],
    )
    upload(page, server, path)
    page.get_by_role("button", name="Ask about them").click()
    page.get_by_test_id("stMainBlockContainer").get_by_text("Your documents").first.wait_for()
    answer = ask(page, LANTERN)
    assert "27 months" in answer.inner_text()
    answer.locator("button.cite").first.click()
    sheet = page.locator(".sheet")
    sheet.locator("img").wait_for()
    assert "page 2" in sheet.locator("img").get_attribute("alt")
    whole = sheet.bounding_box()
    boxes = [box.bounding_box() for box in sheet.locator(".box.words").all()]
    assert boxes
    baseline = whole["y"] + whole["height"] * (72 + 20) / HEIGHT
    for box in boxes:  # on the second line, within the text's own width
        assert box["y"] < baseline < box["y"] + 1.5 * box["height"]
        assert box["x"] >= whole["x"] + whole["width"] * LEFT / 612 - 2
    page.get_by_role("button", name="Previous page").click()
    page.get_by_text("Page 1 of 2").wait_for()
    page.get_by_role("button", name="Close source").click()
    sheet.wait_for(state="detached")


def test_a_hostile_document_is_read_and_never_run(page, server, tmp_path):
    path = tmp_path / "quillon <b>notice.md"
    path.write_text(HOSTILE)
    upload(page, server, path)
    page.get_by_role("button", name="Ask about them").click()
    answer = ask(page, "What is the gate code of the Quillon yard for visitors?")
    assert "4471" in answer.inner_text()
    answer.locator(".source").first.click()
    reader = page.locator(".reader")
    reader.wait_for()
    assert "<script>" in reader.inner_text() and "![pixel]" in reader.inner_text()
    assert page.locator(".reader img, .reader script, .answer img, .answer a").count() == 0
    assert page.title() != "taken"


def test_two_people_ask_at_once(page, server, browser):
    other = browser.new_context().new_page()
    other.set_default_timeout(SECONDS * 1000)
    start(page, server)
    start(other, server)
    for tab, question in ((page, LANTERN), (other, "How long does the lantern burn on one charge?")):
        tab.get_by_test_id("stChatInputTextArea").fill(question)
        tab.get_by_test_id("stChatInputTextArea").press("Enter")
    assert "27 months" in answers(page, 1).inner_text()
    assert "nine hours" in answers(other, 1).inner_text()
    other.context.close()


def test_a_conversation_is_resumed_after_a_restart(page, server):
    start(page, server)
    ask(page, LANTERN)
    address = page.url
    assert "chat=" in address
    server.stop()
    server.start()
    page.goto(address)
    assert "27 months" in answers(page, 1).inner_text()


def test_a_removed_document_answers_no_more(page, server):
    start(page, server, "library")
    row = page.locator("[class*=st-key-document_]").filter(has_text="lantern.pdf")
    row.get_by_role("button", name="Remove").click()
    page.get_by_test_id("stDialog").get_by_role("button", name="Remove").click()
    row.wait_for(state="detached")
    start(page, server)
    assert "refused" in ask(page, LANTERN).get_attribute("class")


def test_the_samples_come_back_and_go_once_that_is_confirmed(page, server):
    start(page, server, "library")
    page.get_by_role("button", name="Show the sample library").click()
    page.get_by_text("support-handbook.pdf", exact=True).wait_for()
    page.get_by_role("button", name="Remove the sample library").click()
    page.get_by_test_id("stDialog").get_by_role("button", name="Remove", exact=True).click()
    page.get_by_role("button", name=re.compile("Bring the sample library")).wait_for()
