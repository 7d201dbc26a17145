"""Passwords are changed by their owners, forgotten, and chosen by a link; the rest then ends."""

import hashlib
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client

from pmhub.accounts import passwords
from pmhub.models import Mail, User
from tests import factories
from tests.access.conftest import LOGIN, PASSWORD, Post, signed_in

OTHER = "another walk by the lake"
CHOSEN = {"old_password": PASSWORD, "new_password1": OTHER, "new_password2": OTHER}
CHANGE = "/account/password/"
CONFIRM = "/account/confirm/"
FORGOTTEN = "/account/forgotten/"
MORNING = datetime(2026, 11, 2, 9, tzinfo=UTC)


def test_everybody_changes_their_own_password_and_other_sessions_end(ada: User) -> None:
    here, elsewhere = signed_in(), signed_in()
    assert here.get(CHANGE).status_code == 200
    changed = here.post(CHANGE, CHOSEN)
    assert (changed.status_code, "is changed" in changed.content.decode()) == (200, True)
    assert here.get("/account/").status_code == 200
    assert elsewhere.get("/account/").status_code == 302
    assert Client().post(LOGIN, {"username": "ada", "password": PASSWORD}).status_code == 200
    signed_in(password=OTHER)


def test_a_stranger_is_asked_to_sign_in(ada: User) -> None:
    for path in ("/account/", CHANGE, "/account/sessions/"):
        answer = Client().get(path)
        assert (answer.status_code, answer.headers["Location"]) == (302, f"{LOGIN}?next={path}")


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("password123", "too common"),
        ("123456789", "too common"),
        ("Programme-2026!", "easy to guess here"),
        ("WEXMOOR pmhub 1", "easy to guess here"),
        ("short", "too short"),
        ("ada@example.org", "too similar"),
    ],
)
def test_a_bad_password_is_refused_at_its_field(
    ada: User, settings: Any, password: str, said: str
) -> None:
    settings.GUESSABLE_WORDS = ["Wexmoor"]
    client = signed_in()
    answer = client.post(CHANGE, CHOSEN | {"new_password1": password, "new_password2": password})
    assert said in answer.content.decode()
    assert 'aria-invalid="true"' in answer.content.decode()
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)


@pytest.mark.parametrize(
    "password",
    [
        "our programme sails by the moon",  # words of here among others
        "90210 48151 62342",
        "  between two blanks  ",
        "ŋúþœ ß漢字 εἰμί",
        "long " * 40,
    ],
)
def test_any_other_password_is_taken_as_it_is(ada: User, password: str) -> None:
    chosen = CHOSEN | {"new_password1": password, "new_password2": password}
    assert "is changed" in signed_in().post(CHANGE, chosen).content.decode()
    wrong = {"username": "ada", "password": f"{password}x"}
    assert Client().post(LOGIN, wrong).status_code == 200
    signed_in(password=password)


def test_the_present_password_is_needed_and_not_to_be_guessed(ada: User) -> None:
    client = signed_in()
    for given in [{"old_password": "wrong"}] * 10 + [{"old_password": ""}]:
        refused = client.post(CHANGE, CHOSEN | given)
        assert refused.status_code == 200
        assert "is changed" not in refused.content.decode()
    held = client.post(CHANGE, CHOSEN)
    assert (held.status_code, "Retry-After" in held.headers) == (429, True)
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)


