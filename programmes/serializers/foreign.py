"""Money that may be in another currency than the portfolio's."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from rest_framework import serializers

from pmhub.database.currencies import FOLLOWS, STANDS
from pmhub.database.priced import Priced
from pmhub.models import home_portfolio, portfolio_of
from pmhub.serializers import RecordSerializer
from pmhub.serializers.coins import unpayable_errors
from programmes.models import CurrencyRate


def rated_currencies(row: Any, **kind: str) -> list[str]:
    """Return the currencies for which the portfolio of a record has exchange rates (of a kind)."""
    rates = CurrencyRate.objects.filter(portfolio=portfolio_of(row), **kind)
    return [*rates.order_by("currency").values_list("currency", flat=True).distinct()]


class ForeignAmountSerializer(RecordSerializer):
    """Money that may be in another currency: then what it comes to, in the portfolio's, follows by
    the exchange rate. `priced` says how both are kept; what is `asked` is given in one of the
    two."""

    priced: ClassVar[Priced]
    asked: ClassVar[tuple[str, ...]] = ()

    def to_internal_value(self, data: Any) -> Any:
        """Require the amounts of a new record, unless they are in another currency."""
        foreign = isinstance(data, Mapping) and data.get("foreign_currency")
        for amount in self.asked:
            self.fields[amount].required = not foreign and not self.partial
        return super().to_internal_value(data)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse an amount other than the rate gives, an amount that would be lost by changing the
        currency, and one that is not in whole coins."""
        if not (code := self.after(attrs, "foreign_currency")):
            return attrs
        new = self._new(attrs, code)
        if errors := self._lost(attrs) or unpayable_errors(
            new, lambda: self._portfolio_in(attrs), code
        ):
            raise serializers.ValidationError(errors)
        return attrs

    def _portfolio_in(self, attrs: Mapping[str, Any]) -> Any:
        return home_portfolio(self.proposed(attrs))

    def _lost(self, attrs: Mapping[str, Any]) -> dict[str, str]:
        """Return the errors of amounts in the currency of the portfolio, by field."""
        lost = {}
        goes = getattr(self.instance, "foreign_currency", None) == ""  # to another currency
        for foreign, amount in self.priced.foreign.items():
            nothing = (None, 0) if amount in self.priced.never_null else (None,)
            if attrs.get(amount) not in (None, getattr(self.instance, amount, None)):
                lost[amount] = FOLLOWS
            elif goes and self.after(attrs, foreign) is None:
                lost |= {} if self.after(attrs, amount) in nothing else {amount: STANDS}
        return lost

    def _new(self, attrs: Mapping[str, Any], code: str) -> dict[str, Decimal]:
        """Return the foreign amounts that are new, by field."""
        before = self.instance if getattr(self.instance, "foreign_currency", "") == code else None
        return {
            foreign: paid
            for foreign in self.priced.foreign
            if (paid := self.after(attrs, foreign)) is not None
            and paid != getattr(before, foreign, None)
        }

    @classmethod
    def suggests(cls, row: Any) -> dict[str, list[str]]:
        """Return the currencies for which the portfolio has exchange rates."""
        return {"foreign_currency": rated_currencies(row, kind=cls.priced.kind)}
