"""What an update of a project consists of: a report in words, and changes of records."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from pmhub.serializers import Choice, Day, InputSerializer
from pmhub.serializers.fields import LONGEST_TEXT, Text, WholeNumber
from programmes.models import Rating, ReportState
from programmes.serializers.reports import StatusReportSerializer
from projects.serializers.issues import IssueSerializer
from projects.serializers.money import CostActualSerializer
from projects.serializers.project import OutputSerializer, ProjectSerializer
from projects.serializers.risk import RiskSerializer
from projects.serializers.schedule import DependencySerializer, MilestoneSerializer

MOST = 500  # items of an update
BROUGHT_TO = (ReportState.DRAFT, ReportState.SUBMITTED, ReportState.PUBLISHED)


def words() -> Text:
    """Return the field of a text of the report."""
    return Text(required=False, allow_blank=True, max_length=LONGEST_TEXT)


class UpdateReportSerializer(InputSerializer):
    """The report of an update. Without `id` it changes the author's own draft for the period, or
    corrects the report that is published for it; without a status it has that of the project."""

    id = WholeNumber(required=False, min_value=1)
    version = WholeNumber(required=False, min_value=0)
    period_end = Day(required=False, help_text="Else the day that the figures speak of")
    achieved = words()
    next_steps = words()
    help_needed = words()
    declared_rag = Choice(choices=Rating.choices, required=False)
    declared_reason = words()
    declared_finish = Day(required=False, allow_null=True)
    correction_reason = words()
    state = Choice(
        choices=BROUGHT_TO,
        required=False,
        default=ReportState.DRAFT,
        help_text="How far it is brought at once; at intensive oversight others approve it first",
    )


def items(says: str) -> serializers.ListField:
    """Return the field of a list of items, which the resources of their records check; `says` is
    its description."""
    return serializers.ListField(
        child=serializers.DictField(), required=False, max_length=MOST, help_text=says
    )


TOUCHED = (
    "Each with `id` and `version` and what changes, or without them a new one. `verb` names a move"
    " to make, such as closure, with what it asks; a state or day that a move sets means that move."
)


class UpdateSerializer(InputSerializer):
    """An update of a project. All of it is saved, or nothing."""

    report = UpdateReportSerializer(required=False)
    project = serializers.DictField(
        required=False, help_text="`version`, and the fields of the project that change"
    )
    milestones = items(
        f"{TOUCHED} With `move_dependencies` what others wait for is promised for the same day."
    )
    outputs = items(TOUCHED)
    dependencies = items(
        "What the project owes, or waits for: each with `id` and `version` and what changes, such"
        " as the day it was delivered. `verb` names a move to make."
    )
    risks = items(TOUCHED)
    issues = items(TOUCHED)
    costs = items("What was spent, as cost actuals")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse an update that is empty."""
        if not any(attrs.values()):
            text = "Say what was achieved, or change something."
            raise serializers.ValidationError(text, code="empty")
        return attrs


class UpdatedSerializer(serializers.Serializer):
    """The records that an update changed or added, as they are stored after it."""

    report = StatusReportSerializer()
    project = ProjectSerializer()
    outputs = OutputSerializer(many=True)
    milestones = MilestoneSerializer(many=True)
    risks = RiskSerializer(many=True)
    issues = IssueSerializer(many=True)
    costs = CostActualSerializer(many=True)
    dependencies = DependencySerializer(many=True)
