"""A project is split: both parts come to what the whole came to, and nothing is torn apart."""

from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from pmhub.models import User
from programmes.models import Decision
from programmes.rollup.verify import differences
from projects.models import InspectionPlan, Milestone, Project
from projects.services import draw_inspections
from tests import factories
from tests.api.conftest import errors_of
from tests.ledger.test_reorganisation import totals

WHY = {"reason": "Two contracts"}
MORE = {"projects_live", "projects_stale"}  # there is one project more
SPREAD = {"costs_present_value", "net_present_social_value"}  # to the finish of each
CENT = Decimal("0.01")  # each of the two is rounded


def split(api: Any, user: User, project: Project, /, **body: Any) -> Any:
    """Split a project."""
    said = {"code": "PN", "name": "North"} | WHY | body
    return api(user).verb(f"projects/{project.pk}/split/", said)


def parts_of(project: Project) -> dict[str, list[int]]:
    """The ids of what can be chosen of a project."""
    rows = {
        "milestones": project.milestones,
        "outputs": project.outputs,
        "budget_lines": project.budget_lines,
        "risks": project.risks,
        "issues": project.issues,
        "allocations": project.allocations,
        "contributions": project.contributions,
    }
    return {name: [*row.order_by("pk").values_list("pk", flat=True)] for name, row in rows.items()}


@pytest.mark.parametrize("seed", range(2))
def test_whatever_goes_of_a_project_the_whole_comes_to_the_same(
    seed: int, demo: Any, pmo: User, api: Any, read: Any, drain: Any
) -> None:
    drain()
    random = Random(seed)  # noqa: S311  # a choice, no secret
    live = Project.objects.filter(programme__code="CAM", status="active").order_by("code")
    project = random.choice([*live])
    some = {
        name: random.sample(ids, random.randint(0, len(ids)))
        for name, ids in parts_of(project).items()
    }
    before = totals(read, pmo, demo.portfolio.pk)
    body = some | WHY | {"code": "CAM-N", "name": "North", "budget_at_completion": "1000.00"}
    tried = api(pmo).verb(f"projects/{project.pk}/split/?preview=1", body)
    assert tried.status_code == 200, tried.json()
    assert not Project.objects.filter(code="CAM-N").exists()
    answer = api(pmo).verb(f"projects/{project.pk}/split/", body)
    assert answer.status_code == 200, answer.json()
    assert answer.json()["along"] == tried.json()["object"]["along"]
    drain()
    new = Project.objects.get(code="CAM-N")
    assert parts_of(new) == {name: sorted(ids) for name, ids in some.items()}
    after = totals(read, pmo, demo.portfolio.pk)
    apart = {name: after[name] - before[name] for name in before if name not in MORE | SPREAD}
    assert {name: each for name, each in apart.items() if abs(each) > CENT} == {}
    assert after["projects_live"] == before["projects_live"] + 1
    assert differences() == []


@pytest.fixture
def whole(nothing: None) -> tuple[Project, User]:
    """A project of 1000, half complete, and the PMO."""
    project = factories.project(code="PA", percent_complete=50)
    factories.baseline(project)
    pmo = factories.user("olive")
    factories.role(pmo, "pmo", portfolio=project.owner_portfolio)
    return project, pmo


def test_plan_progress_and_what_is_to_spend_are_shared(whole: Any, api: Any) -> None:
    project, pmo = whole
    Project.objects.filter(pk=project.pk).update(estimate_to_complete=600)
    line = factories.budget(project, 400)
    line.cost_actuals.create(project=project, posted_on="2026-06-01", amount=90)
    answer = split(api, pmo, project, budget_lines=[line.pk], percent_complete="20")
    assert answer.status_code == 200, answer.json()
    project.refresh_from_db()
    new = Project.objects.get(code="PN")
    plans: list[Any] = [row.baselines.first() for row in (new, project)]
    budgets = [plan.budget_at_completion for plan in plans]
    assert budgets == [400, 600]
    assert [new.percent_complete, project.percent_complete] == [20, 70]  # 80 and 420 of 1000
    assert [new.estimate_to_complete, project.estimate_to_complete] == [240, 360]
    assert (new.split_from, new.cost_actuals.get().amount) == (project, 90)
    off = api(pmo).get(f"projects/?split_from={project.pk}").json()["results"]
    assert [each["id"] for each in off] == [new.pk]
    for row in (project, new):
        made = Decision.objects.get(project=row, cause="move")
        assert (made.outcome, made.rationale) == (
            "PA was split: PN goes on by itself", WHY["reason"],
        )  # fmt: skip


def test_who_leads_it_from_above_splits_it_and_roles_hold_on_both(whole: Any, api: Any) -> None:
    project, _ = whole
    issue = factories.issue(project)
    leader, manager, reader = map(factories.user, ("lena", "max", "rita"))
    factories.role(leader, "programme_manager", programme=project.programme)
    Project.objects.filter(pk=project.pk).update(project_manager=manager.person)
    factories.role(reader, "viewer", project=project)
    assert split(api, manager, project, issues=[issue.pk]).status_code == 403
    assert split(api, reader, project, issues=[issue.pk]).status_code == 403
    assert split(api, factories.user("sue"), project, issues=[issue.pk]).status_code == 404
    answer = split(api, leader, project, issues=[issue.pk])
    assert answer.status_code == 200, answer.json()
    new = Project.objects.get(code="PN")
    assert (new.project_manager, new.roles.get().person) == (manager.person, reader.person)


