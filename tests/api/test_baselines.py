"""A plan cannot say more than its budget, nor of days outside it, by whichever door."""

import pytest

from tests import factories
from tests.api.conftest import errors_of

PLAN = {
    "number": 1,
    "approved_on": "2026-10-01",
    "starts_on": "2026-01-01",
    "finishes_on": "2026-12-31",
    "budget_at_completion": "100.00",
    "reason": "approved by the board",
}


def _plan(project, profile, **fields):
    return PLAN | {"project": project.pk, "planned_value_profile": profile} | fields


@pytest.mark.parametrize(
    "profile",
    [
        [["2026-01-01", "0"], ["2026-12-31", "100.00"]],
        [["2026-02-01", "0"], ["2026-06-30", "40.00"], ["2026-11-30", "100.00"]],
        [],
    ],
)
def test_a_plan_ends_at_its_budget(api, office, profile):
    found = api(office).post("baselines/", _plan(factories.project(), profile))
    assert found.status_code == 201


@pytest.mark.parametrize(
    "profile",
    [
        [["2026-01-01", "0"], ["2026-06-30", "250.00"]],
        [["2026-01-01", "0"], ["2026-12-31", "99.99"]],
        [["2026-01-01", "0"], ["2027-01-01", "100.00"]],
        [["2025-12-31", "0"], ["2026-12-31", "100.00"]],
        [["2026-01-01", "-1.00"], ["2026-12-31", "100.00"]],
    ],
)
def test_a_plan_above_its_budget_or_outside_its_days_is_refused(api, office, profile):
    project = factories.project()
    found = api(office).post("baselines/", _plan(project, profile))
    assert found.status_code == 400
    assert set(errors_of(found)) == {"/planned_value_profile"}
    assert not project.baselines.exists()


def test_a_plan_not_approved_yet_keeps_to_the_rule_when_its_budget_changes(api, office):
    client, project = api(office), factories.project()
    profile = [["2026-01-01", "0"], ["2026-12-31", "100.00"]]
    plan = client.post("baselines/", _plan(project, profile, approved_on=None)).json()
    found = client.patch(f"baselines/{plan['id']}/", {"budget_at_completion": "90.00"})
    assert set(errors_of(found)) == {"/planned_value_profile"}
    both = {"budget_at_completion": "90.00", "planned_value_profile": [["2026-12-31", "90.00"]]}
    assert client.patch(f"baselines/{plan['id']}/", both).status_code == 200
