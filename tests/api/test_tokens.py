"""Tokens: shown once, never more than their user, and the command that makes them."""

import base64
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from pmhub.models import Token, User
from programmes.models import BoardPack
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
    assert (made["name"], made["scopes"]) == ("Ledger", ["read"])
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
        ({"name": "A", "scopes": ["read", "unicorns:read"]}, "/scopes/1"),
        ({"name": "A", "scopes": ["projects"]}, "/scopes/0"),
        ({"name": "A", "scopes": ["projects:delete"]}, "/scopes/0"),
        ({"name": "A", "scopes": [5]}, "/scopes/0"),
        ({"name": "A", "scopes": []}, "/scopes"),
        ({"name": "A", "expires_at": "2026-01-01T00:00:00Z"}, "/expires_at"),
        ({"name": "A", "expires_at": None}, "/expires_at"),
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


@pytest.mark.parametrize(("days", "status"), [(1, 201), (365, 201), (367, 400)])
def test_a_token_ends_within_a_year(office: User, api: Any, days: int, status: int) -> None:
    ends_at = (timezone.now() + timedelta(days=days)).isoformat()
    answer = api(office).post("tokens/", {"name": "Ledger", "expires_at": ends_at})
    assert answer.status_code == status


def test_without_a_word_of_its_end_it_works_for_ninety_days(office: User, api: Any) -> None:
    api(office).post("tokens/", {"name": "Ledger"})
    left = Token.objects.get().expiry - timezone.now()
    assert timedelta(days=89, hours=23) < left <= timedelta(days=90)
    with pytest.raises(IntegrityError, match="token_ends"), transaction.atomic():
        Token.objects.update(expiry=None)


@pytest.mark.parametrize(
    ("scopes", "reads", "writes", "others"),
    [
        ("", 200, 200, 200),
        ("*", 200, 200, 200),
        ("*:read", 200, 403, 200),
        ("projects:read", 200, 403, 403),
        ("projects:write", 403, 200, 403),
        ("projects:read projects:write", 200, 200, 403),
        ("risks:read", 403, 403, 403),
        ("read projects:write", 200, 200, 200),
    ],
)
def test_scopes_by_resource(
    office: User, scopes: str, reads: int, writes: int, others: int
) -> None:
    project = factories.project()
    client, path = bearer(make(office, scopes=scopes)), f"/api/v1/projects/{project.pk}/"
    change: Any = {"data": {"complexity": 4}, "headers": {"If-Match": "*"}}
    assert client.get(path).status_code == reads
    assert client.get(f"{path}forecast/").status_code == reads
    assert client.patch(path, **change).status_code == writes
    assert client.get("/api/v1/portfolios/").status_code == others
    assert client.get("/api/v1/me/").status_code == 200


def test_what_is_joined_is_not_read_by_a_token_of_one_resource(office: User) -> None:
    path = f"/api/v1/projects/{factories.project().pk}/?expand=programme"
    assert bearer(make(office, scopes="projects:read")).get(path).status_code == 403
    assert bearer(make(office, scopes="read projects:write")).get(path).status_code == 200


def test_what_is_printed_takes_a_token_that_reads_everything(office: User) -> None:
    programme = factories.programme()
    pack = BoardPack.objects.create(portfolio=programme.portfolio, title="Board", on="2026-11-26")
    for scope, refused in (("board-packs:read", True), ("read", False)):
        answer = bearer(make(office, scopes=scope)).get(f"/api/v1/board-packs/{pack.pk}/pdf/")
        assert (answer.status_code == 403) is refused, scope


def test_a_table_names_no_code_of_what_a_token_does_not_reach(office: User) -> None:
    programme: Any = factories.project().programme
    path = "/api/v1/projects/?format=csv&fields=code,programme"
    for scope, told in (("projects:read", False), ("projects:read programmes:read", True)):
        table = bearer(make(office, scopes=scope)).get(path).getvalue().decode()
        assert (programme.code in table, str(programme.pk) in table) == (told, True)


@pytest.mark.parametrize(
    ("own", "wanted", "status"),
    [
        ("tokens:write projects:read", ["projects:read"], 201),
        ("tokens:write projects:read", ["projects:write"], 403),
        ("tokens:write projects:read", ["read"], 403),
        ("*", ["projects:write", "read"], 201),
        ("write", ["*"], 403),
        ("projects:write", ["projects:write"], 403),  # it may make none
    ],
)
def test_a_token_gives_another_no_more_than_it_has(
    office: User, own: str, wanted: list[str], status: int
) -> None:
    client = bearer(make(office, scopes=own))
    answer = client.post("/api/v1/tokens/", {"name": "More", "scopes": wanted})
    assert answer.status_code == status, answer.content


def test_a_session_shows_again_who_it_is_before_it_makes_one(office: User, api_of: Any) -> None:
    client = api_of(office)
    session = client.session
    session["account_authentication_methods"][0]["at"] -= 16 * 60
    session.save()
    refused = client.post("/api/v1/tokens/", {"name": "Ledger"})
    assert (refused.status_code, refused.json()["code"]) == (403, "confirmation_needed")
    assert "/account/confirm/" in refused.json()["detail"]
    assert client.get("/api/v1/tokens/").status_code == 200


def test_the_command_makes_none_without_an_end(office: User) -> None:
    for days in ("0", "367"):
        with pytest.raises(CommandError, match="from 1 to 366"):
            call_command("token", "create", "--user", "office", "--name", "x", "--days", days)
    with pytest.raises(CommandError, match="no scope"):
        call_command("token", "create", "--user", "office", "--name", "x", "--scope", "all")
