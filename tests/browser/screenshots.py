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
from tests.browser.conftest import QUIET, ROOT, SECONDS, Server

FOLDER = ROOT / "data" / "screenshots"
DESK, PHONE = {"width": 1360, "height": 850}, {"width": 390, "height": 844}
CITED = "What does express delivery to Ireland cost?"
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
        self.page.wait_for_timeout(1500)  # transitions end
        drawn = Image.open(io.BytesIO(self.page.screenshot())).convert("RGB")
        # A quarter of the size, and nobody sees the difference.
        drawn.quantize(192, dither=Image.Dither.NONE).save(
            FOLDER / f"{name}-{self.suffix}.png", optimize=True
        )

    def go(self, path, text):
        self.page.goto(f"{self.url}/{path}")
        self.main.get_by_text(text).first.wait_for()

    def ask(self, question):
        box = self.page.get_by_test_id("stChatInputTextArea")
        box.fill(question)
        box.press("Enter")
        self.page.get_by_test_id("stFeedback").first.wait_for()
        self.page.locator(".answer .said").first.wait_for()


def first_run(camera):
    camera.go("", "Getting the documents ready")
    camera.take("first-run")
    camera.page.get_by_text("Stop adding").wait_for(state="detached")


def upload(camera):
    camera.go("library", "Find a document")
    scanned = Path(tempfile.mkdtemp()) / "scanned.pdf"
    scanned.write_bytes(b"%PDF-1.4 cut off")
    files = [ROOT / "data" / "samples" / "supply-agreement.pdf", scanned]
    camera.page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(files)
    camera.page.get_by_test_id("stAlert").filter(has_text="scanned").wait_for()
    camera.take("upload")


def everything(camera):
    camera.go("", "sample library")
    camera.main.get_by_role("button", name=CITED).wait_for()
    camera.take("start")
    camera.ask(CITED)
    camera.take("answer")
    camera.page.locator("button.cite").first.click()
    camera.page.locator(".sheet img, .reader").wait_for()
    camera.take("source")
    camera.go("", "sample library")
    camera.ask(REFUSED)
    camera.take("refusal")
    camera.go("library", "Find a document")
    camera.take("library")
    camera.go("search", "Search")
    box = camera.page.get_by_label("Search your documents")
    box.fill("return period of opened items")
    box.press("Enter")
    camera.main.get_by_text("By words").wait_for()
    camera.page.locator(".source").first.wait_for()
    camera.take("search")
    camera.go("settings", "How answers are made")
    camera.page.get_by_test_id("stTable").wait_for()
    camera.take("settings")


def dialogs(camera):
    camera.go("", "sample library")
    camera.ask(CITED)
    for label, name in (("Why?", "why"), ("Export", "export"), ("Collections", "collections")):
        camera.page.get_by_role("button", name=label).first.click()
        camera.page.get_by_test_id("stDialog").wait_for()
        camera.take(name)
        camera.page.keyboard.press("Escape")
        camera.page.get_by_test_id("stDialog").wait_for(state="detached")


def lenses(camera):
    for name in navigation.LENSES:
        camera.page.goto(f"{camera.url}/{name}")
        camera.main.get_by_role("heading", level=1).first.wait_for()
        camera.take(name)


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
                everything(camera)
                dialogs(camera)
                lenses(camera)
            everything(Camera(browser, server, "light", PHONE, "phone-"))
            upload(Camera(browser, server, "light"))
    finally:
        server.stop()


if __name__ == "__main__":
    main()
