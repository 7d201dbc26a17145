"""Loads benefits with their measurements, and the benefits map.

What there is stands in `portfolio.json`; here is how it goes in.
"""

from datetime import date, timedelta
from decimal import Decimal

from benefits.models import (
    Benefit,
    BenefitContribution,
    BenefitHandOver,
    BenefitLink,
    BenefitMeasurement,
    BenefitProfileEntry,
    ProfileKind,
    SharedBenefitClaim,
)
from benefits.services import (
    anchor_benefit,
    approve_version,
    propose_version,
    set_contributions,
    verify_measurement,
)
from pmhub.demo.rows import DemoLoad, Row
from pmhub.services import turn
from programmes.models import AdoptionAssessment, ImpactedGroup, Outcome
from projects.models import Action, Output


def add_benefits(demo: DemoLoad) -> None:
    """Add benefits with profiles, verified measurements and the projects that contribute."""
    parts = ("contributions", "planned", "forecast", "actual")
    for benefit, row in demo.rows(Benefit, "benefits", *parts):
        benefit.objectives.add(demo.by_code[row["objective"]])
        for part, kind in (
            ("planned", ProfileKind.APPROVED),
            ("forecast", ProfileKind.FORECAST),
        ):
            demo.rows(
                BenefitProfileEntry,
                _periods(row.get(part, {})),
                benefit=benefit,
                version_kind=kind,
            )
        _approve(demo, benefit)
        _measurements(demo, benefit, row["actual"])
        weights = {
            demo.by_code[code]: Decimal(weight) for code, weight in row["contributions"].items()
        }
        set_contributions(benefit, weights, by=demo.by)


def _approve(demo: DemoLoad, benefit: Benefit) -> None:
    """Have the planned profile proposed by the PMO and approved by the sponsor."""
    for version in benefit.profile_versions.filter(kind=ProfileKind.APPROVED):
        propose_version(version, by=demo.by)
        approve_version(version, by=demo.sponsor)


def _measurements(demo: DemoLoad, benefit: Benefit, actual: dict[str, str]) -> None:
    """Add measurements that the benefit's owner submitted, and have the PMO verify them."""
    for period in _periods(actual):
        measurement = BenefitMeasurement.objects.create(
            benefit=benefit,
            **period,
            measured_on=period["period_end"] + timedelta(days=30),
            source="Annual benefits return",
            submitted_by=benefit.owner,
        )
        verify_measurement(measurement, by=demo.by)


def add_claims(demo: DemoLoad) -> None:
    """Add claims of programmes on benefits of others, some of them agreed to."""
    for claim, row in demo.rows(SharedBenefitClaim, "shared_claims", "agreed"):
        if row["agreed"]:
            turn(claim, noun="agreement", by=demo.by)


def add_benefits_map(demo: DemoLoad) -> None:
    """Add outputs, outcomes, groups of people with how far they have adopted them, and the links
    between."""
    demo.rows(Output, "outputs")
    demo.rows(Outcome, "outcomes")
    for group, row in demo.rows(ImpactedGroup, "impacted_groups", "assessments"):
        fields = {"impacted_group": group, "by": group.owner}
        demo.rows(AdoptionAssessment, row["assessments"], **fields)
    demo.rows(Action, "transition_actions")
    ends = ({**row, **_ends(demo, row)} for row in demo.data["benefit_links"])
    demo.rows(BenefitLink, ends, "from", "to")


def _ends(demo: DemoLoad, row: Row) -> Row:
    """Return the fields of a link, named by the kinds of the records at its ends."""
    return {
        f"{side}_{demo.by_code[row[side]]._meta.model_name}": row[side] for side in ("from", "to")
    }


def _periods(values: dict[str, str]) -> list[Row]:
    """Return fiscal years, given by their first day, as periods with a value."""
    return [
        {
            "period_start": (start := date.fromisoformat(day)),
            "period_end": start.replace(year=start.year + 1) - timedelta(days=1),
            "value": Decimal(value),
        }
        for day, value in values.items()
    ]


def add_benefit_hand_overs(demo: DemoLoad) -> None:
    """Add hand-overs of benefits of projects that have ended, with the people who accept or are
    asked to."""
    shares = BenefitContribution.objects.select_related("project", "benefit")
    by_codes = {(share.project.code, share.benefit.code): share for share in shares}
    for row in demo.data["benefit_hand_overs"]:
        share = by_codes[row["project"], row["benefit"]]
        of = {"contribution": share, "benefit": share.benefit, "project": share.project}
        demo.rows(BenefitHandOver, [row], "project", "benefit", **of)


def add_benefit_anchors(demo: DemoLoad) -> None:
    """Anchor forecasts of benefits to milestones; one of these has moved, so that the benefit's
    owner is asked."""
    for row in demo.data["benefit_anchors"]:
        benefit, milestone = demo.by_code[row["benefit"]], demo.by_code[row["milestone"]]
        anchor_benefit(benefit, milestone=milestone, offset_days=row["offset_days"], by=demo.by)
