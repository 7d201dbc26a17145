"""Finds a Chromium for the browser tests, lets it reach this machine alone, and reuses it from test
to test.

The plugin registers this module, for its fixtures.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

PROGRAMS = [
    "chromium-headless-shell",  # The quickest to start.
    *("chromium", "chromium-browser", "google-chrome"),
]
FLAGS = [
    # Root and most containers cannot have the sandbox; only our own pages are opened.
    "--no-sandbox",
    *("--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    # A new page is drawn by the process of those that are open: another takes long to start.
    *("--renderer-process-limit=1", "--disable-site-isolation-trials"),
    # A page that asks any other host for anything gets nothing, and its test sees that.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
NONE_FOUND = (
    "No Chromium: set CHROMIUM_PATH, or install chromium-headless-shell or chromium on PATH."
)


def on_path() -> Path | None:
    """Return the Chromium that the user named or that PATH offers."""
    if os.environ.get("CHROMIUM_PATH"):
        return Path(os.environ["CHROMIUM_PATH"])
    return next((Path(found) for name in PROGRAMS if (found := shutil.which(name))), None)


def playwrights_own() -> Path | None:
    """Return the Chromium that Playwright downloaded for itself."""
    cache = {
        "darwin": Path.home() / "Library/Caches/ms-playwright",
        "linux": Path.home() / ".cache/ms-playwright",
    }
    folder = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or cache[sys.platform])
    found = sorted(folder.glob("chromium_headless_shell-*/*/*headless*shell"))
    return found[-1] if found else None


def find() -> Path | None:
    """Return a Chromium of this machine."""
    return on_path() or playwrights_own()


def is_required() -> bool:
    """Return whether to fail instead of skip where there is no browser."""
    return bool(os.environ.get("CI") or os.environ.get("REQUIRE_BROWSER"))


def install() -> None:
    """Install a Chromium: root's Debian package, else Playwright's own download."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        get = ["apt-get", "install", "--yes", "--no-install-recommends", "chromium-headless-shell"]
        for command in (["apt-get", "update"], get):
            subprocess.run(command, env=env, check=False, capture_output=True)
    if find() is None:
        download = [sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"]
        subprocess.run(download, check=False, capture_output=True, timeout=600)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Launch the Chromium of this machine. Without one, skip the test, or fail where a browser is
    required."""
    program = find()
    if program is None:
        (pytest.fail if is_required() else pytest.skip)(NONE_FOUND)
    flags = [*browser_type_launch_args.get("args", []), *FLAGS]
    return {**browser_type_launch_args, "executable_path": str(program), "args": flags}


class Contexts:
    """The browser contexts of a process, each used by one test at a time. They go from test to
    test; only the cached files of the product stay in them."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.idle: dict[str, list[BrowserContext]] = defaultdict(list)

    @contextmanager
    def lent(self, **options: Any) -> Iterator[BrowserContext]:
        """Lend a context with these options to a test."""
        idle = self.idle[repr(sorted(options.items()))]
        context = idle.pop() if idle else self.begin(**options)
        yield context
        self.clear(context, options["base_url"])
        idle.append(context)

    def begin(self, **options: Any) -> BrowserContext:
        """Return a new context. Its first page stays open, empty: it keeps the process that draws
        all others, with the product's files that it has read."""
        context = self.browser.new_context(**options)
        context.new_page()
        return context

    def clear(self, context: BrowserContext, site: str) -> None:
        """Close the pages of a context, and clear its cookies and storage."""
        first, *others = context.pages
        devices = context.new_cdp_session(first)
        kept = {"origin": site, "storageTypes": "local_storage"}
        devices.send("Storage.clearDataForOrigin", kept)
        devices.detach()
        for page in others:
            page.close()
        context.clear_cookies()


@pytest.fixture(scope="session")
def contexts(browser: Browser) -> Contexts:
    """The browser contexts that tests share."""
    return Contexts(browser)
