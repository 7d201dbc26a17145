"""Resources over REST: who asks, who decides, other days, and capacity by periods."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from pmhub.models import User
from projects.models import Allocation, Project, Resource, ResourceCapacity
from tests import factories
from tests.api.conftest import errors_of


@pytest.fixture
def owner(nothing: None) -> User:
    """The owner of the crane, who has no other role."""
    return factories.user("owner")


@pytest.fixture
def project(nothing: None) -> Project:
    """A project that needs the crane."""
    return factories.project()


@pytest.fixture
def crane(owner: User, project: Project) -> Resource:
    """The crane."""
    return factories.resource(portfolio=project.owner_portfolio, owner=owner.person, capacity=1)


@pytest.fixture
def manager(project: Project) -> User:
    """The manager of the project."""
    user = factories.user("manager")
    factories.role(user, "project_manager", project=project)
    return user


@pytest.fixture
def asked(crane: Resource, project: Project) -> Allocation:
    """The booking that the project asks for."""
    return factories.allocation(crane, project, 1, firmness="requested")


def test_a_project_asks_and_the_owner_books(
    manager: User, owner: User, crane: Resource, project: Project, api: Any
) -> None:
    body = {
        "resource": crane.pk, "project": project.pk, "units": "1", "starts_on": "2026-11-01",
        "ends_on": "2026-11-30",
    }  # fmt: skip
    refused = api(manager).post("allocations/", {**body, "firmness": "firm"})
    assert (refused.status_code, [*errors_of(refused)]) == (403, ["/firmness"])
    made = api(manager).post("allocations/", body)
    assert (made.status_code, made.json()["firmness"]) == (201, "requested")
    path = f"allocations/{made.json()['id']}/"
    assert api(manager).post(f"{path}booking/").status_code == 403
    assert api(owner).post(f"{path}booking/").json()["firmness"] == "soft"
    assert api(owner).post(f"{path}confirmation/").json()["firmness"] == "firm"
    assert api(owner).post(f"{path}refusal/", {"reason": "Too late"}).status_code == 409


def test_the_owner_answers_with_other_days_and_the_project_takes_them(
    manager: User, owner: User, asked: Allocation, api: Any
) -> None:
    path = f"allocations/{asked.pk}/"
    days = {"offered_starts_on": "2027-01-01", "offered_ends_on": "2027-01-31"}
    assert errors_of(api(owner).post(f"{path}refusal/", days)) == {"/reason": "required"}
    half = {"reason": "Engineering has it", "offered_starts_on": "2027-01-01"}
    assert [*errors_of(api(owner).post(f"{path}refusal/", half))] == ["/offered_ends_on"]
    over = half | {"offered_starts_on": "2026-10-01", "offered_ends_on": "2026-10-30"}
    assert [*errors_of(api(owner).post(f"{path}refusal/", over))] == ["/offered_ends_on"]
    answer = api(owner).post(f"{path}refusal/", {"reason": "Engineering has it", **days}).json()
    assert (answer["firmness"], answer["declined_reason"]) == ("declined", "Engineering has it")
    assert answer["offered_starts_on"] == "2027-01-01"
    assert api(owner).post(f"{path}renewal/").status_code == 403
    again = api(manager).post(f"{path}renewal/").json()
    assert (again["firmness"], again["starts_on"], again["ends_on"]) == (
        "requested", "2027-01-01", "2027-01-31",
    )  # fmt: skip
    assert (again["declined_reason"], again["offered_starts_on"]) == ("", None)


def test_what_was_granted_is_not_made_more_by_who_asked(
    manager: User, office: User, asked: Allocation, api: Any
) -> None:
    path = f"allocations/{asked.pk}/"
    assert api(manager).patch(path, {"units": "2"}).status_code == 200
    assert api(office).post(f"{path}booking/").status_code == 200
    refused = api(manager).patch(path, {"units": "5"})
    assert (refused.status_code, [*errors_of(refused)]) == (403, ["/units"])
    assert api(office).patch(path, {"units": "1"}).status_code == 200


def test_firmness_changes_by_its_verbs_by_whatever_path(
    office: User, asked: Allocation, api: Any
) -> None:
    assert api(office).patch(f"allocations/{asked.pk}/", {"firmness": "firm"}).status_code == 409
    with pytest.raises(DatabaseError), transaction.atomic():
        Allocation.objects.update(firmness="firm")


def test_an_owner_sees_who_asks_and_not_the_project(
    owner: User, asked: Allocation, crane: Resource, api: Any
) -> None:
    other = factories.allocation(factories.resource(portfolio=crane.portfolio), asked.project, 1)
    assert [each["id"] for each in api(owner).get("allocations/").json()["results"]] == [asked.pk]
    assert api(owner).get(f"allocations/{other.pk}/").status_code == 404
    assert api(owner).get(f"projects/{asked.project_id}/").status_code == 404


def test_declined_and_requested_bookings_do_not_weigh(
    office: User, crane: Resource, project: Project, api: Any
) -> None:
    for firmness in ("requested", "declined", "soft", "firm"):
        factories.allocation(crane, project, 1, firmness=firmness)
    load = api(office).get(f"resources/{crane.pk}/load/?from=2026-11-01&months=1").json()
    assert Decimal(load["months"][0]["demand"]) == 2


def test_capacity_of_a_month_is_that_of_its_days(
    owner: User, manager: User, crane: Resource, api: Any
) -> None:
    body = {
        "resource": crane.pk, "period_start": "2026-11-16", "period_end": "2026-12-31",
        "capacity": "0", "reason": "Away",
    }  # fmt: skip
    assert api(manager).post("resource-capacities/", body).status_code in (403, 404)
    assert api(owner).post("resource-capacities/", body).status_code == 201
    meets = api(owner).post("resource-capacities/", {**body, "period_end": "2026-11-20"})
    assert [*errors_of(meets)] == ["/period_start"]
    load = api(owner).get(f"resources/{crane.pk}/load/?from=2026-10-01&months=4").json()
    assert [Decimal(each["capacity"]) for each in load["months"]] == [1, Decimal("0.5"), 0, 1]


def test_two_periods_of_a_resource_share_no_day_by_whatever_path(crane: Resource) -> None:
    def away(day: int) -> None:
        ResourceCapacity.objects.create(
            resource=crane,
            period_start=date(2026, 12, day),
            period_end=date(2026, 12, day + 2),
            capacity=0,
        )

    away(1)
    away(4)
    with pytest.raises(IntegrityError), transaction.atomic():
        away(3)


def test_the_time_of_a_person_is_one_resource_of_that_kind(
    crane: Resource, project: Project, api: Any
) -> None:
    office, somebody = factories.user("office"), factories.person()
    factories.role(office, "pmo")
    client = api(office)
    refused = client.patch(f"resources/{crane.pk}/", {"person": somebody.pk})
    assert (refused.status_code, [*errors_of(refused)]) == (400, ["/person"])
    with pytest.raises(IntegrityError), transaction.atomic():
        Resource.objects.filter(pk=crane.pk).update(person=somebody)
    body = {
        "portfolio": project.owner_portfolio.pk, "code": "T1", "name": "Ada", "kind": "person",
        "person": somebody.pk, "capacity": "1",
    }  # fmt: skip
    made = client.post("resources/", body)
    assert (made.status_code, made.json()["person"]) == (201, somebody.pk)
    twice = client.post("resources/", {**body, "code": "T2"})
    assert (twice.status_code, "resource here already" in twice.content.decode()) == (400, True)
    found = client.get(f"resources/?person={somebody.pk}").json()["results"]
    assert [each["code"] for each in found] == ["T1"]


def test_a_resource_that_is_booked_stays_in_its_portfolio(
    office: User, crane: Resource, asked: Allocation, api: Any
) -> None:
    other = factories.portfolio()
    refused = api(office).patch(f"resources/{crane.pk}/", {"portfolio": other.pk})
    assert (refused.status_code, [*errors_of(refused)]) == (409, ["/portfolio"])
    with pytest.raises(IntegrityError), transaction.atomic():
        Resource.objects.filter(pk=crane.pk).update(portfolio=other)
    asked.delete()
    moved = api(office).patch(f"resources/{crane.pk}/", {"portfolio": other.pk})
    assert moved.status_code == 200, moved.json()
