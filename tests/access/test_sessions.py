"""Sessions are seen and ended by their owner, end when nobody is there, and ask again."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.test import Client

from pmhub.models import Attempt, Session, Token, User
from pmhub.tasks import tidy
from tests.access.conftest import PASSWORD, signed_in

SESSIONS = "/account/sessions/"
CHANGE = "/account/password/"
TOKENS = "/account/tokens/"
CONFIRM = "/account/confirm/"
MORNING = datetime(2026, 11, 2, 9, tzinfo=UTC)


def test_one_sees_where_one_is_signed_in_and_ends_one(ada: User) -> None:
    here, away = signed_in(browser="Here/1"), signed_in(browser="Away/1")
    page = here.get(SESSIONS).content.decode()
    assert ("Here/1" in page, "Away/1" in page, "127.0.0.1" in page) == (True, True, True)
    for row in Session.objects.all():
        assert row.session_key not in page  # by which one gets in
    (name,) = re.findall(r'name="end" value="(\w+)"', page)
    assert here.post(SESSIONS, {"end": name}).status_code == 302
    assert away.get("/account/").status_code == 302
    assert here.get("/account/").status_code == 200


@pytest.mark.parametrize(
    ("said", "called"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox on Windows",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19 like Mac OS X) Safari/604.1", "Safari on iPhone"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", "not known"),
    ],
)
def test_a_browser_has_the_name_that_people_know(ada: User, said: str, called: str) -> None:
    page = signed_in(browser=said).get(SESSIONS).content.decode()
    (cell,) = re.findall(r'data-label="Browser"[^>]*>\s*(.*?)\s*</td>', page)
    assert cell == called


def test_one_ends_all_others(ada: User) -> None:
    here, others = signed_in(), [signed_in(), signed_in()]
    assert here.post(SESSIONS).status_code == 302
    assert [each.get("/account/").status_code for each in others] == [302, 302]
    assert here.get("/account/").status_code == 200


def test_nobody_ends_anothers(ada: User) -> None:
    User.objects.create_user("eve", password=PASSWORD)
    hers, his = signed_in(), signed_in("eve")
    signed_in()
    (name,) = re.findall(r'name="end" value="(\w+)"', hers.get(SESSIONS).content.decode())
    assert his.post(SESSIONS, {"end": name}).status_code == 302
    assert his.post(SESSIONS).status_code == 302
    assert Session.objects.filter(user=ada).count() == 2


def test_a_session_ends_when_nobody_is_there(ada: User) -> None:
    with time_machine.travel(MORNING, tick=False):
        used, left = signed_in(), signed_in()
    for hour in (7, 14, 21):
        with time_machine.travel(MORNING + timedelta(hours=hour), tick=False):
            assert used.get("/account/").status_code == 200
    with time_machine.travel(MORNING + timedelta(hours=21), tick=False):
        assert left.get("/account/").status_code == 302
        tidy()
        assert Session.objects.filter(user=ada).count() == 1


def test_what_a_page_asks_by_itself_keeps_no_session(ada: User) -> None:
    with time_machine.travel(MORNING, tick=False):
        client = signed_in()
    for hour in range(1, 8):
        with time_machine.travel(MORNING + timedelta(hours=hour), tick=False):
            for page in ("/portfolio/", "/api/v1/inbox/?unread=true&page_size=1"):
                asked = client.get(page, headers={"HX-Request": "true"})
                assert asked.status_code == 200
    with time_machine.travel(MORNING + timedelta(hours=9), tick=False):
        assert client.get("/account/").status_code == 302


def test_reading_writes_at_most_once_a_minute(ada: User, django_assert_num_queries: Any) -> None:
    with time_machine.travel(MORNING, tick=False):
        client = signed_in()
        (before,) = Session.objects.values_list("seen_at", flat=True)
    with time_machine.travel(MORNING + timedelta(seconds=59), tick=False):
        client.get("/account/")
        assert Session.objects.get().seen_at == before
    with time_machine.travel(MORNING + timedelta(seconds=61), tick=False):
        client.get("/account/")
        assert Session.objects.get().seen_at > before


def test_what_is_dangerous_asks_again_after_a_while_and_then_goes_on(ada: User) -> None:
    with time_machine.travel(MORNING, tick=False):
        client = signed_in()
        assert client.get(CHANGE).status_code == 200
    with time_machine.travel(MORNING + timedelta(minutes=16), tick=False):
        assert client.get("/account/").status_code == 200
        asked = client.get(CHANGE)
        assert asked.status_code == 302
        assert asked.headers["Location"] == f"{CONFIRM}?next=%2Faccount%2Fpassword%2F"
        page = client.get(asked.headers["Location"])
        assert (page.status_code, "Is it you?" in page.content.decode()) == (200, True)
        given = {"next": CHANGE}
        wrong = client.post(CONFIRM, given | {"password": "wrong"})
        assert (wrong.status_code, client.get(CHANGE).status_code) == (200, 302)
        right = client.post(CONFIRM, given | {"password": PASSWORD})
        assert (right.status_code, right.headers["Location"]) == (302, CHANGE)
        assert client.get(CHANGE).status_code == 200


def test_what_was_sent_is_done_once_one_has_shown_who_one_is(ada: User) -> None:
    with time_machine.travel(MORNING, tick=False):
        client = signed_in()
    with time_machine.travel(MORNING + timedelta(minutes=16), tick=False):
        sent = client.post(TOKENS, {"name": "Ledger", "days": "30", "scopes": ["read"]})
        assert (sent.status_code, Token.objects.count()) == (302, 0)
        client.post(CONFIRM, {"password": PASSWORD, "next": TOKENS})
        assert Token.objects.get().name == "Ledger"


def test_a_new_password_is_sent_with_the_present_one_and_lies_in_no_session(ada: User) -> None:
    with time_machine.travel(MORNING, tick=False):
        client = signed_in()
    other = "another walk by the lake"
    sent = {"old_password": PASSWORD, "new_password1": other, "new_password2": other}
    with time_machine.travel(MORNING + timedelta(minutes=16), tick=False):
        client.post(CHANGE, sent | {"old_password": "wrong"})
        assert other not in str(client.session.items())
        assert client.post(CHANGE, sent).status_code == 200
        ada.refresh_from_db()
        assert ada.check_password(other)


def test_ending_sessions_asks_again_after_a_while(ada: User) -> None:
    with time_machine.travel(MORNING, tick=False):
        client = signed_in()
        signed_in()
    with time_machine.travel(MORNING + timedelta(minutes=16), tick=False):
        assert client.get(SESSIONS).status_code == 200
        assert client.post(SESSIONS).headers["Location"].startswith(CONFIRM)
        assert Session.objects.filter(user=ada).count() == 2
        client.post(CONFIRM, {"password": PASSWORD, "next": SESSIONS})
        assert Session.objects.filter(user=ada).count() == 1


def test_a_session_has_another_key_once_one_has_shown_again_who_one_is(ada: User) -> None:
    client = signed_in()
    before = str(client.session.session_key)
    client.post(CONFIRM, {"password": "wrong"})
    assert client.session.session_key == before
    client.post(CONFIRM, {"password": PASSWORD})
    assert client.session.session_key != before
    assert client.get("/account/").status_code == 200
    taken = Client()
    taken.cookies[settings.SESSION_COOKIE_NAME] = before
    assert taken.get("/account/").status_code == 302


def test_a_session_ends_after_a_week_whoever_is_there(ada: User) -> None:
    with time_machine.travel(MORNING, tick=False):
        client = signed_in()
    for hour in range(4, 168, 4):
        with time_machine.travel(MORNING + timedelta(hours=hour), tick=False):
            assert client.get("/account/").status_code == 200
    client.post(CONFIRM, {"password": PASSWORD})  # shown again, it is the same session
    with time_machine.travel(MORNING + timedelta(hours=168), tick=False):
        assert client.get("/account/").status_code == 302
        tidy()
        assert not Session.objects.filter(user=ada).exists()


def test_signing_out_leaves_nothing_in_the_browser(ada: User) -> None:
    for path in ("/accounts/logout/", "/account/sign-out/", "/admin/logout/"):
        client = signed_in()
        key = client.session.session_key
        out = client.post(path)
        assert (out.status_code, out.headers["Clear-Site-Data"]) == (302, '"cache"')
        assert not Session.objects.filter(pk=key).exists()
        assert client.get(path).status_code == 405


def test_asking_again_is_no_way_to_guess(ada: User) -> None:
    client = signed_in()
    for _ in range(10):
        assert client.post(CONFIRM, {"password": "wrong"}).status_code == 200
    held = client.post(CONFIRM, {"password": PASSWORD})
    assert (held.status_code, "Retry-After" in held.headers) == (429, True)
    assert client.get("/account/").status_code == 200
    assert Attempt.objects.filter(door="confirmation", outcome="refused").count() == 10


@pytest.mark.parametrize("away", ["//elsewhere.example/", "https://elsewhere.example/"])
def test_nobody_is_led_elsewhere(ada: User, away: str) -> None:
    client = signed_in()
    for path in (CONFIRM, "/accounts/login/"):
        answer = client.post(f"{path}?next={away}", {"password": PASSWORD, "next": away})
        assert "elsewhere" not in answer.headers.get("Location", "")
    again = client.get(f"/account/confirm/sign-in/?next={away}")
    assert again.headers["Location"].startswith(f"{CONFIRM}?next=")


def test_who_has_no_password_signs_in_again(ada: User) -> None:
    ada.set_unusable_password()
    ada.save()
    client = Client()
    client.force_login(ada)
    asked = client.get(CHANGE)
    assert asked.headers["Location"] == "/account/confirm/sign-in/?next=%2Faccount%2Fpassword%2F"
    out = client.get(asked.headers["Location"])
    assert out.headers["Location"] == f"/accounts/login/?next={CHANGE}"
    assert client.get("/account/").status_code == 302


def test_the_last_sign_ins_say_in_words_from_where_they_came(ada: User) -> None:
    said = "Mozilla/5.0 (iPad; CPU OS 19 like Mac OS X) CriOS/140.0 Safari/604.1"
    page = signed_in(browser=said).get("/account/").content.decode()
    (cell,) = re.findall(r'data-label="Browser"[^>]*>\s*(.*?)\s*</td>', page)
    assert cell == "Chrome on iPad"
