"""A project that has ended counts for what it was, and for nothing that is still to come."""

from datetime import date
from decimal import Decimal
from typing import Any

import pgtrigger
import pytest
from django.db import IntegrityError, transaction

from programmes.models import LedgerLine, MetricValue
from programmes.queries import portfolio_rollup, project_forecast
from projects.capacity import monthly_load
from projects.models import CostActual, Project
from projects.queries import bookings
from tests import factories

STOPPED = date(2026, 10, 15)
pytestmark = pytest.mark.django_db


@pytest.fixture
def project(nothing: None) -> Any:
    """A project of 1,000 planned over a year, 100 approved, 40 spent, three tenths done."""
    made = factories.project(percent_complete=30, forecast_finish=date(2028, 3, 31))
    factories.baseline(made)
    factories.budget(made, 100)
    spend(made, "40.00")
    return made


@pytest.fixture
def figure(project: Any, drain: Any) -> Any:
    """`figure(name)`: a figure of its programme, worked off."""

    def value(name: str) -> Any:
        drain()
        return MetricValue.objects.get(
            programme=project.programme, metric=name, valid_to=None
        ).value

    return value


@pytest.fixture
def line(project: Any, drain: Any) -> Any:
    """`line(name)`: what the project adds to a figure: value, reason, inputs."""

    def found(name: str, of: Any = project) -> Any:
        drain()
        row = LedgerLine.objects.get(metric=name, source_id=of.pk, valid_to=None)
        return row.value, row.reason, row.inputs

    return found


def spend(project: Any, amount: str, day: date = date(2026, 9, 30)) -> None:
    CostActual.objects.create(project=project, posted_on=day, amount=Decimal(amount))


def end(project: Any, status: str = "terminated", **fields: Any) -> None:
    """End it as plain SQL would, with whatever is left of it, as could be once."""
    how = {"closed": {"stage": "closed", "actual_finish": STOPPED, "percent_complete": 100}}
    how["terminated"] = {"terminated_on": STOPPED}
    with pgtrigger.ignore("projects.Project:closes_last"):
        Project.objects.filter(pk=project.pk).update(status=status, **how[status], **fields)


# Money


def test_a_project_that_nobody_forecasts_saves_nothing(project: Any, figure: Any) -> None:
    other = factories.project(programme=project.programme)
    factories.budget(other, 60)
    spend(other, "5300.00")
    Project.objects.filter(pk=project.pk).update(estimate_to_complete=Decimal("90.00"))
    assert figure("approved_budget") == Decimal("160.00")
    assert figure("estimate_at_completion") == Decimal("130.00")  # of the first alone
    assert figure("variance_at_completion") == Decimal("-30.00")


def test_what_no_project_says_is_unknown_and_not_0(nothing: None, drain: Any) -> None:
    alone = factories.project()
    factories.budget(alone, 60)
    spend(alone, "5300.00")
    drain()
    rows = MetricValue.objects.filter(programme=alone.programme, valid_to=None)
    reasons = {row.metric: (row.value, row.reason) for row in rows}
    for name in ("estimate_at_completion", "total_forecast", "variance_at_completion"):
        assert reasons[name] == (None, "no_forecast")
    for name in ("cost_performance_index", "schedule_performance_index"):
        assert reasons[name] == (None, "no_baseline")
    assert reasons["funding_cover"] == (None, "nothing_to_cover")


def test_a_terminated_project_costs_what_is_spent_and_what_winding_down_costs(
    project: Any, figure: Any, line: Any
) -> None:
    end(project, estimate_to_complete=Decimal("25.00"))
    assert figure("estimate_at_completion") == Decimal("65.00")
    assert figure("total_forecast") == Decimal("65.00")
    assert line("estimate_at_completion")[2]["basis"] == "winding_down"
    spend(project, "10.00")  # the winding down is paid
    Project.objects.filter(pk=project.pk).update(estimate_to_complete=Decimal("15.00"))
    assert figure("estimate_at_completion") == Decimal("65.00")


def test_what_it_does_not_need_is_released_and_no_saving(
    project: Any, figure: Any, line: Any
) -> None:
    end(project, estimate_to_complete=Decimal("25.00"))
    assert figure("budget_released") == Decimal("35.00")
    assert figure("approved_budget") == Decimal("65.00")
    assert line("approved_budget")[2] == {"approved": "100", "released": "35"}
    assert figure("variance_at_completion") == 0
    assert figure("total_approved") == Decimal("65.00")


def test_an_overrun_that_ends_is_an_overrun_and_releases_nothing(project: Any, figure: Any) -> None:
    end(project, estimate_to_complete=Decimal("90.00"))
    assert figure("budget_released") == 0
    assert figure("variance_at_completion") == Decimal("-30.00")


def test_nobody_elses_overrun_is_covered_by_what_was_released(project: Any, figure: Any) -> None:
    other = factories.project(programme=project.programme, estimate_to_complete=Decimal(120))
    factories.budget(other, 100)
    project.programme.contingency_budget = Decimal(10)
    project.programme.save()
    end(project)
    assert figure("variance_at_completion") == Decimal("-20.00")
    assert figure("funding_cover") == Decimal("0.5")


