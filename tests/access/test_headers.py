"""What every answer says to the browser, and methods that nothing answers."""

import gzip
from typing import Any

import pytest
from django.test import Client

from pmhub.api.routes import RESOURCES
from pmhub.models import User
from tests.wexmoor import Demo

PAGES = ["/accounts/login/", "/portfolio/", "/admin/", "/api/v1/projects/", "/nowhere/"]


@pytest.mark.parametrize("path", PAGES)
def test_no_page_may_use_camera_place_or_microphone(client_of: Any, pmo: User, path: str) -> None:
    policy = client_of(pmo).get(path).headers["Permissions-Policy"]
    assert {"camera=()", "geolocation=()", "microphone=()"} <= set(policy.split(", "))


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("method", ["TRACE", "FOO", "CONNECT"])
def test_a_method_that_nothing_has_is_refused(
    client_of: Any, pmo: User, path: str, method: str
) -> None:
    answer = client_of(pmo).generic(method, path)
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize("path", [*PAGES[:3], "/admin/projects/project/", "/nowhere/"])
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_method_of_rest_is_none_of_pages(
    client_of: Any, pmo: User, path: str, method: str
) -> None:
    answer = client_of(pmo).generic(method, path)
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS, POST"


ALWAYS = {
    "Content-Security-Policy": ("object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"),
    "X-Content-Type-Options": ("nosniff",),
    "Referrer-Policy": ("same-origin",),
    "Cross-Origin-Opener-Policy": ("same-origin",),
    "Strict-Transport-Security": ("max-age=31536000", "includeSubDomains"),
}


@pytest.mark.parametrize("path", [*PAGES, "/livez", "/static/admin/css/base.css"])
@pytest.mark.parametrize("method", ["GET", "POST", "TRACE"])
def test_every_answer_says_what_a_browser_may_make_of_it(
    client_of: Any, pmo: User, settings: Any, path: str, method: str
) -> None:
    settings.SECURE_HSTS_SECONDS = 31536000
    for client in (client_of(pmo), Client(enforce_csrf_checks=True)):
        answer = client.generic(method, path, secure=True)
        for name, parts in ALWAYS.items():
            assert all(part in answer.headers[name] for part in parts), (answer.status_code, name)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/accounts/login/", "text/html; charset=utf-8"),
        ("/portfolio/", "text/html; charset=utf-8"),
        ("/admin/", "text/html; charset=utf-8"),
        ("/nowhere/", "text/html; charset=utf-8"),
        ("/api/v1/projects/", "application/json"),
        ("/api/v1/nowhere/", "application/problem+json"),
        ("/api/v1/schema/", "application/vnd.oai.openapi"),
        ("/static/admin/css/base.css", 'text/css; charset="utf-8"'),
    ],
)
def test_an_answer_says_what_it_is_and_in_which_characters(
    client_of: Any, pmo: User, path: str, kind: str
) -> None:
    assert client_of(pmo).get(path).headers["Content-Type"] == kind


def test_pages_in_the_clear_lead_to_https_and_programs_are_refused(
    client_of: Any, pmo: User, settings: Any
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    client = client_of(pmo)
    page = client.get("/portfolio/")
    assert (page.status_code, page.headers["Location"]) == (301, "https://testserver/portfolio/")
    refused = client.get("/api/v1/me/", headers={"Authorization": "Bearer pmh_of_somebody"})
    assert (refused.status_code, refused.json()["code"]) == (403, "https_needed")
    assert client.get("/api/v1/me/", secure=True).status_code == 200
    assert client.get("/livez").status_code == 200


def test_no_other_origin_reads_an_answer(client_of: Any, pmo: User) -> None:
    headers = {"Origin": "https://elsewhere.example"}
    for path in PAGES:
        answer = client_of(pmo).get(path, headers=headers)
        assert not [each for each in answer.headers if each.startswith("Access-Control-")]


PRIVATE = [*PAGES, "/api/v1/me/", *(f"/api/v1/{name}/" for name in RESOURCES)]


@pytest.mark.parametrize("path", PRIVATE)
def test_no_cache_keeps_what_is_private(client_of: Any, pmo: User, path: str) -> None:
    for client in (client_of(pmo), Client()):
        answer = client.get(path)
        assert {"private", "no-store"} <= set(answer.headers["Cache-Control"].split(", "))
        if path.startswith("/api/") and (etag := answer.headers.get("ETag")):
            again = client.get(path, headers={"If-None-Match": etag})
            assert (again.status_code, again.content) == (304, b"")
            assert "no-store" in again.headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/portfolio/", "/api/v1/projects/"])
def test_text_is_compressed_for_who_can_read_it(client_of: Any, pmo: User, path: str) -> None:
    client = client_of(pmo)
    plain, small = client.get(path), client.get(path, headers={"Accept-Encoding": "gzip, br"})
    assert "Content-Encoding" not in plain.headers
    assert small.headers["Content-Encoding"] == "gzip"
    assert len(small.content) < len(plain.content) / 2
    assert len(gzip.decompress(small.content)) == len(plain.content)
    assert "Accept-Encoding" in plain.headers["Vary"]


def test_the_length_of_a_compressed_answer_varies(client_of: Any, pmo: User) -> None:
    """So that nobody learns a secret in it by guessing and measuring."""
    client = client_of(pmo)
    lengths = {
        len(client.get("/api/v1/projects/", headers={"Accept-Encoding": "gzip"}).content)
        for _ in range(8)
    }
    assert len(lengths) > 1


def test_the_etag_of_a_compressed_record_is_the_one_to_write_with(
    client_of: Any, pmo: User, demo: Demo
) -> None:
    client: Client = client_of(pmo)
    path = f"/api/v1/projects/{demo.project('CAM-02').pk}/"
    read = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert read.headers["Content-Encoding"] == "gzip"
    assert read.headers["ETag"] == client.get(path).headers["ETag"]
    written = client.patch(
        path,
        {"name": "Renamed"},
        content_type="application/json",
        headers={"If-Match": read.headers["ETag"]},
    )
    assert written.status_code == 200
