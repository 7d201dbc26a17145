"""Assumptions, and what is asked of a user when one fails."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any, ClassVar

from rest_framework import serializers

from pmhub.serializers import (
    HEAD,
    RECORD,
    Choice,
    InputSerializer,
    Number,
    RecordSerializer,
    Related,
    Text,
)
from pmhub.serializers.fields import LONGEST_TEXT
from pmhub.serializers.verbs import VerbDefinition, reason_field
from programmes.models import Programme
from projects.models import Assumption, Severity
from projects.models.risk import CERTAIN
from projects.queries import is_unvalidated
from projects.serializers.actions import about_actions
from projects.services import fail_assumption, next_assumption_code, settle_assumption
from projects.services.actions import ActionsOnceHappened
from projects.services.assumptions import FailedAssumption


class FailureSerializer(InputSerializer):
    """What an assumption that failed becomes. A risk without a probability is stored as a draft."""

    becomes = Choice(choices=FailedAssumption.choices, help_text="What it is now")
    programme = Related(
        queryset=Programme.objects.all(), required=False, allow_null=True,
        help_text="Of an assumption of the portfolio: where it is a risk or an issue",
    )  # fmt: skip
    probability = Number(
        max_digits=5, decimal_places=4, required=False, allow_null=True,
        help_text="Of a risk: how likely it is to hurt",
    )  # fmt: skip
    severity = Choice(
        choices=Severity.choices, required=False, help_text="Of an issue: how much it hurts"
    )
    evidence = Text(max_length=LONGEST_TEXT, required=False, allow_blank=True)
    actions = about_actions(ActionsOnceHappened.choices)
    reason = reason_field()

    def validate_probability(self, value: Decimal | None) -> Decimal | None:
        """Refuse what no risk can have."""
        if value is not None and not 0 < value < 1:
            raise serializers.ValidationError(CERTAIN)
        return value

    def fit(self, record: Any, user: Any) -> None:
        """Ask for a programme only where the assumption belongs to a portfolio."""
        if record.portfolio_id is None:
            self.fields.pop("programme", None)


class AssumptionSerializer(RecordSerializer):
    """What a plan takes to be true while nobody knows yet. `overdue` says whether it should be
    known by now. An assumption that fails becomes a risk or an issue: see `/failure/`."""

    overdue = serializers.BooleanField(
        read_only=True, help_text="Whether it should have been known before the status date"
    )

    class Meta(RecordSerializer.Meta):
        model = Assumption
        fields = [
            *HEAD, "project", "programme", "portfolio", "text", "basis", "impact_if_wrong",
            "confidence", "owner", "validate_by", "overdue", "state", "settled_on", "evidence",
            "risk", "issue", *RECORD,
        ]  # fmt: skip
        read_only_fields = ("settled_on", "risk", "issue")
        expressions: ClassVar[dict[str, Any]] = {"overdue": is_unvalidated()}
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "confirmation": VerbDefinition(
                partial(settle_assumption, noun="confirmation"), more={"actions": about_actions()}
            ),
            "failure": VerbDefinition(fail_assumption, FailureSerializer),
            "retirement": VerbDefinition(
                partial(settle_assumption, noun="retirement"), more={"actions": about_actions()}
            ),
        }

    @classmethod
    def begins(cls, row: Assumption, user: Any) -> dict[str, Any]:
        """Return the next free code for a record of this kind."""
        placed = row.project_id or row.programme_id or row.portfolio_id
        return {"code": next_assumption_code(row)} if placed else {}
