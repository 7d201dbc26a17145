"""Escalating, returning, closing and meeting with a risk."""

from datetime import date

import pytest

from projects.services import close_risk, escalate_risk, materialise_risk, return_risk
from tests import factories
from tests.services.refusal import refused


def test_an_escalated_risk_becomes_one_of_the_programme_with_the_same_figures(demo, cam_manager):
    risk = escalate_risk(demo.risk("R01"), by=cam_manager)
    parent = demo.risk("R01-P")
    assert (risk.status, risk.escalated_to, risk.updated_by) == ("escalated", parent, cam_manager)
    assert (parent.programme.code, parent.status, parent.owner.code) == ("CAM", "open", "PE06")
    assert parent.title == risk.title
    assert parent.residual_cost_max == risk.residual_cost_max == 4200


def test_a_risk_can_be_escalated_to_one_that_is_there(demo, cam_manager):
    assert escalate_risk(demo.risk("R01"), to=demo.risk("R14"), by=cam_manager).escalated_to == (
        demo.risk("R14")
    )


@pytest.mark.parametrize(
    ("parent", "message"),
    [
        ("R25", "Choose a risk of the programme CAM."),
        ("R02", "Choose a risk of the programme CAM."),
        ("R16", "Choose a threat for a threat, an opportunity for an opportunity."),
    ],
)
def test_a_risk_is_escalated_only_to_its_like_in_its_programme(demo, cam_manager, parent, message):
    with refused("escalated_to", message):
        escalate_risk(demo.risk("R01"), to=demo.risk(parent), by=cam_manager)


def test_a_risk_is_not_escalated_to_a_closed_one(demo, cam_manager):
    close_risk(demo.risk("R14"), by=cam_manager)
    with refused("escalated_to", "Choose an open risk."):
        escalate_risk(demo.risk("R01"), to=demo.risk("R14"), by=cam_manager)


@pytest.mark.parametrize(
    ("code", "field", "message"),
    [
        ("R06", "status", "A risk is escalated when it is open; this one is escalated."),
        ("R14", "project", "Only a risk of a project in a programme can be escalated."),
        ("R40", "project", "Only a risk of a project in a programme can be escalated."),
    ],
)
def test_only_an_open_risk_of_a_project_in_a_programme_is_escalated(
    demo, pmo, code, field, message
):
    with refused(field, message):
        escalate_risk(demo.risk(code), by=pmo)


def test_a_returned_risk_counts_in_its_project_again_and_only_there(demo, cam_manager):
    risk = return_risk(demo.risk("R06"), by=cam_manager)
    assert (risk.status, risk.escalated_to) == ("open", None)
    assert demo.risk("R37").status == "closed"


def test_the_programmes_risk_stays_open_for_the_other_child(demo, cam_manager):
    escalate_risk(demo.risk("R08"), to=demo.risk("R37"), by=cam_manager)
    return_risk(demo.risk("R06"), by=cam_manager)
    assert demo.risk("R37").status == "open"


def test_only_an_escalated_risk_is_returned(demo, cam_manager):
    with refused("status", "A risk is returned when it is escalated; this one is open."):
        return_risk(demo.risk("R01"), by=cam_manager)


def test_a_risk_escalated_again_gets_a_parent_of_its_own(demo, cam_manager):
    for _ in range(2):
        escalate_risk(demo.risk("R01"), by=cam_manager)
        return_risk(demo.risk("R01"), by=cam_manager)
    assert escalate_risk(demo.risk("R01"), by=cam_manager).escalated_to.code == "R01-P3"


def test_an_open_risk_is_closed_and_a_parent_only_without_children(demo, cam_manager):
    assert close_risk(demo.risk("R01"), by=cam_manager).status == "closed"
    with refused("status", "Return the risks counted in it first: R06."):
        close_risk(demo.risk("R37"), by=cam_manager)
    with refused("status", "A risk is closed when it is draft or open; this one is escalated."):
        close_risk(demo.risk("R06"), by=cam_manager)


def test_a_threat_that_happens_is_an_issue_of_the_same_place(demo, cam02_manager):
    day = date(2026, 12, 18)
    issue = materialise_risk(demo.risk("R03"), severity="critical", due_on=day, by=cam02_manager)
    assert (issue.project.code, issue.from_risk.code) == ("CAM-02", "R03")
    assert (issue.kind, issue.severity, issue.due_on) == ("from_risk", "critical", day)
    assert (issue.owner.code, issue.created_by) == ("PE18", cam02_manager)
    assert demo.risk("R03").status == "materialised"


def test_only_an_open_threat_turns_into_an_issue(demo, pmo):
    with refused(
        "status", "A risk is turned into an issue when it is open; this one is escalated."
    ):
        materialise_risk(demo.risk("R06"), by=pmo)
    with refused("kind", "Only a threat turns into an issue."):
        materialise_risk(demo.risk("R16"), by=pmo)


def test_escalating_moves_the_threat_and_leaves_the_total(demo, pmo, drain):
    before = _mean(demo)
    escalate_risk(demo.risk("R01"), by=pmo)
    drain()
    assert _mean(demo) == before
    return_risk(demo.risk("R01"), by=pmo)
    drain()
    assert _mean(demo) == before


def _mean(demo):
    values = demo.programme("CAM").metric_values
    return values.get(metric="risk_mean", valid_to=None).value


def test_a_draft_is_closed_without_having_been_open(demo, pmo):
    risk = factories.risk(demo.project("CAM-03"), status="draft")
    assert close_risk(risk, by=pmo).status == "closed"


def test_the_longest_code_leaves_room_for_its_parents(demo, pmo):
    risk = factories.risk(demo.project("CAM-03"), code="R" * 20)
    assert escalate_risk(risk, by=pmo).escalated_to.code == "R" * 14 + "-P"
