"""Errors: RFC 9457 everywhere under /api/, whatever went wrong."""

import logging
from typing import Any

import psycopg2
import pytest
from django.db import DatabaseError, OperationalError, connection
from django.test import Client
from rest_framework.test import APIClient

from pmhub.api.deadlocks import ATTEMPTS
from pmhub.api.records import RecordViewSet
from pmhub.models import User
from tests import factories
from tests.api.conftest import errors_of


@pytest.mark.parametrize(
    "path",
    ["", "v1/", "v1/nothing/", "v2/projects/", "v1/projects/abc/", "v1/projects/-1/",
     "v1/projects/1/nothing/", "v1/projects/%00/", "v1/projects/1;drop/", "v1/projects",
     "v1/projects/" + "9" * 40 + "/", "v1/programmes/1/rollup/Nope!/", "../admin/x"],
)  # fmt: skip
def test_an_unknown_address_is_a_problem(path: str, db: None) -> None:
    for client, method in ((Client(), "get"), (APIClient(), "post")):
        answer = getattr(client, method)(f"/api/{path}")
        assert answer.status_code == 404
        errors_of(answer)


def test_the_root_without_a_slash(db: None) -> None:
    answer = Client().get("/api", follow=True)
    assert answer.status_code == 404
    errors_of(answer)


def test_a_record_that_is_not_there(office: User, api: Any) -> None:
    answer = api(office).get("projects/999999999999999999/")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert answer.json()["request_id"] == answer.headers["X-Request-Id"]
    assert answer.json()["instance"] == "/api/v1/projects/999999999999999999/"
    assert answer.json()["type"] == "urn:pmhub:problem:not_found"


def test_methods_and_types_that_are_not_served(office: User, api: Any) -> None:
    client = api(office).client
    assert client.post("/api/v1/projects/1/", {}).status_code == 405
    assert client.delete("/api/v1/projects/").status_code == 405
    assert client.options("/api/v1/projects/").status_code == 405
    assert client.patch("/api/v1/milestone-forecasts/1/", {}).status_code == 405
    form = client.post("/api/v1/projects/", "code=A", content_type="text/plain")
    assert form.status_code == 415
    for answer in (client.get("/api/v1/projects/", headers={"Accept": "application/pdf"}), form):
        errors_of(answer)
    assert client.get("/api/v1/projects/", headers={"Accept": "application/pdf"}).status_code == 406


def test_a_page_of_the_site_must_send_its_token(office: User) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(office)
    answer = client.post("/api/v1/people/", {"code": "P", "name": "N"}, format="json")
    assert answer.status_code == 403
    errors_of(answer)


def test_a_browser_is_not_asked_for_a_password(db: None) -> None:
    program = APIClient().get("/api/v1/me/")
    assert program.headers["WWW-Authenticate"] == (
        'Bearer realm="pmhub", Basic realm="pmhub", charset="UTF-8"'
    )
    browser = APIClient().get("/api/v1/me/", headers={"Sec-Fetch-Site": "same-origin"})
    assert browser.headers["WWW-Authenticate"] == 'Bearer realm="pmhub"'


