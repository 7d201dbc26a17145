"""Re-planning, moving and ending projects."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from benefits.models import BenefitContribution
from programmes.models import RollupRequest
from projects.models import Project
from projects.services import (
    close_project,
    create_project,
    move_project,
    rebaseline,
    terminate_project,
)
from tests import factories
from tests.services.refusal import refused

FINISH = date(2026, 10, 30)
PLAN = {
    "starts_on": date(2025, 6, 2),
    "finishes_on": date(2028, 2, 25),
    "budget_at_completion": Decimal(97950),
    "profile": [["2025-06-02", "0"], ["2026-10-31", "39000"], ["2028-02-25", "97950"]],
    "approved_on": date(2026, 10, 20),
}


@pytest.fixture
def project(demo, pmo):
    """A live project of Campus Renewal with nothing left to settle."""
    project = demo.project("CAM-03")
    project.risks.update(status="closed")
    project.outputs.update(state="descoped")
    return project


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
    with refused("code", "Project with this Code already exists."):
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


# Ending


def test_closing_leaves_benefits_contributions_and_measurements_in_place(demo, project, pmo):
    benefit = demo.benefit("B03")
    before = _of_benefits(benefit)
    close_project(project, finished_on=FINISH, by=pmo)
    project.refresh_from_db()
    assert (project.status, project.stage) == ("closed", "closed")
    assert (project.actual_finish, project.percent_complete) == (FINISH, 100)
    assert (project.estimate_to_complete, project.updated_by) == (0, pmo)
    assert _of_benefits(demo.benefit("B03")) == before


def test_terminating_leaves_benefits_contributions_and_measurements_in_place(demo, pmo):
    project, benefit = demo.project("CAM-03"), demo.benefit("B03")
    before = _of_benefits(benefit)
    terminate_project(project, terminated_on=FINISH, reason="No funding", by=pmo)
    project.refresh_from_db()
    assert (project.status, project.stage) == ("terminated", "deliver")
    assert (project.actual_finish, project.estimate_to_complete) == (FINISH, 0)
    assert _of_benefits(demo.benefit("B03")) == before


def _of_benefits(benefit):
    """Everything that is kept about a benefit."""
    rows = [benefit.contributions, benefit.measurements, benefit.profile_entries]
    return [benefit.status, *(list(row.order_by("pk").values()) for row in rows)]


def _output(project):
    return factories.output(project, code="O1", state="delivered"), {"state": "descoped"}


def _issue(project):
    return factories.issue(project, code="I1", severity="critical"), {"state": "resolved"}


def _risk(project):
    return factories.risk(project, code="R1"), {"status": "closed"}


def _permit(project):
    item = project.compliance_items.create(
        code="C1", kind="permit", title="Completion certificate", blocks="occupation",
        state="submitted",
    )  # fmt: skip
    return item, {"state": "granted", "granted_on": FINISH}


@pytest.mark.parametrize(
    ("obstacle", "message"),
    [
        (_output, "Accept or descope its outputs first: O1."),
        (_issue, "Resolve its critical issues first: I1."),
        (_risk, "Close or escalate its open risks first: R1."),
        (_permit, "Obtain what blocks its handover first: C1."),
    ],
)
def test_a_project_closes_once_this_is_settled(project, pmo, obstacle, message):
    row, settled = obstacle(project)
    with refused("status", message):
        close_project(project, finished_on=FINISH, by=pmo)
    type(row).objects.filter(pk=row.pk).update(**settled)
    close_project(project, finished_on=FINISH, by=pmo)


def test_a_project_is_told_all_that_is_still_to_settle(project, pmo):
    _issue(project)
    _risk(project)
    with pytest.raises(ValidationError) as error:
        close_project(project, finished_on=FINISH, by=pmo)
    assert error.value.message_dict["status"] == [
        "Resolve its critical issues first: I1.",
        "Close or escalate its open risks first: R1.",
    ]


def test_a_project_closes_on_a_day_that_has_been_and_only_once(project, pmo):
    with refused("finished_on", "This day is still to come."):
        close_project(project, finished_on=date(2200, 1, 1), by=pmo)
    with refused("finished_on", "A project does not finish before it starts."):
        close_project(project, finished_on=date(2026, 1, 11), by=pmo)
    close_project(project, finished_on=FINISH, by=pmo)
    with refused("status", "A project is closed when it is active or on hold; this one is closed."):
        close_project(project, finished_on=FINISH, by=pmo)


def test_a_project_that_never_started_is_terminated_not_closed(demo, pmo):
    project = demo.project("HID-02")
    with refused("actual_start", "A finished project has an actual start."):
        close_project(project, finished_on=FINISH, by=pmo)
    terminate_project(project, terminated_on=FINISH, reason="No partner", by=pmo)
    assert Project.objects.get(pk=project.pk).actual_finish is None


def test_terminating_says_why(demo, pmo):
    with refused("reason", "Say why the project stops."):
        terminate_project(demo.project("CAM-03"), terminated_on=FINISH, reason="", by=pmo)


def test_closing_asks_for_the_figures_of_the_programme(demo, project, pmo, drain):
    drain()
    close_project(project, finished_on=FINISH, by=pmo)
    assert ("P", project.pk) in RollupRequest.objects.values_list("kind", "object_id")
    assert BenefitContribution.objects.filter(project=project).count() == 3
