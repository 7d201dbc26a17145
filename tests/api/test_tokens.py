"""Tokens: shown once, never more than their user, and the command that makes them."""

import base64
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from rest_framework.test import APIClient

from pmhub.models import Token, User
from tests import factories
from tests.api.conftest import errors_of


def bearer(key: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return client


def basic(name: str, key: str) -> APIClient:
    client = APIClient()
    words = base64.b64encode(f"{name}:{key}".encode()).decode()
    client.credentials(HTTP_AUTHORIZATION=f"Basic {words}")
    return client


def make(user: User, **fields: Any) -> str:
    _, key = Token.objects.create(user=user, **{"name": "tests", **fields})
    return str(key)


def test_a_token_is_shown_once(office: User, api: Any) -> None:
    answer = api(office).post("tokens/", {"name": "Ledger", "scopes": ["read"]})
    made = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    assert made["token"].startswith("pmh_")
    assert (made["name"], made["scopes"], made["expires_at"]) == ("Ledger", ["read"], None)
    listed = api(office).get("tokens/").json()
    assert listed["count"] == 1
    row = listed["results"][0]
    assert row == {key: value for key, value in made.items() if key != "token"}
    assert row == api(office).get(f"tokens/{row['id']}/").json()
    stored = Token.objects.get()
    assert made["token"] not in (stored.digest, stored.token_key)
    assert bearer(made["token"]).get("/api/v1/me/").json()["username"] == "office"


def test_a_token_is_revoked(office: User, api: Any) -> None:
    made = api(office).post("tokens/", {"name": "Ledger"}).json()
    other = factories.user("other")
    assert api(other).get(f"tokens/{made['id']}/").status_code == 404
    assert api(other).client.delete(f"/api/v1/tokens/{made['id']}/").status_code == 404
    assert api(office).client.delete(f"/api/v1/tokens/{made['id']}/").status_code == 204
    assert bearer(made["token"]).get("/api/v1/me/").status_code == 401


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/name"),
        ({"name": ""}, "/name"),
        ({"name": "x" * 101}, "/name"),
        ({"name": 5}, "/name"),
        ({"name": "A", "scopes": "read"}, "/scopes"),
        ({"name": "A", "scopes": ["admin"]}, "/scopes/0"),
        ({"name": "A", "scopes": []}, "/scopes"),
        ({"name": "A", "expires_at": "2026-01-01T00:00:00Z"}, "/expires_at"),
        ({"name": "A", "expires_at": "soon"}, "/expires_at"),
        ({"name": "A", "expires_at": 5}, "/expires_at"),
        ({"name": "A", "expires_at": "9999-01-01T00:00:00Z"}, "/expires_at"),
        ({"name": "A", "user": 1}, "/user"),
        ({"name": "A", "digest": "x"}, "/digest"),
        ({"name": "A", "token": "pmh_mine"}, "/token"),
    ],
    ids=str,
)
def test_bad_input(body: Any, pointer: str, office: User, api: Any) -> None:
    answer = api(office).post("tokens/", body)
    assert answer.status_code == 400
    assert pointer in errors_of(answer)
    assert Token.objects.count() == 0


def test_as_a_password_for_spreadsheets(office: User) -> None:
    key = make(office)
    assert basic("office", key).get("/api/v1/me/").status_code == 200
    assert basic("", key).get("/api/v1/me/").status_code == 200
    assert basic("somebody", key).get("/api/v1/me/").status_code == 401


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer x", "Bearer pmh_" + "0" * 64, "Bearer \xff", "Bearer a\x00b", "Basic",
     "Basic !!!", "Basic " + base64.b64encode(b"\xff\xfe").decode(), "Basic b2ZmaWNl"],
)  # fmt: skip
def test_what_is_no_token(header: str, office: User) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=header)
    answer = client.get("/api/v1/me/")
    assert answer.status_code == 401
    errors_of(answer)


