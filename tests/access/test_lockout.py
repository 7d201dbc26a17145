"""Who fails too often waits, by account and by address; nobody else does, and all of it is seen."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.test import Client
from rest_framework.test import APIClient

from pmhub import lockout
from pmhub.models import Attempt, Token, User
from pmhub.tasks import tidy
from tests import factories
from tests.access.conftest import LOGIN, PASSWORD

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


@pytest.fixture
def rounds(settings: Any, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The rounds of each digest that is made, which are what makes a sign-in take long; hashing as
    in production, but of few rounds."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    monkeypatch.setattr(PBKDF2PasswordHasher, "iterations", 1000)
    made: list[int] = []
    encode = PBKDF2PasswordHasher.encode

    def counted(self: Any, password: str, salt: str, iterations: int | None = None) -> str:
        made.append(iterations or self.iterations)
        return encode(self, password, salt, iterations)

    monkeypatch.setattr(PBKDF2PasswordHasher, "encode", counted)
    return made


def sign_in(
    name: str, password: str, client: Any = None, *, come_from: str = "", **more: Any
) -> Any:
    meta = {"REMOTE_ADDR": come_from or "192.0.2.1", **more}
    return (client or Client()).post(LOGIN, {"username": name, "password": password}, **meta)


def address(number: int) -> str:
    return f"198.51.100.{number}"


def test_an_account_waits_after_ten_failures_wherever_they_come_from(ada: User) -> None:
    with time_machine.travel(NOON, tick=False):
        for number in range(10):
            assert sign_in("ada", "wrong", come_from=address(number)).status_code == 200
        held = sign_in("ada", PASSWORD, come_from=address(99))
        assert (held.status_code, held.headers["Retry-After"]) == (429, "900")
        assert "Too many attempts. Come again in 15 minutes." in held.content.decode()
    with time_machine.travel(NOON + timedelta(minutes=14), tick=False):
        held = sign_in("ada", PASSWORD, come_from=address(99))
        assert (held.status_code, held.headers["Retry-After"]) == (429, "60")
    with time_machine.travel(NOON + timedelta(minutes=15, seconds=1), tick=False):
        assert sign_in("ada", PASSWORD, come_from=address(99)).status_code == 302


def test_an_unknown_account_is_answered_just_as_a_known_one(ada: User) -> None:
    def answers(name: str) -> list[tuple[int, str]]:
        texts = []
        for _ in range(12):
            answer = sign_in(name, "wrong", come_from=f"2001:db8:{len(name)}::1")
            text = answer.content.decode().replace(name, "NAME")
            texts.append((answer.status_code, text.split("</form>")[0].split("csrf")[0]))
        return texts

    assert answers("ada") == answers("nobody")


def test_an_unknown_account_takes_as_long_as_a_known_one(ada: User, rounds: list[int]) -> None:
    ada.set_password(PASSWORD)
    ada.save()
    User.objects.create(username="machine", password="!")

    def taken(name: str) -> list[int]:
        rounds.clear()
        sign_in(name, "wrong")
        return [*rounds]

    assert taken("ada") == taken("nobody") == taken("machine") == [1000]


def test_an_address_waits_after_thirty_failures_at_whatever_accounts(ada: User) -> None:
    for number in range(30):
        assert sign_in(f"name{number}", "wrong").status_code == 200
    held = sign_in("ada", PASSWORD)
    assert held.status_code == 429
    assert int(held.headers["Retry-After"]) <= 900
    assert sign_in("ada", PASSWORD, come_from=address(1)).status_code == 302


def test_addresses_of_one_network_count_as_one(ada: User) -> None:
    for number in range(30):
        assert (
            sign_in(f"name{number}", "wrong", come_from=f"2001:db8::{number:x}").status_code == 200
        )
    assert sign_in("ada", PASSWORD, come_from="2001:db8::ffff").status_code == 429
    assert sign_in("ada", PASSWORD, come_from="2001:db8:0:1::1").status_code == 302


@pytest.mark.parametrize(
    "header", ["X_FORWARDED_FOR", "X_REAL_IP", "FORWARDED", "CLIENT_IP", "X_FORWARDED_HOST"]
)
def test_a_header_makes_nobody_another(ada: User, header: str) -> None:
    for number in range(30):
        sign_in(f"name{number}", "wrong", **{f"HTTP_{header}": address(number)})
    assert sign_in("ada", PASSWORD, **{f"HTTP_{header}": address(200)}).status_code == 429


def test_writing_a_name_otherwise_makes_it_no_other(ada: User) -> None:
    for number, name in enumerate(["ada", "Ada", "ADA", "ａｄａ"] * 3):
        sign_in(name, "wrong", come_from=address(number))
    assert sign_in("ada", PASSWORD, come_from=address(99)).status_code == 429


def test_who_is_signed_in_stays_so_and_who_was_here_before_gets_in(ada: User) -> None:
    signed_in, known = Client(), Client()
    assert sign_in("ada", PASSWORD, signed_in).status_code == 302
    assert sign_in("ada", PASSWORD, known).status_code == 302
    known.post("/accounts/logout/")
    for _ in range(40):
        sign_in("ada", "wrong")
    assert sign_in("ada", PASSWORD).status_code == 429
    assert signed_in.get("/portfolio/").status_code == 200
    assert sign_in("ada", PASSWORD, known).status_code == 302


def test_a_browser_that_is_known_may_not_fail_more_often(ada: User) -> None:
    known = Client()
    assert sign_in("ada", PASSWORD, known).status_code == 302
    known.post("/accounts/logout/")
    for _ in range(10):
        assert sign_in("ada", "wrong", known).status_code == 200
    assert sign_in("ada", PASSWORD, known).status_code == 429
    # It is known at this account alone, and what it says of itself is signed.
    for number in range(10):
        sign_in("eve", "wrong", come_from=address(number))
    assert sign_in("eve", "wrong", known, come_from=address(99)).status_code == 429
    forged = Client()
    forged.cookies[lockout.known_cookie()] = "eyJpZCI6IjEifQ:1:x"
    assert sign_in("ada", PASSWORD, forged).status_code == 302


def test_getting_in_forgets_the_failures_at_the_account_alone(ada: User) -> None:
    for _ in range(3):
        for _ in range(9):
            assert sign_in("ada", "wrong", come_from=address(1)).status_code == 200
        assert sign_in("ada", PASSWORD, come_from=address(1)).status_code == 302
    for number in range(3):
        sign_in(f"name{number}", "wrong", come_from=address(1))
    assert sign_in("other", "wrong", come_from=address(1)).status_code == 429


def test_failures_and_successes_are_in_the_log_and_on_the_admin_pages(
    ada: User, client_of: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "pmhub.lockout"):
        sign_in("ada", "wrong one", HTTP_USER_AGENT="Browser/1")
        sign_in("my password by mistake", "wrong one")
        sign_in("ada", PASSWORD)
    assert caplog.messages == [
        f"Sign-in refused: door=password user={ada.pk} address=192.0.2.1",
        "Sign-in refused: door=password user=unknown address=192.0.2.1",
    ]
    kept = Attempt.objects.order_by("pk").values_list("outcome", "user", "address", "browser")
    assert list(kept) == [
        ("refused", ada.pk, "192.0.2.1", "Browser/1"),
        ("refused", None, "192.0.2.1", ""),
        ("admitted", ada.pk, "192.0.2.1", ""),
    ]
    stored = " ".join(map(str, Attempt.objects.values_list()))
    assert "wrong one" not in stored
    assert "mistake" not in stored
    office = factories.user("office", is_staff=True)
    factories.role(office, "pmo")
    page = client_of(office).get("/admin/pmhub/attempt/?outcome__exact=refused")
    assert page.status_code == 200
    assert "Browser/1" in page.content.decode()
    assert client_of(ada).get("/admin/pmhub/attempt/").status_code == 302


def test_a_flood_leaves_one_row_for_all_that_is_held_back(ada: User) -> None:
    for _ in range(25):
        sign_in("ada", "wrong")
    outcomes = list(Attempt.objects.values_list("outcome", flat=True))
    assert (outcomes.count("refused"), outcomes.count("held")) == (10, 1)


def test_what_was_tried_is_kept_for_half_a_year(ada: User) -> None:
    with time_machine.travel(NOON - timedelta(days=181), tick=False):
        sign_in("ada", "wrong")
    with time_machine.travel(NOON, tick=False):
        sign_in("ada", "wrong")
        tidy()
    assert Attempt.objects.count() == 1


@pytest.mark.parametrize("scheme", ["Bearer", "Basic"])
def test_unknown_tokens_are_slowed_and_known_ones_are_not(ada: User, scheme: str) -> None:
    _, key = Token.objects.create(user=ada, name="Ledger")

    def ask(token: str) -> Any:
        return APIClient().get("/api/v1/me/", HTTP_AUTHORIZATION=f"{scheme} {token}")

    for _ in range(30):
        assert ask("cG1oX25vbmU6eA==").status_code == 401
    slowed = ask("cG1oX25vbmU6eA==")
    assert (slowed.status_code, slowed.json()["code"]) == (429, "throttled")
    assert 0 < int(slowed.headers["Retry-After"]) <= 900
    valid = APIClient().get("/api/v1/me/", HTTP_AUTHORIZATION=f"Bearer {key}")
    assert valid.status_code == 200
    assert Attempt.objects.filter(door="token", outcome="refused").count() == 30


def test_the_admin_pages_have_no_door_of_their_own(ada: User) -> None:
    answer = Client().post("/admin/login/", {"username": "ada", "password": PASSWORD})
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{LOGIN}?next=/admin/")
    signed_in = Client()
    signed_in.force_login(ada)
    assert signed_in.get("/admin/login/").status_code == 404
