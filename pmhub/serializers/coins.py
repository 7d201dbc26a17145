"""Amounts in whole coins of the currency of their portfolio."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any

from rest_framework import serializers

from pmhub.currencies import decimals, is_payable
from pmhub.models import home_portfolio

COINS = "This is no whole number of the smallest coins of {}."
HUNDREDTHS = 2  # the decimals of an amount
DIGITS = 14  # all that it has: a per cent, a weight or a head count has fewer


def check_coins(serializer: Any, attrs: Mapping[str, Any]) -> None:
    """Refuse amounts, where they are new, that nobody can pay: in a portfolio in yen 500.50, unless
    amounts are in thousands there."""
    kind: Any = type(serializer)
    new = {
        name: amount
        for name in _amounts(kind)
        if (amount := attrs.get(name)) is not None
        and amount != getattr(serializer.instance, name, None)
    }
    if errors := unpayable(serializer, attrs, new):
        raise serializers.ValidationError(errors)


def unpayable(
    serializer: Any, attrs: Mapping[str, Any], amounts: Mapping[str, Decimal], code: str = ""
) -> dict[str, str]:
    """Return what is wrong, by field, with amounts that nobody can pay in a currency, or in that of
    the portfolio of the record."""
    parts = {name: of for name, of in amounts.items() if of != of.to_integral_value()}
    home = home_portfolio(serializer.proposed(attrs)) if parts else None
    currency = code or getattr(home, "currency", "")
    if home is None or currency not in decimals():
        return {}
    told = COINS.format(currency)
    return {n: told for n, of in parts.items() if not is_payable(of, currency, home.money_unit)}


@cache
def _amounts(kind: Any) -> tuple[str, ...]:
    """The fields of a serializer that are in the currency of the portfolio."""
    fields = kind._templates()
    currency = fields.get("currency")
    if currency is None or currency.allow_null:  # then each record says what it is measured in
        return ()
    return tuple(
        name
        for name, field in fields.items()
        if isinstance(field, serializers.DecimalField)
        and (field.max_digits, field.decimal_places) == (DIGITS, HUNDREDTHS)
        and not field.read_only
    )
