"""A second factor: codes of an app, recovery codes, and roles that ask for one."""

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from cryptography.exceptions import InvalidTag
from django.contrib.auth.hashers import check_password
from django.test import Client

from pmhub.accounts import passwords
from pmhub.accounts.adapters import FactorAdapter
from pmhub.models import Attempt, SignInRule, User
from tests import factories
from tests.access.conftest import LOGIN, PASSWORD, Post, signed_in

FACTOR = "/account/second-factor/"
ACTIVATE = f"{FACTOR}totp/activate/"
AUTHENTICATE = f"{FACTOR}authenticate/"
CODES = f"{FACTOR}recovery-codes/"
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def code(secret: str, later: int = 0) -> str:
    """Return the code that the app shows, `later` half minutes from now."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + later)))


def set_up(client: Client) -> tuple[str, list[str]]:
    """Set up an app; return its key and the recovery codes."""
    page = client.get(ACTIVATE)
    assert page.status_code == 200
    key = re.search(r"<code>([A-Z2-7]{32})</code>", page.content.decode())
    assert key
    with time_machine.travel(datetime.now(UTC), tick=False):  # no code ends on its way
        done = client.post(ACTIVATE, {"code": code(key[1])})
    assert (done.status_code, done.headers["Location"]) == (302, CODES)
    return key[1], made(client)


def made(client: Client) -> list[str]:
    """Make recovery codes, and read them from the answer."""
    codes = re.findall(r"<code>(\d{9})</code>", client.post(CODES).content.decode())
    assert len(set(codes)) == 10
    return codes


def half_way(name: str = "ada") -> Client:
    """Return the client of a user whose password was accepted, and who has still to give a code."""
    client = Client()
    answer = client.post(LOGIN, {"username": name, "password": PASSWORD})
    assert (answer.status_code, answer.headers["Location"]) == (302, AUTHENTICATE)
    assert client.get("/account/").status_code == 302
    assert client.get(AUTHENTICATE).status_code == 200
    return client


def test_with_an_app_the_password_alone_gets_nobody_in(
    ada: User, post: Post, django_capture_on_commit_callbacks: Any
) -> None:
    with time_machine.travel(NOON, tick=False):
        with django_capture_on_commit_callbacks(execute=True):
            key, _ = set_up(signed_in())
        assert "An authenticator app was set up." in " ".join(text for _, _, text in post.collect())
    with time_machine.travel(NOON + timedelta(minutes=5), tick=False):
        client = half_way()
        wrong = client.post(AUTHENTICATE, {"code": "000000"})
        assert "This code is wrong" in wrong.content.decode()
        right = client.post(AUTHENTICATE, {"code": code(key)})
        assert (right.status_code, right.headers["Location"]) == (302, "/")
        assert client.get("/account/").status_code == 200
    tried = Attempt.objects.filter(door="second_factor").values_list("outcome", flat=True)
    assert sorted(tried) == ["admitted", "refused"]


def test_a_code_gets_in_once(ada: User) -> None:
    with time_machine.travel(NOON, tick=False):
        key, _ = set_up(signed_in())
    with time_machine.travel(NOON + timedelta(minutes=5), tick=False):
        given = {"code": code(key)}
        assert half_way().post(AUTHENTICATE, given).status_code == 302
        assert half_way().post(AUTHENTICATE, given).status_code == 200
        spaced = {"code": f" {given['code']} "}
        assert half_way().post(AUTHENTICATE, spaced).status_code == 200


def test_a_code_of_an_app_lives_half_a_minute(ada: User) -> None:
    with time_machine.travel(NOON, tick=False):
        key, _ = set_up(signed_in())
    with time_machine.travel(NOON + timedelta(minutes=5), tick=False):
        client = half_way()
        for away in (-1, 1):
            assert client.post(AUTHENTICATE, {"code": code(key, away)}).status_code == 200
        assert client.post(AUTHENTICATE, {"code": code(key)}).status_code == 302


def test_a_recovery_code_gets_in_once(ada: User) -> None:
    _, codes = set_up(signed_in())
    assert half_way().post(AUTHENTICATE, {"code": codes[0]}).status_code == 302
    assert half_way().post(AUTHENTICATE, {"code": codes[0]}).status_code == 200
    assert half_way().post(AUTHENTICATE, {"code": f" {codes[1]} "}).status_code == 302


def test_recovery_codes_are_shown_once_and_kept_as_passwords_are(ada: User, post: Post) -> None:
    client = signed_in()
    assert "Set up an app or a passkey first" in client.get(CODES).content.decode()
    assert client.post(CODES).status_code == 302
    _, codes = set_up(client)
    page = client.get(CODES).content.decode()
    assert not any(each in page for each in codes)
    assert "10 are left" in page
    kept = Authenticator.objects.get(type="recovery_codes").data["hashes"]
    assert all(check_password(*each) for each in zip(codes, kept, strict=True))
    assert half_way().post(AUTHENTICATE, {"code": codes[3]}).status_code == 302
    assert "9 are left" in client.get(FACTOR).content.decode()
    assert "New recovery codes were made" in " ".join(text for _, _, text in post.collect())


def test_new_recovery_codes_end_those_of_before(ada: User) -> None:
    client = signed_in()
    _, before = set_up(client)
    after = made(client)
    assert half_way().post(AUTHENTICATE, {"code": before[0]}).status_code == 200
    assert half_way().post(AUTHENTICATE, {"code": after[0]}).status_code == 302


@pytest.mark.parametrize("shape", ["000000000", "12345678", "1234567890", "\u0661" * 9, "0" * 40])
def test_what_is_no_recovery_code_gets_nobody_in(ada: User, shape: str) -> None:
    set_up(signed_in())
    assert half_way().post(AUTHENTICATE, {"code": shape}).status_code == 200


def test_codes_are_not_guessed(ada: User) -> None:
    with time_machine.travel(NOON, tick=False):
        key, _ = set_up(signed_in())
        client = half_way()
        for number in range(10):
            assert client.post(AUTHENTICATE, {"code": f"{number:06}"}).status_code == 200
        # Another browser and a new sign-in start no new count.
        held = half_way().post(AUTHENTICATE, {"code": code(key, 1)})
        assert (held.status_code, held.headers["Retry-After"]) == (429, "900")


def test_no_secret_of_an_app_lies_open_in_the_database(ada: User) -> None:
    key, codes = set_up(signed_in())
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert key not in stored
    assert not any(each in stored for each in codes)


def test_a_forgotten_password_is_no_way_around_it(ada: User) -> None:
    with time_machine.travel(NOON, tick=False):
        secret, _ = set_up(signed_in())
    other = "another walk by the lake"
    chosen = {"new_password1": other, "new_password2": other}
    client = Client()
    with time_machine.travel(NOON + timedelta(minutes=5), tick=False):
        assert client.post(passwords.path(passwords.RESET, ada), chosen).status_code == 302
        assert client.get("/account/").status_code == 302
        asked = client.post(LOGIN, {"username": "ada", "password": other})
        assert asked.headers["Location"].startswith(AUTHENTICATE)
        assert client.get("/account/").status_code == 302
        assert client.post(AUTHENTICATE, {"code": code(secret)}).status_code == 302
        assert client.get("/account/").status_code == 200


def test_a_secret_outlives_the_key_of_the_installation_and_no_change_of_itself(
    settings: Any,
) -> None:
    stored = FactorAdapter().encrypt("the secret of an app")
    with pytest.raises(InvalidTag):
        FactorAdapter().decrypt(stored[:-8] + ("A" if stored[-8] != "A" else "B") + stored[-7:])
    assert FactorAdapter().encrypt("the secret of an app") != stored
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another" * 10
    assert FactorAdapter().decrypt(stored) == "the secret of an app"
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(InvalidTag):
        FactorAdapter().decrypt(stored)


@pytest.mark.parametrize(
    "path", [ACTIVATE, f"{FACTOR}webauthn/add/", CODES, f"{FACTOR}totp/deactivate/"]
)
def test_changing_it_asks_again_after_a_while(ada: User, path: str) -> None:
    with time_machine.travel(NOON, tick=False):
        client = signed_in()
        if path != ACTIVATE:
            set_up(client)
    with time_machine.travel(NOON + timedelta(minutes=16), tick=False):
        asked = client.get(path)
        assert asked.headers["Location"].startswith("/account/confirm/")
        assert client.get(FACTOR).status_code == 200


def test_whatever_is_sent_as_a_passkey_is_refused(ada: User) -> None:
    client = signed_in()
    set_up(client)
    client.get(f"{FACTOR}webauthn/add/")
    for answer in (
        *("", "[]", "1", '"x"', "{}", '{"id": 1}', "nonsense"),
        '{"id": "x", "rawId": "x", "type": "public-key", "response": {"userHandle": "AA"}}',
    ):
        for path in (f"{FACTOR}webauthn/add/", f"{FACTOR}webauthn/reauthenticate/"):
            assert client.post(path, {"credential": answer}).status_code in (200, 302), answer
        other = half_way()
        assert other.post(AUTHENTICATE, {"credential": answer}).status_code == 200, answer
        alone = Client()
        asked = alone.get(f"{FACTOR}webauthn/login/", headers={"Accept": "application/json"})
        assert asked.status_code == 200, answer
        sent = alone.post(f"{FACTOR}webauthn/login/", {"credential": answer})
        assert sent.status_code == 302, answer
        assert alone.get("/account/").status_code == 302, answer
        assert not Authenticator.objects.filter(type="webauthn").exists(), answer


def test_pages_of_the_second_factor_are_kept_by_nobody(ada: User) -> None:
    client = signed_in()
    set_up(client)
    for path in (FACTOR, CODES, f"{FACTOR}webauthn/add/", AUTHENTICATE):
        assert "no-store" in client.get(path).headers["Cache-Control"]


@pytest.fixture
def manager(ada: User) -> User:
    """Ada manages a programme, and the PMO asks those for a second factor."""
    factories.person(user=ada)
    factories.role(ada, "programme_manager", programme=factories.programme(code="ONE"))
    SignInRule.objects.create(role="programme_manager")
    return ada


def test_who_holds_a_role_that_asks_for_one_sees_nothing_before(manager: User) -> None:
    client = signed_in()
    for path in ("/", "/portfolio/", "/admin/"):
        asked = client.get(path)
        assert (asked.status_code, asked.headers["Location"]) == (302, FACTOR)
    refused = client.get("/api/v1/programmes/")
    assert (refused.status_code, refused.json()["code"]) == (403, "second_factor_needed")
    assert "A second factor is asked of you" in client.get(FACTOR).content.decode()
    assert client.get("/account/").status_code == 200
    set_up(client)
    assert client.get("/api/v1/programmes/").status_code == 200
    client.post(f"{FACTOR}totp/deactivate/")
    assert client.get("/api/v1/programmes/").status_code == 403


def test_it_is_asked_at_once_and_of_nobody_else(ada: User) -> None:
    client = signed_in()
    programme = factories.programme()
    factories.person(user=ada)
    factories.role(ada, "viewer", programme=programme)
    rule = SignInRule.objects.create(role="programme_manager")
    assert client.get("/api/v1/programmes/").status_code == 200
    factories.role(ada, "programme_manager", programme=programme)
    assert client.get("/api/v1/programmes/").status_code == 403
    rule.second_factor = False
    rule.save()
    assert client.get("/api/v1/programmes/").status_code == 200


def test_it_is_asked_of_everybody_where_that_is_set(ada: User, settings: Any) -> None:
    settings.SECOND_FACTOR = "everybody"
    client = signed_in()
    assert client.get("/").headers["Location"] == FACTOR
    assert client.get("/api/v1/programmes/").json()["code"] == "second_factor_needed"
    set_up(client)
    assert client.get("/api/v1/programmes/").status_code == 200
    assert Client().get(LOGIN).status_code == 200  # nobody is asked before they say who they are


def test_the_pmo_sets_which_roles_ask(quick: None, nothing: None, client_of: Any) -> None:
    office = factories.user("office", is_staff=True)
    factories.role(office, "pmo")
    client = client_of(office)
    given = {"role": "sponsor", "second_factor": "on"}
    assert client.post("/admin/pmhub/signinrule/add/", given).status_code == 302
    assert SignInRule.objects.get().role == "sponsor"
    assert "Sponsor" in client.get("/admin/pmhub/signinrule/").content.decode()
    unknown = client.post("/admin/pmhub/signinrule/add/", given | {"role": "king"})
    assert unknown.status_code == 200


def test_the_pmo_takes_the_factor_of_who_lost_it(ada: User, post: Post, client_of: Any) -> None:
    client = signed_in()
    set_up(client)
    office = factories.user("office", is_staff=True)
    factories.role(office, "pmo")
    given = {"action": "take_factor", "_selected_action": [ada.pk]}
    client_of(office).post("/admin/pmhub/user/", given)
    assert not Authenticator.objects.exists()
    assert client.get("/account/").status_code == 302
    assert "The PMO took its second factor" in " ".join(text for _, _, text in post.collect())
    signed_in()
    root = User.objects.create_superuser("root", password=PASSWORD)
    Authenticator.objects.create(user=root, type="totp", data={"secret": "x"})
    client_of(office).post("/admin/pmhub/user/", given | {"_selected_action": [root.pk]})
    assert Authenticator.objects.get().user == root
