"""Everybody can use it: no serious finding of axe on any page, by keyboard, enlarged, on a phone.

Runs on a home of its own with the sample library, real models and a real browser.
"""

from __future__ import annotations

import csv
import itertools
import re

import numpy as np
import pytest

from tests.browser.conftest import SECONDS, Server, settled
from tests.test_pages import pdf_file

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

CITED = "How long can an opened item be returned?"
GRAVE = ("serious", "critical")


@pytest.fixture(scope="module")
def shop(tmp_path_factory, chromium):
    server = Server(tmp_path_factory.mktemp("reach") / "home")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def tab(browser, shop):
    """Make a tab of any size and colour scheme."""
    made = []

    def make(scheme="light", width=1360, height=900, **more):
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, **more
        )
        made.append(context)
        page = context.new_page()
        page.set_default_timeout(SECONDS * 1000)
        return page

    yield make
    for context in made:
        context.close()


def begin(page, shop):
    page.goto(shop.url)
    page.get_by_test_id("stMainBlockContainer").get_by_role("button", name=CITED, disabled=False).wait_for()
    settled(page)
    page.get_by_text("Getting the sample library ready").wait_for(state="detached")


def ask(page, question=CITED, number=1):
    box = page.get_by_test_id("stChatInputTextArea")
    box.fill(question)
    box.press("Enter")
    page.get_by_test_id("stFeedback").nth(number - 1).wait_for()
    page.locator(".answer .said").nth(number - 1).wait_for()


def menu(page, name):
    entry = page.get_by_test_id("stSidebarNavLink").filter(has=page.get_by_text(name, exact=True))
    entry.click()


def link(page, name):
    menu(page, name)
    page.get_by_role("heading", level=1, name=re.compile(f"^{name}")).wait_for()
    settled(page)


