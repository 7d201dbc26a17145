"""Money of projects."""

from __future__ import annotations

from functools import partial
from operator import attrgetter
from typing import Any, ClassVar

from django.db.models import F, Value
from django.db.models.functions import Coalesce
from rest_framework import serializers

from pmhub.database.priced import BUDGET_LINES, COMMITMENTS, COSTS
from pmhub.serializers import (
    HEAD,
    RECORD,
    Currency,
    Day,
    InputSerializer,
    NoCode,
    RecordSerializer,
    first_column,
)
from pmhub.serializers.verbs import VerbDefinition, reason_field
from programmes.serializers.foreign import ForeignAmountSerializer
from programmes.services import draw_contingency
from projects.models import BudgetLine, Commitment, ContingencyMovement, CostActual
from projects.models.contingency import OTHER_PROGRAMME
from projects.models.money import OTHER_LINE, UNALLOCATED
from projects.serializers.project import PARENT_CURRENCY
from projects.services.budgets import store_within_envelopes
from projects.services.money import posted_once, reverse_cost


class BudgetLineSerializer(ForeignAmountSerializer):
    """A part of a project's budget. A line in another currency gives `foreign_currency` and the
    foreign amounts; the other amounts are in the portfolio's currency and follow by the budget rate
    of the first day of its fiscal year; they are 0 while there is no rate."""

    priced = BUDGET_LINES

    currency = Currency()

    class Meta(RecordSerializer.Meta):
        model = BudgetLine
        fields = [
            *HEAD, "project", "category", "treatment", "fiscal_year", "currency", "baseline",
            "approved", "forecast", "forecast_low", "forecast_high", "foreign_currency",
            "foreign_baseline", "foreign_approved", "foreign_forecast", "foreign_forecast_low",
            "foreign_forecast_high", "exchange_rate", *RECORD,
        ]  # fmt: skip
        expressions: ClassVar[dict[str, Any]] = {"currency": PARENT_CURRENCY}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check that the bounds hold the forecast, or the approved amount where there is no
        forecast, in the currency of the line."""
        super().validate(attrs)
        of = "foreign_" if self.after(attrs, "foreign_currency") else ""
        forecast = f"{of}forecast"
        field = forecast if self.after(attrs, forecast) is not None else f"{of}approved"
        self.check_bounds(attrs, field, f"{forecast}_low", f"{forecast}_high")
        return attrs

    def store(self, row: BudgetLine, changed: list[str] | None) -> BudgetLine:
        """Store the line, if what is approved then exceeds no envelope."""
        return store_within_envelopes(row, changed, partial(super().store, row, changed))


class ReversalSerializer(InputSerializer):
    """Why a cost is taken back, and on which day: the status date, where it is left out."""

    posted_on = Day(required=False, allow_null=True)
    reason = reason_field(needed=True)


class CostActualSerializer(ForeignAmountSerializer):
    """Money spent by a project, on one of its budget lines or on none, or by a line of the
    programme. `treatment` is that of the budget line, `unallocated` without one. A cost in another
    currency gives `foreign_currency` and `foreign_amount`; `amount` is in the portfolio's currency,
    follows by the exchange rate of the day, and is null while there is no rate."""

    priced = COSTS
    asked = ("amount",)
    code = NoCode()
    currency = Currency()
    treatment = serializers.CharField(read_only=True)
    reversed_by = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="The cost that takes this one back"
    )

    class Meta(RecordSerializer.Meta):
        model = CostActual
        fields = [
            *HEAD, "project", "programme_line", "budget_line", "treatment", "posted_on", "currency",
            "amount", "foreign_currency", "foreign_amount", "exchange_rate", "kind", "description",
            "source", "source_ref", "reverses", "reversed_by", *RECORD,
        ]  # fmt: skip
        expressions: ClassVar[dict[str, Any]] = {
            "treatment": Coalesce(F("budget_line__treatment"), Value(UNALLOCATED)),
            "reversed_by": "reversed_by__pk",
            "currency": first_column(
                "project__programme__portfolio__currency",
                "project__portfolio__currency",
                "programme_line__programme__portfolio__currency",
            ),
        }
        derived = ("code",)
        verbs: ClassVar[dict[str, VerbDefinition]] = {
            "reversal": VerbDefinition(
                reverse_cost,
                ReversalSerializer,
                does="Take it back",
                done="taken back",
                says="Posted in error: its opposite is posted, once.",
                when=attrgetter("reversible"),
            ),
        }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a budget line of another project; check and convert the amounts."""
        line, project = self.after(attrs, "budget_line"), self.after(attrs, "project")
        if line is not None and line.project_id != (project and project.pk):
            raise serializers.ValidationError({"budget_line": OTHER_LINE})
        return super().validate(attrs)

    def store(self, row: CostActual, changed: list[str] | None) -> CostActual:
        """Store the cost, or return the earlier posting that a new one repeats."""
        save = partial(super().store, row, changed)
        return posted_once(row, "source_ref", save) if changed is None else save()


class CommitmentSerializer(ForeignAmountSerializer):
    """An order placed on a budget line; it is part of no total. An order in another currency gives
    `foreign_currency`, `foreign_amount` and, where something is invoiced, `foreign_invoiced`;
    `amount` and `invoiced` are in the portfolio's currency and follow by the exchange rate of the
    day on which the order was placed. While there is no rate, `amount` is null."""

    priced = COMMITMENTS
    asked = ("amount",)
    code = NoCode()
    currency = Currency()

    class Meta(RecordSerializer.Meta):
        model = Commitment
        fields = [
            *HEAD, "budget_line", "source", "reference", "supplier", "currency", "amount",
            "invoiced", "foreign_currency", "foreign_amount", "foreign_invoiced", "exchange_rate",
            "excess_reason", "placed_on", "state", *RECORD,
        ]  # fmt: skip
        expressions: ClassVar[dict[str, Any]] = {
            "currency": first_column(
                "budget_line__project__programme__portfolio__currency",
                "budget_line__project__portfolio__currency",
            )
        }
        derived = ("code",)

    def store(self, row: Commitment, changed: list[str] | None) -> Commitment:
        """Store the order, or return the earlier one that a new one repeats."""
        save = partial(super().store, row, changed)
        return posted_once(row, "reference", save) if changed is None else save()


class ContingencyMovementSerializer(RecordSerializer):
    """Contingency given to a project or, where the amount is negative, given back."""

    code = NoCode()
    currency = Currency()

    class Meta(RecordSerializer.Meta):
        model = ContingencyMovement
        fields = [
            *HEAD, "programme", "project", "currency", "amount", "moved_on", "reference",
            "reason", *RECORD,
        ]  # fmt: skip
        expressions: ClassVar[dict[str, Any]] = {"currency": "programme__portfolio__currency"}
        derived = ("code",)

    def store(self, row: ContingencyMovement, changed: list[str] | None) -> ContingencyMovement:
        """Store a new movement, which draws contingency, or the changed fields of one."""
        if changed is not None:
            return super().store(row, changed)
        return draw_contingency(
            row.programme,
            to=row.project,
            amount=row.amount,
            on=row.moved_on,
            reference=row.reference,
            reason=row.reason,
            by=self.user,
        )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a project of another programme."""
        programme = self.after(attrs, "programme")
        project = self.after(attrs, "project")
        if programme and project and project.programme_id != programme.pk:
            raise serializers.ValidationError({"project": OTHER_PROGRAMME})
        return attrs
