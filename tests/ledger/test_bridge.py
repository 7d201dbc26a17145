"""The causes of a difference between two moments."""

from datetime import date, timedelta
from decimal import Decimal

import pgtrigger
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from programmes.models import RollupBasis
from programmes.rollup import compute, worker_cache, writer
from projects.models import CostActual, Project
from tests import factories
from tests.closing import asked
from tests.ledger.conftest import change, errors_of, told


def test_an_edit_is_its_source_amount_and_moments(demo, bridge, drain, now):
    since = now()
    project = change(demo, drain, estimate_to_complete=64300 + 250)
    change(demo, drain, estimate_to_complete=64300 + 300)
    found = bridge("estimate_at_completion", since)
    assert (found["before"]["value"], found["after"]["value"]) == ("285810.00", "286110.00")
    assert (found["difference"], found["difference_unit"]) == ("300.00", "money")
    (part,) = found["parts"]
    assert part["source"]["url"].endswith(f"/api/v1/projects/{project.pk}/")
    assert part["source"]["title"] == "Engineering and Materials Building"
    assert (part["before"], part["after"]) == ("104200.00", "104500.00")
    assert len(part["moments"]) == 2
    assert part["at"] == part["moments"][-1] == found["after"]["computed_at"]
    assert (part["cause"], part["by"], part["via"]) == ("value_edited", None, "sql")


def test_what_moved_and_moved_back_is_no_part(demo, bridge, drain, now):
    since = now()
    change(demo, drain, estimate_to_complete=1)
    change(demo, drain, estimate_to_complete=64300)
    found = bridge("estimate_at_completion", since)
    assert (found["difference"], found["parts"]) == ("0.00", [])


def test_a_finish_moves_by_days_of_the_project_that_set_it(demo, bridge, drain, now):
    since = now()
    change(demo, drain, "CAM-03", forecast_finish=date(2030, 1, 1), actual_finish=None)
    found = bridge("finish_declared", since)
    assert found["difference_unit"] == "days"
    assert told(found) == [("CAM-03", found["difference"], "date_moved")]
    slip = bridge("slip_days", since)
    assert told(slip) == [("CAM-03", slip["difference"], "date_moved")]
    assert slip["parts"][0]["through"] == "finish_propagated"
    assert slip["parts"][0]["after"] == "2030-01-01"


def test_a_project_that_leaves_takes_its_part_along(demo, bridge, drain, now, pmo, read):
    since = now()
    change(demo, drain, programme=demo.programme("NZE"), tranche=None)
    left = bridge("approved_budget", since)
    assert told(left) == [(None, left["difference"], "project_left")]
    assert (left["hidden"], left["parts"][0]["source"]["title"]) == (1, None)
    seen = bridge("approved_budget", since, user=pmo)
    assert told(seen) == [("CAM-02", left["difference"], "project_left")]
    path = f"programmes/{demo.programme('NZE').pk}/bridge/"
    joined = read(pmo, path, metric="approved_budget", from_=since).json()
    assert told(joined) == [("CAM-02", left["difference"].strip("-"), "project_joined")]
    risks = read(pmo, path, metric="risk_open_count", from_=since).json()
    assert {cause for _, _, cause in told(risks)} == {"project_joined"}
    assert all((part["before"], part["after"]) == (None, 1) for part in risks["parts"])


def test_a_project_that_closes(demo, bridge, drain, now):
    since = now()
    done = {"status": "closed", "stage": "closed", "actual_finish": demo.portfolio.as_of}
    with pgtrigger.ignore("projects.Project:closes_last"):  # whatever is left of it
        Project.objects.filter(code="CAM-02").update(**done)
    drain()
    assert told(bridge("projects_live", since)) == [("CAM-02", -1, "project_closed")]


def test_a_project_that_is_terminated_and_why(demo, bridge, api, pmo, drain, now):
    since, project = now(), demo.project("CAM-02")
    body = asked(project, terminated_on="2026-10-30", reason="The site is flooded")
    assert api(pmo).verb(f"projects/{project.pk}/termination/", body).status_code == 200
    drain()
    assert told(bridge("projects_live", since)) == [("CAM-02", -1, "project_terminated")]
    for name in ("projects_live", "approved_budget", "estimate_at_completion", "risk_mean"):
        for part in bridge(name, since)["parts"]:
            assert (part["cause"], part["words"]) == ("project_terminated", "project terminated")
            assert (part["reason"], part["by"]["id"]) == ("The site is flooded", pmo.pk)
    (stake, *_) = bridge("benefits_at_stake", since)["parts"]
    assert (stake["cause"], stake["reason"]) == ("project_terminated", "The site is flooded")
    assert stake["source"]["type"] == "benefitcontribution"