def grave(page):
    """What axe finds that keeps somebody out, as readable lines."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="requirements-dev.txt")
    settled(page)
    found = axe.Axe().run(page).response["violations"]
    return [(each["id"], each["nodes"][0]["html"][:200]) for each in found if each["impact"] in GRAVE]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_any_page(tab, shop, scheme):
    page = tab(scheme)
    begin(page, shop)
    found = {"start": grave(page)}
    ask(page)
    found["answer"] = grave(page)
    page.get_by_role("button", name="Why?").first.click()
    page.get_by_test_id("stDialog").wait_for()
    found["why"] = grave(page)
    page.keyboard.press("Escape")
    page.locator("button.cite").first.click()
    page.locator(".sheet img, .reader").first.wait_for()
    found["source"] = grave(page)
    ask(page, "Who won the football world cup in 1998?", 2)
    found["refusal"] = grave(page)
    names = [each.inner_text() for each in page.get_by_test_id("stSidebarNavLink").all()]
    for name in [name.strip().split("\n")[-1] for name in names][1:]:
        link(page, name)
        found[name] = grave(page)
    assert {name: each for name, each in found.items() if each} == {}


def test_a_question_is_asked_and_its_source_opened_and_closed_by_keyboard_alone(tab, shop):
    page = tab()
    begin(page, shop)
    box = page.get_by_test_id("stChatInputTextArea")
    for _ in range(60):
        page.keyboard.press("Tab")
        if box.evaluate("box => box === document.activeElement"):
            break
    page.keyboard.type(CITED)
    page.keyboard.press("Enter")
    page.locator("button.cite").first.wait_for()
    page.get_by_test_id("stFeedback").first.wait_for()
    cite = page.locator("button.cite").first
    for _ in range(60):
        page.keyboard.press("Shift+Tab")
        if cite.evaluate("chip => chip.getRootNode().activeElement === chip"):
            break
    page.keyboard.press("Enter")
    source = page.locator(".sheet img, .reader").first
    source.wait_for()
    settled(page)
    page.keyboard.press("Escape")
    source.wait_for(state="detached")
    settled(page)
    # Whoever reads on by keyboard stands where they were.
    assert cite.evaluate("chip => chip.getRootNode().activeElement === chip")


def test_a_source_stands_beside_the_conversation_and_covers_none_of_it(tab, shop):
    page = tab(width=1280, height=800)
    begin(page, shop)
    ask(page)
    page.locator("button.cite").first.click()
    page.locator(".sheet img, .reader").first.wait_for()
    settled(page)
    talk = page.locator("[data-testid=stColumn]:not(:has(.st-key-source))").first.bounding_box()
    box = page.get_by_test_id("stChatInput").bounding_box()
    source = page.locator(".st-key-source").bounding_box()
    assert abs(box["x"] - talk["x"]) <= 2 and abs(box["width"] - talk["width"]) <= 2
    assert box["x"] + box["width"] < source["x"]
    assert source["y"] >= 0 and source["y"] + source["height"] <= 800
    assert source["height"] > 700  # as much of the page as the window has room for


@pytest.mark.parametrize(("width", "height"), [(680, 450), (390, 844)], ids=["200 % zoom", "phone"])
def test_nothing_is_cut_off_where_there_is_little_room(tab, shop, width, height):
    page = tab(width=width, height=height)
    begin(page, shop)
    top = page.get_by_role("heading", level=1, name="Ask your documents").bounding_box()["y"]
    assert 0 < top < height / 2  # read from its beginning, not from the box for the question
    ask(page)
    page.locator("button.cite").first.click()
    page.locator(".sheet img, .reader").first.wait_for()
    wide = "document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"
    assert page.evaluate(wide) <= 1
    page.get_by_role("button", name="Close source").click()
    for path in ("library", "search", "settings", "topics"):
        page.goto(f"{shop.url}/{path}")
        page.get_by_role("heading", level=1, name=path.title()).wait_for()
        settled(page)
        assert page.evaluate(wide) <= 1, path


def middles(page):
    """Where the dots of the map lie in the window, shape (n, 2)."""
    boxes = [dot.bounding_box() for dot in page.locator(".scatterlayer .point").all()]
    return np.array([(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in boxes])


def strip(start, end, wide=9):
    """The corners of a strip around two dots, to each side of them so wide."""
    along = wide * (end - start) / np.linalg.norm(end - start)
    across = along[::-1] * (-1, 1)
    sides = (-along - across, -along + across, along + across, along - across)
    return [place + side for place, side in zip((start, start, end, end), sides, strict=True)]


def between(dots, start, end):
    """How near the others come to the line between two dots."""
    line = dots[end] - dots[start]
    others = np.delete(dots, (start, end), axis=0)
    along = np.clip((others - dots[start]) @ line / (line @ line), 0, 1)
    return np.linalg.norm(others - dots[start] - along[:, None] * line, axis=1).min()


def test_a_lasso_around_two_dots_of_the_map_lists_these_and_opens_one(tab, shop):
    page = tab()
    begin(page, shop)
    link(page, "Topics")
    chart = page.get_by_role("figure", name="Map of")
    chart.scroll_into_view_if_needed()
    dots = middles(page)
    assert len(dots) > 2
    pair = max(itertools.combinations(range(len(dots)), 2), key=lambda pair: between(dots, *pair))
    corners = strip(*dots[list(pair)])
    page.mouse.move(*corners[-1])
    page.mouse.down()
    for corner in corners:
        page.mouse.move(*corner, steps=10)
    page.mouse.up()
    page.get_by_text("2 texts chosen").wait_for()
    settled(page)
    with page.expect_download() as download:
        page.locator(".st-key-topics_chosen_texts_download").get_by_role("button").click()
    with download.value.path().open(encoding="utf-8-sig", newline="") as table:
        assert len(list(csv.DictReader(table))) == 2
    page.get_by_test_id("stDataFrame").first.click(position={"x": 22, "y": 52})  # the box of the first row
    page.locator(".sheet img, .reader").first.wait_for()
    settled(page)
    assert page.get_by_text("2 texts chosen").count() == 1


def test_the_menu_of_a_narrow_window_closes_once_something_is_chosen_in_it(tab, shop):
    page = tab(width=390, height=844)
    begin(page, shop)
    ask(page)
    sidebar = page.get_by_test_id("stSidebar")
    for choice in ("Search", "Chat"):
        page.get_by_test_id("stExpandSidebarButton").click()
        menu(page, choice)
        page.locator("[data-testid=stSidebar][data-collapsed=true]").wait_for(state="attached")
    page.get_by_test_id("stExpandSidebarButton").click()
    sidebar.get_by_role("button", name="New conversation").click()
    page.locator("[data-testid=stSidebar][data-collapsed=true]").wait_for(state="attached")
    page.get_by_role("heading", level=1, name="Ask your documents").wait_for()


def test_pages_answer_while_many_files_are_added(tab, shop, tmp_path):
    page = tab()
    begin(page, shop)
    paths = []
    for number in range(200):
        paths.append(tmp_path / f"note-{number}.txt")
        # Long enough that no machine is through with them before the pages were turned.
        paths[-1].write_text(f"The valve of pump {number} is opened by hand after {number} hours. " * 400)
    link(page, "Library")
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(paths)
    page.get_by_role("button", name="Pause").wait_for()
    for name in ("Search", "Settings", "Library"):
        menu(page, name)
        page.get_by_role("heading", level=1, name=name, exact=True).wait_for()
    page.get_by_role("button", name="Stop adding").click()
    page.get_by_role("button", name="Clear this list").click()


def test_a_removal_is_undone_and_an_exported_file_proves_its_quotation(tab, shop, tmp_path):
    page = tab()
    path = pdf_file(tmp_path / "quarry.pdf", ["The Quarry gate closes at 18:40 on weekdays."])
    page.goto(f"{shop.url}/library")
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(path)
    page.locator(".st-key-outcome").get_by_text("quarry.pdf").wait_for()
    if (
        find := page.get_by_label("Find a document")
    ).count():  # others were added before: it may be on page 2
        find.fill("quarry")
        find.press("Enter")
    row = page.locator("[class*=st-key-document_]").filter(has_text="quarry.pdf")
    row.get_by_role("button", name="Remove").click()
    page.get_by_test_id("stDialog").get_by_role("button", name="Remove", exact=True).click()
    page.get_by_role("button", name="Put it back").click()
    row.wait_for()
    menu(page, "Chat")
    ask(page, "When does the Quarry gate close on weekdays?")
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_test_id("stDialog").get_by_role("button", name="HTML").click()
    text = download.value.path().read_text(encoding="utf-8")
    assert "18:40" in text and "SHA-256" in text and "these words stand at this place" in text


def test_the_password_is_given_once_for_all_tabs_of_a_browser(tab, tmp_path):
    server = Server(tmp_path / "home", password="sesame")
    server.start()
    page = tab()
    page.goto(server.url)
    page.get_by_label("Password", exact=True).fill("sesame")
    with page.expect_response(f"{server.url}/door") as handed:
        page.get_by_role("button", name="Come in").click()
    assert handed.value.status == 204
    page.get_by_role("heading", level=1, name="Ask your documents").wait_for()
    (cookie,) = [each for each in page.context.cookies() if each["name"] == "docent_door"]
    assert cookie["httpOnly"] and cookie["sameSite"] == "Strict"
    second = page.context.new_page()
    second.set_default_timeout(SECONDS * 1000)
    second.goto(f"{server.url}/library")
    second.get_by_role("heading", level=1, name="Library").wait_for()
    stranger = tab()
    stranger.goto(f"{server.url}/library")
    stranger.get_by_label("Password", exact=True).wait_for()
    server.stop()


def test_of_many_files_it_is_told_how_many_are_taken_over(tab, shop, tmp_path):
    paths = [tmp_path / f"note-{number}.txt" for number in range(12)]
    for path in paths:
        path.write_text(path.name)
    page = tab()
    page.goto(f"{shop.url}/library")
    page.route("**/upload_file/**", lambda route: None)  # none arrives
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(paths)
    chips = page.get_by_test_id("stFileChip")
    chips.nth(11).wait_for(state="attached")
    told = page.get_by_test_id("stFileChips").evaluate("one => getComputedStyle(one, '::after').content")
    assert "Files taken over" in told
    assert chips.filter(visible=True).count() == 8
