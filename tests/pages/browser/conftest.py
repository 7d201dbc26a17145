"""A browser for the pages: signed in, and watched for errors and for requests to other hosts."""

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from typing import Any, Literal

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    Error,
    Locator,
    Page,
    Request,
    expect,
)

from pmhub.models import User
from tests.browser import Contexts
from tests.conftest import enter as sign_in
from tests.pages.browser import looks
from tests.pages.browser.looks import broken_rules
from tests.wexmoor import Demo

# Milliseconds, for a machine that stalls; a test of how quick a page is says less itself.
expect.set_options(timeout=30_000)

# What people do is walked on a desktop and on a phone.
WIDTHS = {"desktop": 1280, "phone": looks.NARROW}
ON_BOTH = pytest.mark.parametrize("width", [*WIDTHS.values()], ids=[*WIDTHS], indirect=True)

READS = {"GET", "HEAD"}
LAST = 30  # of what a browser has asked, so many are told


class Watched:
    """What went wrong in the pages of one browser, and what they asked of the server."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.troubles: list[str] = []
        self.asked: list[Request] = []

    def watch(self, page: Page) -> None:
        """Note errors on the console, errors of scripts, and requests."""
        page.on("console", self.hear)
        page.on("pageerror", lambda error: self.note(str(error)))
        page.on("request", self.follow)

    def hear(self, said: ConsoleMessage) -> None:
        """Note a message on the console that is an error."""
        if said.type == "error":
            self.note(said.text)

    def follow(self, asked: Request) -> None:
        """Note a request: as a trouble where it leaves our origin, and as asked where it opens a
        page or writes."""
        if not asked.url.startswith((self.origin, "data:")):
            self.note(f"left: {asked.url}")
        if asked.is_navigation_request() or asked.method not in READS:
            self.asked.append(asked)

    def note(self, trouble: str) -> None:
        """Keep a trouble for the end of the test; a test that expects one removes it."""
        self.troubles.append(trouble)

    def told(self) -> str:
        """Return in lines the pages that were opened and the writes, each with its answer, and the
        troubles."""
        return "\n".join([*map(told, self.asked[-LAST:]), *self.troubles])


def told(asked: Request) -> str:
    """Return in a line a request and its answer; a refused one with its text."""
    answer = asked.existing_response
    said = str(answer.status) if answer else asked.failure or "no answer yet"
    if answer and not answer.ok:
        try:
            said = f"{said} {answer.text()[:500]}"
        except Error:  # a page that is left takes its answers with it
            said = f"{said}, whose words are gone"
    return f"{asked.method} {asked.url} {asked.post_data or ''}: {said}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: Any) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Have a walk that fails say what its browsers asked of the server, and what that answered."""
    report = yield
    watch = getattr(item, "funcargs", {}).get("watched")
    if report.when == "call" and report.failed and watch:
        report.sections.append(("What the browser asked", watch.told()))
    return report


# Seconds of the Keystroke-Level Model (Card, Moran and Newell, 1980): to think what comes next, to
# point and click, to move a hand to the keyboard and back, to press a key.
THINK, POINT, MOVE, KEY = 1.35, 1.3, 0.8, 0.28


class Person:
    """Somebody at a page: every click, field filled in and choice is an action, which takes a
    practised person some `seconds`."""

    def __init__(self) -> None:
        self.actions, self.seconds = 0, 0.0

    def click(self, place: Locator) -> None:
        """Click on a place."""
        self._act(POINT)
        place.click()

    def send(self, place: Locator) -> None:
        """Click on what writes, and check that the server accepts it."""
        page = place.page
        with page.expect_response(lambda answer: answer.request.method not in READS) as answered:
            self.click(place)
        answer = answered.value
        assert answer.ok, told(answer.request)

    def fill(self, place: Locator, text: str) -> None:
        """Fill in a field."""
        self._act(POINT + MOVE + KEY * len(text))
        place.fill(text)

    def choose(self, place: Locator, label: str) -> None:
        """Choose an option of a list by its label."""
        self._act(2 * POINT)
        place.select_option(label=label)

    def press(self, page: Page, keys: str) -> None:
        """Press a key, or several at once."""
        self._act(KEY * len(keys.split("+")))
        page.keyboard.press(keys)

    def type(self, page: Page, text: str) -> None:
        """Type text where the cursor is."""
        self._act(KEY * len(text))
        page.keyboard.type(text)

    def _act(self, seconds: float) -> None:
        self.actions += 1
        self.seconds += THINK + seconds


@pytest.fixture
def site(live_server, demo: Demo) -> str:
    """The address of a running site with the demo in it."""
    return live_server.url


@pytest.fixture
def watched(site: str) -> Iterator[Watched]:
    """The watch; at the end of a test there must be nothing to report."""
    watch = Watched(site)
    yield watch
    assert watch.troubles == []


@pytest.fixture
def width(request: pytest.FixtureRequest) -> int:
    """The width of windows where a test gives no other."""
    return getattr(request, "param", looks.WIDE)


@pytest.fixture
def visit(
    contexts: Contexts, site: str, watched: Watched, width: int
) -> Iterator[Callable[..., BrowserContext]]:
    """`visit(user, 360, theme="dark")`: a browser of one's own, signed in as the user."""
    usual = width
    with ExitStack() as stack:

        def enter(
            user: User | None = None,
            width: int = usual,
            theme: Literal["light", "dark"] = "light",
            **options: Any,
        ) -> BrowserContext:
            size: Any = {"width": width, "height": 900}
            # To draw what moves sixty times a second is a tenth of what a browser computes here.
            options = {"reduced_motion": "reduce", **options}
            lent = contexts.lent(base_url=site, viewport=size, color_scheme=theme, **options)
            context = stack.enter_context(lent)
            context.on("page", watched.watch)
            stack.callback(context.remove_listener, "page", watched.watch)
            if user is not None:
                context.add_cookies([session_of(user, site)])
            return context

        yield enter


def session_of(user: User, site: str) -> Any:
    """Return the cookie of a new session of a user."""
    client = Client()
    sign_in(client, user)
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": site}


@pytest.fixture
def violations() -> Callable[[Page], list[str]]:
    """`violations(page)`: what axe finds against WCAG 2.2 AA, one line each."""
    return broken_rules


@pytest.fixture
def defects() -> Callable[..., list[str]]:
    """`defects(page)`: what is wrong with the looks of a page, in both themes, wide and narrow."""
    return looks.defects
