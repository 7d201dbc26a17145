"""Filters of the lists of benefits and their records."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q, QuerySet

from benefits.models import (
    Benefit,
    BenefitAnchor,
    BenefitContribution,
    BenefitHandOver,
    BenefitLink,
    BenefitMeasurement,
    BenefitProfileEntry,
    BenefitReview,
    OverlapCase,
    ProfileVersion,
    SharedBenefitClaim,
)
from benefits.models.links import SOURCES, TARGETS
from pmhub.filters import RANGE, RecordFilter, VisibleFilter, visible
from pmhub.filters.units import WithinUnitFilter
from programmes.models import Programme
from projects.models import Project


class BenefitFilter(RecordFilter):
    """Filters of benefits."""

    within_unit = WithinUnitFilter()

    class Meta:
        model = Benefit
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "programme": ["exact"],
            "kind": ["exact"],
            "category": ["exact"],
            "level": ["exact"],
            "beneficiary": ["exact"],
            "monetised": ["exact"],
            "foreign_currency": ["exact"],
            "status": ["exact"],
            "owner": ["exact"],
            "objective": ["exact"],
            "organisation_unit": ["exact"],
            "target_value": RANGE,
            "target_on": RANGE,
            "confidence": RANGE,
            "next_measurement_on": RANGE,
        }


class BenefitRecordFilter(RecordFilter):
    """Records of a benefit can be asked for by its programme too."""

    programme = VisibleFilter(field_name="benefit__programme", queryset=visible(Programme))


class ProfileEntryFilter(BenefitRecordFilter):
    """Filters of profile entries."""

    class Meta:
        model = BenefitProfileEntry
        fields: ClassVar[Any] = {
            "benefit": ["exact"],
            "version_kind": ["exact"],
            "version_number": RANGE,
            "period_start": RANGE,
            "period_end": RANGE,
            "value": RANGE,
        }


class ProfileVersionFilter(BenefitRecordFilter):
    """Filters of versions of profiles."""

    class Meta:
        model = ProfileVersion
        fields: ClassVar[Any] = {
            "benefit": ["exact"],
            "kind": ["exact"],
            "number": RANGE,
            "state": ["exact"],
            "proposed_by": ["exact"],
            "approved_by": ["exact"],
            "approved_on": RANGE,
        }


class MeasurementFilter(BenefitRecordFilter):
    """Filters of measurements."""

    class Meta:
        model = BenefitMeasurement
        fields: ClassVar[Any] = {
            "benefit": ["exact"],
            "status": ["exact"],
            "evidence_grade": ["exact"],
            "verified_by": ["exact"],
            "period_start": RANGE,
            "period_end": RANGE,
            "measured_on": RANGE,
            "value": RANGE,
        }


class ReviewFilter(BenefitRecordFilter):
    """Filters of reviews."""

    project = VisibleFilter(field_name="contribution__project", queryset=visible(Project))

    class Meta:
        model = BenefitReview
        fields: ClassVar[Any] = {
            "benefit": ["exact"],
            "contribution": ["exact"],
            "cause": ["exact"],
            "state": ["exact"],
            "decision": ["exact"],
            "reviewer": ["exact"],
            "asked_on": RANGE,
            "due_on": RANGE,
        }


class OverlapFilter(RecordFilter):
    """Filters of overlaps; `benefit` is either of the two."""

    benefit = VisibleFilter(method="of_benefit", queryset=visible(Benefit))

    class Meta:
        model = OverlapCase
        fields: ClassVar[Any] = {
            "programme": ["exact"],
            "first": ["exact"],
            "second": ["exact"],
            "cause": ["exact"],
            "state": ["exact"],
            "resolution": ["exact"],
            "overlap_amount": RANGE,
            "found_on": RANGE,
            "resolved_on": RANGE,
        }

    def of_benefit(self, queryset: QuerySet, name: str, value: Benefit) -> QuerySet:
        """Return the overlaps of which the benefit is one of the two."""
        return queryset.filter(Q(first=value) | Q(second=value))


class BenefitHandOverFilter(BenefitRecordFilter):
    """Filters of hand-overs."""

    class Meta:
        model = BenefitHandOver
        fields: ClassVar[Any] = {
            "contribution": ["exact"],
            "benefit": ["exact"],
            "project": ["exact"],
            "owner": ["exact"],
            "state": ["exact"],
            "frequency": ["exact"],
            "until": RANGE,
            "asked_on": RANGE,
            "answered_on": RANGE,
        }


class SharedBenefitClaimFilter(RecordFilter):
    """Filters of claims; `programme` is the one that claims."""

    class Meta:
        model = SharedBenefitClaim
        fields: ClassVar[Any] = {
            "benefit": ["exact"],
            "programme": ["exact"],
            "state": ["exact"],
            "share": RANGE,
        }


class BenefitAnchorFilter(BenefitRecordFilter):
    """Filters of anchors."""

    class Meta:
        model = BenefitAnchor
        fields: ClassVar[Any] = {
            "benefit": ["exact"],
            "milestone": ["exact"],
            "output": ["exact"],
            "state": ["exact"],
            "anchored_on": RANGE,
            "begins_on": RANGE,
            "answered_on": RANGE,
        }


class ContributionFilter(BenefitRecordFilter):
    """Filters of contributions."""

    class Meta:
        model = BenefitContribution
        fields: ClassVar[Any] = {"benefit": ["exact"], "project": ["exact"], "weight": RANGE}


class BenefitLinkFilter(RecordFilter):
    """Filters of links."""

    class Meta:
        model = BenefitLink
        fields: ClassVar[Any] = {name: ["exact"] for name in ("programme", *SOURCES, *TARGETS)}
