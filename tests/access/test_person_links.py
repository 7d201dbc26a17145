"""Who signs in as whom: people without an account and accounts without a person, in one step."""

from typing import Any

import pytest

from pmhub.models import Person, User
from tests import factories
from tests.api.conftest import api, errors_of, office

__all__ = ["api", "office"]  # fixtures

PATH = "people/accounts/"


def nobodys(name: str, **fields: Any) -> User:
    """An account that is nobody's."""
    user: User = User.objects.create(username=name, **fields)
    return user


def test_a_named_person_is_given_an_account_and_invited(office: User, api: Any) -> None:
    person = factories.person(email="ada@wexmoor.example")
    said = api(office).post(PATH, {"person": person.pk})
    assert said.status_code == 200
    assert said.headers["Cache-Control"] == "no-store"
    row = said.json()
    assert (row["account"], row["sent"]) == ("ada@wexmoor.example", False)
    assert "/invitation/" in row["link"]
    person.refresh_from_db()
    assert person.user is not None
    assert (person.user.username, person.user.has_usable_password()) == (row["account"], False)
    again = api(office).post(PATH, {"person": person.pk})
    assert (again.status_code, list(errors_of(again))) == (409, ["/person"])


def test_an_account_of_nobody_is_tied_to_a_person(office: User, api: Any) -> None:
    person, account = factories.person(), nobodys("ada")
    said = api(office).post(PATH, {"person": person.pk, "account": "ada"}).json()
    assert (said["person"], said["link"]) == (person.pk, None)
    assert Person.objects.get(user=account) == person
    other = factories.person()
    taken = api(office).post(PATH, {"person": other.pk, "account": "ada"})
    assert (taken.status_code, list(errors_of(taken))) == (409, ["/account"])


def test_an_account_of_nobody_is_entered_into_the_directory(office: User, api: Any) -> None:
    account = nobodys("ada", first_name="Ada", last_name="Lace", email="ada@wexmoor.example")
    said = api(office).post(PATH, {"account": "ada"})
    assert said.status_code == 200
    person = Person.objects.get(user=account)
    assert (person.name, person.email) == ("Ada Lace", "ada@wexmoor.example")
    assert said.json()["html_url"].endswith(f"/people/{person.pk}/")


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({}, "/person"),
        ({"account": "nobody"}, "/account"),
        ({"account": "program"}, "/account"),
        ({"account": "chief"}, "/account"),
        ({"account": "gone"}, "/account"),
        ({"person": 0}, "/person"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_what_cannot_be_tied_is_named(
    fields: dict[str, Any], pointer: str, office: User, api: Any
) -> None:
    nobodys("chief", is_superuser=True)
    nobodys("gone", is_active=False)
    program = nobodys("program", is_service=True, password="!")
    before = Person.objects.count()
    refused = api(office).post(PATH, fields)
    assert (refused.status_code, pointer in errors_of(refused)) == (400, True)
    assert Person.objects.count() == before
    assert not Person.objects.filter(user=program).exists()


def test_a_name_that_is_taken_and_somebody_put_away_are_refused(office: User, api: Any) -> None:
    person = factories.person()
    taken = api(office).post(PATH, {"person": person.pk, "username": "OFFICE"})
    assert (taken.status_code, list(errors_of(taken))) == (400, ["/username"])
    Person.objects.filter(pk=person.pk).update(archived_at="2026-10-01T00:00:00Z")
    gone = api(office).post(PATH, {"person": person.pk})
    assert (gone.status_code, list(errors_of(gone))) == (400, ["/person"])
    assert not User.objects.filter(person=person).exists()


def test_only_the_pmo_of_the_organisation_ties(office: User, api: Any) -> None:
    leader = factories.user("leader")
    programme = factories.programme(programme_manager=leader.person)
    below = factories.user("below")
    factories.role(below, "pmo", portfolio=programme.portfolio)
    nobodys("ada")
    for user in (leader, below):
        assert api(user).post(PATH, {"account": "ada"}).status_code == 403
    assert not Person.objects.filter(user__username="ada").exists()


def test_the_gaps_are_a_list_for_who_may_mend_them(office: User, api: Any, client_of: Any) -> None:
    named = factories.person(name="Bertha Named")
    programme = factories.programme()
    api(office).post(
        "role-assignments/", {"person": named.pk, "role": "finance", "programme": programme.pk}
    )
    nobodys("ada")
    reader = factories.user("reader")
    factories.role(reader, "viewer", programme=programme)
    shown = client_of(office).get("/people/").content.decode()
    gaps = shown[shown.index('id="account-gaps"') :]
    assert "Bertha Named" in gaps
    assert 'value="ada"' in gaps
    assert 'id="account-gaps"' not in client_of(reader).get("/people/").content.decode()
    page = f"/people/{named.pk}/"
    assert 'id="no-account"' in client_of(office).get(page).content.decode()
    assert 'id="no-account"' not in client_of(reader).get(page).content.decode()


def test_a_person_answers_for_what_the_reader_may_see(nothing: None, client_of: Any) -> None:
    person = factories.person(name="Bertha Busy")
    seen, hidden = (
        factories.project(project_manager=person),
        factories.project(project_manager=person),
    )
    factories.risk(seen, owner=person, title="Prices rise")
    factories.assumption(seen, owner=person, validate_by="2026-11-17")
    reader = factories.user("reader")
    factories.role(reader, "viewer", project=seen)
    shown = client_of(reader).get(f"/people/{person.pk}/").content.decode()
    part = shown[shown.index('id="answers-for"') :]
    assert f'href="/projects/{seen.pk}/"' in part
    assert "Project manager" in part
    assert "Prices rise" in part
    assert "17 Nov 2026" in part
    assert f"/projects/{hidden.pk}/" not in shown
