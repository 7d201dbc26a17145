"""Benefits, their values, and the projects that contribute."""

from datetime import date
from decimal import Decimal
from typing import Any

from benefits.models import (
    Benefit,
    BenefitAnchor,
    BenefitContribution,
    BenefitHandOver,
    BenefitMeasurement,
    BenefitProfileEntry,
    OverlapCase,
    SharedBenefitClaim,
)
from projects.models import Milestone, Project
from tests.factories.codes import next_code
from tests.factories.people import person
from tests.factories.programmes import programme
from tests.factories.projects import milestone, project


def benefit(**fields: Any) -> Benefit:
    """Return an approved cashable benefit: a flow, in money."""
    if "programme" not in fields:
        fields["programme"] = programme()
    code = next_code("BX")
    defaults = {
        "code": code,
        "title": f"Lower cost {code}",
        "category": "cashable",
        "unit": "GBP k",
        "monetised": True,
        "status": "approved",
    }
    return Benefit.objects.create(**defaults | fields)


def entry(benefit: Benefit, year: int, value: Any, **fields: Any) -> BenefitProfileEntry:
    """Return the approved value of a fiscal year, named by the year in which it begins."""
    defaults = {
        "version_kind": "approved",
        "period_start": date(year, 4, 1),
        "period_end": date(year + 1, 3, 31),
    }
    return BenefitProfileEntry.objects.create(benefit=benefit, value=value, **defaults | fields)


def measurement(benefit: Benefit, year: int, value: Any, **fields: Any) -> BenefitMeasurement:
    """Return a measurement of a fiscal year, submitted and not verified."""
    if "submitted_by" not in fields:
        fields["submitted_by"] = person()
    defaults = {"period_start": date(year, 4, 1), "period_end": date(year + 1, 3, 31)}
    return BenefitMeasurement.objects.create(benefit=benefit, value=value, **defaults | fields)


def contribution(project: Project, **fields: Any) -> BenefitContribution:
    """Return the contribution of a project, of half, to a benefit of its programme."""
    defaults: dict[str, Any] = {"weight": Decimal("0.5")}
    if "benefit" not in fields:
        fields["benefit"] = benefit(programme=project.programme)
    return BenefitContribution.objects.create(project=project, **defaults | fields)


def claim(of: Benefit | None = None, **fields: Any) -> SharedBenefitClaim:
    """Return the claim of another programme of the portfolio to a quarter of a benefit."""
    of = of or benefit()
    if "programme" not in fields:
        fields["programme"] = programme(portfolio=of.programme.portfolio)
    return SharedBenefitClaim.objects.create(**{"benefit": of, "share": Decimal("0.25"), **fields})


def overlap(one: Benefit, other: Benefit, **fields: Any) -> OverlapCase:
    """Return an overlap of two benefits, found by their titles."""
    defaults = {
        "programme": one.programme,
        "first": one,
        "second": other,
        "cause": "near_title",
        "found_on": date(2026, 10, 1),
    }
    if fields.get("state") == "resolved":
        defaults |= {
            "resolution": "none",
            "reason": "Two measures",
            "resolved_on": date(2026, 10, 2),
        }
    return OverlapCase.objects.create(**defaults | fields)


def anchor(on: Milestone | None = None, **fields: Any) -> BenefitAnchor:
    """Return an anchor of a benefit's forecast to a milestone."""
    home = {"programme": fields["benefit"].programme} if "benefit" in fields else {}
    on = on or milestone(project(**home), forecast_on=date(2027, 3, 1))
    owner = fields.pop("owner", None)
    if "benefit" not in fields:
        fields["benefit"] = benefit(programme=on.project.programme or programme(), owner=owner)
    defaults = {"milestone": on, "offset_days": 31, "anchored_on": date(2027, 3, 1)}
    state = fields.get("state", "in_step")
    if state != "in_step":
        defaults["begins_on"] = date(2027, 5, 1)
    if state in ("accepted", "refused"):
        defaults |= {"answered_on": date(2026, 10, 2), "reason": "It comes all the same"}
    return BenefitAnchor.objects.create(**defaults | fields)


def hand_over(share: BenefitContribution | None = None, **fields: Any) -> BenefitHandOver:
    """Return the hand-over of a contribution to a person who is asked to answer for it."""
    share = share or contribution(project())
    defaults = {
        "contribution": share,
        "benefit": share.benefit,
        "project": share.project,
        "owner": None if "owner" in fields else person(),
        "measure": "Cost a year",
        "until": date(2031, 3, 31),
        "asked_on": date(2026, 10, 1),
    }
    if fields.get("state", "asked") != "asked":
        defaults["answered_on"] = date(2026, 10, 2)
    return BenefitHandOver.objects.create(**defaults | fields)


def handed_over(project: Project) -> None:
    """Have all contributions of a project accepted by somebody, as far as they are not yet."""
    offered = BenefitHandOver.objects.filter(project=project)
    offered.filter(state="asked").delete()
    for share in project.contributions.exclude(pk__in=offered.values("contribution")):
        hand_over(share, state="accepted")
