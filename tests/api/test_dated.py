"""Money counts from its day on, and until then nothing of it does."""

from datetime import date

import pytest

from programmes.models import Portfolio
from projects.models import ContingencyMovement
from tests import factories

FIGURES = ("approved_budget", "contingency_remaining", "total_approved")


@pytest.fixture
def project(nothing):
    """A project with a budget, and contingency that moves to it after the status date."""
    home = factories.portfolio(status_date=date(2024, 1, 31))
    programme = factories.programme(portfolio=home, contingency_budget=100)
    project = factories.project(programme=programme, actual_start=None)
    factories.budget(project, 1000)
    programme.contingency_movements.create(project=project, amount=30, moved_on=date(2024, 2, 10))
    return project


@pytest.fixture
def figures(project, office, api, drain):
    """The computed figures of the programme and of the project."""

    def read():
        drain()
        metrics = api(office).get(f"programmes/{project.programme_id}/rollup/").json()["metrics"]
        own = api(office).get(f"projects/{project.pk}/").json()["approved_budget"]
        assert own == metrics["approved_budget"]["value"]
        return tuple(metrics[name]["value"] for name in FIGURES)

    return read


def test_contingency_moves_on_its_day(figures):
    assert figures() == ("1000.00", "100.00", "1100.00")
    Portfolio.objects.update(status_date=date(2024, 2, 10))
    assert figures() == ("1030.00", "70.00", "1100.00")


def test_contingency_that_is_dated_otherwise_moves_then(figures):
    assert figures() == ("1000.00", "100.00", "1100.00")
    ContingencyMovement.objects.update(moved_on=date(2024, 1, 31))
    assert figures() == ("1030.00", "70.00", "1100.00")


def test_contingency_that_is_still_to_move_is_given_once(project, office, api):
    body = {"programme": project.programme_id, "project": project.pk, "moved_on": "2024-01-10"}
    refused = api(office).post("contingency-movements/", body | {"amount": "70.01"})
    assert refused.status_code == 400
    given = api(office).post("contingency-movements/", body | {"amount": "70.00"})
    assert given.status_code == 201
