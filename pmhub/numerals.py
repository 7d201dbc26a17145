"""Reads numbers as people type and paste them; REST takes only the plain form.

The scripts of pages read them by the same rules (`static/src/shared/numbers.ts`).
"""

from __future__ import annotations

import re
from decimal import Decimal

from django.utils.formats import get_format

from pmhub.rounding import exact

POWERS = {"": 0, "k": 3, "m": 6, "bn": 9}
SIZE = re.compile(r"(.*[0-9])\s*(k|m|bn)", re.IGNORECASE | re.DOTALL)
CURRENCY = "£$€¥"
# A currency and the units of large amounts.
MONEY = re.compile(rf"(?:[{CURRENCY}]|[A-Z]{{3}} ?)(k|m|bn)?")
BEFORE = re.compile(rf"(-?)\s*[{CURRENCY}]\s*(-?)")
AFTER = re.compile(rf"\s*[{CURRENCY}%]\Z")
BLANK = "[ \\u00a0\\u2009\\u202f]"
# With as many decimal places the number is still exact as a Decimal.
DIGITS = re.compile("[0-9]{1,18}")
LAST_PAGE = 10_000


def whole_number(text: str) -> int | None:
    """Return the whole number that a text of 1 to 18 digits (0 to 9) stands for, such as an id;
    None for any other text. PostgreSQL stores such a number in a bigint."""
    return int(text) if DIGITS.fullmatch(text) else None


def page_number(text: str) -> int:
    """Return the number of a page in an address, from 1 to LAST_PAGE; 1 for a text that is none."""
    return min(max(whole_number(text) or 1, 1), LAST_PAGE)


def typed(text: str, unit: str = "") -> str | None:
    """Return what was typed as a plain number: 1250.50 for "£1,250.50", 1250 for "1 250", -12 for
    "−12". An amount may name its size, which is converted to the `unit` of its field: in "£k",
    "£1.2m" is 1200. None if it is no number, or is ambiguous: groups have three digits, and the
    last separator of a number is a decimal point."""
    money, sized = MONEY.fullmatch(unit), SIZE.fullmatch(text.strip())
    if money is None or sized is None:
        return _unscaled(text)
    number = _unscaled(sized[1])
    power = POWERS[sized[2].lower()] - POWERS[money[1] or ""]
    return None if number is None else exact(Decimal(number).scaleb(power))


def typed_share(text: str) -> str | None:
    """Return what was typed as a plain share of 1: 0.4 for "40%"; None if it is no number."""
    plain = text.strip()
    number = typed(plain)
    if number is None or not plain.endswith("%"):
        return number
    return exact(Decimal(number) / 100)


def _unscaled(text: str) -> str | None:
    signed = text.strip().replace("\N{MINUS SIGN}", "-")
    currency = BEFORE.match(signed)
    bare = f"{currency[1]}{currency[2]}{signed[currency.end() :]}" if currency else signed
    plain = AFTER.sub("", bare)
    sign = "-" if plain.startswith("-") else ""
    whole, point, fraction = plain.removeprefix(sign).partition(get_format("DECIMAL_SEPARATOR"))
    digits = _ungrouped(whole)
    if digits is None or (point and not DIGITS.fullmatch(fraction)):
        return None
    return f"{sign}{digits}{'.' if point else ''}{fraction}"


def _ungrouped(text: str) -> str | None:
    if DIGITS.fullmatch(text):
        return text
    for between in (re.escape(get_format("THOUSAND_SEPARATOR")), BLANK):
        if re.fullmatch(f"[0-9]{{1,3}}(?:{between}[0-9]{{3}})+", text):
            return "".join(DIGITS.findall(text))
    return None
