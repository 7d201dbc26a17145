"""Budget requests and transfers, and what is asked of a user who decides them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q
from rest_framework import serializers

from pmhub.serializers import (
    HEAD,
    RECORD,
    Choice,
    Currency,
    InputSerializer,
    NoCode,
    RecordSerializer,
    Related,
    first_column,
)
from pmhub.serializers.fields import Amount
from pmhub.serializers.verbs import VerbDefinition, reason_field
from programmes.models import Decision, Level
from programmes.models.states import DecisionState
from projects.models import BudgetLine, BudgetRequest, BudgetTransfer
from projects.models.budget.transfer import APART, FOREIGN
from projects.services import (
    approve_request,
    approve_transfer,
    next_request_code,
    refuse_request,
    refuse_transfer,
)


def may_allow(rows: Any, request: BudgetRequest, user: Any) -> Any:
    """Return the decisions that may allow a budget request: made, about its programme or portfolio,
    and not used for another request."""
    home = request.project.programme if request.project else request.programme
    about = Q(portfolio=request.owner_portfolio)
    about |= Q(programme=home) if home else Q(pk__in=[])
    return rows.filter(about, state=DecisionState.MADE, budget_request__isnull=True)


class RequestApprovalSerializer(InputSerializer):
    """The amount that is approved (all of it, where it is left out), and the decision that allows
    an amount above a limit or an envelope."""

    approved_amount = Amount(
        required=False, allow_null=True, help_text="Left empty, all that is asked for"
    )
    decision = Related(
        queryset=Decision.objects.all(), among=may_allow, required=False, allow_null=True,
        help_text="Where it is above an envelope, or a board decides",
    )  # fmt: skip
    reason = reason_field()


class BudgetRequestSerializer(RecordSerializer):
    """A request of a project or a programme that more is approved. `level` is the level that
    decides about the whole amount, by the delegated limits; null where a board of the portfolio
    decides."""

    currency = Currency()
    level = Choice(choices=Level.choices, read_only=True, allow_null=True)

    class Meta(RecordSerializer.Meta):
        model = BudgetRequest
        fields = [
            *HEAD, "project", "programme", "title", "category", "fiscal_year", "treatment",
            "currency", "amount", "reason", "state", "level", "approved_amount", "decided_by",
            "decided_on", "answer", "decision", "budget_line", "programme_line", *RECORD,
        ]  # fmt: skip
        read_only_fields = (
            "approved_amount", "decided_by", "decided_on", "answer", "decision", "budget_line",
            "programme_line",
        )  # fmt: skip
        expressions: ClassVar[dict[str, Any]] = {
            "currency": first_column(
                "project__programme__portfolio__currency", "project__portfolio__currency",
                "programme__portfolio__currency",
            )
        }  # fmt: skip
        derived = ("level",)
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "approval": VerbDefinition(approve_request, RequestApprovalSerializer),
            "refusal": VerbDefinition(refuse_request),
        }

    @classmethod
    def begins(cls, row: BudgetRequest, user: Any) -> dict[str, Any]:
        """Return the next free code for a request of the project or programme."""
        return {"code": next_request_code(row)} if row.project or row.programme else {}


class BudgetTransferSerializer(RecordSerializer):
    """A transfer of approved money from one budget line to another; the sum of the two lines stays
    the same."""

    code = NoCode()
    currency = Currency()

    class Meta(RecordSerializer.Meta):
        model = BudgetTransfer
        fields = [
            *HEAD, "from_line", "to_line", "currency", "amount", "reason", "state", "on",
            "decided_by", *RECORD,
        ]  # fmt: skip
        read_only_fields = ("on", "decided_by")
        expressions: ClassVar[dict[str, Any]] = {
            "currency": first_column(
                "from_line__project__programme__portfolio__currency",
                "from_line__project__portfolio__currency",
            )
        }
        derived = ("code",)
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "approval": VerbDefinition(approve_transfer),
            "refusal": VerbDefinition(refuse_transfer),
        }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse two lines of different portfolios, and a line in another currency than the
        portfolio's."""
        ends = [self.after(attrs, name) for name in ("from_line", "to_line")]
        homes = {line.project.owner_portfolio for line in ends if isinstance(line, BudgetLine)}
        if len(homes) > 1:
            raise serializers.ValidationError({"to_line": APART})
        for name in ("from_line", "to_line"):
            line = self.after(attrs, name)
            if line is not None and line.foreign_currency:
                raise serializers.ValidationError({name: FOREIGN})
        return attrs