def test_it_goes_on_in_the_tranche_unless_that_was_cancelled(whole: Any, api: Any) -> None:
    project, pmo = whole
    tranche = project.programme.tranches.create(code="T1", name="First")
    Project.objects.filter(pk=project.pk).update(tranche=tranche)
    for code, kept in (("P1", tranche), ("P2", None)):
        if kept is None:
            type(tranche).objects.filter(pk=tranche.pk).update(state="cancelled")
        issue = factories.issue(project)
        assert split(api, pmo, project, code=code, issues=[issue.pk]).status_code == 200
        assert Project.objects.get(code=code).tranche == kept


def test_what_hangs_together_goes_together(whole: Any, api: Any) -> None:
    project, pmo = whole
    other = factories.project(programme=project.programme, code="PB")
    station = factories.milestone(project)
    hangs = factories.dependency(project, other, giver_milestone=station, code="D1")
    output = factories.output(project)
    package = factories.work_package(project, output=output)
    refused = split(api, pmo, project, dependencies=[hangs.pk])
    assert (refused.status_code, errors_of(refused).keys()) == (409, {"/dependencies"})
    refused = split(api, pmo, project, work_packages=[package.pk])
    assert (refused.status_code, errors_of(refused).keys()) == (409, {"/work_packages"})
    answer = split(api, pmo, project, milestones=[station.pk], outputs=[output.pk])
    assert answer.status_code == 200, answer.json()
    for row in (hangs, package):
        row.refresh_from_db()
    new = Project.objects.get(code="PN")
    assert (hangs.giver, package.project) == (new, new)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "/milestones"),
        ({"reason": ""}, "/reason"),
        ({"code": "PA"}, "/code"),
        ({"issues": "others"}, "/issues"),
        ({"issues": [0]}, "/issues"),
        ({"issues": "own", "budget_at_completion": "1000.01"}, "/budget_at_completion"),
        ({"issues": "own", "budget_at_completion": "-1"}, "/budget_at_completion"),
        (
            {"issues": "own", "budget_at_completion": "900", "percent_complete": "90"},
            "/percent_complete",
        ),
        ({"issues": "own", "estimate_to_complete": "501"}, "/estimate_to_complete"),
        ({"strange": 1}, "/strange"),
    ],
)
def test_a_split_that_makes_no_sense_names_the_field(
    body: dict[str, Any], field: str, whole: Any, api: Any
) -> None:
    project, pmo = whole
    other = factories.project(programme=project.programme, code="PB")
    rows = {"own": factories.issue(project), "others": factories.issue(other)}
    named = body.get("issues", "own" if body.keys() & {"reason", "code", "strange"} else None)
    chosen = {"issues": [rows[named].pk]} if isinstance(named, str) else {}
    refused = split(api, pmo, project, **body | chosen)
    assert refused.status_code in (400, 409), refused.json()
    assert [*errors_of(refused)] == [field]
    assert not Project.objects.filter(code="PN").exists()


def test_a_line_of_a_closed_year_stays(whole: Any, api: Any) -> None:
    project, pmo = whole
    line = factories.budget(project, 400, fiscal_year=2025)
    factories.closed_year(project.owner_portfolio)
    refused = split(api, pmo, project, budget_lines=[line.pk])
    assert (refused.status_code, errors_of(refused).keys()) == (409, {"/budget_lines"})


def test_the_pages_are_for_who_may_and_the_project_leads_there(whole: Any, client_of: Any) -> None:
    project, pmo = whole
    reader = factories.user("rita")
    factories.role(reader, "viewer", programme=project.programme)
    for noun in ("split", "merger"):
        address = f"/projects/{project.pk}/{noun}/"
        told = [client_of(user).get(address).status_code for user in (pmo, reader)]
        assert (*told, client_of(factories.user()).get(address).status_code) == (200, 403, 404)
        for user, leads in ((pmo, True), (reader, False)):
            page = client_of(user).get(f"/projects/{project.pk}/").content.decode()
            assert (f'href="{address}"' in page) is leads


def test_what_is_still_to_be_inspected_goes_with_its_milestone_and_what_was_found_stays(
    nothing: None, api: Any
) -> None:
    project = factories.project(programme=factories.programme(), code="PA")
    pmo = factories.user("olive")
    factories.role(pmo, "pmo", portfolio=project.owner_portfolio)
    station = factories.milestone(project)
    plan = factories.inspection_plan(project, milestone=station)
    failed = factories.inspection(
        project, milestone=station, plan=plan, state="held", result="fail"
    )
    draw_inspections(InspectionPlan.objects.all())
    drawn = plan.inspections.get(state="planned")
    answer = split(api, pmo, project, milestones=[station.pk])
    assert answer.status_code == 200, answer.json()
    for row in (plan, failed, drawn):
        row.refresh_from_db()
    new = Project.objects.get(code="PN")
    assert (plan.project, drawn.project, failed.project) == (new, new, project)
    assert draw_inspections(InspectionPlan.objects.all()) == 0
    assert plan.inspections.filter(state="planned").get() == drawn
    with pytest.raises(DatabaseError, match="Pass the inspections"), transaction.atomic():
        Milestone.objects.filter(pk=station.pk).update(state="achieved", actual_on="2026-10-01")
