"""Re-planning, starting and moving projects."""

from datetime import date
from decimal import Decimal

import pytest

from programmes.models import RollupRequest
from projects.services import create_project, move_project, rebaseline
from tests import factories
from tests.services.refusal import refused

PLAN = {
    "starts_on": date(2025, 6, 2),
    "finishes_on": date(2028, 2, 25),
    "budget_at_completion": Decimal(97950),
    "profile": [["2025-06-02", "0"], ["2026-10-31", "39000"], ["2028-02-25", "97950"]],
    "approved_on": date(2026, 10, 20),
}


# A new plan


def test_a_new_baseline_is_the_next_one_and_the_old_one_stays(demo, pmo):
    project = demo.project("CAM-02")
    old = project.baselines.get()
    new = rebaseline(project, **PLAN, reason="Vibration-isolated slab", by=pmo)
    assert (new.number, new.created_by) == (2, pmo)
    assert new.planned_value_profile[1] == ["2026-10-31", "39000"]
    old.refresh_from_db()
    assert old.budget_at_completion == 96500


def test_a_change_of_plan_says_why(demo, pmo):
    with refused("reason", "Say why the plan changes."):
        rebaseline(demo.project("CAM-02"), **PLAN, reason=" ", by=pmo)


def test_a_project_that_has_ended_keeps_its_plan(demo, pmo):
    with refused("project", "A project that has ended keeps its plan."):
        rebaseline(demo.project("CAM-01"), **PLAN, reason="Late", by=pmo)


def test_a_plan_is_not_approved_in_the_future(demo, pmo):
    plan = PLAN | {"approved_on": date(2200, 1, 1)}
    with refused("approved_on", "This day is still to come."):
        rebaseline(demo.project("CAM-02"), **plan, reason="Later", by=pmo)


@pytest.mark.parametrize(
    ("profile", "message"),
    [
        ("2026", 'Give points as [["2026-10-31", "41200.00"], …].'),
        ([["2026-10-31"]], 'Give points as [["2026-10-31", "41200.00"], …].'),
        ([["someday", "1"]], 'Give points as [["2026-10-31", "41200.00"], …].'),
        (
            [["2026-10-31", "NaN"]],
            "Planned value lies between 0 and the budget at completion.",
        ),
        (
            [["2026-10-31", "97951"]],
            "Planned value lies between 0 and the budget at completion.",
        ),
        (
            [["2026-10-31", "9"], ["2026-12-31", "8"], ["2028-02-25", "97950"]],
            "Planned value is cumulative: days in order, amounts never falling.",
        ),
        (
            [["2026-10-31", "9"], ["2026-10-31", "97950"]],
            "Planned value is cumulative: days in order, amounts never falling.",
        ),
        ([["2026-10-31", "9"]], "Planned value ends at the budget at completion."),
    ],
)
def test_a_profile_that_makes_no_sense_is_refused(demo, pmo, profile, message):
    with refused("planned_value_profile", message):
        rebaseline(demo.project("CAM-02"), **PLAN | {"profile": profile}, reason="Slab", by=pmo)


def test_a_plan_finishes_after_it_starts(demo, pmo):
    plan = PLAN | {"finishes_on": date(2025, 6, 1)}
    with refused("finishes_on", "Finishes on must not be before starts on."):
        rebaseline(demo.project("CAM-02"), **plan, reason="Slab", by=pmo)


# Starting


def test_a_project_starts_in_a_programme_or_alone(demo, pmo):
    inside = create_project(demo.programme("CAM"), code="N1", name="New", by=pmo)
    alone = create_project(demo.portfolio, code="N2", name="New", by=pmo)
    assert (inside.programme.code, inside.portfolio) == ("CAM", None)
    assert (alone.programme, alone.portfolio) == (None, demo.portfolio)
    assert inside.created_by == pmo


def test_a_code_is_used_once(demo, pmo):
    with refused("code", "This code is taken in this portfolio."):
        create_project(demo.programme("CAM"), code="NZE-01", name="New", by=pmo)


# Moving


def test_a_moved_project_leaves_its_tranche_and_asks_both_programmes_for_figures(demo, pmo):
    project, old, new = demo.project("CAM-05"), demo.programme("CAM"), demo.programme("HID")
    move_project(project, to_programme=new, reason="Shared wayfinding", by=pmo)
    project.refresh_from_db()
    assert (project.programme, project.tranche, project.updated_by) == (new, None, pmo)
    asked = set(RollupRequest.objects.values_list("kind", "object_id"))
    assert {("G", old.pk), ("G", new.pk)} <= asked


def test_a_project_can_be_taken_out_of_its_programme(demo, pmo):
    project = demo.project("CAM-05")
    move_project(project, to_programme=None, reason="Run by the PMO", by=pmo)
    assert (project.programme, project.portfolio) == (None, demo.portfolio)


def test_a_move_says_why_and_leads_somewhere_else(demo, pmo):
    project = demo.project("CAM-05")
    with refused("reason", "Say why the project moves."):
        move_project(project, to_programme=demo.programme("HID"), reason="", by=pmo)
    with refused("to_programme", "The project is there already."):
        move_project(project, to_programme=demo.programme("CAM"), reason="No", by=pmo)
    with refused("to_programme", "Choose a programme of the same portfolio."):
        move_project(project, to_programme=factories.programme(), reason="Sold", by=pmo)


def test_a_project_that_has_ended_stays_where_it_is(demo, pmo):
    with refused("project", "A project that has ended stays where it is."):
        move_project(demo.project("CAM-01"), to_programme=None, reason="Tidy", by=pmo)