def test_why_a_project_moved_is_in_the_bridge(demo, bridge, api, pmo, drain, now):
    since, project = now(), demo.project("CAM-05")
    body = {"to_programme": demo.programme("HID").pk, "reason": "Shared wayfinding"}
    assert api(pmo).verb(f"projects/{project.pk}/move/", body).status_code == 200
    drain()
    (part,) = bridge("approved_budget", since, user=pmo)["parts"]
    assert (part["cause"], part["reason"]) == ("project_left", "Shared wayfinding")


def test_time_that_passes_is_no_edit(demo, bridge, drain, now):
    since, portfolio = now(), demo.portfolio
    portfolio.status_date += timedelta(days=31)
    portfolio.save()
    drain()
    found = bridge("planned_value", since)
    assert found["parts"]
    assert {part["cause"] for part in found["parts"]} == {"time_passed"}


def test_a_rule_that_changes_is_no_edit(demo, bridge, drain, now, monkeypatch):
    since, portfolio = now(), demo.portfolio
    portfolio.discount_schedule = "none"
    portfolio.save()
    drain()
    found = bridge("benefits_present_value", since)
    assert {part["cause"] for part in found["parts"]} == {"rule_changed"}
    later = now()
    for module in (compute, worker_cache, writer):
        monkeypatch.setattr(module, "ENGINE_VERSION", 99)
    change(demo, drain, estimate_to_complete=1)
    assert RollupBasis.objects.filter(engine_version=99).exists()
    assert told(bridge("actual_cost", later)) == []
    assert {part["cause"] for part in bridge("estimate_at_completion", later)["parts"]} == {
        "rule_changed"
    }


def test_a_cost_of_a_month_that_was_reported_is_a_late_correction(demo, bridge, drain, now):
    since, project = now(), demo.project("CAM-02")
    CostActual.objects.create(project=project, posted_on=date(2026, 8, 3), amount=70)
    drain()
    assert told(bridge("actual_cost", since)) == [("CAM-02", "70.00", "late_correction")]
    since = now()
    CostActual.objects.create(project=project, posted_on=date(2026, 10, 30), amount=5)
    drain()
    assert told(bridge("actual_cost", since)) == [("CAM-02", "5.00", "value_edited")]


def test_confidence_is_a_weight(demo, bridge, drain, now):
    since, benefit = now(), demo.benefit("B03")
    benefit.confidence = Decimal("0.1")
    benefit.save()
    drain()
    found = bridge("benefits_confidence_weighted", since)
    assert [(code, cause) for code, _, cause in told(found)] == [("B03", "weight_changed")]


def test_a_ratio_is_split_by_its_inputs_in_their_order(demo, bridge, drain, now):
    since = now()
    project = change(demo, drain, percent_complete=60)
    CostActual.objects.create(project=project, posted_on=date(2026, 10, 30), amount=500)
    drain()
    found = bridge("cost_performance_index", since)
    assert {part["through"] for part in found["parts"]} == {"earned_value", "actual_cost"}
    assert {part["source"]["code"] for part in found["parts"]} == {"CAM-02"}


def test_exposure_is_shared_among_the_risks_that_moved(demo, bridge, drain, now):
    since = now()
    risks = list(demo.project("CAM-02").risks.filter(status="open"))[:2]
    for risk in risks:
        risk.residual_probability = Decimal("0.9")
        risk.save()
    drain()
    found = bridge("risk_p80", since)
    assert {part["source"]["code"] for part in found["parts"]} == {risk.code for risk in risks}
    assert bridge("funding_cover", since)["parts"]


def test_a_shape_with_the_same_mean_has_its_source_too(demo, bridge, drain, now):
    since, risk = now(), demo.project("CAM-02").risks.filter(status="open").first()
    least = min(risk.residual_cost_min, Decimal(50))
    risk.residual_cost_min -= least
    risk.residual_cost_max += least
    risk.save()
    drain()
    assert bridge("risk_mean", since)["difference"] == "0.00"
    assert {code for code, _, _ in told(bridge("risk_sd", since))} == {risk.code}


