"""A bridge names the record that somebody edited, and the way a delay took from there."""

import re
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from programmes.queries.bridges import splits
from projects.models import CostActual, Dependency, Milestone
from tests.ledger.conftest import change
from tests.prepared_statements import text_behind


@pytest.fixture
def moved(bridge, drain, now):
    """`moved(metric, write)`: the parts of what a write moves."""

    def of(metric, write, **options):
        since = now()
        write()
        drain()
        return bridge(metric, since, **options)["parts"]

    return of


def way(part):
    """The codes on the way to the source."""
    return [each["code"] for each in part["path"]]


def slip(model, code, name, days):
    record = model.objects.get(code=code)
    setattr(record, name, getattr(record, name) + timedelta(days=days))
    record.save()


def test_a_milestone_that_slips_is_the_root_of_what_it_delays_elsewhere(
    demo, moved, api, cam02_manager
):
    """The frame of CAM-02 late keeps CAM-06 from its crane."""
    frame = Milestone.objects.get(code="M04")

    def patch():
        answer = api(cam02_manager).patch(f"milestones/{frame.pk}/", {"forecast_on": "2027-09-28"})
        assert answer.status_code == 200

    (part,) = moved("finish_propagated", patch)
    assert part["source"]["code"] == "CAM-06"
    assert way(part) == ["M04", "D22", "CAM-06"]
    root = part["root"]
    assert (root["type"], root["id"], root["code"]) == ("milestone", frame.pk, "M04")
    assert root["url"].endswith(f"/api/v1/milestones/{frame.pk}/")
    assert (part["by"]["id"], part["via"], part["also"]) == (cam02_manager.pk, "page", [])


def test_what_a_milestone_delayed_comes_back_by_it_too(demo, moved):
    moved("finish_propagated", lambda: slip(Milestone, "M04", "forecast_on", 120))
    (part,) = moved("finish_propagated", lambda: slip(Milestone, "M04", "forecast_on", -120))
    assert way(part) == ["M04", "D22", "CAM-06"]


def test_a_dependency_that_was_edited_is_the_root(demo, moved):
    (part,) = moved("finish_propagated", lambda: slip_lag("D22", 90))
    assert way(part) == ["D22", "CAM-06"]
    assert part["root"]["type"] == "dependency"


def slip_lag(code, days):
    dependency = Dependency.objects.get(code=code)
    dependency.lag_days += days
    dependency.save()


def test_two_edits_seen_at_once_are_told_apart_in_their_order(demo, moved):
    def both():
        slip(Milestone, "M04", "forecast_on", 100)
        slip_lag("D22", 20)

    parts = moved("finish_propagated", both)
    assert [(way(part), part["amount"], part["also"]) for part in parts] == [
        (["M04", "D22", "CAM-06"], 100, []),
        (["D22", "CAM-06"], 20, []),
    ]
    assert parts[0]["moments"] == parts[1]["moments"]  # of the one computation that saw them


def test_edits_that_lead_one_through_the_other_count_what_each_moved(demo, moved):
    """The order is that of the edits: what comes later adds what is then still to add."""

    def both():
        slip_lag("D22", 20)
        slip(Milestone, "M04", "forecast_on", 100)

    parts = moved("finish_propagated", both)
    assert {way(part)[0]: part["amount"] for part in parts} == {"M04": 100, "D22": 20}


def test_of_several_edits_of_a_project_each_has_its_own_part(
    demo, moved, api, cam02_manager, cam_manager
):
    project = demo.project("CAM-02")

    def edit(user, body):
        assert api(user).patch(f"projects/{project.pk}/", body).status_code == 200

    def all_three():
        edit(cam02_manager, {"estimate_to_complete": "64400.00"})
        cost = {"project": project.pk, "posted_on": "2026-10-30", "amount": "7.00"}
        answer = api(cam02_manager).post("cost-actuals/", {**cost, "source_ref": "A18"})
        assert answer.status_code == 201
        edit(cam_manager, {"estimate_to_complete": "64250.00"})
        edit(cam_manager, {"objective": "What moves nothing has no part"})

    parts = moved("estimate_at_completion", all_three)
    told = {
        (part["root"]["code"], part["by"] and part["by"]["id"]): part["amount"] for part in parts
    }
    assert told == {
        ("CAM-02", cam02_manager.pk): "100.00",
        ("A18", cam02_manager.pk): "7.00",
        ("CAM-02", cam_manager.pk): "-150.00",
    }