def test_a_bug_is_a_problem_too(
    office: User, api: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(self: Any, request: Any) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(RecordViewSet, "list", broken)
    client = api(office)
    client.client.raise_request_exception = False
    with caplog.at_level(logging.ERROR):
        answer = client.get("projects/")
    assert (answer.status_code, answer.json()["code"]) == (500, "server_error")
    errors_of(answer)
    assert b"secret" not in answer.content
    assert answer.json()["request_id"] in caplog.text


def test_a_bug_outside_the_views_is_a_problem_too(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Any, request: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("django.middleware.common.CommonMiddleware.process_request", broken)
    client = Client(raise_request_exception=False)
    api, page = client.get("/api/v1/projects/"), client.get("/")
    assert errors_of(api) == {}
    assert (api.status_code, page.status_code) == (500, 500)
    assert page.headers["Content-Type"].startswith("text/html")


def test_a_database_that_is_away_asks_for_patience(
    office: User, api: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(self: Any, *_: Any) -> None:
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(RecordViewSet, "get_queryset", away)
    answer = api(office).get("projects/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    errors_of(answer)


def away(*_: Any, **__: Any) -> None:
    raise DatabaseError("server closed the connection unexpectedly")  # as psycopg2 may put it


@pytest.mark.parametrize("debug", [True, False])
def test_a_page_asks_for_patience_too(
    debug: bool, office: User, client_of: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEBUG = debug
    monkeypatch.setattr("pmhub.views.LivePage.answer", away)
    answer = client_of(office).get("/portfolio/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert b"The database does not answer just now" in answer.content
    assert b"Traceback" not in answer.content


@pytest.mark.parametrize("debug", [True, False])
def test_so_does_whoever_asks_who_it_is(
    debug: bool, office: User, client_of: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEBUG = debug
    client = client_of(office)
    monkeypatch.setattr("pmhub.identity.SessionStore.load", away)
    read, written = client.get("/api/v1/projects/"), client.post("/api/v1/projects/")
    pages = [client.get("/portfolio/"), client.post("/accounts/login/"), client.get("/admin/")]
    for answer in (read, written, *pages):
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert {each.json()["code"] for each in (read, written)} == {"unavailable"}
    assert all(b"<h1>The database" in page.content for page in pages)


def test_so_does_what_is_written_after_the_view(
    office: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.set_password("x")
    office.save()
    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.save", away)
    client = Client(raise_request_exception=False)
    answer = client.post("/accounts/login/", {"username": office.username, "password": "x"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")


@pytest.mark.django_db(transaction=True)
def test_a_row_held_by_another_is_waited_for_and_then_given_up(office: User, api: Any) -> None:
    project = factories.project()
    client = api(office)
    holder = psycopg2.connect(**connection.get_connection_params() | {"cursor_factory": None})
    try:
        with holder.cursor() as cursor:
            cursor.execute("SELECT 1 FROM projects_project WHERE id = %s FOR UPDATE", [project.pk])
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")
        answer = client.patch(f"projects/{project.pk}/", {"complexity": 4})
    finally:
        holder.close()
        connection.close()  # and with it what was set
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert client.patch(f"projects/{project.pk}/", {"complexity": 4}).status_code == 200


def test_a_deadlock_is_tried_again(office: User, api: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    project = factories.project()
    tries: list[int] = []
    real = RecordViewSet.change

    class Deadlock(Exception):
        pgcode = "40P01"

    def unlucky(self: Any, pk: str, *, partial: bool) -> Any:
        tries.append(1)
        if len(tries) < 3:
            raise OperationalError("deadlock detected") from Deadlock()
        return real(self, pk, partial=partial)

    monkeypatch.setattr(RecordViewSet, "change", unlucky)
    answer = api(office).patch(f"projects/{project.pk}/", {"complexity": 4})
    assert (answer.status_code, answer.json()["version"], len(tries)) == (200, 2, 3)


def test_a_deadlock_that_comes_again_and_again_asks_for_patience(
    office: User, api: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = factories.project()
    tries: list[int] = []

    class Deadlock(Exception):
        pgcode = "40P01"

    def unlucky(*_: Any, **__: Any) -> None:
        tries.append(1)
        raise OperationalError("deadlock detected") from Deadlock()

    monkeypatch.setattr(RecordViewSet, "change", unlucky)
    answer = api(office).patch(f"projects/{project.pk}/", {"complexity": 4})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert len(tries) == ATTEMPTS


def test_the_process_lives_and_is_ready(db: None) -> None:
    client = Client()
    assert client.get("/livez").json() == {"status": "ok"}
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json().keys() == {"status", "database", "redis", "rollup_requests"}
    assert ready.json()["redis"] == "up"
    factories.programme()
    told = client.get("/readyz").json()["rollup_requests"]
    assert told["waiting"] > 0
    assert 0 <= told["oldest_seconds"] < 60


def test_without_a_database_it_is_not_ready(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pmhub.api.health.OLDEST", "SELECT 1 / 0")
    assert Client().get("/livez").status_code == 200
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["database"]) == (503, "down")
