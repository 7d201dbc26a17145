"""Rounding of displayed values: half up, and never across a bound by which a value is judged."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal

# A share between these is never rounded to one of them.
SHARE = (Decimal(0), Decimal(1))
# Rounds half up to up to 100 digits; the default context refuses more than 28.
WIDE = Context(prec=100, rounding=ROUND_HALF_UP)


def rounded(value: Decimal, places: int = 0, bounds: Iterable[Decimal] = ()) -> Decimal:
    """Return the value rounded half up to a number of decimal places, or to as many more as keep it
    on its own side of every bound: with a bound of 1, 1.004 does not read 1.00."""
    near = _half_up(value, places)
    for bound in bounds:
        while near.compare(bound) != value.compare(bound):
            places += 1
            near = _half_up(value, places)
    return near


def _half_up(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), context=WIDE)


def percent(share: Decimal, places: int = 0, bounds: Iterable[Decimal] = ()) -> Decimal:
    """Return a share of 1 as a rounded percentage; 0 and 100 only for exactly these."""
    return rounded(100 * share, places, [100 * bound for bound in (*SHARE, *bounds)])


def exact(value: Decimal) -> str:
    """Return the value as text, with as many digits as it has and no more."""
    return format(value.normalize(WIDE) + 0, "f")
