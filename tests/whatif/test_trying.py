"""Trying a scenario: what it says, what it leaves, and when it no longer holds."""

from datetime import timedelta
from typing import Any

import pytest

from pmhub.models import User
from programmes.models import MetricValue, RollupRequest, ScenarioTrial
from programmes.rollup import worker
from projects.models import Project
from tests import factories
from tests.api.conftest import errors_of
from tests.preview.conftest import everything

commits = pytest.mark.django_db(transaction=True)
LATER = {"forecast_finish": "2031-12-31"}


def figure(answer: Any, name: str, scenario: int = 0) -> tuple[Any, Any]:
    """A figure now and in a scenario."""
    (found,) = (each for each in answer.json()["metrics"] if each["name"] == name)
    return found["now"], found["scenarios"][scenario]


def test_a_scenario_is_tried_and_says_what_it_comes_to(
    demo: Any, cam_manager: User, draft: Any
) -> None:
    project = demo.project("CAM-02")
    scenario = draft(cam_manager, demo.programme("CAM"))
    assert scenario.state == "never"
    scenario.add("PATCH", f"projects/{project.pk}/", LATER)
    scenario.add("PATCH", f"projects/{project.pk}/", {"estimate_to_complete": "99999.00"})
    answer = scenario.try_it()
    assert answer.status_code == 200, answer.json()
    now, then = figure(answer, "finish_declared")
    assert (then["value"], then["verdict"]) == ("2031-12-31", "worse")
    assert then["difference"] > 0
    now, then = figure(answer, "estimate_at_completion")
    change = 99999 - float(project.estimate_to_complete)
    assert float(then["value"]) - float(now) == float(then["difference"]) == change
    (moved,) = (each for each in answer.json()["projects"] if each["code"] == "CAM-02")
    assert moved["scenarios"][0]["finish"] == "2031-12-31"
    assert moved["finish"] != "2031-12-31"
    assert scenario.state == "fresh"
    assert scenario.client.get(f"{scenario.path}trial/").json() == answer.json()
    assert Project.objects.get(pk=project.pk).version == project.version


@commits
def test_nothing_remains_of_a_trial_but_what_it_said(demo: Any, pmo: User, draft: Any) -> None:
    worker.drain()
    scenario = draft(pmo, demo.programme("CAM"))
    scenario.add("PATCH", f"projects/{demo.project('CAM-02').pk}/", LATER)
    risk = demo.risk("R01")
    scenario.add("DELETE", f"risks/{risk.pk}/")
    before = everything()
    assert scenario.try_it().status_code == 200
    after = everything()
    table = ScenarioTrial._meta.db_table
    assert (before.pop(table)[0], after.pop(table)[0]) == (0, 1)
    assert after == before
    assert not RollupRequest.objects.exists()


def test_a_trial_with_a_key_is_a_trial_each_time(demo: Any, pmo: User, draft: Any) -> None:
    scenario = draft(pmo, demo.programme("CAM"))
    send = scenario.client.raw
    first = send("POST", f"{scenario.path}trial/", b"", **{"Idempotency-Key": "k"})
    scenario.add("PATCH", f"projects/{demo.project('CAM-02').pk}/", LATER)
    again = send("POST", f"{scenario.path}trial/", b"", **{"Idempotency-Key": "k"})
    assert [each.json()["projects"] == [] for each in (first, again)] == [True, False]


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({"forecast_finish": "soon"}, 400, "/changes/1/forecast_finish"),
        ({"colour": "red"}, 400, "/changes/1/colour"),
        ({"status": "closed"}, 409, "/changes/1/status"),
        ({"forecast_start": "2033-01-01", "forecast_finish": "2032-01-01"}, 400,
         "/changes/1/forecast_finish"),
    ],
)  # fmt: skip
def test_what_a_write_refuses_is_said_of_its_change(
    body: Any, status: int, pointer: str, demo: Any, pmo: User, draft: Any
) -> None:
    scenario = draft(pmo, demo.programme("CAM"))
    scenario.add("PATCH", f"projects/{demo.project('CAM-03').pk}/", LATER)
    bad = scenario.add("PATCH", f"projects/{demo.project('CAM-02').pk}/", body)
    answer = scenario.try_it()
    assert (answer.status_code, answer.json()["change"]) == (status, bad["id"])
    assert pointer in errors_of(answer)
    assert answer.json()["detail"].startswith("Change 2, PATCH projects/")
    assert not ScenarioTrial.objects.exists()
    assert str(Project.objects.get(code="CAM-03").forecast_finish) != "2031-12-31"


