"""How much one may ask for: as a user, by a token, from an address."""

import gzip
import logging
import re
import time
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from pmhub import rate_limits
from pmhub.models import User

SMALL = {"user": "60/0.5", "token": "60/0.5", "address": "60/0.5"}
TRIES = 200


@pytest.fixture
def little(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation that gives little, and nothing back meanwhile: its clock stands still."""
    settings.LIMITS = SMALL
    moment = time.monotonic()
    monkeypatch.setattr(rate_limits, "time", SimpleNamespace(monotonic=lambda: moment))


def told(answer: Any, name: str) -> int:
    """What the first of the limits says in an answer: `r` units left, all back in `t` seconds."""
    (number,) = re.findall(rf"^[^,]*;{name}=(\d+)", answer.headers["RateLimit"])
    return int(number)


def refused(client: Any, path: str, **headers: str) -> Any:
    """The first answer that says one asks for too much."""
    for _ in range(TRIES):
        answer = client.get(path, headers=headers)
        if answer.status_code == 429:
            return answer
    raise AssertionError("It never ends.")


def test_who_asks_for_too_much_is_told_when_to_come_again(
    little: None, client_of: Any, viewer: User, caplog: pytest.LogCaptureFixture
) -> None:
    client = client_of(viewer)
    client.get("/api/v1/me/")  # the first of a process finds out where the addresses lead
    rate_limits.accounts.clear()
    first = client.get("/api/v1/me/")
    assert first.status_code == 200
    assert first.headers["RateLimit-Policy"] == '"user";q=60;w=120'
    assert 0 < told(first, "r") < 60
    with caplog.at_level(logging.WARNING):
        answer = refused(client, "/api/v1/me/")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "too_many_requests"
    until_one, until_all = int(answer.headers["Retry-After"]), told(answer, "t")
    assert until_one >= 1
    assert 118 <= until_all - until_one <= 122  # however much the last request took
    assert '"user";r=0' in answer.headers["RateLimit"]
    assert client.get("/portfolio/").status_code == 429
    assert [each.getMessage() for each in caplog.records if "Too many" in each.getMessage()] == [
        f"Too many requests: user={viewer.pk}"
    ]


def test_what_costs_more_to_answer_ends_sooner(little: None, client_of: Any, pmo: User) -> None:
    spent = {}
    for path in ("/api/v1/me/", "/portfolio/"):
        rate_limits.accounts.clear()
        answer = client_of(pmo).get(path)
        spent[path] = 60 - told(answer, "r")
    assert spent["/portfolio/"] >= 2


def test_nobody_waits_for_another(
    little: None, client_of: Any, viewer: User, pmo: User, demo: Any
) -> None:
    refused(client_of(viewer), "/api/v1/me/")
    refused(Client(), "/accounts/login/")
    assert client_of(pmo).get("/api/v1/me/").status_code == 200
    assert Client(REMOTE_ADDR="198.51.100.9").get("/accounts/login/").status_code == 200


def test_a_token_is_counted_with_its_user(little: None, api_of: Any, pmo: User) -> None:
    client = api_of(pmo, token=True)
    client.get("/api/v1/me/")
    assert refused(client, "/api/v1/me/").headers["RateLimit-Policy"] == (
        '"user";q=60;w=120, "token";q=60;w=120'
    )
    assert api_of(pmo).get("/api/v1/me/").status_code == 200  # told once who it is
    assert api_of(pmo, token=True).get("/api/v1/me/").status_code == 200


def test_unknown_tokens_are_soon_asked_no_more(little: None, demo: Any, pmo: User) -> None:
    codes = [
        Client().get("/api/v1/me/", headers={"Authorization": f"Bearer pmh_{n}"}).status_code
        for n in range(12)
    ]
    assert codes[0] == 401
    assert codes[-1] == 429


def test_the_network_of_one_household_is_one_address(little: None, demo: Any) -> None:
    refused(Client(REMOTE_ADDR="2001:db8::1"), "/accounts/login/")
    assert Client(REMOTE_ADDR="2001:db8::2").get("/accounts/login/").status_code == 429
    assert Client(REMOTE_ADDR="2001:db8:1::2").get("/accounts/login/").status_code == 200


def test_supervisors_ask_as_often_as_they_like(little: None, db: None) -> None:
    assert {Client().get("/livez").status_code for _ in range(TRIES)} == {200}


def test_what_was_taken_comes_back(db: None, settings: Any) -> None:
    settings.LIMITS = SMALL | {"address": "20/20"}
    refused(Client(), "/accounts/login/")
    deadline = time.monotonic() + 60
    while Client().get("/accounts/login/").status_code == 429:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_processes_share_what_all_may_give(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.LIMITS = {"user": "2000/40"}
    monkeypatch.setattr(rate_limits, "processes", 4)
    assert rate_limits.limit_of("user") == rate_limits.Limit("user", 500, 10)
    monkeypatch.setattr(rate_limits, "processes", 400)  # a page can be read all the same
    assert rate_limits.limit_of("user") == rate_limits.Limit("user", 100, 0.1)


@pytest.mark.parametrize("text", ["", "x", "5", "0/1", "1/0", "-1/5", "1/2/3"])
def test_a_limit_that_is_none_starts_nothing(text: str, settings: Any) -> None:
    settings.LIMITS = {"address": text}
    with pytest.raises(ImproperlyConfigured, match="LIMIT_ADDRESS"):
        rate_limits.check()


def test_the_contract_is_made_once_and_sent_compressed(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = "/api/v1/schema/"
    first = Client().get(path, headers={"Accept-Encoding": "gzip"})
    assert first.headers["Content-Encoding"] == "gzip"
    plain = Client().get(path, headers={"Accept-Encoding": "identity"})
    assert gzip.decompress(first.content) == plain.content
    assert len(first.content) < len(plain.content) / 10
    with monkeypatch.context() as patch:
        patch.delattr(gzip, "compress")
        again = Client().get(path, headers={"Accept-Encoding": "gzip"})
    assert again.content == first.content
    known = Client().get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (known.status_code, known.content) == (304, b"")
    assert Client().get(f"{path}?format=json").json()["openapi"].startswith("3.1")