def test_a_real_password_is_no_token(office: User) -> None:
    office.set_password("wexmoor-demo")
    office.save()
    assert basic("office", "wexmoor-demo").get("/api/v1/me/").status_code == 401


def test_expired_or_of_somebody_who_left(office: User) -> None:
    old = make(office, expiry=timedelta(seconds=-1))
    assert bearer(old).get("/api/v1/me/").status_code == 401
    key = make(office)
    office.is_active = False
    office.save()
    assert bearer(key).get("/api/v1/me/").status_code == 401


def test_a_token_never_exceeds_its_user(demo: Any, viewer: User) -> None:
    client = bearer(make(viewer))
    assert client.get("/api/v1/programmes/").json()["count"] == 1
    project = demo.project("CAM-02")
    answer = client.patch(
        f"/api/v1/projects/{project.pk}/", {"complexity": 1}, headers={"If-Match": "*"}
    )
    assert answer.status_code == 403


def test_scopes(office: User) -> None:
    project = factories.project()
    path = f"/api/v1/projects/{project.pk}/"
    reading, writing = bearer(make(office, scopes="read")), bearer(make(office, scopes="write"))
    assert (reading.get(path).status_code, writing.get(path).status_code) == (200, 403)
    change: Any = {"data": {"complexity": 4}, "headers": {"If-Match": "*"}}
    assert reading.patch(path, **change).status_code == 403
    assert writing.patch(path, **change).status_code == 200
    assert reading.post("/api/v1/tokens/", {"name": "More"}).status_code == 403


def test_a_token_makes_none_that_may_do_more(office: User) -> None:
    client = bearer(make(office, scopes="write", expiry=timedelta(hours=1)))
    wider = client.post("/api/v1/tokens/", {"name": "More", "scopes": ["read", "write"]})
    assert wider.status_code == 403
    same = client.post("/api/v1/tokens/", {"name": "Same"}).json()
    assert same["scopes"] == ["write"]
    assert Token.objects.latest("created").expiry <= timezone.now() + timedelta(hours=1)


def test_its_use_is_noted_once_a_minute(office: User, django_assert_num_queries: Any) -> None:
    client = bearer(make(office))
    for _ in range(2):
        client.get("/api/v1/me/")
    first = Token.objects.get().last_used_at
    assert first is not None
    with django_assert_num_queries(2):  # the token with its user and their roles, the person
        client.get("/api/v1/me/")
    assert Token.objects.get().last_used_at == first


def test_me(demo: Any, cam02_manager: User, api: Any) -> None:
    me = api(cam02_manager).get("me/").json()
    assert (me["username"], me["scopes"]) == ("cam02.manager", ["read", "write"])
    assert me["person"]["id"] == cam02_manager.person.pk
    held = {"role": "project_manager", "on": "project", "id": demo.project("CAM-02").pk}
    assert held in me["roles"]


def test_the_command(office: User) -> None:
    out = StringIO()
    call_command("token", "create", "--user", "office", "--name", "Ledger", stdout=out)
    key = out.getvalue().strip()
    assert bearer(key).get("/api/v1/me/").status_code == 200
    listed = StringIO()
    call_command("token", "list", stdout=listed)
    assert key not in listed.getvalue()
    shown = listed.getvalue().split()[0]
    assert "Ledger" in listed.getvalue()
    call_command("token", "revoke", shown, stdout=StringIO())
    assert bearer(key).get("/api/v1/me/").status_code == 401
    narrow = StringIO()
    call_command(
        "token", "create", "--user", "office", "--name", "R", "--scope", "read", stdout=narrow
    )
    assert Token.objects.get().scopes == "read"


@pytest.mark.parametrize(
    "words", [["create", "--user", "nobody", "--name", "x"], ["revoke", "pmh_nothing"]]
)
def test_the_command_refuses(words: list[str], office: User) -> None:
    with pytest.raises(CommandError):
        call_command("token", *words)
