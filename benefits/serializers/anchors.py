"""What benefits hang on, and the answers when that moves."""

from __future__ import annotations

from typing import Any, ClassVar

from benefits.models import BenefitAnchor
from benefits.services import accept_move, anchor_benefit, refuse_move
from benefits.services.anchors import day_of, to_come
from pmhub.serializers import HEAD, RECORD, NoCode, RecordSerializer
from pmhub.serializers.verbs import Does


class BenefitAnchorSerializer(RecordSerializer):
    """A benefit whose forecast hangs on the day of a milestone or of an output. When that moves,
    its owner is asked: `/acceptance/` writes a new forecast, `/refusal/` leaves the one there is.
    What it hangs on is never changed."""

    code = NoCode()

    class Meta(RecordSerializer.Meta):
        model = BenefitAnchor
        fields = [
            *HEAD, "benefit", "milestone", "output", "offset_days", "anchored_on", "state",
            "begins_on", "answered_on", "reason", *RECORD,
        ]  # fmt: skip
        read_only_fields = ("anchored_on", "begins_on", "answered_on", "reason")
        derived = ("code",)
        verbs: ClassVar[dict[str, Does]] = {
            "acceptance": Does(accept_move),
            "refusal": Does(refuse_move),
        }

    @classmethod
    def begins(cls, row: BenefitAnchor) -> dict[str, Any]:
        """Return how many days lie between the two as they are forecast now."""
        if row.benefit_id is None or not (row.milestone_id or row.output_id):
            return {}
        day, coming = day_of(row.on), to_come(row.benefit)
        return {"offset_days": (coming[0].period_start - day).days} if day and coming else {}

    def store(self, row: BenefitAnchor, changed: list[str] | None) -> BenefitAnchor:
        """Hang it on; what it hangs on is never changed."""
        if changed is not None:
            return super().store(row, changed)
        return anchor_benefit(
            row.benefit,
            milestone=row.milestone,
            output=row.output,
            offset_days=row.offset_days,
            by=self.user,
        )
