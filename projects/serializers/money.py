"""Money of projects."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from operator import attrgetter
from typing import Any, ClassVar

from django.db.models import F, Value
from django.db.models.functions import Coalesce
from rest_framework import serializers

from pmhub.currencies import is_payable
from pmhub.database.currencies import BUDGET_LINES, COSTS, FOLLOWS, Priced
from pmhub.models import portfolio_of
from pmhub.serializers import (
    HEAD,
    RECORD,
    Asked,
    Currency,
    Day,
    NoCode,
    RecordSerializer,
    first,
)
from pmhub.serializers.verbs import Does, why
from programmes.models import CurrencyRate, Portfolio
from programmes.services import draw_contingency
from projects.models import BudgetLine, Commitment, ContingencyMovement, CostActual
from projects.models.contingency import OTHER_PROGRAMME
from projects.models.money import OTHER_LINE, UNALLOCATED
from projects.serializers.project import PARENT_CURRENCY
from projects.services.budgets import store_within_envelopes
from projects.services.money import posted_once, reverse_cost

UNBOUND = "A line in another currency moves with its rate: it has no bounds."
COINS = "This is no whole number of the smallest coins of {}."


class Foreign(RecordSerializer):
    """Money that may be in another currency: then what it comes to, in the portfolio's, follows by
    the exchange rate. `priced` says how both are kept."""

    priced: ClassVar[Priced]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse another amount than follows, and one that is not of whole coins."""
        if not (code := self.after(attrs, "foreign_currency")):
            return attrs
        errors = {}
        for foreign, amount in self.priced.amounts.items():
            paid = self.after(attrs, foreign)
            if attrs.get(amount) not in (None, getattr(self.instance, amount, None)):
                errors[amount] = FOLLOWS
            elif paid is not None and not is_payable(paid, code, self._unit(attrs)):
                errors[foreign] = COINS.format(code)
        if errors:
            raise serializers.ValidationError(errors)
        return attrs

    def _unit(self, attrs: dict[str, Any]) -> int:
        """How much one of an amount is in the portfolio."""
        home = portfolio_of(self.proposed(attrs)) or 0
        return Portfolio.objects.filter(pk=home).values_list("money_unit", flat=True).first() or 1

    @classmethod
    def suggests(cls, row: Any) -> dict[str, list[str]]:
        """Return the currencies of which the portfolio has rates."""
        rates = CurrencyRate.objects.filter(portfolio=portfolio_of(row), kind=cls.priced.kind)
        codes = rates.order_by("currency").values_list("currency", flat=True).distinct()
        return {"foreign_currency": [*codes]}


class BudgetLineSerializer(Foreign):
    """A part of a project's budget. One in another currency gives `foreign_currency` and the
    foreign amounts; the others, which are in the portfolio's currency, follow by the budget rate of
    the first day of its year, and are 0 while there is none."""

    priced = BUDGET_LINES

    currency = Currency()

    class Meta(RecordSerializer.Meta):
        model = BudgetLine
        fields = [
            *HEAD, "project", "category", "treatment", "fiscal_year", "currency", "baseline",
            "approved", "forecast", "forecast_low", "forecast_high", "foreign_currency",
            "foreign_baseline", "foreign_approved", "foreign_forecast", "exchange_rate", *RECORD,
        ]  # fmt: skip
        expressions: ClassVar[dict[str, Any]] = {"currency": PARENT_CURRENCY}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Bounds hold the forecast; without one it is what is approved. What a rate moves has
        none."""
        super().validate(attrs)
        if self.after(attrs, "foreign_currency"):
            for name in ("forecast_low", "forecast_high"):
                if self.after(attrs, name) is not None:
                    raise serializers.ValidationError({name: UNBOUND})
            return attrs
        said = "forecast" if self.after(attrs, "forecast") is not None else "approved"
        self.check_bounds(attrs, said, "forecast_low", "forecast_high")
        return attrs

    def store(self, row: BudgetLine, changed: list[str] | None) -> BudgetLine:
        """Save it, above no envelope."""
        return store_within_envelopes(row, changed, partial(super().store, row, changed))


class ReversalSerializer(Asked):
    """Why a cost is taken back, and when; left out, on the status date."""

    posted_on = Day(required=False, allow_null=True)
    reason = why(needed=True)


class CostActualSerializer(Foreign):
    """Money spent by a project, on one of its budget lines or on none, or by a line of the
    programme. `treatment` is that of the budget line, else unallocated. One in another currency
    gives `foreign_currency` and `foreign_amount`; `amount`, which is in the portfolio's currency,
    follows from them by the exchange rate of the day, and is null while there is none."""

    priced = COSTS
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
            "currency": first(
                "project__programme__portfolio__currency",
                "project__portfolio__currency",
                "programme_line__programme__portfolio__currency",
            ),
        }
        derived = ("code",)
        verbs: ClassVar[dict[str, Does]] = {
            "reversal": Does(
                reverse_cost,
                ReversalSerializer,
                does="Take it back",
                done="taken back",
                says="Posted in error: its opposite is posted, once.",
                when=attrgetter("reversible"),
            ),
        }

    def to_internal_value(self, data: Any) -> Any:
        """Ask for the amount of a new cost, unless it is in another currency."""
        foreign = isinstance(data, Mapping) and data.get("foreign_currency")
        self.fields["amount"].required = not foreign and not self.partial
        return super().to_internal_value(data)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A cost is posted to a line of the project that spent it, in whole coins; in another
        currency, its amount follows."""
        line, project = self.after(attrs, "budget_line"), self.after(attrs, "project")
        if line is not None and line.project_id != (project and project.pk):
            raise serializers.ValidationError({"budget_line": OTHER_LINE})
        return super().validate(attrs)

    def store(self, row: CostActual, changed: list[str] | None) -> CostActual:
        """Save it, or answer the first posting where this repeats it."""
        save = partial(super().store, row, changed)
        return posted_once(row, "source_ref", save) if changed is None else save()


class CommitmentSerializer(RecordSerializer):
    """What is ordered on a budget line; it is part of no total."""

    code = NoCode()
    currency = Currency()

    class Meta(RecordSerializer.Meta):
        model = Commitment
        fields = [
            *HEAD, "budget_line", "source", "reference", "supplier", "currency", "amount",
            "invoiced", "excess_reason", "placed_on", "state", *RECORD,
        ]  # fmt: skip
        expressions: ClassVar[dict[str, Any]] = {
            "currency": first(
                "budget_line__project__programme__portfolio__currency",
                "budget_line__project__portfolio__currency",
            )
        }
        derived = ("code",)

    def store(self, row: Commitment, changed: list[str] | None) -> Commitment:
        """Save it, or answer the first order where this repeats it."""
        save = partial(super().store, row, changed)
        return posted_once(row, "reference", save) if changed is None else save()


class ContingencyMovementSerializer(RecordSerializer):
    """Contingency given to a project, or (negative) given back."""

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
        """Draw it, or change what was drawn."""
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
        """Contingency goes to a project of its own programme."""
        programme = self.after(attrs, "programme")
        project = self.after(attrs, "project")
        if programme and project and project.programme_id != programme.pk:
            raise serializers.ValidationError({"project": OTHER_PROGRAMME})
        return attrs
