"""A plan cannot say more than its budget, nor of days outside it, by whichever door."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from pmhub.models import User
from projects.models import Baseline
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


def test_another_plan_is_approved_on_the_project_and_its_value_planned_evenly(
    nothing: None, api: Any
) -> None:
    leader, manager = factories.user("leader"), factories.user("manager")
    programme = factories.programme(programme_manager=leader.person)
    project = factories.project(programme=programme, project_manager=manager.person)
    path = f"projects/{project.pk}/baseline/"
    body = {
        "approved_on": "2026-10-01", "starts_on": "2026-01-01", "finishes_on": "2026-12-31",
        "budget_at_completion": "100.00", "reason": "A storey more",
    }  # fmt: skip
    assert api(manager).verb(path, body).status_code == 403
    seen = api(leader).verb(f"{path}?preview=1", body)
    assert seen.status_code == 200
    assert not project.baselines.exists()
    assert api(leader).verb(path, body).json()["budget_at_completion"] == "100.00"
    plan = project.baselines.get()
    assert (plan.number, plan.reason) == (1, "A storey more")
    assert plan.planned_value_profile == [["2026-01-01", "0"], ["2026-12-31", "100.00"]]
    wordless = api(leader).verb(path, body | {"reason": ""})
    assert (wordless.status_code, list(errors_of(wordless))) == (400, ["/reason"])
    assert api(leader).verb(path, body | {"finishes_on": "2025-12-31"}).status_code == 400
    assert project.baselines.count() == 1


def test_the_page_of_a_project_offers_the_plan_that_is_expected(
    demo: Any, client_of: Any, cam_manager: User, cam02_manager: User
) -> None:
    project = demo.project("CAM-02")
    path = f"/projects/{project.pk}/"
    shown = client_of(cam_manager).get(path).content.decode()
    assert f'action="/api/v1{path}baseline/"' in shown
    other = client_of(cam02_manager).get(path).content.decode()
    assert f'action="/api/v1{path}baseline/"' not in other


def test_plans_are_approved_in_their_order(api, office):
    client, project = api(office), factories.project()

    def plan(number, day):
        return client.post("baselines/", _plan(project, [], number=number, approved_on=day))

    assert plan(2, "2026-06-01").status_code == 201
    for number, day in ((1, "2026-06-02"), (3, "2026-05-31")):
        refused = plan(number, day)
        assert (refused.status_code, set(errors_of(refused))) == (409, {"/approved_on"}), number
    assert plan(1, "2026-06-01").status_code == 201
    draft = plan(3, None).json()
    path = f"baselines/{draft['id']}/"
    assert client.patch(path, {"approved_on": "2026-05-31"}).status_code == 409
    with pytest.raises(IntegrityError, match="in their order"), transaction.atomic():
        Baseline.objects.filter(pk=draft["id"]).update(approved_on="2026-05-31")
    heading = "project_id,number,approved_on,starts_on,finishes_on,budget_at_completion,reason"
    rows = f"{heading}\n{project.pk},4,2026-01-01,2026-01-01,2026-12-31,1.00,x\n"
    sent = client.client.post("/api/v1/baselines/bulk/", rows, content_type="text/csv")
    assert (sent.status_code, "in their order" in sent.content.decode()) == (409, True)
    assert client.patch(path, {"approved_on": "2026-06-01"}).status_code == 200
