"""What verbs do to a programme's figures, and what they must leave alone."""

from datetime import date
from decimal import Decimal

import pytest

from benefits.services import set_contributions
from programmes.services import draw_contingency
from projects.services import (
    close_project,
    materialise_risk,
    move_project,
    post_cost,
    rebaseline,
    terminate_project,
)
from tests.closing import answers, closing

DAY = date(2026, 10, 30)


@pytest.fixture
def figures(demo, drain):
    """`figures("CAM")`: the programme's figures by name, worked off."""

    def read(code):
        drain()
        values = demo.programme(code).metric_values.filter(valid_to=None)
        return {value.metric: value.value for value in values}

    return read


def benefits_of(found):
    """The figures of benefits alone, but what of them is at stake."""
    names = [name for name in found if "benefits_" in name and name != "benefits_at_stake"]
    return {name: found[name] for name in names}


def test_closing_a_project_changes_no_benefit(demo, pmo, figures):
    before = figures("CAM")
    project = demo.project("CAM-03")
    for state in ("in_progress", "delivered"):
        project.outputs.update(state=state)
    project.outputs.update(state="accepted", accepted_on=DAY)
    close_project(project, finished_on=DAY, **closing(project), by=pmo)
    after = figures("CAM")
    assert after["benefits_at_stake"] == 0
    assert benefits_of(after) == benefits_of(before)
    assert after["projects_closed"] == before["projects_closed"] + 1


def test_terminating_a_project_changes_no_benefit(demo, pmo, figures):
    before = figures("CAM")
    project = demo.project("CAM-02")
    terminate_project(project, terminated_on=DAY, reason="No funding", **answers(project), by=pmo)
    after = figures("CAM")
    assert after["benefits_at_stake"] > 0
    assert benefits_of(after) == benefits_of(before)
    assert after["projects_live"] == before["projects_live"] - 1


def test_drawing_contingency_moves_money_and_makes_none(demo, pmo, figures):
    before = figures("CAM")
    draw_contingency(
        demo.programme("CAM"), to=demo.project("CAM-04"), amount=Decimal(5000), on=DAY, by=pmo
    )
    after = figures("CAM")
    assert after["approved_budget"] == before["approved_budget"] + 5000
    assert after["contingency_remaining"] == before["contingency_remaining"] - 5000
    assert after["total_approved"] == before["total_approved"]


def test_a_moved_project_takes_its_figures_along_and_leaves_benefits(demo, pmo, figures):
    before, there = figures("CAM"), figures("HID")
    project = demo.project("CAM-05")
    move_project(project, to_programme=demo.programme("HID"), reason="Wayfinding", by=pmo)
    after, arrived = figures("CAM"), figures("HID")
    assert after["budget_at_completion"] == before["budget_at_completion"] - 12600
    assert arrived["budget_at_completion"] == there["budget_at_completion"] + 12600
    assert benefits_of(after) == benefits_of(before)
    assert benefits_of(arrived) == benefits_of(there)


def test_a_threat_that_happened_is_counted_no_more(demo, pmo, figures):
    before = figures("CAM")
    materialise_risk(demo.risk("R03"), by=pmo)
    after = figures("CAM")
    assert after["risk_open_count"] == before["risk_open_count"] - 1
    assert round(before["risk_mean"] - after["risk_mean"], 2) == 220


def test_a_new_plan_is_what_is_measured_against(demo, pmo, figures):
    before = figures("CAM")
    rebaseline(
        demo.project("CAM-02"),
        starts_on=date(2025, 6, 2),
        finishes_on=date(2028, 2, 25),
        budget_at_completion=Decimal(97950),
        profile=[["2025-06-02", "0"], ["2026-10-31", "40000"], ["2028-02-25", "97950"]],
        approved_on=DAY,
        reason="Slab",
        by=pmo,
    )
    after = figures("CAM")
    assert after["budget_at_completion"] == before["budget_at_completion"] + 1450
    assert after["planned_value"] == before["planned_value"] - 1200


def test_a_posted_cost_is_in_the_forecast(demo, pmo, figures):
    before = figures("CAM")
    post_cost(demo.project("CAM-02"), amount=Decimal(100), posted_on=DAY, by=pmo)
    post_cost(demo.line("CAM-programme_office"), amount=Decimal(7), posted_on=DAY, by=pmo)
    after = figures("CAM")
    assert after["actual_cost"] == before["actual_cost"] + 100
    assert after["estimate_at_completion"] == before["estimate_at_completion"] + 100


def test_who_contributes_changes_no_total(demo, cam_manager, figures):
    before = figures("CAM")
    weights = {demo.project("CAM-01"): Decimal("0.1"), demo.project("CAM-08"): Decimal("0.9")}
    set_contributions(demo.benefit("B03"), weights, by=cam_manager)
    assert benefits_of(figures("CAM")) == benefits_of(before)
