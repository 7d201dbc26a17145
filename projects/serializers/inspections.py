"""Inspections, their plans and findings, and decisions about oversight."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework import serializers

from pmhub.serializers import HEAD, RECORD, NoCode, RecordSerializer
from pmhub.serializers.verbs import VerbDefinition
from projects.calendar import LEVELS
from projects.models import Inspection, InspectionFinding, InspectionPlan, OversightDecision
from projects.serializers.library import in_force
from projects.services import (
    answer_appeal,
    cancel_inspection,
    decide_oversight,
    draw_inspections,
    gather_evidence,
    hold_inspection,
    next_finding_code,
    next_inspection_code,
    next_plan_code,
    verify_finding,
)


def own_milestones(rows: QuerySet, record: Any, user: Any) -> QuerySet:
    """Return, of these milestones, those of the record's project."""
    return rows.filter(project=record.project_id) if record.project_id else rows


class InspectionSerializer(RecordSerializer):
    """A look at the work of a project by somebody who is not part of it; see `/holding/`."""

    class Meta(RecordSerializer.Meta):
        model = Inspection
        fields = [
            *HEAD, "project", "title", "asset_version", "hold_point", "inspector", "planned_on",
            "milestone", "plan", "state", "held_on", "result", "report", *RECORD,
        ]  # fmt: skip
        read_only_fields = ("plan",)
        extra_kwargs: ClassVar[dict[str, Any]] = {
            "asset_version": {"among": in_force},
            "milestone": {"among": own_milestones},
        }
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "holding": VerbDefinition(hold_inspection),
            "cancellation": VerbDefinition(cancel_inspection),
        }

    @classmethod
    def begins(cls, row: Inspection, user: Any) -> dict[str, Any]:
        """Return the next free code for a record of this kind."""
        return {"code": next_inspection_code(row)} if row.project_id else {}


class InspectionPlanSerializer(RecordSerializer):
    """What somebody who is not part of a project inspects before a stage or a milestone, or again
    and again. The product plans the next inspection by itself. Without `every_days` the interval
    (`interval_days`) follows the present oversight of the project (`follows`)."""

    interval_days = serializers.IntegerField(
        read_only=True,
        allow_null=True,
        help_text="Days from one to the next by now; null where a stage or a milestone is held",
    )
    follows = serializers.ChoiceField(
        [(level, level.capitalize()) for level in LEVELS],
        read_only=True,
        allow_null=True,
        help_text="The oversight by which it is looked at so often; null where it says so itself",
    )

    class Meta(RecordSerializer.Meta):
        model = InspectionPlan
        fields = [
            *HEAD, "project", "title", "asset_version", "hold_point", "milestone", "every_days",
            "interval_days", "follows", "begins_on", "inspector", "state", *RECORD,
        ]  # fmt: skip
        derived = ("interval_days", "follows")
        extra_kwargs: ClassVar[dict[str, Any]] = {
            "asset_version": {"among": in_force},
            "milestone": {"among": own_milestones},
        }

    @classmethod
    def begins(cls, row: InspectionPlan, user: Any) -> dict[str, Any]:
        """Return the next free code for a record of this kind."""
        return {"code": next_plan_code(row)} if row.project_id else {}

    def store(self, row: InspectionPlan, changed: list[str] | None) -> InspectionPlan:
        """Store the plan, and plan its next inspection."""
        stored: InspectionPlan = super().store(row, changed)
        draw_inspections(InspectionPlan.objects.filter(pk=stored.pk))
        return stored


class InspectionFindingSerializer(RecordSerializer):
    """Something that an inspection found: its owner corrects it (`/correction/`), and somebody else
    verifies that (`/verification/`)."""

    project_code = serializers.CharField(read_only=True, help_text="Of the project inspected")

    class Meta(RecordSerializer.Meta):
        model = InspectionFinding
        fields = [
            *HEAD, "inspection", "project_code", "text", "severity", "owner", "due_on",
            "root_cause", "corrective_action", "state", "corrected_by", "verified_by",
            "closed_on", *RECORD,
        ]  # fmt: skip
        read_only_fields = ("corrected_by", "verified_by")
        expressions: ClassVar[dict[str, Any]] = {"project_code": "inspection__project__code"}
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "verification": VerbDefinition(verify_finding)
        }

    @classmethod
    def begins(cls, row: InspectionFinding, user: Any) -> dict[str, Any]:
        """Return the next free code for a record of this kind."""
        return {"code": next_finding_code(row)} if row.inspection_id else {}


class OversightDecisionSerializer(RecordSerializer):
    """A decision that a project is watched at another level than its facts ask for. `derived_then`,
    `report_days_late` and `findings_open` are those on the day of the proposal. The reasons are
    shown only to the person whom the decision is about and to those who lead above them."""

    code = NoCode()

    class Meta(RecordSerializer.Meta):
        model = OversightDecision
        fields = [
            *HEAD, "project", "person", "level", "derived_then", "evidence", "report_days_late",
            "findings_open", "until", "state", "decided_by", "decided_on", "appeal", "answer",
            *RECORD,
        ]  # fmt: skip
        read_only_fields = (
            "person", "derived_then", "report_days_late", "findings_open", "decided_by",
            "decided_on",
        )  # fmt: skip
        derived = ("code",)
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "decision": VerbDefinition(decide_oversight),
            **{
                noun: VerbDefinition(partial(answer_appeal, noun=noun))
                for noun in ("upholding", "amendment")
            },
        }

    def store(self, row: OversightDecision, changed: list[str] | None) -> OversightDecision:
        """Store the decision; a new proposal gets the present evidence from the records of the
        project."""
        if changed is None:
            gather_evidence(row)
        return super().store(row, changed)
