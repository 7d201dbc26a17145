"""Writes about plans of benefits, bookings, orders, and what holds projects and programmes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from benefits.models import Benefit, BenefitReview, ProfileVersion, SharedBenefitClaim
from programmes.models import (
    AssuranceRecommendation,
    AssuranceReview,
    HealthOverride,
    Programme,
    Tolerance,
)
from projects.models import (
    Allocation,
    Commitment,
    ComplianceItem,
    Output,
    Project,
    Resource,
    ResourceCapacity,
)
from tests.closing import asked
from tests.random_writes.desk import AS_OF, LIVE, WHY, Desk, Write, patch, verb


def reforecast(desk: Desk) -> Write | None:
    """Forecast or plan a benefit anew for some years, or have a plan proposed and approved."""
    row = desk.one(ProfileVersion, state__in=("draft", "proposed"))
    if row and desk.random.random() < 0.5:
        return verb("profile-versions", row, "proposal" if row.state == "draft" else "approval")
    benefit = desk.one(Benefit)
    kind = desk.random.choice(("forecast", "forecast", "approved"))
    return "post", "profile-versions/", {
        "benefit": benefit.pk, "kind": kind, "entries": [*_periods(desk, benefit, kind)], **WHY
    }  # fmt: skip


def _periods(desk: Desk, benefit: Benefit, kind: str) -> Iterator[dict[str, str]]:
    """Yield fiscal years with an amount, some of them with bounds, and some left out."""
    for year in range(2024, 2024 + desk.random.randint(1, 8)):
        if desk.random.random() < 0.2:
            continue
        said = {
            "period_start": f"{year}-04-01", "period_end": f"{year + 1}-03-31",
            "value": desk.amount(benefit.programme, 90),
        }  # fmt: skip
        if kind == "forecast" and desk.random.random() < 0.4:
            said |= {"low": "0", "high": "100"}
        yield said


def review(desk: Desk) -> Write | None:
    """Answer what becomes of a benefit of a project that ended."""
    row = desk.one(BenefitReview, state="open")
    said = desk.random.choice(("confirm", "withdraw"))
    return verb("benefit-reviews", row, "answer", decision=said, findings="Asked", **WHY)


def claim(desk: Desk) -> Write | None:
    """Claim a share of a benefit for another programme, agree to that or take it back."""
    row = desk.one(SharedBenefitClaim)
    if row and desk.random.random() < 0.5:
        noun = desk.random.choice(("agreement", "withdrawal"))
        return verb("shared-claims", row, noun, **({} if noun == "agreement" else WHY))
    benefit = desk.one(Benefit)
    other = desk.one(Programme, portfolio=benefit.programme.portfolio)
    share = desk.random.choice(("0.05", "0.3"))
    said = {"benefit": benefit.pk, "programme": other.pk, "share": share, "rationale": "Ours too"}
    return "post", "shared-claims/", said


def rebook(desk: Desk) -> Write | None:
    """Change, decline or renew a booking, or have more or less of a resource for some weeks."""
    row, act = desk.one(Allocation), desk.random.randint(0, 4)
    if act == 0 or row is None:
        start = desk.day(-60, 120)
        return "post", "resource-capacities/", {
            "resource": desk.one(Resource).pk, "period_start": str(start), **WHY,
            "period_end": str(start + timedelta(desk.random.randint(1, 60))),
            "capacity": desk.random.choice(("0", "0.5", "2")),
        }  # fmt: skip
    if act == 1:
        return patch("allocations", row, units=desk.random.choice(("0.25", "1", "3")))
    if act == 2:
        return patch("allocations", row, ends_on=str(row.starts_on + timedelta(40)))
    if act == 3:
        return verb("allocations", row, desk.random.choice(("refusal", "renewal")), **WHY)
    held = desk.one(ResourceCapacity)
    return held and patch("resource-capacities", held, capacity=desk.random.choice(("0", "4")))


def invoice(desk: Desk) -> Write | None:
    """Invoice a part of an order."""
    row = desk.one(Commitment, state="open")
    return row and patch("commitments", row, invoiced=desk.amount(row.budget_line.project, 60))


def override(desk: Desk) -> Write | None:
    """Say another colour for a time than is computed, have that approved, or take it back."""
    row = desk.one(HealthOverride)
    if row and desk.random.random() < 0.6:
        noun = "approval" if row.state == "proposed" else "withdrawal"
        return verb("health-overrides", row, noun, **({} if noun == "approval" else WHY))
    home = {"project": desk.project().pk}
    if desk.random.random() < 0.5:
        home = {"programme": desk.one(Programme).pk}
    starts = desk.day(-20, 5)
    return "post", "health-overrides/", {
        **home, "colour": desk.random.choice(("green", "amber", "red")), "starts_on": str(starts),
        "expires_on": str(starts + timedelta(desk.random.randint(1, 60))), **WHY,
    }  # fmt: skip


def tolerate(desk: Desk) -> Write | None:
    """Change a tolerance, give one to a programme, or take one away."""
    row, act = desk.one(Tolerance), desk.random.randint(0, 2)
    if act == 0 or row is None:
        kind = desk.random.choice(("benefit_pct", "cost_pct", "time_days"))
        return "post", "tolerances/", {
            "programme": desk.one(Programme).pk, "kind": kind,
            "value": desk.random.choice(("0", "5", "40")),
        }  # fmt: skip
    if act == 1:
        return patch("tolerances", row, value=desk.random.choice(("0", "1", "60")))
    desk.deleted.append(("tolerances", row.pk))
    return "delete", f"tolerances/{row.pk}/", None


def permit(desk: Desk) -> Write | None:
    """Ask for a permit, and take one a step further."""
    row = desk.one(ComplianceItem)
    if row and desk.random.random() < 0.7:
        noun = desk.random.choice(("preparation", "submission", "grant", "refusal", "expiry"))
        said: dict[str, Any] = {"grant": {"granted_on": desk.past()}, "refusal": WHY}.get(noun, {})
        return verb("compliance-items", row, noun, **said)
    return "post", "compliance-items/", {
        "project": desk.project().pk, "code": desk.code(), "kind": "permit", "title": "Dig",
        "due_on": str(desk.day(-60, 90)), "blocks": desk.random.choice(("none", "handover")),
    }  # fmt: skip


def assure(desk: Desk) -> Write | None:
    """Recommend something in a review, and settle it."""
    row, home = desk.one(AssuranceRecommendation), desk.one(AssuranceReview)
    if row and desk.random.random() < 0.4:
        return patch("assurance-recommendations", row, due_on=str(desk.day(-60, 60)))
    return home and ("post", "assurance-recommendations/", {
        "review": home.pk, "number": desk.number, "text": "Name an owner",
        "due_on": str(desk.day(-60, 60)),
        "priority": desk.random.choice(("critical", "essential", "recommended")),
    })  # fmt: skip


def deliver(desk: Desk) -> Write | None:
    """Add an output to a project, move its day, or take it a step further."""
    row, act = desk.one(Output), desk.random.randint(0, 2)
    if act == 0 or row is None:
        planned = {"code": desk.code(), "title": "Labs", "planned_on": str(desk.day(-200, 200))}
        return "post", "outputs/", {"project": desk.project().pk, **planned}
    if act == 1:
        return patch("outputs", row, planned_on=str(desk.day(-200, 200)))
    noun = desk.random.choice(("start", "delivery", "acceptance", "rejection", "descoping"))
    said: dict[str, Any] = {
        "acceptance": {"accepted_on": str(AS_OF)}, "start": {}, "delivery": {}
    }.get(noun, WHY)  # fmt: skip
    return verb("outputs", row, noun, **said)


def stop(desk: Desk) -> Write | None:
    """Stop a project on the status date, or a programme in which nothing goes on."""
    if desk.random.random() < 0.8:
        return None
    home = desk.one(Programme)
    if not Project.objects.filter(programme=home, **LIVE).exists():
        return verb("programmes", home, "termination", **WHY)
    project = desk.project()
    return verb(
        "projects", project, "termination", **asked(project, terminated_on=str(AS_OF), **WHY)
    )


WRITES: tuple[Callable[[Desk], Write | None], ...] = (
    reforecast, reforecast, review, claim, rebook, rebook, invoice, override, tolerate, permit,
    assure, deliver, stop,
)  # fmt: skip
