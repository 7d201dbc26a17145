"""The case of a project that stands alone: now against approved, and what a breach does."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from pmhub.models import User
from programmes.models import BusinessCase, Decision, ExceptionReport, Portfolio, Tolerance
from programmes.queries.exceptions import broken_now
from programmes.rollup import worker
from programmes.rollup.verify import differences
from programmes.services import raise_exceptions
from projects.models import Project, Risk
from tests import factories
from tests.api.conftest import errors_of


class Alone:
    """A project outside all programmes, of 1,000 that are still to be spent, with an approved case;
    who manages it, and the PMO above."""

    def __init__(self, office: User) -> None:
        self.office, self.manager = office, factories.user("manager")
        self.project = factories.project(
            portfolio=factories.portfolio(discount_base_year=2026),
            programme=None,
            project_manager=self.manager.person,
            estimate_to_complete=100,
            forecast_finish=date(2026, 12, 31),
        )
        factories.role(office, "pmo", portfolio=self.project.portfolio)
        self.case = factories.business_case(self.project, state="approved")
        self.path = f"business-cases/{self.case.pk}/"

    def told(self, api: Any) -> dict[str, Any]:
        """What the case says of itself."""
        worker.drain()
        found: dict[str, Any] = api(self.office).get(self.path).json()
        return found


@pytest.fixture
def alone(office: User) -> Alone:
    """The project that stands alone, with its people."""
    return Alone(office)


def test_a_cost_and_a_risk_move_now_and_not_approved(alone: Alone, api: Any) -> None:
    before = alone.told(api)
    approved = before["npsv"]
    assert Decimal(before["npsv_now"]) - Decimal(approved) == Decimal(before["npsv_change"]) == 0
    assert (before["days_since_true"], before["npsv_change_reason"]) == (0, None)
    costs = {"min": 20, "most_likely": 40, "max": 60}
    fields = {f"residual_cost_{name}": cost for name, cost in costs.items()}
    factories.risk(alone.project, residual_probability="0.5", **fields)
    Project.objects.filter(pk=alone.project.pk).update(estimate_to_complete=150)
    after = alone.told(api)
    assert after["npsv"] == approved
    assert Decimal(after["npsv_change"]) == -50 - 20
    assert after["days_since_true"] is not None
    Risk.objects.filter(project=alone.project).update(status="closed")
    assert Decimal(alone.told(api)["npsv_change"]) == -50
    assert [*differences()] == []


def test_its_page_shows_both(alone: Alone, client_of: Any) -> None:
    Project.objects.filter(pk=alone.project.pk).update(estimate_to_complete=150)
    worker.drain()
    page = " ".join(client_of(alone.office).get(f"/{alone.path}").content.decode().split())
    assert "Business case, approved and now" in page
    assert "Not true now" in page
    assert "Benefits of a project that stands alone count as they were approved" in page
    assert f"/projects/{alone.project.pk}/explain/estimate_at_completion/" in page


def test_a_project_without_a_case_says_nothing_of_one(alone: Alone, api: Any) -> None:
    BusinessCase.objects.filter(pk=alone.case.pk).update(state="superseded")
    said = alone.told(api)
    assert (said["npsv_now"], said["npsv_change"]) == (None, None)


def test_a_broken_tolerance_opens_a_report_that_holds_the_gate_and_is_decided(
    alone: Alone, api: Any
) -> None:
    limit = factories.tolerance(alone.project, kind="npsv", side="under", value=40)
    worker.drain()
    assert (broken_now(), raise_exceptions()) == ([], 0)
    Project.objects.filter(pk=alone.project.pk).update(estimate_to_complete=150)
    worker.drain()
    (found,) = broken_now()
    assert (found.tolerance, found.case, found.kind) == (limit.pk, alone.case.pk, "npsv")
    assert found.strayed == 50
    breaches = api(alone.office).get(f"projects/{alone.project.pk}/rollup/case_breaches/").json()
    assert (Decimal(breaches["value"]), len(breaches["lines"])) == (1, 1)
    assert [raise_exceptions(), raise_exceptions()] == [1, 0]
    report = ExceptionReport.objects.get()
    assert (report.case, report.project) == (alone.case, None)
    gate = factories.gate(alone.project, approvers=[alone.office.person], state="open")
    voted = api(alone.office).verb(f"gates/{gate.pk}/vote/", {"choice": "proceed"})
    assert (voted.status_code, voted.json()["code"]) == (409, "blocked")
    said = {"decision": "continue", "tolerance_value": "60", "reason": "It has to be"}
    path = f"exceptions/{report.pk}/decision/"
    assert api(alone.manager).verb(path, said).status_code in (403, 404)
    decided = api(alone.office).verb(path, said)
    assert decided.status_code == 200, decided.json()
    left = Decision.objects.get(cause="exception")
    assert (left.project, decided.json()["decision_record"]) == (alone.project, left.pk)
    worker.drain()
    assert (Tolerance.objects.get().value, broken_now()) == (60, [])


@pytest.mark.parametrize(
    "rules",
    [
        {"discount_base_year": 2027},
        {"discount_schedule": "none"},
        {"discount_base_year": 2020, "discount_schedule": "fixed", "discount_rate": "0.2"},
    ],
)
def test_a_portfolio_that_discounts_otherwise_moves_no_approved_case(
    rules: dict[str, Any], alone: Alone, api: Any
) -> None:
    """Of 426 days the last 275 are in the year after the base year of the case."""
    fields = {"estimate_to_complete": 103, "forecast_finish": date(2027, 12, 31)}
    Project.objects.filter(pk=alone.project.pk).update(**fields)
    factories.tolerance(alone.project, kind="npsv", side="under", value=2)
    now = Decimal(103) * 151 / 426 + Decimal(103) * 275 / 426 / Decimal("1.035")
    change = round(100 - now, 2)
    assert Decimal(alone.told(api)["npsv_change"]) == change
    Portfolio.objects.filter(pk=alone.project.owner_portfolio.pk).update(**rules)
    assert Decimal(alone.told(api)["npsv_change"]) == change
    assert (broken_now(), raise_exceptions()) == ([], 0)
    Project.objects.filter(pk=alone.project.pk).update(estimate_to_complete=105)
    worker.drain()
    assert (len(broken_now()), raise_exceptions()) == (1, 1)
    assert [*differences()] == []


def test_plain_sql_passes_no_gate_while_its_case_is_undecided(alone: Alone) -> None:
    factories.exception(
        alone.case, tolerance=factories.tolerance(alone.project, kind="npsv", side="under")
    )
    gate = factories.gate(alone.project, approvers=[alone.office.person], state="open")
    factories.gate_vote(gate, person=alone.office.person)
    rows = type(gate).objects.filter(pk=gate.pk)
    with pytest.raises(DatabaseError, match="strayed beyond"), transaction.atomic():
        rows.update(state="decided", decision="proceed", decided_on="2026-10-31")


def test_net_present_value_is_no_tolerance_of_a_project_in_a_programme(
    alone: Alone, api: Any
) -> None:
    inside = factories.project(programme=factories.programme(portfolio=alone.project.portfolio))
    body = {"kind": "npsv", "value": "5"}
    refused = api(alone.office).post("tolerances/", body | {"project": inside.pk})
    assert (refused.status_code, [*errors_of(refused)]) == (400, ["/kind"])
    made = api(alone.office).post("tolerances/", body | {"project": alone.project.pk})
    assert (made.status_code, made.json()["side"]) == (201, "under")
    with pytest.raises(DatabaseError), transaction.atomic():
        Tolerance.objects.create(project=inside, side="under", **body)
