"""Whose post gives them no right, because they have no account, is shown; the PMO links the two."""

from typing import Any

import pytest

from pmhub.models import Person, User
from programmes.models import Programme
from tests import factories
from tests.api.conftest import Api


@pytest.fixture
def programme(nothing: None) -> Programme:
    """A programme whose manager has no account yet."""
    return factories.programme(programme_manager=factories.person(name="Nia Named"))


def test_who_is_named_without_an_account_is_shown_to_have_none(
    programme: Programme, api_of: Any, client_of: Any
) -> None:
    office = factories.user("office")
    factories.role(office, "pmo")
    client, address = Api(api_of(office)), f"/programmes/{programme.pk}/"
    path = f"people/{programme.programme_manager_id}/"
    assert client.get(path).json()["has_account"] is False
    page = " ".join(client_of(office).get(address).content.decode().split())
    assert 'Nia Named <span class="quiet">(no account)</span>' in page
    account = User.objects.create(username="nia")
    Person.objects.filter(name="Nia Named").update(user=account)
    assert client.get(path).json()["has_account"] is True
    assert "(no account)" not in client_of(office).get(address).content.decode()
    assert Api(api_of(account)).get(f"programmes/{programme.pk}/").status_code == 200


def test_the_pmo_links_an_account_with_a_person(
    programme: Programme, client_of: Any, api_of: Any
) -> None:
    office = factories.user("office", is_staff=True)
    factories.role(office, "pmo")
    account = User.objects.create(username="nia", email="nia@example.org")
    person = programme.programme_manager
    assert person is not None
    Person.objects.filter(pk=person.pk).update(email="nia@example.org")
    # The same address of mail links nothing by itself.
    assert Api(api_of(account)).get(f"programmes/{programme.pk}/").status_code == 404
    change = f"/admin/pmhub/person/{person.pk}/change/"
    form = client_of(office).get(change).context["adminform"].form
    typed = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    rows = {"roles-TOTAL_FORMS": 0, "roles-INITIAL_FORMS": 0}
    typed = {name: value for name, value in typed.items() if value is not None}
    answer = client_of(office).post(change, typed | rows | {"user": account.pk})
    assert answer.status_code == 302
    assert Api(api_of(account)).get(f"programmes/{programme.pk}/").status_code == 200
    missing = client_of(office).get("/admin/pmhub/person/?user__isempty=1").content.decode()
    assert "Nia Named" not in missing
