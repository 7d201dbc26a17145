"""Inspections, what they found, and decisions about oversight."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from pmhub.serializers import HEAD, RECORD, NoCode, RecordSerializer
from pmhub.serializers.verbs import Does
from projects.models import Inspection, InspectionFinding, OversightDecision
from projects.serializers.library import in_force
from projects.services import (
    answer_appeal,
    decide_oversight,
    gather_evidence,
    hold_inspection,
    next_finding_code,
    next_inspection_code,
    verify_finding,
)


class InspectionSerializer(RecordSerializer):
    """A look at the work of a project by somebody who is not of it; see `/holding/`."""

    class Meta(RecordSerializer.Meta):
        model = Inspection
        fields = [
            *HEAD, "project", "title", "asset_version", "hold_point", "inspector", "planned_on",
            "state", "held_on", "result", "report", *RECORD,
        ]  # fmt: skip
        extra_kwargs: ClassVar[dict[str, Any]] = {"asset_version": {"among": in_force}}
        verbs: ClassVar[dict[str, Does]] = {"holding": Does(hold_inspection)}

    @classmethod
    def begins(cls, row: Inspection) -> dict[str, Any]:
        """Return the code that follows on those beside it."""
        return {"code": next_inspection_code(row)} if row.project_id else {}


class InspectionFindingSerializer(RecordSerializer):
    """Something that an inspection found: its owner corrects it (`/correction/`), and somebody else
    verifies that (`/verification/`)."""

    class Meta(RecordSerializer.Meta):
        model = InspectionFinding
        fields = [
            *HEAD, "inspection", "text", "severity", "owner", "due_on", "root_cause",
            "corrective_action", "state", "corrected_by", "verified_by", "closed_on", *RECORD,
        ]  # fmt: skip
        read_only_fields = ("corrected_by", "verified_by")
        verbs: ClassVar[dict[str, Does]] = {"verification": Does(verify_finding)}

    @classmethod
    def begins(cls, row: InspectionFinding) -> dict[str, Any]:
        """Return the code that follows on those beside it."""
        return {"code": next_finding_code(row)} if row.inspection_id else {}


class OversightDecisionSerializer(RecordSerializer):
    """That a project is watched at another level than its facts ask for. `derived_then`,
    `report_days_late` and `findings_open` are those of the proposal. Why is told to whom it is
    about and to those who lead above them."""

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
        verbs: ClassVar[dict[str, Does]] = {
            "decision": Does(decide_oversight),
            **{
                noun: Does(partial(answer_appeal, noun=noun)) for noun in ("upholding", "amendment")
            },
        }

    def store(self, row: OversightDecision, changed: list[str] | None) -> OversightDecision:
        """Save; a proposal is made with what the records say of the project."""
        if changed is None:
            gather_evidence(row)
        return super().store(row, changed)