def test_a_budget_that_is_not_known_is_not_released(project: Any, figure: Any, line: Any) -> None:
    project.budget_lines.update(approved=0, baseline=0)
    project.budget_lines.all().delete()
    end(project)
    assert line("budget_released")[:2] == (None, "no_budget")
    assert figure("budget_released") == 0


def test_its_plan_grows_no_more_once_it_is_terminated(
    project: Any, figure: Any, api_of: Any
) -> None:
    day_by_day = figure("planned_value")
    end(project)
    stopped = figure("planned_value")
    assert stopped == (Decimal(1000) * (STOPPED - date(2026, 4, 1)).days / 364).quantize(
        Decimal("0.01")
    )
    assert stopped < day_by_day
    portfolio = project.programme.portfolio
    portfolio.status_date = date(2027, 6, 30)
    portfolio.save()
    assert figure("planned_value") == stopped
    assert (figure("budget_at_completion"), figure("earned_value")) == (1000, 300)
    reader = factories.user()
    factories.role(reader, "viewer", portfolio=portfolio)
    said = api_of(reader).get(f"/api/v1/projects/{project.pk}/").json()
    assert (said["planned_value"], said["terminated_on"]) == ("541.21", "2026-10-15")


def test_bac_over_cpi_stands_beside_the_estimate_and_is_not_chosen(
    project: Any, drain: Any
) -> None:
    drain()
    found = project_forecast(project)
    assert (found["eac"], found["eac_basis"]) == ("740", "remaining_at_budget")
    assert Decimal(found["eac_cpi"]).quantize(Decimal("0.01")) == Decimal("133.33")


# What was still to come


@pytest.mark.parametrize("status", ["terminated", "closed"])
def test_the_risks_of_a_project_that_has_ended_count_no_more(
    status: str, project: Any, figure: Any, line: Any
) -> None:
    risk = factories.risk(project)
    assert figure("risk_mean") > 0
    end(project, status)
    assert (figure("risk_mean"), figure("risk_open_count"), figure("risk_p80")) == (0, 0, 0)
    assert line("risk_mean", risk)[1] == "project_ended"


def test_a_risk_escalated_before_is_the_programmes_and_counts_there(
    project: Any, figure: Any
) -> None:
    parent = factories.risk(project.programme)
    factories.risk(project, status="escalated", escalated_to=parent)
    before = figure("risk_mean")
    end(project)
    assert figure("risk_mean") == before > 0


@pytest.mark.parametrize("status", ["terminated", "closed"])
def test_no_booking_weighs_after_the_day_on_which_its_project_ended(
    status: str, project: Any, drain: Any
) -> None:
    crane = factories.resource(portfolio=project.programme.portfolio)
    other = factories.project(programme=project.programme)
    for each in (project, other):
        factories.allocation(
            crane, each, 1, starts_on=date(2026, 10, 1), ends_on=date(2026, 11, 30)
        )
    drain()
    assert project_forecast(other)["health"]["dimensions"]["resources"] == "red"
    end(project, status)
    drain()
    assert project_forecast(other)["health"]["dimensions"]["resources"] == "green"
    october, november = monthly_load(Decimal(1), bookings(crane), date(2026, 10, 1), months=2)
    assert october.demand == (Decimal(15) + Decimal(31)) / 31
    assert (november.demand, november.projects) == (Decimal(1), (other.pk,))


def test_its_finish_is_none_of_the_programme(project: Any, figure: Any) -> None:
    other = factories.project(programme=project.programme, forecast_finish=date(2027, 5, 31))
    factories.baseline(other, finishes_on=date(2027, 3, 31))
    end(project)
    assert figure("finish_declared") == date(2027, 5, 31)
    assert figure("finish_propagated") == date(2027, 5, 31)


# How it is counted


def test_a_terminated_project_is_neither_live_nor_closed(
    project: Any, figure: Any, line: Any
) -> None:
    end(project)
    counts = [figure(f"projects_{each}") for each in ("live", "closed", "terminated")]
    assert counts == [0, 0, 1]
    assert line("projects_live")[1] == "terminated"
    assert line("projects_terminated")[2] == {"terminated_on": "2026-10-15"}


def test_a_portfolio_counts_a_terminated_project_of_no_programme_alike(
    nothing: None, drain: Any
) -> None:
    portfolio = factories.portfolio()
    project = factories.project(portfolio=portfolio)
    factories.budget(project, 100)
    spend(project, "40.00")
    end(project, estimate_to_complete=Decimal("25.00"))
    drain()
    reader = factories.user()
    factories.role(reader, "pmo")
    found = {
        name: figure.value
        for name, (_, figure) in portfolio_rollup(portfolio, reader).metrics.items()
    }
    assert found["estimate_at_completion"] == Decimal(65)
    assert (found["approved_budget"], found["budget_released"]) == (65, 35)
    assert (found["variance_at_completion"], found["projects_terminated"]) == (0, 1)
    assert found["projects_closed"] == 0


def test_a_project_is_terminated_on_a_day_and_no_other_project_is(project: Any) -> None:
    for fields in ({"status": "terminated"}, {"terminated_on": STOPPED}):
        with pytest.raises(IntegrityError, match="project_terminated_on"), transaction.atomic():
            Project.objects.filter(pk=project.pk).update(**fields)
