"""What narrows the lists of portfolios, programmes and their records."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q

from pmhub.filters import RANGE, OverdueFilter, RecordFilter, VisibleFilter, visible
from programmes.models import (
    Acknowledgement,
    AssuranceRecommendation,
    AssuranceReview,
    Board,
    BoardMeeting,
    BusinessCase,
    CaseFlow,
    CaseOption,
    DcaRecord,
    Decision,
    DelegatedLimit,
    Envelope,
    ExceptionReport,
    HealthOverride,
    ObjectiveMeasurement,
    OperatingModelState,
    Outcome,
    Portfolio,
    Programme,
    ProgrammeLine,
    ProgrammeMandate,
    RuleSet,
    Scenario,
    ScenarioChange,
    StatusReport,
    StrategicObjective,
    Tolerance,
    Tranche,
)
from programmes.models.states import RecommendationState


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
        }


class AssuranceReviewFilter(RecordFilter):
    """Filters of assurance reviews."""

    class Meta:
        model = AssuranceReview
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "programme": ["exact"],
            "project": ["exact"],
            "kind": ["exact"],
            "dca": ["exact"],
            "state": ["exact"],
            "planned_on": RANGE,
            "held_on": RANGE,
        }


class AssuranceRecommendationFilter(RecordFilter):
    """Filters of recommendations."""

    overdue = OverdueFilter("due_on", Q(state=RecommendationState.OPEN))

    class Meta:
        model = AssuranceRecommendation
        fields: ClassVar[Any] = {
            "review": ["exact"],
            "priority": ["exact"],
            "state": ["exact"],
            "owner": ["exact"],
            "due_on": RANGE,
            "closed_on": RANGE,
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


class DcaRecordFilter(RecordFilter):
    """Filters of judgements of delivery confidence."""

    class Meta:
        model = DcaRecord
        fields: ClassVar[Any] = {
            "programme": ["exact"],
            "project": ["exact"],
            "kind": ["exact"],
            "value": ["exact"],
            "by": ["exact"],
            "review": ["exact"],
            "on": RANGE,
        }


class HealthOverrideFilter(RecordFilter):
    """Filters of overrides of health."""

    class Meta:
        model = HealthOverride
        fields: ClassVar[Any] = {
            "programme": ["exact"],
            "project": ["exact"],
            "colour": ["exact"],
            "state": ["exact"],
            "by": ["exact"],
            "approved_by": ["exact"],
            "starts_on": RANGE,
            "expires_on": RANGE,
        }


class ToleranceFilter(RecordFilter):
    """Filters of tolerances."""

    class Meta:
        model = Tolerance
        fields: ClassVar[Any] = {
            "portfolio": ["exact"],
            "programme": ["exact"],
            "project": ["exact"],
            "kind": ["exact"],
            "side": ["exact"],
            "by": ["exact"],
        }


class DecisionFilter(RecordFilter):
    """Filters of decisions."""

    class Meta:
        model = Decision
        fields: ClassVar[Any] = {
            "portfolio": ["exact"],
            "programme": ["exact"],
            "project": ["exact"],
            "cause": ["exact"],
            "state": ["exact"],
            "board": ["exact"],
            "meeting": ["exact"],
            "decided_by": ["exact"],
            "decided_on": RANGE,
            "review_on": RANGE,
        }


class AcknowledgementFilter(RecordFilter):
    """Filters of acknowledgements."""

    class Meta:
        model = Acknowledgement
        fields: ClassVar[Any] = {
            "decision": ["exact"],
            "person": ["exact"],
            "state": ["exact"],
            "asked_on": RANGE,
            "read_on": RANGE,
        }


class BoardFilter(RecordFilter):
    """Filters of boards."""

    class Meta:
        model = Board
        fields: ClassVar[Any] = {
            "portfolio": ["exact"],
            "programme": ["exact"],
            "kind": ["exact"],
            "chair": ["exact"],
            "members": ["exact"],
        }


class BoardMeetingFilter(RecordFilter):
    """Filters of meetings of boards."""

    class Meta:
        model = BoardMeeting
        fields: ClassVar[Any] = {
            "board": ["exact"],
            "state": ["exact"],
            "on": RANGE,
        }


class DelegatedLimitFilter(RecordFilter):
    """Filters of delegated limits."""

    class Meta:
        model = DelegatedLimit
        fields: ClassVar[Any] = {"portfolio": ["exact"], "level": ["exact"]}


class EnvelopeFilter(RecordFilter):
    """Filters of envelopes."""

    class Meta:
        model = Envelope
        fields: ClassVar[Any] = {
            "portfolio": ["exact"],
            "programme": ["exact", "isnull"],
            "fiscal_year": RANGE,
            "treatment": ["exact"],
            "amount": RANGE,
            "approved_on": RANGE,
        }


class RuleSetFilter(RecordFilter):
    """Filters of rule sets."""

    class Meta:
        model = RuleSet
        fields: ClassVar[Any] = {
            "portfolio": ["exact"],
            "kind": ["exact"],
            "by": ["exact"],
            "valid_from": RANGE,
        }


class ScenarioFilter(RecordFilter):
    """Filters of scenarios."""

    class Meta:
        model = Scenario
        fields: ClassVar[Any] = {"programme": ["exact"], "name": ["exact"]}


class ScenarioChangeFilter(RecordFilter):
    """Filters of the changes of scenarios."""

    class Meta:
        model = ScenarioChange
        fields: ClassVar[Any] = {
            "scenario": ["exact"],
            "scenario__programme": ["exact"],
            "path": ["exact"],
            "adopted_at": ["isnull"],
        }


class StatusReportFilter(RecordFilter):
    """Filters of status reports."""

    class Meta:
        model = StatusReport
        fields: ClassVar[Any] = {
            "programme": ["exact"],
            "project": ["exact"],
            "state": ["exact"],
            "declared_rag": ["exact"],
            "author": ["exact"],
            "period_end": RANGE,
            "published_at": RANGE,
        }


class BusinessCaseFilter(RecordFilter):
    """Filters of business cases."""

    class Meta:
        model = BusinessCase
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "programme": ["exact"],
            "project": ["exact"],
            "kind": ["exact"],
            "state": ["exact"],
            "npsv": RANGE,
            "approved_on": RANGE,
        }


class CaseOptionFilter(RecordFilter):
    """Filters of options of business cases."""

    class Meta:
        model = CaseOption
        fields: ClassVar[Any] = {
            "code": ["exact"],
            "case": ["exact"],
            "kind": ["exact"],
            "bias_category": ["exact"],
        }


class CaseFlowFilter(RecordFilter):
    """Filters of flows of options; `case` finds those of all options of a case."""

    case = VisibleFilter(field_name="option__case", queryset=visible(BusinessCase))

    class Meta:
        model = CaseFlow
        fields: ClassVar[Any] = {
            "option": ["exact"],
            "kind": ["exact"],
            "treatment": ["exact"],
            "fiscal_year": RANGE,
            "amount": RANGE,
        }


class ExceptionFilter(RecordFilter):
    """Filters of exception reports."""

    class Meta:
        model = ExceptionReport
        fields: ClassVar[Any] = {
            "project": ["exact"],
            "case": ["exact"],
            "tolerance": ["exact"],
            "kind": ["exact"],
            "state": ["exact"],
            "decision": ["exact"],
            "opened_on": RANGE,
            "decided_on": RANGE,
        }