def test_two_risks_that_were_scored_at_once_share_the_exposure(demo, moved):
    def both():
        for risk in demo.project("CAM-02").risks.filter(status="open")[:2]:
            risk.residual_probability = "0.9"
            risk.save()

    parts = moved("risk_p80", both)
    assert len({part["root"]["code"] for part in parts}) == 2


def test_the_events_of_what_moved_are_read_once(demo, moved, bridge, drain, now):
    moved("finish_propagated", lambda: slip(Milestone, "M04", "forecast_on", 100))
    since = now()
    slip(Milestone, "M04", "forecast_on", 50)
    slip_lag("D22", 20)
    change(demo, drain, "CAM-03", estimate_to_complete=Decimal(9_000))
    change(demo, drain, "CAM-04", estimate_to_complete=Decimal(8_000))
    for metric in ("finish_propagated", "estimate_at_completion"):
        bridge(metric, since)  # what stays from now on is read once
        with CaptureQueriesContext(connection) as captured:
            bridge(metric, since)
        read = Counter(
            table
            for query in captured
            for table in re.findall(
                r'FROM "projects_(\w+event)" WHERE .*ORDER BY "projects_\w+"."pgh_id" DESC',
                text_behind(query["sql"]),
            )
        )
        assert read
        assert set(read.values()) == {1}, (metric, read)


def test_more_edits_than_are_told_apart_are_told_together_exactly(demo, moved, monkeypatch):
    monkeypatch.setattr(splits, "MOST", 0)

    def both():
        slip(Milestone, "M04", "forecast_on", 100)
        slip_lag("D22", 20)

    (part,) = moved("finish_propagated", both)
    assert (way(part)[0], part["amount"]) == ("M04", 120)
    assert [each["code"] for each in part["also"]] == ["D22"]


def test_two_edits_one_after_the_other_are_two_parts(demo, bridge, drain, now):
    since = now()
    slip(Milestone, "M04", "forecast_on", 100)
    drain()
    slip_lag("D22", 20)
    drain()
    parts = bridge("finish_propagated", since)["parts"]
    assert [(way(part)[0], part["amount"]) for part in parts] == [("M04", 100), ("D22", 20)]


def test_a_project_that_moves_itself_is_its_own_root(demo, moved, drain):
    (part,) = moved(
        "finish_declared",
        lambda: change(demo, drain, "CAM-03", forecast_finish=date(2030, 1, 1)),
    )
    assert (part["root"]["code"], way(part)) == ("CAM-03", ["CAM-03"])


def test_a_root_out_of_sight_is_told_by_its_type_alone(demo, bridge, drain, now, pmo):
    """Interim heat of NZE-01 holds up CAM-02; who sees Campus Renewal alone does not see why."""
    since = now()
    slip(Milestone, "M20", "forecast_on", 900)
    drain()
    seen = [
        next(part for part in found["parts"] if part["source"]["code"] == "CAM-02")
        for found in (
            bridge("costs_present_value", since, user=pmo),
            bridge("costs_present_value", since),
        )
    ]
    assert way(seen[0])[0] == "M20"
    assert (seen[1]["root"]["type"], seen[1]["root"]["hidden"]) == ("milestone", True)
    assert [seen[1]["root"][name] for name in ("id", "code", "title", "url")] == [None] * 4
    assert (seen[1]["by"], seen[1]["reason"]) == (None, None)


def test_a_cost_that_was_posted_is_the_root_of_what_a_project_cost(demo, moved):
    project = demo.project("CAM-02")
    (part,) = moved(
        "actual_cost",
        lambda: CostActual.objects.create(
            project=project, posted_on=date(2026, 10, 30), amount=5, source_ref="A17"
        ),
    )
    assert (part["root"]["type"], way(part)) == ("costactual", ["A17", "CAM-02"])


def test_why_a_project_was_stopped_is_told(demo, moved, api, pmo):
    project = demo.project("CAM-06")
    body = {
        "terminated_on": "2026-10-20",
        "reason": "The site has flooded",
        "risks": {str(each.pk): "close" for each in project.risks.filter(status="open")},
        "acknowledged_dependencies": [each.pk for each in Dependency.objects.filter(giver=project)],
    }

    def stop():
        answer = api(pmo).verb(f"projects/{project.pk}/termination/", body)
        assert answer.status_code in (200, 201), answer.json()

    (part,) = moved("projects_live", stop, user=pmo)
    assert part["reason"] == "The site has flooded"
    assert (part["root"]["code"], part["by"]["id"]) == ("CAM-06", pmo.pk)
