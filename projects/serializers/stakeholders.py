"""Stakeholders, their assessments, and the communications with them."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers

from pmhub.serializers import HEAD, RECORD, RecordSerializer
from pmhub.serializers.verbs import VerbDefinition
from programmes.models.confidence import Change
from programmes.serializers.authored import AuthoredSerializer
from projects.models import Communication, Stakeholder, StakeholderAssessment
from projects.models.stakeholder import Stance, assessed, trend
from projects.queries import is_unsaid
from projects.services import next_communication_code, next_stakeholder_code, send_communication


class StakeholderSerializer(RecordSerializer):
    """Somebody whom a programme or a project affects. `stance`, `influence` and `interest` are
    those of the last assessment; `trend` compares it with the one before."""

    stance = serializers.ChoiceField(choices=Stance.choices, read_only=True, allow_null=True)
    influence = serializers.IntegerField(read_only=True, allow_null=True)
    interest = serializers.IntegerField(read_only=True, allow_null=True)
    assessed_on = serializers.DateField(read_only=True, allow_null=True)
    trend = serializers.ChoiceField(choices=Change.choices, read_only=True, allow_null=True)

    class Meta(RecordSerializer.Meta):
        model = Stakeholder
        fields = [
            *HEAD, "programme", "project", "name", "group", "person", "concerns", "owner",
            "wanted_stance", "stance", "trend", "influence", "interest", "assessed_on", *RECORD,
        ]  # fmt: skip
        expressions: ClassVar[dict[str, Any]] = {
            "stance": assessed("stance"),
            "influence": assessed("influence"),
            "interest": assessed("interest"),
            "assessed_on": assessed("on"),
            "trend": trend(),
        }

    @classmethod
    def begins(cls, row: Stakeholder, user: Any) -> dict[str, Any]:
        """Return the next free code for a record of this kind."""
        placed = row.project_id or row.programme_id
        return {"code": next_stakeholder_code(row)} if placed else {}


class StakeholderAssessmentSerializer(AuthoredSerializer):
    """The stance of a stakeholder on a day, with influence and interest. An assessment is never
    changed: another one follows."""

    class Meta(AuthoredSerializer.Meta):
        model = StakeholderAssessment
        fields = [
            *HEAD, "stakeholder", "on", "influence", "interest", "stance", "note", "by", *RECORD,
        ]  # fmt: skip
        extra_kwargs: ClassVar[dict[str, Any]] = {"on": {"required": False}}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Set the day where none is given."""
        self.default_day(attrs, "on")
        return attrs


class CommunicationSerializer(RecordSerializer):
    """What is said to stakeholders, by when, and whether they heard it. `overdue` says whether it
    should have been said before the status date."""

    overdue = serializers.BooleanField(
        read_only=True, help_text="Whether it should have been said before the status date"
    )

    class Meta(RecordSerializer.Meta):
        model = Communication
        fields = [
            *HEAD, "project", "programme", "portfolio", "title", "message", "audience", "channel",
            "owner", "planned_on", "overdue", "repeats_every", "state", "sent_on", "heard",
            "feedback", *RECORD,
        ]  # fmt: skip
        expressions: ClassVar[dict[str, Any]] = {"overdue": is_unsaid()}
        verbs: ClassVar[dict[str, VerbDefinition]] = {"sending": VerbDefinition(send_communication)}

    @classmethod
    def begins(cls, row: Communication, user: Any) -> dict[str, Any]:
        """Return the next free code for a record of this kind."""
        placed = row.project_id or row.programme_id or row.portfolio_id
        return {"code": next_communication_code(row)} if placed else {}
