"""Amounts in whole coins of the currency of their portfolio."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from rest_framework import serializers

from pmhub.currencies import decimals, is_payable
from pmhub.models import portfolio_of
from programmes.models import Portfolio

COINS = "This is no whole number of the smallest coins of {}."
HUNDREDTHS = 2  # the decimals of an amount


def check_coins(serializer: Any, attrs: Mapping[str, Any]) -> None:
    """Refuse amounts, where they are new, that nobody can pay: in a portfolio in yen 500.50, unless
    amounts are in thousands there."""
    kind: Any = type(serializer)
    new = {
        name: amount
        for name in _amounts(kind)
        if (amount := attrs.get(name)) is not None
        and amount != amount.to_integral_value()
        and amount != getattr(serializer.instance, name, None)
    }
    if not new:
        return
    home = Portfolio.objects.filter(pk=portfolio_of(serializer.proposed(attrs)) or 0).first()
    if home is None or home.currency not in decimals():
        return
    told = COINS.format(home.currency)
    broken = [n for n, of in new.items() if not is_payable(of, home.currency, home.money_unit)]
    if broken:
        raise serializers.ValidationError(dict.fromkeys(broken, told))


@cache
def _amounts(kind: Any) -> tuple[str, ...]:
    """The fields of a serializer that are in the currency of the portfolio."""
    fields = kind._templates()
    if "currency" not in fields or "unit" in fields:  # else each record has a unit of its own
        return ()
    return tuple(
        name
        for name, field in fields.items()
        if isinstance(field, serializers.DecimalField)
        and field.decimal_places == HUNDREDTHS
        and not field.read_only
        and "percent" not in name
    )
