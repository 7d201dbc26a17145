"""A programme ends after all that goes on in it, and takes nothing that goes on from then."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from pmhub.models import User
from programmes.models import Programme
from projects.models import Project, Risk
from tests import factories
from tests.api.conftest import errors_of

STOP = {"actual_end_on": "2026-10-20", "reason": "The money is gone"}
LIKELY = {"residual_probability": "0.5", "residual_cost_most_likely": "20.00"}


@pytest.fixture
def ended(office: User) -> Programme:
    """A programme that was terminated, with a project that was too."""
    programme = factories.programme()
    project = factories.project(programme=programme)
    Project.objects.filter(pk=project.pk).update(status="terminated", terminated_on="2026-10-01")
    factories.passed(programme, "design", "terminated")
    assert programme.actual_end_on == date(2026, 10, 20)
    return programme


@pytest.fixture
def outside(ended: Programme) -> Project:
    """A live project of another programme of the portfolio."""
    return factories.project(programme=factories.programme(portfolio=ended.portfolio))


def test_a_programme_is_terminated_once_its_risks_are_closed(
    office: User, api: Any, drain: Any
) -> None:
    programme = factories.programme()
    risk = factories.risk(programme)
    path = f"programmes/{programme.pk}/"
    answer = api(office).verb(f"{path}termination/", STOP)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_settled")
    assert risk.code in answer.json()["detail"]
    assert api(office).verb(f"risks/{risk.pk}/closure/", {}).status_code == 200
    assert api(office).verb(f"{path}termination/", STOP).status_code == 200
    drain()
    metrics = api(office).get(f"{path}rollup/").json()["metrics"]
    assert metrics["risk_mean"]["value"] == "0.00"


def test_a_programme_does_not_end_in_sql_while_something_goes_on(office: User) -> None:
    busy, risky = factories.programme(), factories.programme()
    factories.project(programme=busy)
    factories.risk(risky)
    for programme in (busy, risky):
        with pytest.raises(IntegrityError, match="first"), transaction.atomic():
            Programme.objects.filter(pk=programme.pk).update(stage="terminated")
    empty = factories.programme()
    with pytest.raises(IntegrityError, match="gate alone"), transaction.atomic():
        Programme.objects.filter(pk=empty.pk).update(stage="terminated")
    factories.passed(empty, "design", "terminated")
    assert empty.stage == "terminated"


def test_no_live_project_comes_to_a_programme_that_has_ended(
    ended: Programme, outside: Project, office: User, api: Any
) -> None:
    path, there = f"projects/{outside.pk}/", {"programme": ended.pk}
    alone = factories.project(portfolio=ended.portfolio)
    stopped = ended.projects.get()
    answers = {
        "new": api(office).post("projects/", {"code": "NEW", "name": "New", **there}),
        "changed": api(office).patch(path, there),
        "tried": api(office).patch(f"{path}?preview=1", there),
        "no longer alone": api(office).patch(f"projects/{alone.pk}/", {"portfolio": None, **there}),
        "opened again": api(office).verb(f"projects/{stopped.pk}/reopening/", {"reason": "Back"}),
    }
    for how, answer in answers.items():
        assert (how, answer.status_code) == (how, 409)
        assert "/programme" in errors_of(answer)
    moved = api(office).verb(f"{path}move/", {"to_programme": ended.pk, "reason": "It fits"})
    assert (moved.status_code, [*errors_of(moved)]) == (409, ["/to_programme"])
    assert list(ended.projects.filter(status="active")) == []
    with pytest.raises(IntegrityError, match="has ended"), transaction.atomic():
        Project.objects.filter(pk=outside.pk).update(programme=ended)
    assert api(office).patch(f"projects/{stopped.pk}/", {"name": "Stopped"}).status_code == 200


def test_no_open_risk_comes_to_a_programme_that_has_ended(
    ended: Programme, outside: Project, office: User, api: Any
) -> None:
    answer = api(office).post(
        "risks/", {"programme": ended.pk, "code": "R9", "title": "Claim", **LIKELY}
    )
    assert (answer.status_code, [*errors_of(answer)]) == (409, ["/programme"])
    going_on = factories.risk(factories.programme(portfolio=ended.portfolio))
    answer = api(office).patch(f"risks/{going_on.pk}/", {"programme": ended.pk})
    assert (answer.status_code, [*errors_of(answer)]) == (409, ["/programme"])
    with pytest.raises(IntegrityError, match="no open risks"), transaction.atomic():
        Risk.objects.filter(pk=going_on.pk).update(programme=ended)


def test_a_scenario_that_moves_a_project_there_says_so(
    ended: Programme, outside: Project, office: User, api: Any
) -> None:
    scenario = api(office).post("scenarios/", {"programme": outside.programme_id, "name": "Move"})
    path = f"scenarios/{scenario.json()['id']}/"
    body = {"project": outside.pk, "to_programme": ended.pk, "reason": "It fits"}
    added = api(office).post(f"{path}moves/", body)
    assert added.status_code == 201
    answer = api(office).post(f"{path}trial/")
    assert answer.status_code == 409
    assert "has ended" in answer.json()["detail"]


def test_a_programme_that_has_ended_is_given_no_money_no_colour_and_no_tranche(
    office: User, api: Any
) -> None:
    leader, sponsor = factories.user("leader"), factories.user("sponsor")
    programme = factories.programme(programme_manager=leader.person)
    factories.role(sponsor, "sponsor", portfolio=programme.portfolio)
    tranche = programme.tranches.create(code="T1", name="First")
    gate = factories.gate(tranche, stage_from="planned", stage_to="authorised")
    rows = {
        f"budget-requests/{factories.budget_request(programme, state='submitted').pk}/approval/":
            "/state",
        f"health-overrides/{factories.override(programme, by=leader.person).pk}/approval/":
            "/state",
        f"gates/{gate.pk}/opening/": "/state",
    }  # fmt: skip
    assert api(sponsor).get("waiting/?rule=override_to_approve").json()["count"] == 1
    assert api(office).verb(f"programmes/{programme.pk}/termination/", STOP).status_code == 200
    for path, pointer in rows.items():
        answer = api(office if "gates" in path else sponsor).verb(path, {})
        assert (answer.status_code, [*errors_of(answer)]) == (409, [pointer])
    assert api(sponsor).get("waiting/?rule=override_to_approve").json()["count"] == 0


def test_what_waits_to_be_decided_ends_with_its_programme(office: User, api: Any) -> None:
    programme = factories.programme()
    tranche = programme.tranches.create(code="T1", name="First")
    gates = [
        factories.gate(tranche, stage_from="planned", stage_to="authorised"),
        factories.gate(programme, stage_from="identify", stage_to="design"),
    ]
    change = factories.change_request(programme)
    override = factories.override(programme)
    asked = factories.budget_request(programme, state="submitted")
    assumed = factories.assumption(programme)
    kept = factories.gate(factories.programme(portfolio=programme.portfolio))
    answer = api(office).verb(f"programmes/{programme.pk}/termination/", STOP)
    assert answer.status_code == 200
    rows: tuple[Any, ...] = (*gates, change, override, asked, assumed, kept)
    for row in rows:
        row.refresh_from_db()
    states = ["cancelled", "cancelled", "withdrawn", "withdrawn", "draft", "retired", "planned"]
    assert [row.state for row in rows] == states
    assert assumed.settled_on == date(2026, 10, 20)


def test_a_tranche_of_a_programme_that_has_ended_has_no_gate_to_come(
    office: User, api: Any
) -> None:
    ending, lasting = factories.programme(), factories.programme()
    tranches = [row.tranches.create(code="T1", name="First") for row in (ending, lasting)]
    assert api(office).verb(f"programmes/{ending.pk}/termination/", STOP).status_code == 200
    said = {"code": "G1", "title": "Go", "stage_to": "authorised"}
    over, open_ = (
        api(office).post("gates/", {**said, "tranche": tranche.pk}) for tranche in tranches
    )
    assert (over.status_code, [*errors_of(over)]) == (409, ["/tranche"])
    assert open_.status_code == 201, open_.json()


@pytest.mark.parametrize("of_project", [True, False])
def test_what_has_ended_is_given_no_money_by_moving_a_line_there(
    of_project: bool, ended: Programme, outside: Project, office: User, api: Any
) -> None:
    over: Any = Project.objects.get(programme=ended) if of_project else ended
    lasting = factories.programme(portfolio=ended.portfolio)
    if of_project:
        home, field = "project", "approved"
        there: Any = factories.project(programme=lasting)
        line: Any = factories.budget(outside, 5000)
        empty: Any = factories.budget(outside, 0)
    else:
        home, field, there = "programme", "approved_budget", lasting
        line, empty = (
            factories.line(programme=outside.programme, approved_budget=n) for n in (5000, 0)
        )
    path = f"{'budget' if of_project else 'programme'}-lines/"
    refused = api(office).patch(f"{path}{line.pk}/", {home: over.pk})
    assert (refused.status_code, [*errors_of(refused)]) == (409, [f"/{field}"])
    rows = type(line).objects.filter(pk=line.pk)
    with pytest.raises(IntegrityError, match="no money"), transaction.atomic():
        rows.update(**{home: over})
    assert api(office).patch(f"{path}{line.pk}/", {home: there.pk}).status_code == 200
    assert api(office).patch(f"{path}{empty.pk}/", {home: over.pk}).status_code == 200


GOES_ON: dict[str, Any] = {
    "tranches": {"code": "T9", "name": "Last", "sequence": 9},
    "outcomes": {"code": "O9", "title": "Shared labs"},
    "issues": {"code": "I9", "title": "Late keys"},
    "change-requests": {"code": "CR9", "title": "More"},
    "health-overrides": {
        "colour": "green", "reason": "r", "starts_on": "2026-11-01", "expires_on": "2026-12-01"
    },
    "assumptions": {"code": "A9", "text": "Funds stay"},
    "posts": {"title": "Analyst", "wanted_from": "2026-12-01"},
    "programme-lines": {
        "code": "L9", "kind": "other", "treatment": "revenue", "approved_budget": "5"
    },
}  # fmt: skip


def test_nothing_more_is_planned_in_a_programme_that_has_ended(
    ended: Programme, office: User, api: Any
) -> None:
    client, lasting = api(office), factories.programme(portfolio=ended.portfolio)
    for collection, row in GOES_ON.items():
        answer = client.post(f"{collection}/", {**row, "programme": ended.pk})
        at = "/approved_budget" if collection == "programme-lines" else "/programme"
        assert (collection, answer.status_code) == (collection, 409)
        assert [*errors_of(answer)] == [at]
        added = client.post(f"{collection}/", {**row, "programme": lasting.pk})
        assert (collection, added.status_code) == (collection, 201)
    path = f"programmes/{ended.pk}/"
    answer = client.patch(path, {"contingency_budget": "500"})
    assert (answer.status_code, [*errors_of(answer)]) == (409, ["/contingency_budget"])
    assert client.patch(path, {"vision": "It ended"}).status_code == 200
