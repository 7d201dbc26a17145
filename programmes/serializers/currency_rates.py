"""Exchange rates."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers

from pmhub.currencies import decimals
from pmhub.serializers import HEAD, RECORD, Currency, NoCode, RecordSerializer
from programmes.models import CurrencyRate

OWN = "This is the portfolio's own currency: it needs no rate."


class CurrencyRateSerializer(RecordSerializer):
    """What one of another currency comes to in that of the portfolio (`to_currency`), from a day on
    until the next rate of its kind. What was spent is converted by the actual rate of its day, what
    is planned by the budget rate of the first day of its year; while there is none, it does not
    count."""

    code = NoCode()
    to_currency = Currency()

    class Meta(RecordSerializer.Meta):
        model = CurrencyRate
        fields = [
            *HEAD, "portfolio", "currency", "to_currency", "kind", "valid_from", "rate", "source",
            *RECORD,
        ]  # fmt: skip
        expressions: ClassVar[dict[str, Any]] = {"to_currency": "portfolio__currency"}
        derived = ("code",)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a rate of the portfolio's own currency."""
        home = self.after(attrs, "portfolio")
        if home and self.after(attrs, "currency") == home.currency:
            raise serializers.ValidationError({"currency": OWN})
        return attrs

    @classmethod
    def suggests(cls, row: Any) -> dict[str, list[str]]:
        """Return all currencies."""
        return {"currency": sorted(decimals())}
