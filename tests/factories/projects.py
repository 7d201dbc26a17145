"""Projects, their plans, work and dependencies."""

from datetime import date
from decimal import Decimal
from typing import Any

from projects.models import (
    Baseline,
    BudgetLine,
    Dependency,
    Estimate,
    Iteration,
    Milestone,
    Project,
    WorkPackage,
)
from tests.factories.codes import next_code
from tests.factories.programmes import programme


def project(**fields: Any) -> Project:
    """Return a live project of a programme, half way through its year, without a baseline and in a
    stage before it needs a manager."""
    if "programme" not in fields and "portfolio" not in fields:
        fields["programme"] = programme()
    code = next_code("PJ")
    defaults = {
        "code": code,
        "name": f"Project {code}",
        "stage": "define",
        "actual_start": date(2026, 4, 1),
        "forecast_start": date(2026, 4, 1),
        "forecast_finish": date(2027, 3, 31),
    }
    if fields.get("status") == "closed":
        defaults |= {"stage": "closed", "percent_complete": Decimal(100)}
    return Project.objects.create(**defaults | fields)


def baseline(project: Project, **fields: Any) -> Baseline:
    """Return an approved baseline: 1000 over a year, spent evenly."""
    plan = {
        "number": project.baselines.count() + 1,
        "approved_on": date(2026, 4, 1),
        "starts_on": date(2026, 4, 1),
        "finishes_on": date(2027, 3, 31),
        "budget_at_completion": Decimal(1000),
    } | fields
    ends = ((plan["starts_on"], 0), (plan["finishes_on"], plan["budget_at_completion"]))
    plan.setdefault("planned_value_profile", [[str(day), str(value)] for day, value in ends])
    return Baseline.objects.create(project=project, **plan)


def work_package(home: Project | None = None, **fields: Any) -> WorkPackage:
    """Return a work package of which nothing is done."""
    said = {"code": next_code("WP"), "title": "Interfaces", **fields}
    return WorkPackage.objects.create(project=home or project(), **said)


def iteration(home: Project | None = None, **fields: Any) -> Iteration:
    """Return an iteration of four weeks with 10 points; in a closed one all are done."""
    home = home or project()
    said = {
        "number": home.iterations.count() + 1,
        "goal": "People sign in once",
        "starts_on": "2026-09-01",
        "ends_on": "2026-09-28",
        "points_planned": Decimal(10),
    } | fields
    if said.get("state") in ("closed", "released"):
        said.setdefault("points_done", said["points_planned"])
    if said.get("state") == "released":
        said.setdefault("released_on", "2026-10-01")
    return Iteration.objects.create(project=home, **said)


def estimate(of: Any = None, **fields: Any) -> Estimate:
    """Return an estimate of a project, a budget line, a milestone or a work package: 100, with
    bounds around; of projects and lines it is a cost."""
    of = of or project()
    subject = {BudgetLine: "budget_line", WorkPackage: "work_package"}.get(
        type(of), str(of._meta.model_name)
    )
    said = {
        "quantity": "cost" if subject in ("project", "budget_line") else "days",
        "low": Decimal(80),
        "likely": Decimal(100),
        "high": Decimal(130),
        "accuracy_class": 3,
        "method": "expert",
        "basis": "Asked who built the last one",
        "made_on": "2026-10-01",
    } | fields
    return Estimate.objects.create(**{subject: of}, **said)


def milestone(project: Project, **fields: Any) -> Milestone:
    """Return a milestone still to come; with `actual_on`, a reached one."""
    defaults = {"code": next_code("MX"), "title": "Milestone", "forecast_on": date(2027, 1, 29)}
    if fields.get("actual_on"):
        defaults["state"] = "achieved"
    return Milestone.objects.create(project=project, **defaults | fields)


def dependency(giver: Project | str, receiver: Project, **fields: Any) -> Dependency:
    """Return a dependency from a giver (a project, or the name of an outside party) to a
    receiver."""
    side = {"external_giver": giver} if isinstance(giver, str) else {"giver": giver}
    defaults = {"code": next_code("DX"), "deliverable": "Deliverable", "kind": "FS"}
    return Dependency.objects.create(receiver=receiver, **side, **defaults | fields)
