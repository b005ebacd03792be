"""A real browser on the real app: one server with real models for all of these tests."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECONDS = 300  # a wait ends with what it waits for; this is when it gives up
AT_REST = """() => {
  const app = document.querySelector("[data-testid=stApp]");
  const moves = (one) => one.playState === "running" && one.effect.getTiming().iterations !== Infinity;
  return app?.dataset.testScriptState === "notRunning"
    && !document.querySelector("[data-stale=true], [data-testid=stSkeleton]")
    && !document.getAnimations().some(moves);
}"""
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--disable-sync",
)


def settled(page):
    """Wait until the page is drawn: no script runs, and nothing is shown as old or still moving."""
    page.wait_for_function(AT_REST)


class Server:
    """The app on a home, started by the command a person would use; it can be stopped and started again."""

    def __init__(self, home, **settings):
        self.home = home
        self._settings = {f"RAG_{name.upper()}": value for name, value in settings.items()}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._process = None

    def start(self):
        settings = {name: value for name, value in os.environ.items() if not name.startswith("RAG_")}
        self._log = (self.home.parent / "app.log").open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "rag", "app", "--port", str(self.port)],
            cwd=ROOT,
            env=settings | {"RAG_HOME": str(self.home)} | self._settings,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=2).close()
                return
            except OSError:
                time.sleep(0.2)
        raise AssertionError((self.home.parent / "app.log").read_text(errors="replace")[-3000:])

    def stop(self):
        self._end(self._process.terminate)

    def kill(self):
        """End it, and what it started, as a crash does: no moment is left to put anything away."""
        self._end(lambda: os.killpg(self._process.pid, signal.SIGKILL))

    def _end(self, how):
        how()
        self._process.wait(SECONDS)
        self._log.close()


@pytest.fixture(scope="session")
def chromium():
    """The browser of the system; tests never download one."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no browser: install Chromium (Debian and Ubuntu: apt-get install chromium)")
    return found


@pytest.fixture(scope="package")
def server(tmp_path_factory, chromium):
    server = Server(tmp_path_factory.mktemp("app") / "home")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="package")
def browser(chromium):
    """Ends with the browser tests: while it lives, this thread has an event loop, and no other can run."""
    playwright = pytest.importorskip("playwright.sync_api", reason="pip install -r requirements-dev.txt")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def page(browser, server):
    """A fresh tab that must ask nothing of another machine and meet no error of its own."""
    context = browser.new_context(viewport={"width": 1360, "height": 900})
    page = context.new_page()
    page.set_default_timeout(SECONDS * 1000)
    outside, errors = [], []

    def note(request):
        if not request.url.startswith((server.url, server.url.replace("http", "ws"), "data:", "blob:")):
            outside.append(request.url)

    page.on("request", note)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert outside == []
    assert errors == []
