"""The first account of an empty installation: by a link that works once, or on the console."""

import io
import sys
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from pmhub import one_time_links
from pmhub.accounts import first_account
from pmhub.models import Person, RoleAssignment, User
from tests import factories

PASSWORD = "a long walk by the sea"
TYPED = {
    "name": "Ada First",
    "username": "ada",
    "email": "ada@example.org",
    "password1": PASSWORD,
    "password2": PASSWORD,
}
NOBODY = "There is no account yet"


@pytest.fixture
def empty(nothing: None) -> None:
    """An installation in which nobody has an account."""
    assert not User.objects.exists()


def link() -> str:
    """As ./run prints it."""
    said = io.StringIO()
    call_command("first_account", address="https://pmhub.example.org/", stdout=said)
    return said.getvalue().strip().removeprefix("https://pmhub.example.org")


def test_who_has_the_link_makes_the_first_account_and_may_do_everything(
    empty: None, client: Client
) -> None:
    assert NOBODY in client.get("/accounts/login/").content.decode()
    page = client.get(address := link())
    assert page.status_code == 200
    assert "no-store" in page.headers["Cache-Control"]
    made = client.post(address, TYPED)
    assert (made.status_code, made.headers["Location"]) == (302, "/")
    assert client.get("/portfolio/").status_code == 200
    assert client.get("/admin/").status_code == 200
    user = User.objects.get()
    assert (user.username, user.email, user.is_superuser) == ("ada", "ada@example.org", True)
    assert Person.objects.values_list("name", "code", "user").get() == ("Ada First", "PMO", user.pk)
    assert RoleAssignment.objects.values_list("person__user", "role").get() == (user.pk, "pmo")
    portfolio = {"code": "P", "name": "First", "currency": "GBP"}
    added = client.post("/api/v1/portfolios/", portfolio, content_type="application/json")
    assert added.status_code in {201, 400}, added.content  # by right, whatever else it may need
    stranger = Client()
    assert NOBODY not in stranger.get("/accounts/login/").content.decode()
    assert stranger.login(username="ada", password=PASSWORD)


def test_the_link_works_once(empty: None, client: Client) -> None:
    address, other = link(), link()
    assert client.post(address, TYPED).status_code == 302
    for used in (address, other):
        assert client.get(used).status_code == 410
        again = client.post(used, TYPED | {"username": "eve"})
        assert again.status_code == 410
        assert "This link works no more" in again.content.decode()
    assert User.objects.count() == 1
    with pytest.raises(CommandError, match="accounts already"):
        link()


def test_the_link_expires(empty: None, client: Client) -> None:
    begun = datetime(2026, 11, 1, 9, tzinfo=UTC)
    with time_machine.travel(begun, tick=False):
        address = link()
    with time_machine.travel(begun + timedelta(hours=23), tick=False):
        assert client.get(address).status_code == 200
    with time_machine.travel(begun + timedelta(hours=25), tick=False):
        assert client.get(address).status_code == 410
        assert client.post(address, TYPED).status_code == 410
    assert not User.objects.exists()


@pytest.mark.parametrize("secret", ["x", "a:b:c", "\x00", "é"])
def test_a_made_up_link_works_no_more_than_a_used_one(
    empty: None, client: Client, secret: str
) -> None:
    assert client.get(f"/accounts/first/{secret}/").status_code == 410
    assert client.post(f"/accounts/first/{secret}/", TYPED).status_code == 410
    assert not User.objects.exists()


def test_a_link_for_one_thing_does_no_other(empty: None, client: Client) -> None:
    other = one_time_links.Purpose("something else", timedelta(days=1), first_account.FIRST.state)
    assert client.get(f"/accounts/first/{one_time_links.issue(other)}/").status_code == 410


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("password1", "short", "too short"),
        ("password2", "another long walk", "match"),
        ("username", "", "required"),
        ("username", "no spaces please", "valid username"),
        ("name", "", "required"),
        ("email", "nowhere", "valid email"),
        ("name", "A\x00B", "Null characters"),
    ],
)
def test_what_is_typed_is_checked_and_the_link_stays(
    empty: None, client: Client, field: str, value: str, said: str
) -> None:
    typed = TYPED | {field: value}
    if (field, value) == ("password1", "short"):
        typed["password2"] = "short"
    address = link()
    answer = client.post(address, typed)
    assert (answer.status_code, said in answer.content.decode()) == (200, True)
    assert not User.objects.exists()
    assert client.post(address, TYPED).status_code == 302


def test_the_console_makes_it_too(empty: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"Ada First\nada\n\n{PASSWORD}\n"))
    said = io.StringIO()
    call_command("first_account", console=True, stdout=said)
    assert said.getvalue() == "ada can sign in.\n"
    assert Client().login(username="ada", password=PASSWORD)
    with pytest.raises(CommandError, match="accounts already"):
        call_command("first_account", console=True)


def test_the_console_refuses_what_the_page_refuses(
    empty: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("Ada\nada\n\n12345678\n"))
    errors = io.StringIO()
    with pytest.raises(CommandError, match="No account was made"):
        call_command("first_account", console=True, stderr=errors)
    assert errors.getvalue().startswith("password2: ")
    assert not User.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_that_come_at_once_one_makes_it(nothing: None) -> None:
    address, answers = link(), list[int]()

    def make(name: str) -> None:
        answer: Any = Client().post(address, TYPED | {"username": name})
        answers.append(answer.status_code)
        connection.close()

    both = [threading.Thread(target=make, args=[name]) for name in ("ada", "eve")]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sorted(answers) == [302, 410]
    assert User.objects.count() == 1


def test_who_runs_the_machine_lets_somebody_in_where_nobody_of_the_pmo_is_left(
    nothing: None, api_of: Any
) -> None:
    factories.user("left")
    with pytest.raises(CommandError, match="createsuperuser"):
        link()
    call_command("createsuperuser", interactive=False, username="op", email="", verbosity=0)
    operator = User.objects.get(username="op")
    body = {"person": Person.objects.get(user__username="left").pk, "role": "pmo"}
    given = api_of(operator).post("/api/v1/role-assignments/", body, format="json")
    assert given.status_code == 201, given.content
