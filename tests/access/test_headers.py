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