class Range(BaseHTTPRequestHandler):
    """Answers for the range of one password, with padding."""

    def do_GET(self) -> None:  # the protocol's
        """Answer with the rest of the hashes that begin like this."""
        known = hashlib.sha1(OTHER.encode(), usedforsecurity=False).hexdigest().upper()
        padding = hashlib.sha1(PASSWORD.encode(), usedforsecurity=False).hexdigest().upper()
        self.server.asked.append(self.path)  # type: ignore[attr-defined]  # ours
        lines = [
            f"{each[5:]}:{n}" for each, n in ((known, 7), (padding, 0)) if each[:5] in self.path
        ]
        text = "\r\n".join(["0" * 35 + ":3", *lines]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def service(settings: Any) -> Iterator[Any]:
    """A service that knows breached passwords, on this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Range)
    server.asked = []  # type: ignore[attr-defined]  # ours
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.BREACHED_PASSWORDS_URL = f"http://127.0.0.1:{server.server_address[1]}/range/"
    yield server
    server.shutdown()
    server.server_close()


def test_a_breached_password_is_refused_and_five_digits_leave(ada: User, service: Any) -> None:
    client = signed_in()
    refused = client.post(CHANGE, CHOSEN)
    assert "lists of stolen passwords" in refused.content.decode()
    digest = hashlib.sha1(OTHER.encode(), usedforsecurity=False).hexdigest().upper()
    assert service.asked == [f"/range/{digest[:5]}"]
    before = PASSWORD
    for kept in (PASSWORD, "a third walk in the hills"):  # padding is no breach
        given = {"old_password": before, "new_password1": kept, "new_password2": kept}
        assert "is changed" in client.post(CHANGE, given).content.decode()
        before = kept


def test_a_service_that_is_away_keeps_nobody_out(ada: User, settings: Any) -> None:
    settings.BREACHED_PASSWORDS_URL = "http://127.0.0.1:9/range/"
    assert "is changed" in signed_in().post(CHANGE, CHOSEN).content.decode()


def test_a_forgotten_password_is_chosen_anew_by_mail_once(ada: User, post: Post) -> None:
    before = signed_in()
    assert "/account/forgotten/" in Client().get(LOGIN).content.decode()
    asked = Client().post(FORGOTTEN, {"email": "Ada@Example.org"})
    words = " ".join(asked.content.decode().split())
    assert "a mail with a link is on its way. The link works once, within 1 hour." in words
    link = post.link(within="1 hour")
    page = Client().get(link)
    assert (page.status_code, "no-store" in page.headers["Cache-Control"]) == (200, True)
    refused = Client().post(link, {"new_password1": "password1", "new_password2": "password1"})
    assert (refused.status_code, "too common" in refused.content.decode()) == (200, True)
    chosen = Client().post(link, CHOSEN)
    assert (chosen.status_code, chosen.headers["Location"]) == (302, f"{LOGIN}?chosen=1")
    assert "Your password is set." in Client().get(f"{LOGIN}?chosen=1").content.decode()
    assert before.get("/account/").status_code == 302
    signed_in(password=OTHER)
    assert Client().get(link).status_code == 410
    assert Client().post(link, CHOSEN).status_code == 410
    ((to, subject, text),) = post.collect()
    assert (to, subject) == ("ada@example.org", "Your account in pmhub was changed")
    assert "Its password was changed." in text


def test_a_link_works_for_an_hour_and_not_after_another_change(ada: User, post: Post) -> None:
    with time_machine.travel(MORNING, tick=False):
        for _ in range(2):
            Client().post(FORGOTTEN, {"email": "ada@example.org"})
        links = [text.split("testserver")[1].split()[0] for _, _, text in post.collect()]
    with time_machine.travel(MORNING + timedelta(minutes=59), tick=False):
        assert Client().get(links[0]).status_code == 200
    with time_machine.travel(MORNING + timedelta(minutes=61), tick=False):
        assert Client().get(links[0]).status_code == 410
    with time_machine.travel(MORNING + timedelta(minutes=5), tick=False):
        assert Client().post(links[1], CHOSEN).status_code == 302
        assert Client().get(links[0]).status_code == 410


def test_an_unknown_address_is_answered_alike_and_gets_no_mail(ada: User, post: Post) -> None:
    User.objects.create_user("gone", "gone@example.org", PASSWORD, is_active=False)
    User.objects.create(username="machine", email="machine@example.org", password="!")

    def answer(address: str) -> str:
        page = Client().post(FORGOTTEN, {"email": address})
        return f"{page.status_code} {page.content.decode()}".partition("Back to")[0]

    answers = {answer(f"{name}@example.org") for name in ("ada", "nobody", "gone", "machine")}
    assert len(answers) == 1
    assert [to for to, _, _ in post.collect()] == ["ada@example.org"]
    assert not Mail.objects.exists()


def test_no_address_of_mail_brings_a_header(ada: User, post: Post) -> None:
    for sent in ("ada@example.org\nBcc: eve@example.org", "ada@example.org,eve@example.org"):
        assert Client().post(FORGOTTEN, {"email": sent}).status_code == 200
    assert post.collect() == []


def test_a_password_is_hidden_as_it_is_typed_and_may_be_pasted(ada: User) -> None:
    link = passwords.path(passwords.RESET, ada)
    pages = [(Client(), LOGIN), (Client(), link), (signed_in(), CHANGE), (signed_in(), CONFIRM)]
    for client, path in pages:
        page = client.get(path).content.decode()
        fields = re.findall(r"<input[^>]*(?:current|new)-password[^>]*>", page)
        assert fields
        for field in fields:
            assert 'type="password"' in field
            assert "onpaste" not in field
            assert "maxlength" not in field


def test_links_are_not_asked_for_without_end(ada: User, post: Post) -> None:
    for _ in range(10):
        assert Client().post(FORGOTTEN, {"email": "ada@example.org"}).status_code == 200
    held = Client().post(FORGOTTEN, {"email": "ada@example.org"})
    assert (held.status_code, int(held.headers["Retry-After"]) > 800) == (429, True)
    assert len(post.collect()) == 10


def test_a_mail_that_cannot_be_sent_is_sent_later(ada: User, post: Post, settings: Any) -> None:
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 9
    with time_machine.travel(MORNING, tick=False):
        Mail.objects.create(kind="reset", to="ada@example.org", due_at=MORNING, about={"at": "x"})
        assert post.collect() == []
        settings.EMAIL_PORT = port
        assert post.collect() == []
    with time_machine.travel(MORNING + timedelta(minutes=1), tick=False):
        assert [to for to, _, _ in post.collect()] == ["ada@example.org"]


def test_without_a_mail_server_nothing_is_promised(ada: User) -> None:
    assert "/account/forgotten/" not in Client().get(LOGIN).content.decode()
    assert "sends no mail" in Client().post(FORGOTTEN, {"email": "a@b.org"}).content.decode()
    assert not Mail.objects.exists()


@pytest.fixture
def office(quick: None, nothing: None) -> User:
    """The PMO of the whole organisation."""
    office = factories.user("office", is_staff=True)
    factories.role(office, "pmo")
    return office


@pytest.mark.parametrize("mail", ["", "nia@example.org"])
def test_the_pmo_invites(office: User, post: Post, client_of: Any, mail: str) -> None:
    nia = User.objects.create(username="nia", email=mail, password="!")
    given = {"action": "invite", "_selected_action": [nia.pk]}
    page = client_of(office).post("/admin/pmhub/user/", given, follow=True)
    if mail:
        link = post.link(within="7 days")
        assert "on its way to nia@example.org" in page.content.decode()
    else:
        link = (
            page.content.decode().split("give them this link, http://testserver")[1].split("<")[0]
        )
    assert Client().post(link.strip(), CHOSEN).status_code == 302
    signed_in("nia", OTHER)
    assert Client().get(link.strip()).status_code == 410


@pytest.mark.parametrize("secret", ["x", "a:b:c", "é"])
@pytest.mark.parametrize("purpose", ["reset", "invitation", "other"])
def test_a_made_up_link_works_no_more(ada: User, purpose: str, secret: str) -> None:
    assert Client().get(f"/account/link/{purpose}/{secret}/").status_code == 410
    assert Client().post(f"/account/link/{purpose}/{secret}/", CHOSEN).status_code == 410


def test_a_link_for_one_thing_does_no_other(ada: User, post: Post) -> None:
    Client().post(FORGOTTEN, {"email": "ada@example.org"})
    link = post.link()
    assert Client().get(link.replace("/reset/", "/invitation/")).status_code == 410


@pytest.mark.django_db(transaction=True)
def test_of_two_that_choose_at_once_one_does(ada: User, post: Post) -> None:
    Client().post(FORGOTTEN, {"email": "ada@example.org"})
    link, answers = post.link(), list[int]()

    def choose(password: str) -> None:
        given = {"new_password1": password, "new_password2": password}
        answers.append(Client().post(link, given).status_code)
        connection.close()

    both = [threading.Thread(target=choose, args=[f"{OTHER} {n}"]) for n in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sorted(answers) == [302, 410]