def test_rights_and_invariants_refuse_within_a_trial_as_without(
    demo: Any, cam_manager: User, draft: Any
) -> None:
    programme = demo.programme("CAM")
    factories.role(cam_manager, "viewer", programme=demo.programme("NZE"))
    moved = draft(cam_manager, programme, "Moved")
    body = {"to_programme": demo.programme("NZE").pk, "reason": "Fits better"}
    moved.add("POST", f"projects/{demo.project('CAM-02').pk}/move/", body)
    assert errors_of(moved.try_it()) == {"/changes/0": "permission_denied"}
    drawn = draft(cam_manager, programme, "Drawn")
    body = {
        "programme": programme.pk, "project": demo.project("CAM-02").pk, "amount": "99999999",
        "moved_on": "2026-10-30",
    }  # fmt: skip
    drawn.add("POST", "contingency-movements/", body)
    assert list(errors_of(drawn.try_it())) == ["/changes/0/amount"]


def test_later_changes_build_on_earlier_ones(demo: Any, pmo: User, draft: Any) -> None:
    programme = demo.programme("CAM")
    rest: Any = MetricValue.objects.get(
        programme=programme, metric="contingency_remaining", valid_to=None
    ).amount
    budget = programme.contingency_budget + 1000
    scenario = draft(pmo, programme)
    scenario.add("PATCH", f"programmes/{programme.pk}/", {"contingency_budget": str(budget)})
    body = {
        "programme": programme.pk, "project": demo.project("CAM-02").pk,
        "amount": f"{rest + 500:.2f}", "moved_on": "2026-10-30",
    }  # fmt: skip
    scenario.add("POST", "contingency-movements/", body)
    answer = scenario.try_it()
    assert answer.status_code == 200, answer.json()
    assert figure(answer, "contingency_remaining")[1]["value"] == "500.00"


def test_a_cancelled_project_keeps_its_benefits_and_they_are_no_longer_expected(
    demo: Any, pmo: User, draft: Any
) -> None:
    scenario = draft(pmo, demo.programme("CAM"))
    project = demo.project("CAM-02")
    assert project.contributions.exists()
    made = scenario.client.post(
        f"{scenario.path}cancellations/", {"project": project.pk, "reason": "No funding"}
    )
    assert made.status_code == 201, made.json()
    answer = scenario.try_it()
    assert answer.status_code == 200, answer.json()
    for name in ("benefits_forecast_outturn", "benefits_whole_life_planned"):
        now, then = figure(answer, name)
        assert (then["value"], then["difference"]) == (now, "0.00")
    assert float(figure(answer, "estimate_at_completion")[1]["difference"]) < 0
    years = [each["scenarios"][0] for each in answer.json()["benefits"]]
    recorded = sum(float(each["forecast"]) for each in years)
    assert sum(float(each["expected"]) for each in years) < recorded


def test_a_delay_takes_what_others_wait_for_with_it(demo: Any, pmo: User, draft: Any) -> None:
    project = demo.project("NZE-01")
    scenario = draft(pmo, project.programme)
    body = {"project": project.pk, "days": 400}
    made = scenario.client.post(f"{scenario.path}delays/", body).json()
    paths = [each["path"].split("/")[0] for each in made]
    assert (paths[0], set(paths[1:])) == ("projects", {"milestones", "dependencies"})
    answer = scenario.try_it().json()
    assert "CAM" in {each["code"] for each in answer["programmes"]}
    (moved,) = (each for each in answer["projects"] if each["code"] == "NZE-01")
    assert moved["scenarios"][0]["days"] == 400
    people = answer["scenarios"][0]["people"]
    assert {"giver", "receiver"} <= {role["role"] for each in people for role in each["roles"]}


