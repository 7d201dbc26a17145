"""Hand-overs of the contributions of projects, with the verbs that accept, decline or withdraw
them."""

from __future__ import annotations

from typing import Any, ClassVar

from benefits.models import BenefitHandOver
from benefits.services import (
    accept_hand_over,
    ask_hand_over,
    decline_hand_over,
    withdraw_hand_over,
)
from pmhub.access import can
from pmhub.serializers import HEAD, RECORD, NoCode, RecordSerializer
from pmhub.serializers.verbs import VerbDefinition


class BenefitHandOverSerializer(RecordSerializer):
    """A contribution of a project, offered to the person who is to answer for it once the project
    has ended. That person accepts it (`/acceptance/`) or declines it (`/refusal/`). What was asked
    is never changed."""

    code = NoCode()

    class Meta(RecordSerializer.Meta):
        model = BenefitHandOver
        fields = [
            *HEAD, "contribution", "benefit", "project", "owner", "measure", "frequency", "until",
            "state", "asked_on", "answered_on", "reason", *RECORD,
        ]  # fmt: skip
        read_only_fields = ("asked_on", "answered_on", "reason")
        derived = ("code",)
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "acceptance": VerbDefinition(accept_hand_over),
            "refusal": VerbDefinition(decline_hand_over),
            "withdrawal": VerbDefinition(withdraw_hand_over),
        }

    @classmethod
    def begins(cls, row: BenefitHandOver, user: Any) -> dict[str, Any]:
        """Return the project, the benefit and its owner; if the user may see the benefit, also how
        it is measured, how often and until when."""
        if row.contribution_id is None:
            return {}
        share, benefit = row.contribution, row.contribution.benefit
        given: dict[str, Any] = {
            "project": share.project_id,
            "benefit": share.benefit_id,
            "owner": benefit.owner_id,
        }
        if can(user, "view", benefit):
            given |= {
                "measure": benefit.measure,
                "frequency": benefit.frequency,
                "until": benefit.sustain_until or benefit.target_on,
            }
        return {name: value for name, value in given.items() if value}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Set the benefit and the project to those of the contribution."""
        if share := attrs.get("contribution"):
            attrs |= {"benefit": share.benefit, "project": share.project}
        return attrs

    def store(self, row: BenefitHandOver, changed: list[str] | None) -> BenefitHandOver:
        """Store a new hand-over, which asks its owner, or the changed fields of one."""
        if changed is not None:
            return super().store(row, changed)
        terms = {name: getattr(row, name) for name in ("owner", "measure", "frequency", "until")}
        return ask_hand_over(row.contribution, **terms, by=self.user)
