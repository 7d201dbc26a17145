"""Projects are merged: what waits to be looked at or decided goes along, and what holds the second
is settled first."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from benefits.models import BenefitContribution, BenefitHandOver, BenefitReview
from pmhub.models import User
from programmes.models import ExceptionReport, Programme
from projects.models import (
    AssetVersion,
    ContingencyMovement,
    GateCondition,
    Inspection,
    InspectionFinding,
    InspectionPlan,
    Milestone,
    Project,
)
from projects.services import draw_inspections
from tests import factories
from tests.api.conftest import errors_of
from tests.ledger.test_projects_merged import merge


def told(answer: Any) -> dict[tuple[str, str], int]:
    """How many of which kind, by what happens to them."""
    return {(row["kind"], row["fate"]): row["count"] for row in answer.json()["along"]}


def refused(answer: Any) -> str:
    """What is to be settled first."""
    assert (answer.status_code, [*errors_of(answer)]) == (409, ["/other"]), answer.json()
    return str(answer.json()["errors"][0]["detail"])


def test_plans_of_inspections_what_is_drawn_and_changes_asked_for_go_along(
    two: Any, api: Any
) -> None:
    first, second, pmo = two
    standard = factories.asset_version(
        factories.process_asset(first.owner_portfolio), state="published"
    )
    plan = factories.inspection_plan(second, hold_point="deliver", asset_version=standard)
    ended = factories.inspection_plan(second)
    InspectionPlan.objects.filter(pk=ended.pk).update(state="ended")
    draw_inspections(InspectionPlan.objects.all())
    AssetVersion.objects.filter(pk=standard.pk).update(state="retired")
    held = factories.inspection(second, state="held")
    asked = factories.change_request(second)
    answer = merge(api, pmo, first, second)
    assert answer.status_code == 200, answer.json()
    drawn = Inspection.objects.get(plan=plan)
    for row in (plan, ended, held, asked):
        row.refresh_from_db()
    assert (plan.project, plan.state, drawn.project, drawn.state) == (
        first, "active", first, "planned",
    )  # fmt: skip
    assert (asked.project, asked.state) == (first, "raised")
    assert (ended.project, held.project) == (second, second)
    kinds = told(answer)
    assert kinds["inspection plan", "goes"] == kinds["inspection plan", "stays"] == 1
    assert kinds["inspection", "goes"] == kinds["inspection", "stays"] == 1
    assert kinds["change request", "goes"] == 1
    held_back = factories.gate(first, state="open")
    assert held_back.stage_to == "deliver"
    with pytest.raises(DatabaseError), transaction.atomic():
        Project.objects.filter(pk=first.pk).update(stage="deliver")


def test_a_milestone_whose_inspection_has_passed_is_not_held_anew(two: Any, api: Any) -> None:
    first, second, pmo = two
    station = factories.milestone(second)
    plan = factories.inspection_plan(second, milestone=station)
    factories.inspection(second, milestone=station, plan=plan, state="held")
    assert merge(api, pmo, first, second).status_code == 200
    assert draw_inspections(InspectionPlan.objects.all()) == 0
    Milestone.objects.filter(pk=station.pk).update(state="achieved", actual_on="2026-10-01")


def test_of_what_ends_by_itself_they_end_and_fall_away(two: Any) -> None:
    _, second, _ = two
    plan, asked = factories.inspection_plan(second), factories.change_request(second)
    Project.objects.filter(pk=second.pk).update(
        status="terminated", terminated_on="2026-10-01", actual_finish="2026-10-01"
    )
    for row, state in ((plan, "ended"), (asked, "withdrawn")):
        row.refresh_from_db()
        assert row.state == state


def test_a_drawn_inspection_goes_nowhere_without_its_plan(two: Any) -> None:
    first, second, _ = two
    drawn = factories.inspection(second, plan=factories.inspection_plan(second))
    with pytest.raises(DatabaseError, match="of the project of the plan"), transaction.atomic():
        Inspection.objects.filter(pk=drawn.pk).update(project=first)


def failing(project: Project) -> None:
    """An inspection of the entry of a stage fails."""
    factories.inspection(project, hold_point="deliver", state="held", result="fail")


def found(project: Project) -> None:
    """An inspection finds something critical, which is corrected."""
    of = factories.inspection(project, state="held", result="pass_with_findings")
    factories.finding(of, severity="critical", state="corrected")


def strayed(project: Project) -> None:
    """It is further over than it may be."""
    factories.exception(project)


def conditioned(project: Project) -> None:
    """A gate let it go on under a condition."""
    factories.gate_condition(factories.gate(project), due_on="2026-10-30")


def passes(project: Project) -> None:
    """The inspection is held again, and passes."""
    factories.inspection(project, hold_point="deliver", state="held", held_on="2026-10-02")


def verified(project: Project) -> None:
    """Somebody verifies that it was corrected."""
    InspectionFinding.objects.update(state="verified", verified_by=factories.person())


def decided(project: Project) -> None:
    """It is decided what becomes of it."""
    ExceptionReport.objects.update(state="decided", decision="stop", decided_on="2026-10-02")


def met(project: Project) -> None:
    """The condition is met."""
    GateCondition.objects.update(state="met", met_on="2026-10-02")


@pytest.mark.parametrize(
    ("holds", "settles", "words"),
    [
        (failing, passes, "Pass its inspection"),
        (found, verified, "Correct and verify its finding"),
        (strayed, decided, "Decide its exception report"),
        (conditioned, met, "Meet its gate condition"),
    ],
)
def test_what_holds_the_second_is_settled_by_who_may_before_both_are_one(
    holds: Any, settles: Any, words: str, two: Any, api: Any
) -> None:
    first, second, pmo = two
    factories.inspection(second, hold_point="deliver", state="held", held_on="2026-09-01")
    holds(second)
    leader = factories.user("lena")
    factories.role(leader, "programme_manager", programme=first.programme)
    for user in (leader, pmo):
        assert refused(merge(api, user, first, second)).startswith(words)
    settles(second)
    answer = merge(api, leader, first, second)
    assert answer.status_code == 200, answer.json()


@pytest.mark.parametrize("holds", [conditioned, strayed])
def test_of_a_programme_too(holds: Any, two: Any, api: Any) -> None:
    one, _, pmo = two
    home: Any = one.programme
    other = factories.programme(portfolio=home.portfolio)
    if holds is conditioned:
        factories.gate_condition(factories.gate(other), due_on="2026-10-30")
    else:
        factories.exception(factories.business_case(other))
    said = {"other": other.pk, "reason": "Both build one line"}
    path = f"programmes/{home.pk}/merger/"
    refused(api(pmo).verb(path, said))
    (met if holds is conditioned else decided)(one)
    answer = api(pmo).verb(path, said)
    assert answer.status_code == 200, answer.json()


def test_contingency_of_another_programme_goes_along(two: Any, api: Any) -> None:
    first, second, pmo = two
    before: Any = first.programme
    after = factories.programme(portfolio=before.portfolio)
    Programme.objects.filter(pk=before.pk).update(contingency_budget=100)
    row = second.contingency_movements.create(programme=before, amount=20, moved_on="2026-05-01")
    Project.objects.filter(pk__in=(first.pk, second.pk)).update(programme=after)
    with pytest.raises(DatabaseError, match="another programme"), transaction.atomic():
        ContingencyMovement.objects.filter(pk=row.pk).update(project=first)
    answer = merge(api, pmo, first, second)
    assert answer.status_code == 200, answer.json()
    row.refresh_from_db()
    assert (row.project, row.programme) == (first, before)
    with pytest.raises(DatabaseError, match="another programme"), transaction.atomic():
        ContingencyMovement.objects.filter(pk=row.pk).update(project=second)


def test_a_cost_that_was_taken_back_goes_along_with_what_takes_it_back(two: Any, api: Any) -> None:
    first, second, pmo = two
    line = factories.budget(second, 100)
    cost = second.cost_actuals.create(budget_line=line, amount=40, posted_on="2026-05-01")
    second.cost_actuals.create(
        budget_line=line, amount=-40, posted_on="2026-06-01", kind="reversal", reverses=cost
    )
    answer = merge(api, pmo, first, second)
    assert answer.status_code == 200, answer.json()
    assert [row.amount for row in first.cost_actuals.order_by("posted_on")] == [40, -40]


def review(share: BenefitContribution, **fields: Any) -> BenefitReview:
    """The owner is asked whether it comes all the same."""
    said = {"benefit": share.benefit, "cause": "termination", "asked_on": "2026-10-01"} | fields
    return BenefitReview.objects.create(contribution=share, **said)


CONFIRMED = {"state": "answered", "decision": "confirm", "decided_on": "2026-10-02"}


@pytest.mark.parametrize("joined", [False, True])
def test_what_was_asked_about_a_contribution_goes_along_once_it_is_answered(
    joined: bool, two: Any, api: Any
) -> None:
    first, second, pmo = two
    share = factories.contribution(second, weight=Decimal("0.25"))
    if joined:
        factories.contribution(first, benefit=share.benefit, weight=Decimal("0.5"))
    asked = factories.hand_over(share)
    doubt = review(share)
    assert refused(merge(api, pmo, first, second)).startswith("Answer its benefit review")
    BenefitReview.objects.filter(pk=doubt.pk).update(**CONFIRMED)
    assert refused(merge(api, pmo, first, second)).startswith("Take back its hand-over")
    gone = {"state": "withdrawn", "answered_on": "2026-10-02"}
    BenefitHandOver.objects.filter(pk=asked.pk).update(**gone)
    for plain in ({"project": first}, {"contribution": factories.contribution(first).pk}):
        with pytest.raises(DatabaseError), transaction.atomic():
            BenefitHandOver.objects.filter(pk=asked.pk).update(**plain)
    if not joined:
        with pytest.raises(DatabaseError), transaction.atomic():
            BenefitContribution.objects.filter(pk=share.pk).update(project=first)
    answer = merge(api, pmo, first, second)
    assert answer.status_code == 200, answer.json()
    assert told(answer)["hand-over of a benefit", "goes"] == 1
    asked.refresh_from_db()
    doubt.refresh_from_db()
    now = BenefitContribution.objects.get(benefit=share.benefit, project=first)
    assert (asked.project, asked.contribution, doubt.contribution) == (first, now, now)
    assert now.weight == (Decimal("0.75") if joined else Decimal("0.25"))


@pytest.mark.parametrize("joined", [False, True])
def test_what_was_accepted_goes_along_unless_both_bring_it_about(
    joined: bool, two: Any, api: Any
) -> None:
    first, second, pmo = two
    share = factories.contribution(second, weight=Decimal("0.25"))
    accepted = factories.hand_over(share, state="accepted")
    if joined:
        factories.contribution(first, benefit=share.benefit, weight=Decimal("0.5"))
        assert refused(merge(api, pmo, first, second)).startswith("Take back its hand-over")
        BenefitHandOver.objects.filter(pk=accepted.pk).update(state="withdrawn")
    answer = merge(api, pmo, first, second)
    assert answer.status_code == 200, answer.json()
    accepted.refresh_from_db()
    assert (accepted.project, accepted.contribution.project) == (first, first)


def test_of_a_benefit_out_of_sight_a_review_is_not_named(two: Any, api: Any) -> None:
    first, second, pmo = two
    leader = factories.user("lena")
    factories.role(leader, "programme_manager", programme=first.programme)
    far = factories.benefit(
        programme=factories.programme(portfolio=first.owner_portfolio), code="B7"
    )
    review(factories.contribution(second, benefit=far))
    assert "B7" not in refused(merge(api, leader, first, second))
    assert "B7" in refused(merge(api, pmo, first, second))


@pytest.mark.parametrize(("other", "both"), [(20, "99.999"), (100, "100")])
def test_without_plans_both_are_complete_once_each_is(
    other: int, both: str, nothing: None, api: Any
) -> None:
    programme = factories.programme()
    first, second = (
        factories.project(programme=programme, code=code, percent_complete=0)
        for code in ("PA", "PB")
    )
    for project, percent in ((first, 100), (second, other)):
        factories.output(project, state="accepted", accepted_on="2026-10-01")
        Project.objects.filter(pk=project.pk).update(percent_complete=percent)
    pmo: User = factories.user("olive")
    factories.role(pmo, "pmo", portfolio=programme.portfolio)
    answer = merge(api, pmo, first, second)
    assert answer.status_code == 200, answer.json()
    first.refresh_from_db()
    assert first.percent_complete == Decimal(both)
