"""Personal data: all that is held about somebody, and somebody erased."""

import json
from datetime import date
from io import StringIO
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command
from django.db import connection

from pmhub.database.history import because, events_of
from pmhub.models import (
    Attempt,
    Digest,
    Door,
    Favourite,
    Job,
    Mail,
    Person,
    RoleAssignment,
    Session,
    StoredAnswer,
    Token,
    User,
    Webhook,
)
from programmes.models import Programme, Scenario, ScenarioChange
from projects.models import Project, Risk
from tests import factories
from tests.api.conftest import Api, api, errors_of, office

__all__ = ["api", "office"]

CANARIES = ("Zelda Quixmore", "Zelda Formerly", "zelda@quixmore.example", "zq@old.example", "zq.in")
WHY = {"reason": "Asked by letter"}


def tables_naming(word: str) -> dict[str, int]:
    """The tables of the database in which a word is, whatever its case, with the number of rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.oid::regclass::text, (SELECT array_agg(quote_ident(attname))"
            " FROM pg_attribute a WHERE a.attrelid = c.oid AND a.atttypid = 'bytea'::regtype"
            " AND a.attnum > 0) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema')"
        )
        found = {}
        for table, binary in cursor.fetchall():
            texts = ["t::text", *(f"encode({name}, 'escape')" for name in binary or ())]
            where = " OR ".join(f"{text} ILIKE %(word)s" for text in texts)
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE {where}", {"word": f"%{word}%"})  # noqa: S608
            if count := cursor.fetchone()[0]:
                found[table] = count
    return found


@pytest.fixture
def zelda(quick: None, office: User, api_of: Any) -> Person:
    """A user who has been here for long, with her name in records everywhere."""
    user = User.objects.create_user(
        "zq.in", "zelda@quixmore.example", "a long walk", first_name="Zelda", last_name="Quixmore"
    )
    person = Person.objects.create(
        code="PE-ZQ", name="Zelda Formerly", email="zq@old.example", user=user, title="Head of Zq"
    )
    programme = factories.programme(sro=person, name="Renewal")
    client = Api(api_of(user))
    client.patch(f"programmes/{programme.pk}/", {"governance": "Board, chaired by ZELDA FORMERLY"})
    Programme.objects.update(sro=None)
    person.name, person.email = "Zelda Quixmore", "zelda@quixmore.example"
    person.save()
    ended = date(2026, 1, 31)
    RoleAssignment.objects.create(
        person=person, role="viewer", programme=programme, starts_on=ended, ends_on=ended
    )
    project = factories.project(programme=programme)
    with because("Zelda Quixmore said so"):
        factories.risk(
            project,
            title="Only Zelda Quixmore knows the ledger",
            cause="Mail zelda@quixmore.example",
        )
    with connection.cursor() as cursor:  # which else lasts as long as the test's transaction
        cursor.execute("SELECT set_config('pghistory.context_metadata', '', true)")
    scenario = Scenario.objects.create(programme=programme, name="Zelda Quixmore leaves")
    ScenarioChange.objects.create(
        scenario=scenario, title="Note", method="PATCH", path=f"projects/{project.pk}/",
        body={"objective": "Without Zelda Quixmore"}, seen_version=1,
    )  # fmt: skip
    LogEntry.objects.log_actions(office.pk, [person], 2, "Changed.")
    Token.objects.create(user=user, name="Zelda Quixmore's ledger")
    Webhook.objects.create(
        owner=user, name="Zelda Quixmore's ledger", address="https://ledger.example/"
    )
    Attempt.objects.create(door=Door.PASSWORD, user=user, address="192.0.2.7")
    Mail.objects.create(kind="changed", to=user.email, user=user, about={"change": "password"})
    Digest.objects.create(user=user)
    Mail.objects.create(kind="reset", to="ZELDA@quixmore.example", about={"at": "http://here"})
    EmailAddress.objects.create(user=user, email=user.email)
    Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})
    SocialAccount.objects.create(user=user, provider="x", uid="1", extra_data={"name": person.name})
    StoredAnswer.objects.create(
        user=office, route="/", key="k", request_hash="x", body=b'{"name": "Zelda Quixmore"}'
    )
    Job.objects.create(owner=user, kind="export", title="People of Zelda Quixmore")
    return person


def test_after_erasing_no_table_names_them(zelda: Person, office: User, api: Any) -> None:
    named = [tables_naming(word) for word in CANARIES]
    assert all(named), named
    answer = api(office).verb(f"people/{zelda.pk}/erasure/", WHY)
    assert answer.status_code == 200, answer.json()
    row = answer.json()
    assert (row["name"], row["code"]) == (f"Erased person {zelda.pk}", f"ERASED-{zelda.pk}")
    assert row["archived_at"] is not None
    assert [tables_naming(word) for word in CANARIES] == [{}] * len(CANARIES)
    assert Risk.objects.get().title == f"Only Erased person {zelda.pk} knows the ledger"


def test_acts_stay_of_a_person_without_a_name(zelda: Person, office: User, api: Any) -> None:
    programme = Programme.objects.get(name="Renewal")
    api(office).verb(f"people/{zelda.pk}/erasure/", WHY)
    history = api(office).get(f"programmes/{programme.pk}/history/").json()["results"]
    acts = {change["field"]: each for each in history for change in each["changes"]}
    by = {"id": zelda.user_id, "name": f"Erased person {zelda.pk}"}
    assert acts["governance"]["by"] == by
    assert RoleAssignment.objects.filter(person=zelda).exists()
    events = events_of(Person).objects.filter(id=zelda.pk)
    assert set(events.values_list("name", flat=True)) == {f"Erased person {zelda.pk}"}
    last = api(office).get(f"people/{zelda.pk}/history/").json()["results"][0]
    assert last["reason"] == "Asked by letter"


def test_their_account_lets_nobody_in(zelda: Person, office: User, api: Any, api_of: Any) -> None:
    user = zelda.user
    assert user
    type(user).objects.filter(pk=user.pk).update(time_zone="Europe/Oslo")
    session, token = api_of(user), api_of(user, token=True)
    assert {each.get("/api/v1/me/").status_code for each in (session, token)} == {200}
    api(office).verb(f"people/{zelda.pk}/erasure/", WHY)
    assert {each.get("/api/v1/me/").status_code for each in (session, token)} == {401}
    user.refresh_from_db()
    assert (user.is_active, user.has_usable_password(), user.email) == (False, False, "")
    assert user.time_zone == ""  # which says where they are
    for model in (
        Session, Token, Attempt, Digest, Mail, EmailAddress, Authenticator, SocialAccount,
    ):  # fmt: skip
        assert not model.objects.filter(user=user).exists()


def test_a_preview_erases_nobody(zelda: Person, office: User, api: Any) -> None:
    answer = api(office).verb(f"people/{zelda.pk}/erasure/?preview=1", WHY)
    assert answer.status_code == 200
    assert f"Erased person {zelda.pk}" in answer.content.decode()
    zelda.refresh_from_db()
    assert zelda.name == "Zelda Quixmore"
    assert Token.objects.filter(user=zelda.user).exists()


def test_who_answers_for_something_is_not_erased(zelda: Person, office: User, api: Any) -> None:
    programme = Programme.objects.get(name="Renewal")
    Programme.objects.filter(pk=programme.pk).update(sro=zelda)
    role = RoleAssignment.objects.create(person=zelda, role="viewer", programme=programme)
    path = f"people/{zelda.pk}/"
    refused = api(office).verb(f"{path}erasure/", WHY)
    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (409, "in_office")
    held = [(each["type"], each["id"], each["field"]) for each in problem["held"]]
    assert held == [("programme", programme.pk, "sro"), ("roleassignment", role.pk, "person")]
    assert "hand-over" in problem["detail"]
    heir = factories.person()
    assert api(office).verb(f"{path}hand-over/", {"to": heir.pk}).status_code == 200
    assert api(office).verb(f"{path}erasure/", WHY).status_code == 200
    again = api(office).verb(f"{path}erasure/", WHY)
    assert again.status_code == 409


def test_only_the_pmo_erases(zelda: Person, api: Any) -> None:
    for role in ("viewer", "assurer", "programme_manager"):
        other = factories.user(role)
        factories.role(other, role, programme=Programme.objects.get(name="Renewal"))
        answer = api(other).verb(f"people/{zelda.pk}/erasure/", WHY)
        assert (role, answer.status_code) == (role, 403)
    assert Person.objects.get(pk=zelda.pk).name == "Zelda Quixmore"


def test_erasing_asks_why_and_for_somebody_else(zelda: Person, office: User, api: Any) -> None:
    refused = api(office).verb(f"people/{zelda.pk}/erasure/", {})
    assert errors_of(refused) == {"/reason": "required"}
    named = {"reason": "ZELDA QUIXMORE asked by letter"}
    refused = api(office).verb(f"people/{zelda.pk}/erasure/", named)
    assert (refused.status_code, list(errors_of(refused))) == (400, ["/reason"])
    own = api(office).verb(f"people/{office.person.pk}/erasure/", WHY)
    assert own.status_code == 409
    assert not Person.objects.filter(name__startswith="Erased").exists()


def test_what_somebody_else_is_called_too_stays(zelda: Person, office: User, api: Any) -> None:
    twin = factories.person(name="Zelda Quixmore")
    api(office).verb(f"people/{zelda.pk}/erasure/", WHY)
    assert Person.objects.get(pk=twin.pk).name == "Zelda Quixmore"
    assert Risk.objects.get().title == "Only Zelda Quixmore knows the ledger"
    assert Risk.objects.get().cause == f"Mail Erased person {zelda.pk}"


def test_one_word_is_replaced_as_it_is_written_and_within_no_other(office: User, api: Any) -> None:
    person = factories.person(name="Open")
    project = factories.project(name="Open the Openings")
    risk = factories.risk(project)
    api(office).verb(f"people/{person.pk}/erasure/", {"reason": "Asked"})
    risk.refresh_from_db()
    assert risk.status == "open"
    assert Project.objects.get().name == f"Erased person {person.pk} the Openings"


# All that is held


def test_somebody_reads_all_that_is_held_about_them(
    zelda: Person, api: Any, client_of: Any
) -> None:
    user = zelda.user
    assert user
    programme = Programme.objects.get(name="Renewal")
    Favourite.objects.create(created_by=user, record_type="programme", record_id=programme.pk)
    page = client_of(user).get("/account/").content.decode()
    assert f'href="/api/v1/people/{zelda.pk}/personal-data/"' in page
    answer = api(user).get(f"people/{zelda.pk}/personal-data/")
    held = answer.json()
    assert "no-store" in answer.headers["Cache-Control"]
    assert (held["person"]["name"], held["account"]["username"]) == ("Zelda Quixmore", "zq.in")
    assert [each["name"] for each in held["account"]["tokens"]] == ["Zelda Quixmore's ledger"]
    assert [each["role"] for each in held["roles"]] == ["viewer"]
    assert "programme" in [each["type"] for each in held["acts"]]
    assert held["account"]["sign_ins"][0]["address"] == "192.0.2.7"
    assert held["account"]["digest_waiting"] == "daily"
    assert len(held["account"]["digests"]) == 1
    assert [row["record_id"] for row in held["favourites"]] == [programme.pk]
    text = answer.content.decode()
    assert "pbkdf2" not in text
    assert Token.objects.get(user=user).digest not in text


def test_the_pmo_reads_it_and_nobody_else(zelda: Person, office: User, api: Any) -> None:
    path = f"people/{zelda.pk}/personal-data/"
    programme = Programme.objects.get(name="Renewal")
    Programme.objects.filter(pk=programme.pk).update(sro=zelda)
    held = api(office).get(path).json()
    assert [(each["type"], each["title"]) for each in held["records"]] == [("programme", "Renewal")]
    for role, status in (("viewer", 403), ("programme_manager", 403), ("assurer", 403)):
        other = factories.user(f"other.{role}")
        factories.role(other, role, programme=programme)
        assert api(other).get(path).status_code == status
    assert api(factories.user("stranger")).get(path).status_code == 404


def test_the_command_prints_it_as_json_and_as_a_list(zelda: Person) -> None:
    out = StringIO()
    call_command("people", "export", "--code", "pe-zq", stdout=out)
    assert json.loads(out.getvalue())["person"]["name"] == "Zelda Quixmore"
    out = StringIO()
    call_command("people", "export", "--code", "PE-ZQ", "--list", stdout=out)
    assert "person / name: Zelda Quixmore" in out.getvalue().splitlines()
    with pytest.raises(CommandError, match="nobody"):
        call_command("people", "export", "--code", "NONE")


def test_no_history_that_was_shown_before_names_them(
    zelda: Person, office: User, api: Any, client_of: Any
) -> None:
    Risk.objects.update(title="Nobody knows the ledger", cause="")  # its history alone names her
    client, address = client_of(office), f"/risks/{Risk.objects.get().pk}/history/"
    for _ in range(2):
        assert "Zelda Quixmore" in client.get(address).content.decode()
    api(office).verb(f"people/{zelda.pk}/erasure/", WHY)
    page = client.get(address).content.decode()
    assert "Zelda Quixmore" not in page
    assert f"Only Erased person {zelda.pk} knows the ledger" in page
