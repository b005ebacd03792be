"""Measure how long a person waits for a page and for a source: python -m tests.browser.speed [HOME]

Not a test: a busy machine makes every figure larger. Prints medians from the click to what it should show, in
milliseconds, and with --files N how long pages take while so many files are being added.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.conftest import QUIET, SECONDS, Server

QUESTION = "How long can an opened item be returned?"
PAGES = ("Library", "Search", "Settings")
ROUNDS = 7


class Watch:
    """One tab; times what a click brings."""

    def __init__(self, page):
        self.page = page
        self.times = {}

    def time(self, name, click, shown):
        began = time.perf_counter()
        click()
        shown.wait_for()
        self.times.setdefault(name, []).append(1000 * (time.perf_counter() - began))
        self.page.wait_for_timeout(700)

    def link(self, name):
        entries = self.page.get_by_test_id("stSidebarNavLink")
        return entries.filter(has=self.page.get_by_text(name, exact=True)).click

    def heading(self, name):
        return self.page.get_by_role("heading", level=1, name=name, exact=True)

    def round(self):
        for name in PAGES:
            self.time(name, self.link(name), self.heading(name))
        cite = self.page.locator("button.cite").first
        self.time("Chat", self.link("Chat"), cite)
        self.time("citation", cite.click, self.page.locator(".sheet img, .reader").first)
        self.page.get_by_role("button", name="Close source").click()
        self.page.wait_for_timeout(700)

    def told(self, title):
        sys.stdout.write(f"{title}\n")
        for name, times in self.times.items():
            sys.stdout.write(f"  {name}: {statistics.median(times):.0f} ms (slowest {max(times):.0f})\n")
        self.times = {}


def asked(page, server):
    page.goto(server.url)
    main = page.get_by_test_id("stMainBlockContainer")
    main.get_by_role("button", name=QUESTION, disabled=False).wait_for()
    page.get_by_text("Getting the sample library ready").wait_for(state="detached")
    box = page.get_by_test_id("stChatInputTextArea")
    box.fill(QUESTION)
    box.press("Enter")
    page.get_by_test_id("stFeedback").first.wait_for()
    page.wait_for_timeout(15_000)  # further questions are looked for


def many(folder, number):
    words = "The valve of pump number {} is opened by hand after {} hours. " * 30
    for each in range(number):
        (folder / f"note-{each}.txt").write_text(words.format(*[each] * 60))
    return sorted(folder.iterdir())


def measure(page, server, files):
    watch = Watch(page)
    asked(page, server)
    watch.round()
    watch.times = {}
    for _ in range(ROUNDS):
        watch.round()
    watch.told("At rest")
    if files:
        paths = many(Path(tempfile.mkdtemp()), files)
        watch.link("Library")()
        page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(paths)
        page.get_by_role("button", name="Pause").wait_for()
        for _ in range(3):
            for name in PAGES:
                watch.time(name, watch.link(name), watch.heading(name))
        watch.told(f"While {files} files are added")
        watch.link("Library")()
        page.get_by_role("button", name="Clear this list").wait_for()


def main():
    known = argparse.ArgumentParser()
    known.add_argument("home", nargs="?")
    known.add_argument("--files", type=int, default=0)
    given = known.parse_args()
    server = Server(Path(given.home or tempfile.mkdtemp()) / "home")
    server.start()
    try:
        with sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
            page = browser.new_context(viewport={"width": 1360, "height": 850}).new_page()
            page.set_default_timeout(SECONDS * 1000)
            measure(page, server, given.files)
            browser.close()
    finally:
        server.stop()


if __name__ == "__main__":
    main()
