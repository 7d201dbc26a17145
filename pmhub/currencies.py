"""Currencies by ISO 4217, and the number of decimals of each."""

from __future__ import annotations

from decimal import Decimal
from functools import cache

from django.core.exceptions import ValidationError
from iso4217 import Currency

NO_MONEY = frozenset({"XTS", "XXX"})  # codes for tests and for no currency at all


@cache
def decimals() -> dict[str, int]:
    """Return the number of decimals of each currency by its code: none for JPY, three for KWD."""
    codes = (currency.code for currency in Currency)
    return {code: Currency(code).exponent or 0 for code in codes if code not in NO_MONEY}


def known_currency(code: str) -> None:
    """Raise ValidationError unless this is the code of a currency."""
    if code and code not in decimals():
        raise ValidationError("Enter a currency code of ISO 4217, such as EUR.")


def finer_than(places: int) -> list[str]:
    """Return the codes of the currencies with more than so many decimals, such as KWD for two."""
    return sorted(code for code, those in decimals().items() if those > places)


def without_decimals() -> list[str]:
    """Return the codes of the currencies without decimals, such as JPY."""
    return sorted(code for code, those in decimals().items() if not those)


def is_payable(amount: Decimal, code: str, unit: int) -> bool:
    """Return whether an amount, in units, thousands or millions, is a whole number of the
    currency's smallest coins."""
    smallest = (amount * unit).scaleb(decimals().get(code, 0))
    return smallest == smallest.to_integral_value()
