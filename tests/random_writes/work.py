"""Writes about plans, risks, work, and what becomes of projects and programmes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from benefits.models import Benefit, BenefitContribution, BenefitMeasurement, BenefitProfileEntry
from programmes.models import (
    CurrencyRate,
    Portfolio,
    Programme,
    ProgrammeLine,
    Scenario,
    ScenarioChange,
    StatusReport,
)
from projects.models import (
    Allocation,
    BudgetLine,
    ContingencyMovement,
    CostActual,
    Dependency,
    Issue,
    Milestone,
    Project,
    Resource,
    Risk,
    WorkPackage,
)
from tests.closing import asked
from tests.random_writes.desk import AS_OF, LIVE, WHY, Desk, Write, patch, verb

DELETED = (
    (Risk, "risks"), (Milestone, "milestones"), (Dependency, "dependencies"),
    (CostActual, "cost-actuals"), (BenefitContribution, "contributions"),
    (BenefitProfileEntry, "profile-entries"), (Allocation, "allocations"),
    (BudgetLine, "budget-lines"), (CurrencyRate, "currency-rates"), (Issue, "issues"),
    (BenefitMeasurement, "measurements"), (ContingencyMovement, "contingency-movements"),
)  # fmt: skip


def forecast(desk: Desk) -> Write | None:
    """Say of a project when it finishes, what is still to be spent and how far it is."""
    project = desk.project()
    start = project.actual_start or project.forecast_start or AS_OF
    finish = str(max(desk.day(1, 900), start + timedelta(1)))
    bodies = (
        {"forecast_finish": finish},
        {"estimate_to_complete": desk.amount(project, 900)},
        {"estimate_to_complete": None},
        {"percent_complete": desk.percent(), **WHY},
        {"declared_rag": desk.random.choice(("green", "amber", "red")), "declared_on": desk.past()},
        {"critical": desk.random.random() < 0.5, "health_weight": desk.random.choice("0123")},
        {"actual_start": str(desk.day(-700, -300))},
    )
    return patch("projects", project, **desk.random.choice(bodies))


def rebaseline(desk: Desk) -> Write | None:
    """Approve another plan."""
    project = desk.project()
    start = project.actual_start or AS_OF
    return verb(
        "projects", project, "baseline", approved_on=str(AS_OF), starts_on=str(start),
        finishes_on=str(start + timedelta(desk.random.randint(200, 900))),
        budget_at_completion=desk.amount(project, 2000), **WHY,
    )  # fmt: skip


def station(desk: Desk) -> Write | None:
    """Add a milestone, forecast one anew, reach, cancel or reopen one."""
    row = desk.one(Milestone)
    act = desk.random.randint(0, 4)
    if act == 0 or row is None:
        home = desk.project()
        return "post", "milestones/", {
            "project": home.pk, "code": desk.code(), "title": "Roof on",
            "baseline_on": str(desk.day(0, 400)), "forecast_on": str(desk.day(0, 400)),
        }  # fmt: skip
    if act == 1:
        return patch("milestones", row, forecast_on=str(desk.day(-30, 500)))
    if act == 2:
        return verb("milestones", row, "achievement", actual_on=desk.past())
    return verb("milestones", row, "cancellation" if act == 3 else "reopening", **WHY)


def wait(desk: Desk) -> Write | None:
    """Add a dependency, move its day, or take it a step further."""
    link = desk.one(Dependency)
    act = desk.random.randint(0, 5)
    if act == 0 or link is None:
        giver, receiver = desk.project(), desk.project()
        if giver.owner_portfolio != receiver.owner_portfolio:
            return None
        return "post", "dependencies/", {
            "code": desk.code(), "giver": giver.pk, "receiver": receiver.pk,
            "deliverable": desk.code(), "kind": desk.random.choice(("FS", "SS", "FF", "SF")),
            "need_by": str(desk.day(0, 300)), "forecast_on": str(desk.day(-20, 400)),
            "lag_days": desk.random.randint(-20, 40),
        }  # fmt: skip
    if act == 1:
        return patch("dependencies", link, forecast_on=str(desk.day(-20, 500)))
    if act == 2:
        return patch("dependencies", link, lag_days=desk.random.randint(-30, 60))
    said = {
        "delivery": {"delivered_on": desk.past()}, "acceptance": {"accepted_on": str(AS_OF)},
        "rejection": WHY, "withdrawal": WHY, "agreement": {}, "proposal": {},
    }  # fmt: skip
    noun = desk.random.choice([*said])
    return verb("dependencies", link, noun, **said[noun])


def doubt(desk: Desk) -> Write | None:
    """Add a risk or estimate it anew."""
    home = desk.project()
    low, likely, high = sorted(Decimal(desk.amount(home)) for _ in range(3))
    said = {"cost_min": str(low), "cost_most_likely": str(likely), "cost_max": str(high)}
    body = {f"residual_{name}": value for name, value in said.items()}
    body["residual_probability"] = desk.random.choice(("0.05", "0.3", "0.55", "0.9"))
    body["kind"] = desk.random.choice(("threat", "threat", "opportunity"))
    if desk.random.random() < 0.4:
        row = desk.one(Risk, project=home)
        return patch("risks", row, **body)
    side: Any = {"project": home.pk} if desk.random.random() < 0.7 else {
        "programme": desk.one(Programme).pk
    }  # fmt: skip
    more = {"code": desk.code(), "title": "Rain", "status": desk.random.choice(("open", "draft"))}
    return "post", "risks/", body | side | more


def treat(desk: Desk) -> Write | None:
    """Move a risk along its life cycle."""
    row = desk.one(Risk)
    above = row and row.project and row.project.programme
    parent = above and desk.one(Risk, programme=above, project=None, status="open")
    said = {
        "escalation": {"parent": parent and parent.pk}, "return": WHY, "closure": WHY,
        "opening": {}, "rejection": WHY, "separation": WHY,
        "aggregation": {"aggregated_into": parent and parent.pk},
        "materialisation": {"title": "It rained", "code": desk.code()},
    }  # fmt: skip
    noun = desk.random.choice([*said])
    return verb("risks", row, noun, **{key: each for key, each in said[noun].items() if each})


def book(desk: Desk) -> Write | None:
    """Book a resource, or have less of it."""
    row, project = desk.one(Resource), desk.project()
    start = desk.day(-30, 120)
    days = {"starts_on": str(start), "ends_on": str(start + timedelta(desk.random.randint(5, 90)))}
    if desk.random.random() < 0.3:
        return patch("resources", row, capacity=desk.random.choice(("0.5", "1", "3")))
    return "post", "allocations/", {
        "resource": row.pk, "project": project.pk, "units": desk.random.choice(("0.5", "1", "2")),
        "firmness": desk.random.choice(("requested", "soft", "firm")), **days,
    }  # fmt: skip


def trouble(desk: Desk) -> Write | None:
    """Raise an issue or settle one."""
    row = desk.one(Issue)
    if row and desk.random.random() < 0.5:
        noun = desk.random.choice(("start", "resolution", "closure", "reopening"))
        said = {"start": {}, "resolution": {"resolution": "Mended"}}.get(noun, WHY)
        return verb("issues", row, noun, **said)
    return "post", "issues/", {
        "project": desk.project().pk, "code": desk.code(), "title": "Late",
        "severity": desk.random.choice(("low", "high", "critical")),
        "due_on": str(desk.day(-60, 60)),
    }  # fmt: skip


def end(desk: Desk) -> Write | None:
    """Stop a project, hold it, have it go on or begin again."""
    project, noun = desk.one(Project), desk.random.choice(
        ("termination", "hold", "hold", "resumption", "resumption", "reopening")
    )  # fmt: skip
    if noun == "termination":
        if desk.random.random() < 0.6:
            return None
        said = asked(project, terminated_on=desk.past(), **WHY)
        more = {"estimate_to_complete": desk.amount(project, 50)}
        return verb("projects", project, noun, **said, **desk.random.choice(({}, more)))
    return verb("projects", project, noun, **WHY)


def move(desk: Desk) -> Write | None:
    """Move a project or a benefit to another programme."""
    other = desk.one(Programme)
    if desk.random.random() < 0.3:
        return verb("benefits", desk.one(Benefit), "move", to_programme=other.pk, **WHY)
    return verb("projects", desk.one(Project), "move", to_programme=other.pk, **WHY)


def reorganise(desk: Desk) -> Write | None:
    """Split or merge projects or programmes."""
    act = desk.random.randint(0, 3)
    if act == 0:
        home = desk.project()
        rows = {
            "risks": home.risks,
            "budget_lines": home.budget_lines,
            "milestones": home.milestones,
        }
        some = {name: [*each.values_list("pk", flat=True)][:2] for name, each in rows.items()}
        return verb("projects", home, "split", code=desk.code(), name="North", **some, **WHY)
    if act == 1:
        home = desk.project()
        other = desk.one(Project, programme=home.programme, **LIVE)
        return verb("projects", home, "merger", other=other.pk, **WHY) if other else None
    home = desk.one(Programme)
    if act == 2:
        some = {"projects": [*home.projects.filter(**LIVE).values_list("pk", flat=True)][:2]}
        return verb("programmes", home, "split", code=desk.code(), name="North", **some, **WHY)
    other = desk.one(Programme, portfolio=home.portfolio)
    if desk.random.random() < 0.7:
        return None
    return verb("programmes", home, "merger", other=other.pk, **WHY)


def govern(desk: Desk) -> Write | None:
    """Change what a programme has of its own: contingency, a line, its end."""
    home, line = desk.one(Programme), desk.one(ProgrammeLine)
    act = desk.random.randint(0, 4)
    if act == 0:
        return patch("programmes", home, contingency_budget=desk.amount(home, 3000))
    if act == 1:
        said = {"programme": home.pk, "code": desk.code(), "kind": "other", "fiscal_year": 2026}
        return "post", "programme-lines/", said | desk.priced(home, "approved_budget")
    if act == 2 and line and not line.foreign_currency:
        return patch("programme-lines", line, estimate_to_complete=desk.amount(line.programme))
    if act == 3:
        return patch("programmes", home, planned_end_on=str(desk.day(30, 2000)))
    return verb("programmes", home, desk.random.choice(("pause", "resumption")), **WHY)


def rule(desk: Desk) -> Write | None:
    """Judge by other rules, at another status date, or discount otherwise."""
    home = desk.one(Portfolio)
    act = desk.random.randint(0, 5)
    if act == 0:
        return patch("portfolios", home, status_date=str(desk.day(-40, 30)))
    if act == 1:
        return patch("portfolios", home, discount_base_year=desk.random.choice((2023, 2025)))
    if act == 2:
        zone = desk.random.choice(("Asia/Tokyo", "America/New_York", "Europe/London"))
        return patch("portfolios", home, time_zone=zone)
    if act == 3:
        kind, place = desk.random.choice(("cost_pct", "time_days", "risk")), desk.project()
        return "post", "tolerances/", {"project": place.pk, "kind": kind, "value": "5"}
    kind, values = desk.random.choice((
        ("health", {"rule": "weighted"}), ("health", {"rule": "worst_of_critical"}),
        ("health", {"rule": "worst"}),
        ("thresholds", {"cost_green_pct": "2", "cost_amber_pct": "9"}),
        ("calendar", {"resources_months_ahead": 6}),
    ))  # fmt: skip
    said = {"portfolio": home.pk, "kind": kind, "values": values, "valid_from": str(AS_OF), **WHY}
    return "post", "rule-sets/", said


def work(desk: Desk) -> Write | None:
    """Count a project by its work packages, add one or say how far it is."""
    row = desk.one(WorkPackage)
    act = desk.random.randint(0, 2)
    if act == 0:
        said = {
            "code": desk.code(),
            "title": "Interfaces",
            "weight": "2",
            "percent": desk.percent(),
        }
        return "post", "work-packages/", {"project": desk.project().pk, **said}
    if act == 1 and row:
        return verb("work-packages", row, "progress", percent=desk.percent(), **WHY)
    method = desk.random.choice(("work_packages", "judged", "50/50"))
    return patch("projects", desk.project(), percent_method=method, **WHY)


def weigh(desk: Desk) -> Write | None:
    """Weigh changes in a scenario, or adopt one of them."""
    home = desk.one(Programme)
    row, change = desk.one(Scenario, state="draft"), desk.one(ScenarioChange)
    act = desk.random.randint(0, 5)
    if act == 0 or row is None:
        return "post", "scenarios/", {"programme": home.pk, "name": desk.code()}
    if act == 1 and change:
        return verb("scenario-changes", change, "adoption")
    own = desk.one(Project, programme=row.programme, **LIVE)
    if own is None:
        return None
    noun, body = desk.random.choice((
        ("delays", {"days": desk.random.randint(1, 90)}),
        ("fundings", {"estimate_to_complete": desk.amount(own), "contingency": "3"}),
        ("moves", {"to_programme": home.pk, **WHY}),
        ("cancellations", WHY),
    ))  # fmt: skip
    return "post", f"scenarios/{row.pk}/{noun}/", {"project": own.pk, **body}


def restore(desk: Desk) -> Write | None:
    """Restore what was deleted."""
    if not desk.deleted:
        return None
    collection, id = desk.deleted.pop()
    return "post", f"deleted/{collection}-{id}/restoration/", {}


def report(desk: Desk) -> Write | None:
    """Write a status report and have it approved and published."""
    row = desk.one(StatusReport)
    if row and desk.random.random() < 0.7:
        noun = {"draft": "submission", "submitted": "approval", "approved": "publication"}.get(
            row.state
        )
        return verb("status-reports", row, noun) if noun else None
    return "post", "status-reports/", {
        "programme": desk.one(Programme).pk, "period_end": desk.past(), "achieved": "All well",
        "declared_rag": "green",
    }  # fmt: skip


def forget(desk: Desk) -> Write | None:
    """Delete a record."""
    model, collection = desk.random.choice(DELETED)
    row = desk.one(model)
    if row:
        desk.deleted.append((collection, row.pk))
    return ("delete", f"{collection}/{row.pk}/", None) if row else None


WRITES: tuple[Callable[[Desk], Write | None], ...] = (
    forecast, forecast, forecast, rebaseline, station, station, wait, wait, doubt, doubt, treat,
    book, trouble, end, move, reorganise, govern, rule, work, forget, forget, weigh, restore,
    restore, report,
)  # fmt: skip
