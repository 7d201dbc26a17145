"""One's own tokens on the page of the account, those of service accounts, and what mails say."""

import re
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test import Client
from rest_framework.test import APIClient

from pmhub.models import Token, User
from pmhub.tasks import tell_of_tokens
from tests import factories
from tests.access.conftest import LOGIN, PASSWORD, Post, signed_in

TOKENS = "/account/tokens/"
GIVEN = {"name": "Ledger", "days": "30", "scopes": ["read", "risks:write"]}
MORNING = datetime(2026, 11, 2, 9, tzinfo=UTC)


def by(key: str, path: str = "/api/v1/me/") -> Any:
    return APIClient().get(path, HTTP_AUTHORIZATION=f"Bearer {key}")


def test_one_makes_a_token_sees_its_use_and_revokes_it(ada: User, post: Post) -> None:
    client = signed_in()
    made = client.post(TOKENS, GIVEN)
    assert "no-store" in made.headers["Cache-Control"]
    key = re.search(r"pmh_\w+(?=</code></p>)", made.content.decode())
    assert key
    token = Token.objects.get()
    assert (token.user, token.scopes) == (ada, "read risks:write")
    assert timedelta(days=29) < token.expiry - token.created <= timedelta(days=30)
    assert by(key[0]).status_code == 200
    page = client.get(TOKENS).content.decode()
    assert (key[0] in page, "Ledger" in page, "read risks:write" in page) == (False, True, True)
    ((to, _, text),) = post.collect()
    assert (to, "A token was made." in text, key[0] in text) == (ada.email, True, False)
    assert client.post(TOKENS, {"revoke": token.token_key}).status_code == 302
    assert by(key[0]).status_code == 401


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "required"),
        ({"days": "999"}, "valid choice"),
        ({"scopes": []}, "Tick what it may do"),
        ({"scopes": ["unicorns:read"]}, "valid choice"),
    ],
    ids=str,
)
def test_what_is_wrong_is_said_and_nothing_is_made(ada: User, wrong: Any, said: str) -> None:
    answer = signed_in().post(TOKENS, GIVEN | wrong)
    assert said in answer.content.decode()
    assert not Token.objects.exists()


def test_nobody_revokes_anothers(ada: User) -> None:
    User.objects.create_user("eve", password=PASSWORD)
    token, key = Token.objects.create(user=ada, name="hers")
    signed_in("eve").post(TOKENS, {"revoke": token.token_key})
    assert by(key).status_code == 200


def test_making_one_asks_again_after_a_while(ada: User) -> None:
    with time_machine.travel(MORNING, tick=False):
        client = signed_in()
    with time_machine.travel(MORNING + timedelta(minutes=16), tick=False):
        assert client.get(TOKENS).status_code == 200
        asked = client.post(TOKENS, GIVEN)
        assert asked.headers["Location"].startswith("/account/confirm/")
        assert not Token.objects.exists()


def test_owners_are_told_two_weeks_before_a_token_ends(ada: User, post: Post) -> None:
    with time_machine.travel(MORNING, tick=False):
        Token.objects.create(user=ada, name="Ledger", expiry=timedelta(days=90))
    for days, told in ((75, 0), (77, 1), (78, 0), (89, 0)):
        with time_machine.travel(MORNING + timedelta(days=days), tick=False):
            tell_of_tokens()
            mails = post.collect()
            assert len(mails) == told
            for to, _, text in mails:
                assert to == "ada@example.org"
                assert 'The token "Ledger"' in text
                assert "works until 31 January 2027" in text


def test_tokens_of_before_end_in_ninety_days_and_their_owners_are_told(
    ada: User, post: Post
) -> None:
    for name in ("endless", "far", "near"):
        Token.objects.create(user=ada, name=name)
    near = datetime.now(UTC) + timedelta(days=5)
    migration = import_module("pmhub.migrations.0014_tokens_end").Migration
    statement = next(each.sql for each in migration.operations if hasattr(each, "sql"))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE pmhub_token DROP CONSTRAINT token_ends")
        Token.objects.filter(name="endless").update(expiry=None)
        Token.objects.filter(name="far").update(expiry=datetime.now(UTC) + timedelta(days=4000))
        Token.objects.filter(name="near").update(expiry=near)
        cursor.execute(statement)
    for name in ("endless", "far"):
        left = Token.objects.get(name=name).expiry - datetime.now(UTC)
        assert timedelta(days=89, hours=23) < left <= timedelta(days=90)
    assert Token.objects.get(name="near").expiry == near
    tell_of_tokens()
    assert len(post.collect()) == 3
    tell_of_tokens()
    assert post.collect() == []
    later = datetime.now(UTC) + timedelta(days=77)
    with time_machine.travel(later, tick=False):
        tell_of_tokens()
        assert len(post.collect()) == 2


@pytest.fixture
def office(quick: None, nothing: None) -> User:
    """The PMO of the whole organisation."""
    office = factories.user("office", is_staff=True)
    factories.role(office, "pmo")
    return office


def test_a_service_account_gets_in_by_tokens_alone(office: User, client_of: Any) -> None:
    robot = User.objects.create_user("robot", "robot@example.org", PASSWORD)
    factories.person(user=robot)
    factories.role(robot, "viewer")
    session = signed_in("robot")
    change = f"/admin/pmhub/user/{robot.pk}/change/"
    page = client_of(office).get(change)
    typed = {
        name: value
        for name, field in page.context["adminform"].form.fields.items()
        if (value := page.context["adminform"].form.get_initial_for_field(field, name))
    }
    saved = client_of(office).post(change, typed | {"is_service": "on"})
    assert saved.status_code == 302
    assert session.get("/account/").status_code == 302
    answer = Client().post(LOGIN, {"username": "robot", "password": PASSWORD})
    assert answer.status_code == 200
    given = {"action": "make_token", "_selected_action": [robot.pk]}
    made = client_of(office).post("/admin/pmhub/user/", given)
    key = re.search(r"pmh_\w+", made.content.decode())
    assert key
    assert by(key[0]).json()["scopes"] == ["read"]
    assert by(key[0], "/api/v1/programmes/").status_code == 200
    with pytest.raises(IntegrityError, match="service_has_no_password"), transaction.atomic():
        User.objects.filter(pk=robot.pk).update(password="x")


def test_tokens_are_made_for_service_accounts_alone(office: User, client_of: Any) -> None:
    ada = User.objects.create_user("ada", password=PASSWORD)
    given = {"action": "make_token", "_selected_action": [ada.pk]}
    client_of(office).post("/admin/pmhub/user/", given)
    assert not Token.objects.exists()


def test_giving_a_role_asks_again_after_a_while(office: User, client_of: Any) -> None:
    client = client_of(office)
    session = client.session
    session["account_authentication_methods"][0]["at"] -= 16 * 60
    session.save()
    for page in ("roleassignment/add/", f"person/{office.person.pk}/change/", "user/add/", "user/"):
        answer = client.post(f"/admin/pmhub/{page}", {})
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/account/confirm/")
        assert client.get(f"/admin/pmhub/{page}").status_code == 200
