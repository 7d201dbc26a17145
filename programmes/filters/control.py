"""What narrows the lists of rules, limits, boards, decisions and exceptions."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q, QuerySet

from pmhub.filters import RANGE, RecordFilter, VisibleFilter, visible
from programmes.models import (
    Acknowledgement,
    Board,
    BoardMeeting,
    BoardPack,
    Decision,
    DelegatedLimit,
    Envelope,
    ExceptionReport,
    Programme,
    RuleSet,
    Tolerance,
)


class ToleranceFilter(RecordFilter):
    """Filters of tolerances."""

    class Meta:
        model = Tolerance
        fields: ClassVar[Any] = {
            "portfolio": ["exact"],
            "programme": ["exact"],
            "project": ["exact"],
            "stage": ["exact"],
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


class BoardPackFilter(RecordFilter):
    """Filters of board packs."""

    class Meta:
        model = BoardPack
        fields: ClassVar[Any] = {
            "portfolio": ["exact"],
            "programmes": ["exact"],
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


class ExceptionFilter(RecordFilter):
    """Filters of exception reports; `programme` finds those of its cases and of its projects."""

    programme = VisibleFilter(method="of_programme", queryset=visible(Programme))

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

    def of_programme(self, queryset: QuerySet, name: str, value: Programme) -> QuerySet:
        """Return the exceptions of the programme's business cases and of its projects."""
        return queryset.filter(Q(case__programme=value) | Q(project__programme=value))
