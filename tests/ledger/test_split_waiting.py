"""What of a project waits when it is split: nothing that is held comes free, and nothing that was
earned, estimated or answered is lost."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from benefits.models import BenefitHandOver
from pmhub.models import User
from programmes.models import ExceptionReport
from projects.models import (
    GateCondition,
    Inspection,
    InspectionFinding,
    InspectionPlan,
    Project,
)
from projects.services import draw_inspections
from tests import factories
from tests.api.conftest import errors_of
from tests.ledger.test_projects_split import split


@pytest.fixture
def whole(nothing: None) -> tuple[Project, User]:
    """A project of 1000, half complete, and the PMO."""
    project = factories.project(programme=factories.programme(), code="PA", percent_complete=50)
    factories.baseline(project)
    pmo = factories.user("olive")
    factories.role(pmo, "pmo", portfolio=project.owner_portfolio)
    return project, pmo


def new_of(answer: Any) -> Project:
    """The new project of a split that was made."""
    assert answer.status_code == 200, answer.json()
    return Project.objects.get(code="PN")


def failing(project: Project) -> None:
    """An inspection of the entry of a stage fails."""
    factories.inspection(project, hold_point="deliver", state="held", result="fail")


def wanting(project: Project) -> None:
    """An inspection finds something critical, which is corrected."""
    of = factories.inspection(project, state="held", result="pass_with_findings")
    factories.finding(of, severity="critical", state="corrected")


def strayed(project: Project) -> None:
    """Report that the project has exceeded its tolerance."""
    factories.exception(project)


def conditioned(project: Project) -> None:
    """A gate let it go on under a condition."""
    factories.gate_condition(factories.gate(project), due_on="2026-10-30")


def settle(project: Project) -> None:
    """Whoever may settles all of them."""
    factories.inspection(project, hold_point="deliver", state="held", held_on="2026-10-02")
    InspectionFinding.objects.update(state="verified", verified_by=factories.person())
    ExceptionReport.objects.update(state="decided", decision="stop", decided_on="2026-10-02")
    GateCondition.objects.update(state="met", met_on="2026-10-02")


@pytest.mark.parametrize(
    ("holds", "words"),
    [
        (failing, "Pass its inspection"),
        (wanting, "Correct and verify its finding"),
        (strayed, "Decide its exception report"),
        (conditioned, "Meet its gate condition"),
    ],
)
def test_what_holds_a_project_is_settled_before_a_part_of_it_goes(
    holds: Any, words: str, whole: Any, api: Any, client_of: Any
) -> None:
    project, pmo = whole
    issue = factories.issue(project)
    holds(project)
    path = f"projects/{project.pk}/split/"
    body = {"code": "PN", "name": "North", "reason": "Two contracts", "issues": [issue.pk]}
    for address in (path, f"{path}?preview=1"):
        refused = api(pmo).verb(address, body)
        assert (refused.status_code, [*errors_of(refused)]) == (409, ["/status"])
        assert refused.json()["errors"][0]["detail"].startswith(words)
        pages = [client_of(pmo).get(each["page"]).status_code for each in refused.json()["see"]]
        assert pages == [200]
    settle(project)
    new_of(split(api, pmo, project, issues=[issue.pk]))


def test_nor_does_a_programme_come_free_of_its_conditions(whole: Any, api: Any) -> None:
    project, pmo = whole
    programme: Any = project.programme
    factories.gate_condition(
        factories.gate(programme, stage_from="identify", stage_to="design"), due_on="2026-10-30"
    )
    body = {"code": "PR2", "name": "N", "reason": "Two", "projects": [project.pk]}
    refused = api(pmo).verb(f"programmes/{programme.pk}/split/", body)
    assert (refused.status_code, [*errors_of(refused)]) == (409, ["/stage"])
    settle(project)
    answer = api(pmo).verb(f"programmes/{programme.pk}/split/", body)
    assert answer.status_code == 200, answer.json()


def test_what_is_to_be_inspected_before_a_stage_is_so_of_both(whole: Any, api: Any) -> None:
    project, pmo = whole
    ida = factories.person()
    plan = factories.inspection_plan(project, hold_point="deliver", inspector=ida)
    passed = factories.inspection_plan(project, hold_point="define")
    factories.inspection(project, hold_point="define", plan=passed, state="held")
    asked = factories.inspection(project, hold_point="deliver", inspector=ida)
    draw_inspections(InspectionPlan.objects.all())
    issue = factories.issue(project)
    answer = split(api, pmo, project, issues=[issue.pk], project_manager=ida.pk)
    new = new_of(answer)
    told = {row["kind"]: row["count"] for row in answer.json()["along"] if row["fate"] == "copied"}
    assert (told["inspection plan"], told["inspection"]) == (1, 1)
    copy = InspectionPlan.objects.get(project=new)
    assert (copy.code, copy.hold_point, copy.inspector) == (plan.code, "deliver", None)
    own = Inspection.objects.filter(project=new, state="planned", hold_point="deliver")
    assert {row.plan for row in own} == {copy, None}
    assert own.get(plan=None).code == asked.code
    for row in (plan, asked):
        row.refresh_from_db()
        assert (row.project, row.inspector) == (project, ida)


def test_it_is_watched_as_closely_as_before(whole: Any, api: Any) -> None:
    project, pmo = whole
    factories.oversight(project, state="decided", level="intensive", until="2027-04-01")
    new = new_of(split(api, pmo, project, issues=[factories.issue(project).pk]))
    assert (new.oversight_decided, str(new.oversight_until)) == ("intensive", "2027-04-01")


def test_where_all_of_the_plan_goes_no_more_is_earned_by_that(whole: Any, api: Any) -> None:
    project, pmo = whole
    body = {"issues": [factories.issue(project).pk], "budget_at_completion": "1000"}
    refused = split(api, pmo, project, **body, percent_complete="90")
    assert [*errors_of(refused)] == ["/percent_complete"]
    assert new_of(split(api, pmo, project, **body, percent_complete="50")).percent_complete == 50


def test_the_bounds_of_what_is_to_spend_are_shared_as_it_is(whole: Any, api: Any) -> None:
    project, pmo = whole
    bounds = {"": 600, "_low": 500, "_high": 800}
    Project.objects.filter(pk=project.pk).update(
        **{f"estimate_to_complete{end}": amount for end, amount in bounds.items()}
    )
    issue = factories.issue(project)
    new = new_of(split(api, pmo, project, issues=[issue.pk], budget_at_completion="250"))
    project.refresh_from_db()
    shared = [
        [getattr(row, f"estimate_to_complete{end}") for end in bounds] for row in (new, project)
    ]
    assert shared == [[150, 125, 200], [450, 375, 600]]


def test_a_contribution_is_held_while_somebody_is_asked_and_goes_once_they_answered(
    whole: Any, api: Any
) -> None:
    project, pmo = whole
    leader = factories.user("lena")
    factories.role(leader, "programme_manager", programme=project.programme)
    far = factories.benefit(
        programme=factories.programme(portfolio=project.owner_portfolio), code="B7"
    )
    share = factories.contribution(project, benefit=far, weight=Decimal("0.25"))
    asked = factories.hand_over(share)
    for user, named in ((leader, False), (pmo, True)):
        refused = split(api, user, project, contributions=[share.pk])
        assert (refused.status_code, [*errors_of(refused)]) == (409, ["/contributions"])
        assert ("B7" in refused.content.decode()) is named
    BenefitHandOver.objects.filter(pk=asked.pk).update(state="withdrawn", answered_on="2026-10-02")
    other = factories.project(programme=project.programme, code="PB")
    with pytest.raises(DatabaseError), transaction.atomic():
        type(share).objects.filter(pk=share.pk).update(project=other)
    new = new_of(split(api, leader, project, contributions=[share.pk]))
    for row in (share, asked):
        row.refresh_from_db()
        assert row.project == new


def test_of_another_project_a_contribution_is_not_named(whole: Any, api: Any) -> None:
    project, pmo = whole
    other = factories.project(programme=project.programme, code="PB")
    share = factories.contribution(other)
    refused = split(api, pmo, project, contributions=[share.pk])
    assert [*errors_of(refused)] == ["/contributions"]
    assert share.benefit.code not in refused.content.decode()


def test_a_discipline_that_was_put_away_keeps_no_project_whole(whole: Any, api: Any) -> None:
    project, pmo = whole
    used, gone = (factories.discipline(project.owner_portfolio) for _ in range(2))
    type(used).objects.filter(pk=gone.pk).update(archived_at=None)
    Project.objects.filter(pk=project.pk).update(discipline=gone)
    type(used).objects.filter(pk=gone.pk).update(archived_at=timezone.now())
    new = new_of(split(api, pmo, project, issues=[factories.issue(project).pk]))
    assert new.discipline is None
    Project.objects.filter(pk=new.pk).update(discipline=used)
    again = split(api, pmo, new, issues=[factories.issue(new).pk], code="PM")
    assert again.status_code == 200, again.json()
    assert Project.objects.get(code="PM").discipline == used
