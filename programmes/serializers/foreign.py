"""Money that may be in another currency than the portfolio's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework import serializers

from pmhub.currencies import is_payable
from pmhub.database.currencies import FOLLOWS, Priced
from pmhub.models import portfolio_of
from pmhub.serializers import RecordSerializer
from pmhub.serializers.coins import COINS
from programmes.models import CurrencyRate, Portfolio


def rated(row: Any, **kind: str) -> list[str]:
    """Return the currencies of which the portfolio of a record has rates (of a kind)."""
    rates = CurrencyRate.objects.filter(portfolio=portfolio_of(row), **kind)
    return [*rates.order_by("currency").values_list("currency", flat=True).distinct()]


class Foreign(RecordSerializer):
    """Money that may be in another currency: then what it comes to, in the portfolio's, follows by
    the exchange rate. `priced` says how both are kept; what is `asked` is given in one of the
    two."""

    priced: ClassVar[Priced]
    asked: ClassVar[tuple[str, ...]] = ()

    def to_internal_value(self, data: Any) -> Any:
        """Ask for the amounts of a new record, unless they are in another currency."""
        foreign = isinstance(data, Mapping) and data.get("foreign_currency")
        for amount in self.asked:
            self.fields[amount].required = not foreign and not self.partial
        return super().to_internal_value(data)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse another amount than follows, and one that is not of whole coins."""
        if not (code := self.after(attrs, "foreign_currency")):
            return attrs
        errors = {}
        for foreign, amount in self.priced.foreign.items():
            paid = self.after(attrs, foreign)
            if attrs.get(amount) not in (None, getattr(self.instance, amount, None)):
                errors[amount] = FOLLOWS
            elif paid is not None and not is_payable(paid, code, self._unit(attrs)):
                errors[foreign] = COINS.format(code)
        if errors:
            raise serializers.ValidationError(errors)
        return attrs

    def _unit(self, attrs: dict[str, Any]) -> int:
        """Return how much one of an amount is in the portfolio."""
        home = portfolio_of(self.proposed(attrs)) or 0
        return Portfolio.objects.filter(pk=home).values_list("money_unit", flat=True).first() or 1

    @classmethod
    def suggests(cls, row: Any) -> dict[str, list[str]]:
        """Return the currencies of which the portfolio has rates."""
        return {"foreign_currency": rated(row, kind=cls.priced.kind)}
