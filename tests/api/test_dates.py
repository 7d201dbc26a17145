"""Dates that belong together: what contradicts another date or a state is refused, on its field."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from pmhub.models import User
from projects.models import Allocation, Issue, Project
from tests import factories
from tests.api.conftest import errors_of


def test_an_issue_is_due_no_earlier_than_it_was_raised(office: User, api: Any) -> None:
    project = factories.project()
    body = {"project": project.pk, "code": "I1", "title": "Leak", "raised_on": "2026-10-01"}
    refused = api(office).post("issues/", body | {"due_on": "2026-09-30"})
    assert (refused.status_code, [*errors_of(refused)]) == (400, ["/due_on"])
    assert api(office).post("issues/", body | {"due_on": "2026-10-01"}).status_code == 201


def test_no_day_without_the_status_that_was_declared_on_it(office: User, api: Any) -> None:
    home = factories.programme()
    body = {"programme": home.pk, "code": "P1", "name": "Bridge", "declared_on": "2026-10-01"}
    refused = api(office).post("projects/", body)
    assert (refused.status_code, [*errors_of(refused)]) == (400, ["/declared_on"])
    made = api(office).post("projects/", body | {"declared_rag": "green"}).json()
    taken_back = api(office).patch(f"projects/{made['id']}/", {"declared_rag": ""})
    assert (taken_back.status_code, taken_back.json()["declared_on"]) == (200, None)


@pytest.mark.django_db
def test_a_status_taken_back_in_sql_has_no_day() -> None:
    project = factories.project(declared_rag="green", declared_on=date(2026, 10, 1))
    Project.objects.filter(pk=project.pk).update(declared_rag="")
    project.refresh_from_db()
    assert project.declared_on is None


def test_no_report_speaks_of_a_day_to_come(office: User, api: Any) -> None:
    home = factories.programme()
    refused = api(office).post(
        "status-reports/", {"programme": home.pk, "period_end": "2062-10-31"}
    )
    assert (refused.status_code, [*errors_of(refused)]) == (400, ["/period_end"])
    body = {"programme": home.pk, "period_end": "2026-10-31"}
    assert api(office).post("status-reports/", body).status_code == 201


@pytest.mark.parametrize(
    "ended",
    [
        {"status": "closed", "actual_finish": date(2026, 10, 15)},
        {"status": "terminated", "terminated_on": date(2026, 10, 15)},
    ],
    ids=["closed", "terminated"],
)
def test_nothing_is_booked_after_the_end_of_a_project(ended: Any, office: User, api: Any) -> None:
    home = factories.programme()
    project = factories.project(programme=home, **ended)
    crane = factories.resource(portfolio=home.portfolio)
    body = {"resource": crane.pk, "project": project.pk, "units": "1", "starts_on": "2026-10-01"}
    refused = api(office).post("allocations/", body | {"ends_on": "2026-10-16"})
    assert (refused.status_code, [*errors_of(refused)]) == (409, ["/ends_on"])
    kept = api(office).post("allocations/", body | {"ends_on": "2026-10-15"})
    assert kept.status_code == 201
    longer = {"ends_on": "2026-11-30"}
    assert api(office).patch(f"allocations/{kept.json()['id']}/", longer).status_code == 409
    with pytest.raises(IntegrityError, match="has ended"), transaction.atomic():
        Allocation.objects.update(**longer)


@pytest.mark.django_db
def test_the_same_dates_are_refused_in_sql() -> None:
    issue = factories.issue(factories.project(), raised_on=date(2026, 10, 1))
    with pytest.raises(IntegrityError, match="issue_raised_on_due_on"), transaction.atomic():
        Issue.objects.filter(pk=issue.pk).update(due_on=date(2026, 9, 30))


@pytest.mark.parametrize("year", [5, 1989, 2201, 9999])
def test_a_base_year_is_one_that_fiscal_years_have(office: User, api: Any, year: int) -> None:
    portfolio = factories.portfolio()
    path = f"portfolios/{portfolio.pk}/"
    refused = api(office).patch(path, {"discount_base_year": year})
    assert (refused.status_code, [*errors_of(refused)]) == (400, ["/discount_base_year"])
    assert api(office).patch(path, {"discount_base_year": 2200}).status_code == 200
    with pytest.raises(IntegrityError), transaction.atomic():
        type(portfolio).objects.filter(pk=portfolio.pk).update(discount_base_year=year)


@pytest.mark.parametrize(
    ("collection", "state", "day"),
    [
        ("assurance-reviews", "held", "held_on"),
        ("assurance-reviews", "closed", "held_on"),
        ("outcomes", "capability_ready", "capability_ready_on"),
        ("outcomes", "in_transition", "transition_start"),
        ("outcomes", "embedded", "embedded_on"),
    ],
)
def test_what_has_come_to_a_state_has_the_day_of_it(
    collection: str, state: str, day: str, office: User, api: Any
) -> None:
    body = {"programme": factories.programme().pk, "code": "X1", "state": state}
    body |= {"title": "Ready"} if collection == "outcomes" else {"kind": "peer"}
    refused = api(office).post(f"{collection}/", body)
    assert (refused.status_code, [*errors_of(refused)]) == (400, [f"/{day}"])
    made = api(office).post(f"{collection}/", body | {day: "2026-10-01"})
    assert made.status_code == 201
    cleared = api(office).patch(f"{collection}/{made.json()['id']}/", {day: None})
    assert (cleared.status_code, [*errors_of(cleared)]) == (400, [f"/{day}"])
