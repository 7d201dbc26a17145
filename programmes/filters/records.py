"""What narrows the lists of portfolios, programmes and what they are made of."""

from __future__ import annotations

from typing import Any, ClassVar

from pmhub.filters import RANGE, RecordFilter
from programmes.models import (
    ObjectiveMeasurement,
    OperatingModelState,
    Outcome,
    Portfolio,
    Programme,
    ProgrammeLine,
    ProgrammeMandate,
    StatusReport,
    StrategicObjective,
    Tranche,
)


class PortfolioFilter(RecordFilter):
    """Filters of portfolios."""

    class Meta:
        model = Portfolio
        fields: ClassVar[Any] = {"code": ["exact"], "organisation": ["exact"]}


class ObjectiveFilter(RecordFilter):
    """Filters of objectives."""

    class Meta:
        model = StrategicObjective
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "portfolio": ["exact"],
            "status": ["exact"],
            "owner": ["exact"],
            "target_on": RANGE,
        }


class ObjectiveMeasurementFilter(RecordFilter):
    """Filters of measurements of objectives."""

    class Meta:
        model = ObjectiveMeasurement
        fields: ClassVar[Any] = {
            "objective": ["exact"],
            "programme": ["exact"],
            "status": ["exact"],
            "by": ["exact"],
            "verified_by": ["exact"],
            "on": RANGE,
            "value": RANGE,
        }


class ProgrammeFilter(RecordFilter):
    """Filters of programmes."""

    class Meta:
        model = Programme
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "portfolio": ["exact"],
            "stage": ["exact"],
            "governance_type": ["exact"],
            "business_case_stage": ["exact"],
            "sro": ["exact"],
            "programme_manager": ["exact"],
            "dca": ["exact"],
            "starts_on": RANGE,
            "planned_end_on": RANGE,
            "actual_end_on": RANGE,
            "contingency_budget": RANGE,
            "template": ["exact"],
            "split_from": ["exact"],
            "merged_into": ["exact"],
        }


class TrancheFilter(RecordFilter):
    """Filters of tranches."""

    class Meta:
        model = Tranche
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "programme": ["exact"],
            "state": ["exact"],
            "starts_on": RANGE,
            "ends_on": RANGE,
        }


class MandateFilter(RecordFilter):
    """Filters of mandates."""

    class Meta:
        model = ProgrammeMandate
        fields: ClassVar[Any] = {
            "programme": ["exact"],
            "sponsor": ["exact"],
            "state": ["exact"],
            "issued_on": RANGE,
        }


class OperatingModelStateFilter(RecordFilter):
    """Filters of states of operating models."""

    class Meta:
        model = OperatingModelState
        fields: ClassVar[Any] = {
            "programme": ["exact"],
            "tranche": ["exact"],
            "dimension": ["exact"],
            "state": ["exact"],
            "reached_on": RANGE,
        }


class OutcomeFilter(RecordFilter):
    """Filters of outcomes."""

    class Meta:
        model = Outcome
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "programme": ["exact"],
            "state": ["exact"],
            "bcm": ["exact"],
            "capability_ready_on": RANGE,
            "transition_start": RANGE,
            "embedded_on": RANGE,
        }


class ProgrammeLineFilter(RecordFilter):
    """Filters of programme lines."""

    class Meta:
        model = ProgrammeLine
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "programme": ["exact"],
            "kind": ["exact"],
            "treatment": ["exact"],
            "fiscal_year": RANGE,
            "approved_budget": RANGE,
            "foreign_currency": ["exact"],
        }


class StatusReportFilter(RecordFilter):
    """Filters of status reports."""

    class Meta:
        model = StatusReport
        fields: ClassVar[Any] = {
            "programme": ["exact"],
            "project": ["exact"],
            "kind": ["exact"],
            "state": ["exact"],
            "declared_rag": ["exact"],
            "author": ["exact"],
            "period_end": RANGE,
            "published_at": RANGE,
        }
