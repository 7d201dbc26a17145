"""Portfolios, as REST reads and writes them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from pmhub.currencies import finer_than
from pmhub.serializers import HEAD, RECORD, RecordSerializer
from pmhub.serializers.coins import HUNDREDTHS
from programmes.models import Portfolio
from programmes.models.portfolio import MoneyUnit, known_thresholds
from programmes.models.portfolio_currency import TOO_FINE
from programmes.serializers.rules import Thresholds
from projects.services.templates import ship_templates


class PortfolioSerializer(RecordSerializer):
    """A portfolio, with the rules of its figures."""

    as_of = serializers.DateField(read_only=True, help_text="The day the figures speak of")
    rag_thresholds = Thresholds(required=False, validators=[known_thresholds])

    class Meta(RecordSerializer.Meta):
        model = Portfolio
        fields = [
            *HEAD, "name", "organisation", "currency", "money_unit", "time_zone",
            "fiscal_year_start_month", "pmo_type", "discount_base_year", "discount_schedule",
            "discount_rate", "rag_thresholds", "status_date_policy", "status_date", "as_of",
            "dependency_disclosure", "archived_at", *RECORD,
        ]  # fmt: skip
        derived = ("as_of",)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a currency with coins that no amount can say; a new one discounts from the fiscal
        year in which it begins."""
        row = self.proposed(attrs)
        if self.instance is None:
            attrs.setdefault("discount_base_year", row.fiscal_year)
        fine = row.money_unit == MoneyUnit.ONE and row.currency in finer_than(HUNDREDTHS)
        if fine and self.alters(attrs, "currency", "money_unit"):
            raise serializers.ValidationError({"currency": TOO_FINE})
        return attrs

    def store(self, row: Portfolio, changed: list[str] | None) -> Portfolio:
        """Store the portfolio; a new one begins with templates."""
        row = super().store(row, changed)
        if changed is None:
            ship_templates(row, by=self.user)
        return row