def test_health_moves_in_levels(demo, bridge, drain, now):
    since = now()
    day = demo.portfolio.as_of
    live = demo.programme("CAM").projects.exclude(status="closed")
    live.update(status="terminated", terminated_on=day)
    drain()
    found = bridge("health", since)
    assert (found["difference_unit"], found["before"]["value"]) == ("levels", "red")


def test_it_says_who_and_by_which_path(demo, api, cam, bridge, cam02_manager, viewer, drain, now):
    since, project = now(), demo.project("CAM-02")
    answer = api(cam02_manager).patch(f"projects/{project.pk}/", {"percent_complete": "50"})
    assert answer.status_code == 200
    drain()
    (part,) = bridge("earned_value", since)["parts"]
    assert (part["by"]["id"], part["via"]) == (cam02_manager.pk, "page")
    assert part["by"]["name"]
    cost = {"project": project.pk, "posted_on": "2026-10-30", "amount": "5.00"}
    assert api(cam02_manager).post("cost-actuals/", cost).status_code == 201
    drain()
    (part,) = bridge("actual_cost", since)["parts"]
    assert (part["by"]["id"], part["via"]) == (cam02_manager.pk, "page")


def test_between_two_past_moments(demo, bridge, drain, now):
    since = now()
    change(demo, drain, estimate_to_complete=64300 + 250)
    until = now()
    change(demo, drain, estimate_to_complete=64300 + 900)
    assert bridge("estimate_at_completion", since, to=until)["difference"] == "250.00"


def test_before_the_first_computation_there_is_no_difference(demo, bridge):
    found = bridge("actual_cost", "2020-01-01")
    assert (found["difference"], found["reason"], found["parts"]) == (
        None, "not_computed_then", [],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"from_": "2020-01-01"}, {"/metric": "required"}),
        ({"metric": "nothing", "from_": "2020-01-01"}, {"/metric": "invalid_choice"}),
        ({"metric": "health"}, {"/from": "required"}),
        ({"metric": "health", "from_": "2999-01-01"}, {"/from": "future"}),
        ({"metric": "health", "from_": "x"}, {"/from": "invalid"}),
        ({"metric": "health", "from_": "2020-01-01", "to": "x"}, {"/to": "invalid"}),
        ({"metric": "health", "from_": "2021-01-01", "to": "2020-01-01"}, {"/from": "not_before"}),
        ({"metric": "health", "from_": "2020-01-01", "x": "y"}, {"/x": "unknown_parameter"}),
    ],
)
def test_a_wrong_question_is_refused(demo, read, cam, viewer, asked, error):
    refused = read(viewer, f"{cam}bridge/", **asked)
    assert (refused.status_code, errors_of(refused)) == (400, error)


def test_a_stranger_finds_no_bridge_where_a_viewer_finds_one(demo, read, cam, viewer, stranger):
    codes = [
        read(who, f"{cam}bridge/", metric="health", from_="2020-01-01").status_code
        for who in (viewer, stranger)
    ]
    assert codes == [200, 404]


def test_more_movements_take_no_more_queries(nothing, drain, now, read):
    programme = factories.programme()
    reader = factories.user()
    factories.role(reader, "viewer", programme=programme)
    path = f"programmes/{programme.pk}/bridge/"

    def queries_of(number):
        projects = [factories.project(programme=programme) for _ in range(number)]
        for project in projects:
            factories.baseline(project)
        drain()
        since = now()
        for project in projects:
            project.percent_complete = 10 + number
            project.save()
        drain()
        with CaptureQueriesContext(connection) as captured:
            found = read(reader, path, metric="earned_value", from_=since).json()
        assert len(found["parts"]) == number
        return len(captured)

    queries_of(2)  # what stays from now on is read once
    assert queries_of(1) == queries_of(3)


def test_an_unchanged_bridge_is_not_sent_again(demo, api, cam, viewer, now):
    until = now().replace("+", "%2B")
    path = f"{cam}bridge/?metric=health&from=2020-01-01&to={until}"
    tag = api(viewer).get(path).headers["ETag"]
    assert api(viewer).get(path, **{"If-None-Match": tag}).status_code == 304
