"""What was stopped or put away goes on again, and what is decided counts from its day."""

from typing import Any

from benefits.models import BenefitContribution
from pmhub.models import User
from tests import factories
from tests.api.conftest import errors_of
from tests.api.test_every_door import update


def test_a_stopped_project_that_goes_on_leaves_no_question_open(office: User, api: Any) -> None:
    project = factories.project(programme=factories.programme(), stage="define")
    benefit = factories.benefit(programme=project.programme)
    BenefitContribution.objects.create(benefit=benefit, project=project, weight="0.5")
    path, stop = f"projects/{project.pk}/", {"terminated_on": "2026-10-01", "reason": "No money"}
    assert api(office).verb(f"{path}termination/", stop).status_code == 200
    assert errors_of(api(office).verb(f"{path}reopening/", {})) == {"/reason": "required"}
    opened = api(office).verb(f"{path}reopening/", {"reason": "The grant came"}).json()
    assert (opened["status"], opened["stage"]) == ("active", "define")
    ended = ("terminated_on", "actual_finish", "ended_reason", "estimate_to_complete")
    assert [opened[name] for name in ended] == [None, None, "", None]
    review = api(office).get(f"benefit-reviews/?benefit={benefit.pk}").json()["results"][0]
    assert (review["decision"], review["findings"]) == ("confirm", "The grant came")


def test_a_plan_approved_after_the_status_date_is_not_measured_against_yet(
    office: User, api: Any
) -> None:
    home = factories.portfolio(status_date="2020-01-31")
    project = factories.project(programme=factories.programme(portfolio=home))
    factories.baseline(project, approved_on="2019-12-01")
    path = f"projects/{project.pk}/"
    body = {
        "project": project.pk, "number": 2, "approved_on": "2020-02-15", "reason": "Slab",
        "starts_on": "2026-04-01", "finishes_on": "2027-06-30", "budget_at_completion": "300.00",
    }  # fmt: skip
    assert api(office).post("baselines/", body).status_code == 201
    row = api(office).get(path).json()
    assert (row["budget_at_completion"], row["baseline_finish"]) == ("1000.00", "2027-03-31")
    update(home, status_date="2020-02-15")
    row = api(office).get(path).json()
    assert (row["budget_at_completion"], row["baseline_finish"]) == ("300.00", "2027-06-30")


def test_a_scenario_is_adopted_with_its_last_change_and_put_away(office: User, api: Any) -> None:
    project = factories.project()
    body = {"programme": project.programme_id, "name": "Simpler"}
    scenario = api(office).post("scenarios/", body).json()["id"]
    path = f"scenarios/{scenario}/"
    write = {"method": "PATCH", "path": f"projects/{project.pk}/", "body": {"complexity": 1}}
    change = api(office).post(
        "scenario-changes/", {"scenario": scenario, "title": "Simpler", **write}
    )
    assert change.status_code == 201, change.json()
    assert api(office).verb(f"{path}archive/", {}).status_code == 409  # a draft is deleted
    adopted = api(office).post(f"scenario-changes/{change.json()['id']}/adoption/")
    assert adopted.status_code == 200
    assert api(office).get(path).json()["state"] == "adopted"
    assert api(office).verb(f"{path}archive/", {"reason": "Done"}).json()["state"] == "archived"
    refused = api(office).post(
        "scenario-changes/", {"scenario": scenario, "title": "Harder", **write}
    )
    assert refused.status_code == 409
    assert api(office).verb(f"{path}restoration/", {}).json()["state"] == "shared"
    assert api(office).get(f"{path}history/").json()["results"][1]["reason"] == "Done"
