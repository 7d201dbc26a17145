"""The tree of organisation units, and who and what is of each."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from pmhub.models import User
from programmes.models import OrganisationUnit, Portfolio
from tests import factories
from tests.api.conftest import errors_of


@pytest.fixture
def portfolio(office: User) -> Portfolio:
    """A portfolio with a programme."""
    home = factories.portfolio()
    factories.programme(portfolio=home)
    return home


@pytest.fixture
def estates(portfolio: Portfolio) -> OrganisationUnit:
    """A unit at the top."""
    return factories.organisation_unit(portfolio, code="EST", name="Estates")


@pytest.fixture
def energy(estates: OrganisationUnit) -> OrganisationUnit:
    """A unit below it."""
    return factories.organisation_unit(
        estates.portfolio, code="OPS", name="Energy and operations", parent=estates
    )


@pytest.fixture
def reader(portfolio: Portfolio) -> User:
    """Who reads the programme of the portfolio."""
    user = factories.user("reader")
    factories.role(user, "viewer", programme=portfolio.programmes.get())
    return user


MEMBERS: dict[str, Callable[[Portfolio], Any]] = {
    "people": lambda home: factories.person(),
    "resources": lambda home: factories.resource(portfolio=home),
    "impacted-groups": lambda home: factories.impacted_group(
        home.programmes.get().outcomes.create(code="O1", title="Ready")
    ),
    "benefits": lambda home: factories.benefit(programme=home.programmes.get()),
}
MEMBER = pytest.mark.parametrize("collection", MEMBERS)


def test_the_pmo_writes_units_and_whoever_reads_the_portfolio_reads_them(
    office: User, reader: User, portfolio: Portfolio, api: Any
) -> None:
    body = {"portfolio": portfolio.pk, "code": "LIB", "name": "Library"}
    assert api(reader).post("organisation-units/", body).status_code == 403
    top = api(office).post("organisation-units/", body)
    assert top.status_code == 201
    again = api(office).post("organisation-units/", body | {"name": "Other"})
    assert errors_of(again).keys() == {"/code"}
    below = body | {"code": "LIB-D", "name": "Digital library", "parent": top.json()["id"]}
    assert api(office).post("organisation-units/", below).status_code == 201
    listed = api(reader).get(f"organisation-units/?parent={top.json()['id']}").json()
    assert [row["code"] for row in listed["results"]] == ["LIB-D"]
    stranger = api(factories.user("stranger"))
    assert stranger.get("organisation-units/").json()["count"] == 0


def test_units_form_a_tree_of_one_portfolio_whoever_writes_them(
    office: User, estates: OrganisationUnit, energy: OrganisationUnit, api: Any
) -> None:
    path = f"organisation-units/{estates.pk}/"
    far = factories.organisation_unit()
    for parent in (energy.pk, estates.pk, far.pk):
        refused = api(office).patch(path, {"parent": parent})
        assert (refused.status_code, [*errors_of(refused)]) == (409, ["/parent"])
        with pytest.raises(DatabaseError), transaction.atomic():
            OrganisationUnit.objects.filter(pk=estates.pk).update(parent=parent)
    moved = api(office).patch(path, {"portfolio": far.portfolio_id})
    assert (moved.status_code, [*errors_of(moved)]) == (409, ["/portfolio"])
    with pytest.raises(DatabaseError), transaction.atomic():
        OrganisationUnit.objects.filter(pk=estates.pk).update(portfolio=far.portfolio_id)


@MEMBER
def test_a_record_is_of_a_unit_that_is_there_and_of_its_portfolio(
    collection: str, office: User, estates: OrganisationUnit, api: Any
) -> None:
    row = MEMBERS[collection](estates.portfolio)
    path = f"{collection}/{row.pk}/"
    assert api(office).patch(path, {"organisation_unit": estates.pk}).status_code == 200
    gone = factories.organisation_unit(estates.portfolio, archived_at=timezone.now())
    refused = [gone] if collection == "people" else [gone, factories.organisation_unit()]
    for unit in refused:
        answer = api(office).patch(path, {"organisation_unit": unit.pk})
        assert (answer.status_code, [*errors_of(answer)]) == (409, ["/organisation_unit"])
        with pytest.raises(DatabaseError), transaction.atomic():
            type(row).objects.filter(pk=row.pk).update(organisation_unit=unit)


@MEMBER
def test_a_list_is_narrowed_to_a_unit_alone_or_with_those_below_it(
    collection: str, office: User, estates: OrganisationUnit, energy: OrganisationUnit, api: Any
) -> None:
    row = MEMBERS[collection](estates.portfolio)
    type(row).objects.filter(pk=row.pk).update(organisation_unit=energy)

    def listed(asked: str) -> list[int]:
        return [one["id"] for one in api(office).get(f"{collection}/?{asked}").json()["results"]]

    assert listed(f"organisation_unit={energy.pk}") == [row.pk]
    assert listed(f"organisation_unit={estates.pk}") == []
    assert listed(f"within_unit={estates.pk}") == [row.pk]
    assert api(office).get(f"{collection}/?within_unit=0").status_code == 400
    assert api(office).get(f"{collection}/?within_unit=no").status_code == 400


def test_a_unit_goes_only_when_nothing_is_of_it(
    office: User, estates: OrganisationUnit, energy: OrganisationUnit, api: Any
) -> None:
    person = factories.person(organisation_unit=energy)
    assert api(office).delete(f"organisation-units/{energy.pk}/").status_code == 409
    assert api(office).delete(f"organisation-units/{estates.pk}/").status_code == 409
    held = api(office).verb(f"organisation-units/{estates.pk}/archive/", {})
    assert (held.status_code, held.json()["detail"]) == (409, "Archive the units below it first.")
    person.organisation_unit = None
    person.save()
    assert api(office).delete(f"organisation-units/{energy.pk}/").status_code == 204
    assert api(office).delete(f"organisation-units/{estates.pk}/").status_code == 204


def test_the_tree_counts_what_the_reader_sees_of_each_unit_with_those_below(
    reader: User, estates: OrganisationUnit, energy: OrganisationUnit, client_of: Any
) -> None:
    home = estates.portfolio
    factories.person(organisation_unit=energy)
    factories.person(organisation_unit=energy, archived_at=timezone.now())
    factories.benefit(programme=home.programmes.get(), organisation_unit=estates)
    factories.benefit(programme=home.programmes.get(), organisation_unit=energy)
    unseen = factories.programme(portfolio=home)
    factories.benefit(programme=unseen, organisation_unit=energy)
    for address in (
        f"/portfolios/{home.pk}/organisation-units/",
        f"/organisation-units/{estates.pk}/",
    ):
        page = client_of(reader).get(address).content.decode()
        assert f'<a href="/people/?within_unit={estates.pk}">1</a>' in page
        assert f'<a href="/benefits/?within_unit={estates.pk}">2</a>' in page
        assert f'<a href="/benefits/?within_unit={energy.pk}">1</a>' in page
    below = client_of(reader).get(f"/organisation-units/{energy.pk}/").content.decode()
    assert f'<a href="/organisation-units/{estates.pk}/">Estates</a>' in below
    stranger = client_of(factories.user("stranger"))
    assert stranger.get(f"/organisation-units/{estates.pk}/").status_code == 404


def test_a_unit_out_of_sight_is_not_told_by_who_works_in_it(
    office: User, reader: User, api: Any, client_of: Any
) -> None:
    far = factories.organisation_unit(name="Secret laboratory")
    person = factories.person(organisation_unit=far)
    told = api(reader).get(f"people/{person.pk}/?expand=organisation_unit")
    assert (told.status_code, "Secret laboratory" in told.content.decode()) == (200, False)
    assert api(reader).get(f"people/?within_unit={far.pk}").status_code == 400
    for address in (f"/people/{person.pk}/", "/people/?group=organisation_unit"):
        assert "Secret laboratory" not in client_of(reader).get(address).content.decode()


def test_the_page_of_a_unit_costs_no_query_for_each_below_it(
    reader: User, estates: OrganisationUnit, energy: OrganisationUnit, client_of: Any,
    queries_of: Any,
) -> None:  # fmt: skip
    client, address = client_of(reader), f"/organisation-units/{estates.pk}/"
    factories.person(organisation_unit=energy)
    factories.person(organisation_unit=estates)
    queries_of(client, address)
    queries = queries_of(client, address)
    for number in range(3):
        unit = factories.organisation_unit(
            estates.portfolio, name=f"Team {number}", parent=energy, head=factories.person()
        )
        factories.person(organisation_unit=unit)
        factories.person(organisation_unit=estates)
    assert queries_of(client, address) == queries


def test_who_was_erased_works_in_no_unit(office: User, estates: OrganisationUnit, api: Any) -> None:
    person = factories.person(organisation_unit=estates)
    erased = api(office).verb(f"people/{person.pk}/erasure/", {"reason": "Asked for it"})
    assert erased.status_code == 200
    person.refresh_from_db()
    assert person.organisation_unit is None


def test_a_unit_is_read_as_it_was_and_tried_before_it_changes(
    office: User, reader: User, estates: OrganisationUnit, api: Any, client_of: Any
) -> None:
    before, address = timezone.now().isoformat(), f"organisation-units/{estates.pk}/"
    tried = api(office).patch(f"{address}?preview=1", {"name": "Property"})
    assert (tried.status_code, tried.json()["object"]["name"]) == (200, "Property")
    estates.refresh_from_db()
    assert estates.name == "Estates"
    assert api(reader).patch(f"{address}?preview=1", {"name": "Property"}).status_code == 403
    assert api(office).patch(address, {"name": "Property"}).status_code == 200
    factories.organisation_unit(estates.portfolio, name="Joineries", parent=estates)
    now, then = (
        client_of(reader).get(f"/{address}", asked).content.decode().split("<main")[1]
        for asked in ({}, {"as_of": before})
    )
    for words, later in (("Property", True), ("Joineries", True), ("Estates", False)):
        assert (words in now, words in then) == (later, not later), words
