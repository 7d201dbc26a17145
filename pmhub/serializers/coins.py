"""The check that amounts are whole numbers of the smallest coins of their currency."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any

from rest_framework import serializers

from pmhub.currencies import decimals, is_payable
from pmhub.formats import money_unit
from pmhub.models import home_portfolio
from pmhub.serializers.fields import Amount

OTHER_MONEY = (
    "Its amounts are in {}: choose a portfolio with the same currency and unit of amounts."
)
COINS = "This is no whole number of the smallest coins of {}."
HUNDREDTHS = 2  # the decimals of an amount
DIGITS = 14  # of an amount; percentages, weights and head counts have fewer


def check_same_money(field: str, before: Any, after: Any) -> None:
    """Raise ValidationError where a record goes from one portfolio to another in which its amounts
    would mean something else: in another currency, or in thousands instead of units."""
    if before is None or after is None:
        return
    if (before.currency, before.money_unit) != (after.currency, after.money_unit):
        text = OTHER_MONEY.format(money_unit(before))
        raise serializers.ValidationError({field: text})


def check_coins(serializer: Any, attrs: Mapping[str, Any]) -> None:
    """Raise ValidationError for new amounts that nobody can pay in the portfolio's currency, such
    as 500.50 yen, unless amounts are in thousands there."""
    kind: Any = type(serializer)
    new = {
        name: amount
        for name in amounts_of(kind)
        if (amount := attrs.get(name)) is not None
        and amount != getattr(serializer.instance, name, None)
    }
    if errors := unpayable_errors(new, lambda: home_portfolio(serializer.proposed(attrs))):
        raise serializers.ValidationError(errors)


def unpayable_amounts(form: Any, values: Mapping[str, Any], record: Any) -> dict[str, str]:
    """Return the errors, by field, of amounts in the form of a verb that nobody can pay."""
    errors: dict[str, str] = {}
    for name, field in form.fields.items():
        if isinstance(field, Amount) and (amount := values.get(name)) is not None:
            code = getattr(values.get(field.of), "foreign_currency", "")
            errors |= unpayable_errors({name: amount}, lambda: form.paid_by(values, record), code)
    return errors


def unpayable_errors(
    amounts: Mapping[str, Decimal], find: Callable[[], Any], code: str = ""
) -> dict[str, str]:
    """Return the errors, by field, of amounts that nobody can pay in the currency `code`, or
    without a code in that of the portfolio which `find` returns."""
    parts = {name: of for name, of in amounts.items() if of != of.to_integral_value()}
    home = find() if parts else None
    currency = code or getattr(home, "currency", "")
    if home is None or currency not in decimals():
        return {}
    message = COINS.format(currency)
    return {n: message for n, of in parts.items() if not is_payable(of, currency, home.money_unit)}


@cache
def amounts_of(kind: Any) -> tuple[str, ...]:
    """Return the names of a serializer's fields for amounts in the portfolio's currency."""
    fields = kind._templates()
    currency = fields.get("currency")
    if currency is None or currency.allow_null:  # each record has a unit of its own
        return ()
    return tuple(
        name
        for name, field in fields.items()
        if isinstance(field, serializers.DecimalField)
        and (field.max_digits, field.decimal_places) == (DIGITS, HUNDREDTHS)
        and not field.read_only
    )