def test_a_move_shows_in_both_programmes(demo: Any, pmo: User, draft: Any) -> None:
    project, target = demo.project("CAM-02"), demo.programme("NZE")
    scenario = draft(pmo, demo.programme("CAM"))
    body = {"project": project.pk, "to_programme": target.pk, "reason": "Fits better"}
    assert scenario.client.post(f"{scenario.path}moves/", body).status_code == 201
    answer = scenario.try_it()
    leaves = figure(answer, "approved_budget")[1]["difference"]
    (other,) = (each for each in answer.json()["programmes"] if each["code"] == "NZE")
    (comes,) = (each for each in other["metrics"] if each["name"] == "approved_budget")
    assert float(comes["scenarios"][0]["difference"]) == -float(leaves) > 0


# Stale


def test_a_trial_is_stale_once_a_programme_it_touched_moves(
    demo: Any, pmo: User, draft: Any
) -> None:
    scenario = draft(pmo, demo.programme("CAM"))
    scenario.add("PATCH", f"projects/{demo.project('CAM-02').pk}/", LATER)
    scenario.try_it()
    other = demo.project("CAM-03")
    path, body = f"projects/{other.pk}/", {"estimate_to_complete": "123456"}
    assert scenario.client.patch(path, body).status_code == 200
    trial = scenario.client.get(scenario.path).json()["trial"]
    assert (trial["state"], trial["moved"]) == ("stale", ["CAM"])  # asked for, not computed yet
    worker.drain()
    assert scenario.state == "stale"
    scenario.try_it()
    assert scenario.state == "fresh"


def test_a_trial_says_that_the_list_changed_since(demo: Any, pmo: User, draft: Any) -> None:
    scenario = draft(pmo, demo.programme("CAM"))
    change = scenario.add("PATCH", f"projects/{demo.project('CAM-02').pk}/", LATER)
    scenario.try_it()
    path = f"scenario-changes/{change['id']}/"
    scenario.client.patch(path, {"body": {"forecast_finish": "2032-12-31"}})
    assert scenario.state == "changed"


def test_a_change_is_stale_once_its_record_moves_on(
    demo: Any, pmo: User, cam_manager: User, api: Any, draft: Any
) -> None:
    project = demo.project("CAM-02")
    scenario = draft(pmo, demo.programme("CAM"))
    change = scenario.add("PATCH", f"projects/{project.pk}/", LATER)
    assert (change["stale"], change["seen_version"]) == (False, project.version)
    api(cam_manager).patch(f"projects/{project.pk}/", {"percent_complete": "41"})
    path = f"scenario-changes/{change['id']}/"
    found = scenario.client.get(path).json()
    assert (found["stale"], found["gone"]) == (True, False)
    assert found["since"]["by"]["id"] == cam_manager.pk
    assert found["since"]["fields_changed"] == ["percent_complete"]
    renewed = scenario.client.post(f"{path}renewal/")
    assert (renewed.status_code, renewed.json()["stale"]) == (200, False)
    assert renewed.json()["seen_version"] == project.version + 1


def test_a_change_to_what_is_gone_says_so(demo: Any, pmo: User, draft: Any) -> None:
    scenario = draft(pmo, demo.programme("CAM"))
    risk = demo.risk("R01")
    change = scenario.add("PATCH", f"risks/{risk.pk}/", {"cause": "Steel"})
    risk.delete()
    path = f"scenario-changes/{change['id']}/"
    found = scenario.client.get(path).json()
    assert (found["stale"], found["gone"], found["current_version"]) == (True, True, None)
    assert errors_of(scenario.client.post(f"{path}renewal/")) == {"/path": "invalid"}
    answer = scenario.adopt(change["id"])
    assert (answer.status_code, answer.json()["code"]) == (412, "stale")
    assert scenario.client.delete(path).status_code == 204


def test_time_alone_makes_no_trial_stale(demo: Any, pmo: User, draft: Any) -> None:
    scenario = draft(pmo, demo.programme("CAM"))
    scenario.add("PATCH", f"projects/{demo.project('CAM-02').pk}/", LATER)
    scenario.try_it()
    trial = ScenarioTrial.objects.get()
    ScenarioTrial.objects.update(tried_at=trial.tried_at - timedelta(days=30))
    assert scenario.state == "fresh"
