"""How people choose what digests tell them, and end them."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client

from pmhub.models import Digest, Token, Topic, User
from projects.models import Project
from tests import factories
from tests.access.digests import MONDAY, morning, owner, plain, project, reader_of, site, stop_link
from tests.api.conftest import Api, errors_of
from tests.factories import AS_OF

__all__ = ["morning", "owner", "project", "site"]

pytestmark = pytest.mark.django_db


# Who wants none


def test_one_link_ends_them_without_signing_in_and_only_when_it_is_meant(
    owner: User, project: Project, morning: Any
) -> None:
    other = reader_of(project, "other")
    for user in (owner, other):
        factories.action(project, owner=user.person, due_on=AS_OF)
    first, _ = sorted(morning(MONDAY), key=lambda mail: mail["To"] != "owner@example.org")
    link = stop_link(first)
    assert link in plain(first)
    asks = Client().get(link)
    assert (asks.status_code, "owner" in asks.content.decode()) == (200, True)
    assert "no-store" in asks.headers["Cache-Control"]
    owner.refresh_from_db()
    assert owner.digest_waiting == "daily"  # programs follow links
    strict = Client(enforce_csrf_checks=True)
    for _ in range(2):  # as RFC 8058 has it, and again
        done = strict.post(link, "List-Unsubscribe=One-Click", "application/x-www-form-urlencoded")
        assert done.status_code == 200
    owner.refresh_from_db()
    other.refresh_from_db()
    assert {getattr(owner, topic) for topic in Topic.values} == {"off"}
    assert other.digest_waiting == "daily"


def test_a_link_of_nobody_or_of_an_address_of_before_ends_nothing(
    owner: User, project: Project, morning: Any
) -> None:
    factories.action(project, owner=owner.person, due_on=AS_OF)
    (mail,) = morning(MONDAY)
    link = stop_link(mail)
    assert Client().post(f"{link[:-2]}x/").status_code == 410
    User.objects.update(email="new@example.org")
    for ask in (Client().get, Client().post):
        assert ask(link).status_code == 410
    owner.refresh_from_db()
    assert owner.digest_waiting == "daily"


# What one chooses


def test_one_chooses_for_oneself_on_a_page(owner: User, project: Project, client_of: Any) -> None:
    other = reader_of(project, "other")
    page = client_of(owner).get("/account/mail/").content.decode()
    assert "That of your portfolio: Europe/London" in page
    chosen = {
        "digest_waiting": "weekly", "digest_mentions": "off", "digest_followed": "daily",
        "time_zone": "Pacific/Auckland",
    }  # fmt: skip
    saved = client_of(owner).post("/account/mail/", chosen)
    assert (saved.status_code, saved["Location"]) == (302, "/account/mail/?saved")
    owner.refresh_from_db()
    other.refresh_from_db()
    again = client_of(owner).get("/account/mail/").content.decode()
    assert '<option value="Pacific/Auckland" selected>Pacific/Auckland</option>' in again
    assert again.count(" selected>") == 1
    assert {name: getattr(owner, name) for name in chosen} == chosen
    assert (other.digest_waiting, other.time_zone) == ("daily", "")
    for wrong, said in (
        ({"digest_waiting": "hourly"}, "hourly is not one of the available choices"),
        ({"time_zone": "Wexmoor"}, "Enter a time zone such as Europe/London."),
    ):
        answer = client_of(owner).post("/account/mail/", chosen | wrong)
        assert (answer.status_code, said in answer.content.decode()) == (200, True)
    assert Client().post("/account/mail/", chosen).status_code == 302
    owner.refresh_from_db()
    assert owner.digest_waiting == "weekly"


def test_one_chooses_for_oneself_over_rest(owner: User, project: Project, api_of: Any) -> None:
    other = reader_of(project, "other")
    client = Api(api_of(owner))
    assert client.get("me/").json()["digest_waiting"] == "daily"
    changed = client.patch("me/", {"digest_mentions": "daily", "time_zone": "Asia/Tokyo"})
    assert (changed.status_code, changed.json()["time_zone"]) == (200, "Asia/Tokyo")
    assert client.patch("me/", {"time_zone": ""}).json()["time_zone"] == ""
    for wrong in ({"digest_waiting": "hourly"}, {"time_zone": "Factory"}, {"time_zone": 3}):
        refused = client.patch("me/", wrong)
        assert (refused.status_code, *errors_of(refused)) == (400, f"/{next(iter(wrong))}")
    token = api_of(owner, token=True)
    Token.objects.update(scopes="read")
    assert Api(token).patch("me/", {"digest_waiting": "off"}).status_code == 403
    other.refresh_from_db()
    assert other.digest_mentions == "weekly"


@pytest.mark.parametrize("wrong", [{"digest_followed": "hourly"}, {"time_zone": "Factory"}])
def test_no_statement_stores_another_choice(owner: User, wrong: Any) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.update(**wrong)


def test_whoever_runs_the_machine_sees_what_the_next_would_say(
    owner: User, project: Project, site: str
) -> None:
    def printed(name: str) -> str:
        out = StringIO()
        call_command("digest", name, stdout=out)
        return out.getvalue()

    assert printed("owner") == "There is nothing to tell them.\n"
    factories.action(project, owner=owner.person, due_on=AS_OF, title="Paint it")
    before = Digest.objects.values().get()
    assert "* Paint it\n" in printed("owner")
    assert Digest.objects.values().get() == before
    with pytest.raises(CommandError):
        printed("nobody")
