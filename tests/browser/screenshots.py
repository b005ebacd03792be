"""Draw the app's pages into data/screenshots/: python -m tests.browser.screenshots [HOME]

Not a test: a person looks at what it makes. It starts the app with the real models on an empty home, or on
one that holds the samples already.
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from rag.ui import navigation
from tests.browser.conftest import QUIET, ROOT, SECONDS, Server, settled

FOLDER = ROOT / "data" / "screenshots"
DESK, PHONE = {"width": 1360, "height": 850}, {"width": 390, "height": 844}
OFFERED = "How long can an opened item be returned?"  # by the start page
CITED = "How many days does Larkfell have to pay an invoice?"
REFUSED = "Who won the football world cup in 1998?"


class Camera:
    """One tab in one colour scheme; knows how to reach each page and what to wait for there."""

    def __init__(self, browser, server, scheme, size=DESK, name=""):
        self.page = browser.new_context(viewport=size, color_scheme=scheme).new_page()
        self.page.set_default_timeout(SECONDS * 1000)
        self.main = self.page.get_by_test_id("stMainBlockContainer")
        self.url, self.suffix = server.url, f"{name}{scheme}"

    def take(self, name):
        self.page.mouse.move(0, 0)
        self.page.wait_for_timeout(500)  # a tip under the pointer goes
        drawn = Image.open(io.BytesIO(self.page.screenshot())).convert("RGB")
        # A fifth of the size, and nobody sees the difference.
        drawn.quantize(96, dither=Image.Dither.NONE).save(FOLDER / f"{name}-{self.suffix}.png", optimize=True)
        sys.stdout.write(f"{name}-{self.suffix}\n")
        sys.stdout.flush()

    def go(self, path, heading):
        self.page.goto(f"{self.url}/{path}")
        self.main.get_by_role("heading", level=1, name=heading).wait_for()
        settled(self.page)

    def ask(self, question, number=1):
        box = self.page.get_by_test_id("stChatInputTextArea")
        box.fill(question)
        box.press("Enter")
        self.page.get_by_test_id("stFeedback").nth(number - 1).wait_for()
        self.page.get_by_text("Looking for what else").wait_for(state="detached")
        settled(self.page)

    def dialog(self, label, name):
        self.page.get_by_role("button", name=label).first.click()
        self.page.get_by_test_id("stDialog").wait_for()
        settled(self.page)
        self.take(name)
        self.page.keyboard.press("Escape")
        self.page.get_by_test_id("stDialog").wait_for(state="detached")


def first_run(camera):
    camera.go("", "Ask your documents")
    coming = camera.page.get_by_text("Getting the sample library ready")
    coming.wait_for()
    camera.take("first-run")
    camera.main.get_by_role("button", name=OFFERED, disabled=False).wait_for()
    coming.wait_for(state="detached")


def upload(camera):
    camera.go("library", "Library")
    damaged = Path(tempfile.mkdtemp()) / "scanned.pdf"
    damaged.write_bytes(b"%PDF-1.4 cut off")
    files = [ROOT / "data" / "samples" / "supply-agreement.pdf", damaged]
    camera.page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(files)
    camera.page.locator(".st-key-outcome").get_by_text("supply-agreement.pdf").wait_for()
    settled(camera.page)
    camera.take("upload")


def conversation(camera, dialogs):
    camera.go("", "Ask your documents")
    camera.take("start")
    camera.ask(CITED)
    camera.take("answer")
    for label, name in dialogs.items():
        camera.dialog(label, name)
    camera.page.locator("button.cite").first.click()
    camera.page.locator(".sheet img, .reader").wait_for()
    settled(camera.page)
    camera.take("source")
    camera.page.get_by_role("button", name="Close source").click()
    camera.ask(REFUSED, 2)
    camera.take("refusal")


def pages(camera):
    camera.go("library", "Library")
    camera.take("library")
    camera.go("search", "Search")
    box = camera.page.get_by_label("Search your documents")
    box.fill("return period of opened items")
    box.press("Enter")
    camera.page.locator(".source").first.wait_for()
    settled(camera.page)
    camera.take("search")
    camera.go("settings", "Settings")
    camera.page.get_by_test_id("stTable").wait_for()
    camera.take("settings")


def lenses(camera):
    for name in ("evaluate", *navigation.LENSES):
        camera.go(name, navigation.PAGES[name][0])
        camera.take(name)


DIALOGS = {"Why?": "why", "Export": "export", "Manage collections": "collections"}


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    given = [Path(name) for name in sys.argv[1:]]
    server = Server(*given or [Path(tempfile.mkdtemp()) / "home"])
    server.start()
    try:
        with sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
            if not given:
                first_run(Camera(browser, server, "light"))
            for scheme in ("light", "dark"):
                camera = Camera(browser, server, scheme)
                conversation(camera, DIALOGS)
                pages(camera)
                lenses(camera)
            phone = Camera(browser, server, "light", PHONE, "phone-")
            conversation(phone, {})
            pages(phone)
            lenses(phone)
            upload(Camera(browser, server, "light"))
    finally:
        server.stop()


if __name__ == "__main__":
    main()
