"""The image's command line in the environment of Compose, behind a proxy that ends TLS."""

import os
import ssl
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPResponse, HTTPSConnection
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, BrowserType, expect

from pmhub.demo.users import PASSWORD
from pmhub.embedded.folder import CHECKOUT
from tests.setup.installed import KEY, installed
from tests.setup.tls import CERTIFICATE, proxy, trusting
from tests.wexmoor import Demo

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def installation(demo: Demo, tmp_path: Path) -> Iterator[int]:
    """The port at which an installation speaks https."""
    with installed(tmp_path, WEB_PROCESSES="1") as port, proxy(port) as secure:
        yield secure


@pytest.fixture
def browser(
    browser_type: BrowserType, browser_type_launch_args: dict[str, Any]
) -> Iterator[Browser]:
    """A browser that trusts the certificate of the proxy."""
    flags = [*browser_type_launch_args["args"], trusting()]
    launched = browser_type.launch(**browser_type_launch_args | {"args": flags})
    yield launched
    launched.close()


def ask(port: int, method: str, path: str, body: str | None = None, **headers: str) -> HTTPResponse:
    """Ask over TLS, and read the answer; 502 while nothing is behind the proxy."""
    trusted = ssl.create_default_context(cafile=str(CERTIFICATE))
    client = HTTPSConnection("127.0.0.1", port, timeout=60, context=trusted)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    client.request(method, path, body, named)
    answer = client.getresponse()
    answer.content = answer.read()  # type: ignore[attr-defined]  # kept for who looks at it
    return answer


def cookies(answer: HTTPResponse) -> SimpleCookie:
    """The cookies that an answer sets."""
    found = SimpleCookie()
    for line in answer.headers.get_all("Set-Cookie", []):
        found.load(line)
    return found


def sign_in(port: int, **headers: str) -> HTTPResponse:
    """Fill the form in as somebody of the demo, and send it with these headers."""
    (csrf,) = cookies(ask(port, "GET", "/accounts/login/")).values()
    sent = urlencode({"username": "pmo", "password": PASSWORD, "csrfmiddlewaretoken": csrf.value})
    form = {
        "Cookie": f"{csrf.key}={csrf.value}",
        "Content_Type": "application/x-www-form-urlencoded",
    }
    return ask(port, "POST", "/accounts/login/", sent, **form, **headers)


def test_signing_in_over_https_as_compose_starts_it_and_from_no_other_origin(
    installation: int,
) -> None:
    origin = f"https://127.0.0.1:{installation}"
    for other in ("https://evil.example", f"http://127.0.0.1:{installation}", "null"):
        assert sign_in(installation, Origin=other).status == 403, other
    entered = sign_in(installation, Origin=origin, Referer=f"{origin}/accounts/login/")
    assert (entered.status, entered.headers["Location"]) == (302, "/")
    given = cookies(entered)
    session = given["__Host-sessionid"]
    assert set(given) == {"__Host-sessionid", "__Host-csrftoken", "__Host-pmhub_known"}
    for cookie in given.values():
        assert cookie["secure"]
        assert (cookie["path"], cookie["domain"], cookie["samesite"]) == ("/", "", "Lax")
    assert session["httponly"]
    assert given["__Host-pmhub_known"]["httponly"]
    for path in ("/portfolio/", "/admin/", "/api/v1/projects/", "/nowhere/"):
        answer = ask(installation, "GET", path, Cookie=f"{session.key}={session.value}")
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
        assert b"http://127" not in answer.content  # type: ignore[attr-defined]
        assert "no-store" in answer.headers["Cache-Control"]
    me = ask(installation, "GET", "/api/v1/me/", Cookie=f"{session.key}={session.value}")
    assert f'"url":"{origin}/api/v1/me/"'.encode() in me.content  # type: ignore[attr-defined]


def test_a_browser_signs_in_over_https_and_reports_nothing(
    installation: int, browser: Browser
) -> None:
    site, said = f"https://127.0.0.1:{installation}", []
    context = browser.new_context(base_url=site)
    page = context.new_page()
    page.on("console", lambda each: said.append(each.text) if each.type == "error" else None)
    page.goto("/")
    page.get_by_label("User name").fill("pmo")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{site}/")
    for path in ("/admin/", "/admin/projects/project/", "/api/docs/", "/api/docs/people/"):
        assert page.goto(path)
        page.wait_for_load_state("networkidle")
    page.locator("#operations-people-people_list button").first.click()
    expect(page.locator("[data-path='/api/v1/people/']").first).to_be_visible()
    named = {each["name"] for each in context.cookies() if each["secure"]}
    context.close()
    assert named >= {"__Host-sessionid", "__Host-csrftoken"}
    assert said == []


@pytest.mark.parametrize(
    ("command", "key"),
    [
        (["pmhub.server"], "x"),
        (["pmhub.server"], ""),
        (["pmhub.server"], KEY[:49]),
        (["pmhub.server"], "secret" * 12),
        (["pmhub.server"], f"django-insecure-{KEY}"),
        (["celery", "--app=pmhub", "worker"], "x"),
        (["pmhub.beat", "--schedule=/nowhere/beat"], "x"),
    ],
)
def test_a_key_that_is_short_or_known_starts_nothing(command: list[str], key: str) -> None:
    given = {"SECRET_KEY": key, "DATABASE_URL": "postgresql://-/-", "REDIS_URL": "redis://-"}
    started = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=CHECKOUT,
        env=os.environ | given,
        capture_output=True,
        timeout=60,
        check=False,
        text=True,
    )
    assert started.returncode != 0
    assert "SECRET_KEY" in started.stderr
