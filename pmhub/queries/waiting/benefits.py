"""What waits for those who answer for benefits."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import Exists, Q, Value
from django.db.models.functions import Concat

from benefits.models import (
    CONCLUDED,
    AnchorState,
    Benefit,
    BenefitAnchor,
    BenefitHandOver,
    BenefitMeasurement,
    BenefitReview,
    MeasurementStatus,
    OverlapCase,
    OverlapState,
    ProfileKind,
    ProfileVersion,
    VersionState,
)
from benefits.models.review import ReviewState
from benefits.models.states import GIVEN_UP
from benefits.queries import measured_anew
from pmhub.page_addresses import address_of
from pmhub.permissions import LIMITERS, VERIFIERS
from pmhub.queries.waiting.rule import Asker, Rule, vacant
from programmes.models import ImpactedGroup, ObjectiveMeasurement
from programmes.models.states import ObjectiveMeasurementStatus, OutcomeState, ProgrammeStage

BENEFIT: Any = Concat("benefit__code", Value(" "), "benefit__title")
LEADERS = ("benefit__programme__programme_manager", "benefit__programme__sro")


def _measuring(benefit: int, day: date) -> str:
    """Return the address of the form that records a measurement of a benefit for a day."""
    query = urlencode({"benefit": benefit, "measured_on": day})
    return f"{address_of('new-record', 'measurements')}?{query}"


def _verifies(asker: Asker) -> Q:
    """Return the condition on measurements that the person may verify: not those that they made,
    nor those of benefits that a project of theirs brings."""
    verifies = asker.holding(BenefitMeasurement, VERIFIERS, vacant=vacant(*LEADERS))
    return verifies & ~asker.has_part(BenefitMeasurement)


RULES = (
    Rule(
        "measurement_due", "Benefits to measure", Benefit, "benefits",
        who="its owner and its reporter",
        waits=Benefit.answered_for["owner"],
        asks=lambda asker: asker.named("owner", "reporter"),
        due="next_measurement_on", code="code", called="title",
        does="Measure it", form=_measuring, lasting=True,
    ),
    Rule(
        "measurement_to_verify", "Measurements to verify", BenefitMeasurement, "measurements",
        who="whoever may verify it, and neither measured it nor answers for what it praises",
        waits=Q(status=MeasurementStatus.SUBMITTED),
        asks=_verifies,
        called=BENEFIT, verb="verification",
    ),
    Rule(
        "measurement_rejected", "Measurements that were rejected", BenefitMeasurement,
        "measurements",
        who="who submitted it, until the period is measured anew",
        waits=Q(status=MeasurementStatus.REJECTED)
        & ~Q(benefit__status__in=CONCLUDED)
        & ~Q(Exists(measured_anew())),
        asks=lambda asker: asker.named("submitted_by"),
        called=BENEFIT, does="Measure it anew",
        form=lambda measurement, _: address_of("record", "measurements", measurement),
    ),
    Rule(
        "benefit_in_doubt", "Benefits in doubt", BenefitReview, "benefit-reviews",
        who="the reviewer, who is its owner",
        waits=Q(state=ReviewState.OPEN) & ~Q(benefit__status__in=GIVEN_UP),
        asks=lambda asker: asker.named("reviewer"),
        due="due_on", ahead=None, called=BENEFIT, does="Answer it", verb="answer",
    ),
    Rule(
        "overlap_to_resolve", "Benefits that may overlap", OverlapCase, "overlap-cases",
        who="the programme manager and the SRO, where they own neither of the two",
        waits=Q(state=OverlapState.OPEN)
        & ~Q(first__status__in=GIVEN_UP)
        & ~Q(second__status__in=GIVEN_UP),
        asks=lambda asker: asker.holding(OverlapCase, LIMITERS, vacant=vacant("programme"))
        & ~asker.has_part(OverlapCase),
        called=Concat("first__code", Value(" and "), "second__code"), verb="resolution",
    ),
    Rule(
        "hand_over_to_accept", "Hand-overs of benefits to accept", BenefitHandOver,
        "benefit-hand-overs",
        who="whoever is asked to answer for what a project brings once it has ended",
        waits=BenefitHandOver.waits_for["owner"] & ~Q(benefit__status__in=CONCLUDED),
        asks=lambda asker: asker.named("owner"),
        # A reader of the project may not see the benefit, so only its code is shown.
        code="benefit__code", called="measure", verb="acceptance", home="project",
    ),
    Rule(
        "forecast_to_move", "Forecasts to move with what they hang on", BenefitAnchor,
        "benefit-anchors",
        who="the owner of the benefit",
        waits=Q(state=AnchorState.PROPOSED) & ~Q(benefit__status__in=CONCLUDED),
        asks=lambda asker: asker.named("benefit__owner"),
        called=BENEFIT, verb="acceptance",
    ),
    Rule(
        "profile_to_approve", "Plans of benefits to approve", ProfileVersion, "profile-versions",
        who="the programme manager and the SRO, where somebody else proposed it",
        waits=Q(state=VersionState.PROPOSED) & ~Q(benefit__status__in=GIVEN_UP),
        asks=lambda asker: asker.holding(ProfileVersion, LIMITERS, vacant=vacant(*LEADERS))
        & ~asker.has_part(ProfileVersion),
        called=BENEFIT, verb="approval",
    ),
    Rule(
        "profile_to_propose", "Plans of benefits to propose", ProfileVersion, "profile-versions",
        who="the owner of the benefit, while its plan is a draft",
        waits=Q(state=VersionState.DRAFT)
        & ~Q(kind=ProfileKind.FORECAST)
        & ~Q(benefit__status__in=GIVEN_UP),
        asks=lambda asker: asker.named("benefit__owner"),
        called=BENEFIT, verb="proposal",
    ),
    Rule(
        "objective_to_verify", "Measurements of objectives to verify", ObjectiveMeasurement,
        "objective-measurements",
        who="whoever may verify it and did not measure it",
        waits=Q(status=ObjectiveMeasurementStatus.SUBMITTED),
        asks=lambda asker: asker.holding(
            ObjectiveMeasurement, VERIFIERS, vacant=vacant("programme"),
        ) & ~asker.has_part(ObjectiveMeasurement),
        code="objective__code", called="objective__title", verb="verification",
    ),
    Rule(
        "group_to_accept", "New ways of working to accept", ImpactedGroup, "impacted-groups",
        who="who leads the group in daily business",
        waits=ImpactedGroup.answered_for["owner"]
        & Q(outcome__state=OutcomeState.IN_TRANSITION)
        & ~Q(outcome__programme__stage=ProgrammeStage.TERMINATED),
        asks=lambda asker: asker.named("owner"),
        due="adopt_by", ahead=None, code="code", called="name", verb="acceptance", lasting=True,
    ),
)  # fmt: skip
