"""How values look: money, dates, ratios, differences and states, in words and numerals."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import get_language

from pmhub.rounding import SHARE, exact, rounded
from pmhub.rounding import percent as per_cent

MINUS = "\N{MINUS SIGN}"
NOTHING = "–"
SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$", "JPY": "¥"}
SUFFIXES = {1: "", 1_000: "k", 1_000_000: "m"}
# From here on a number of three digits, or of one place, is shown as a thousand or a hundred.
NEARLY_ONE, NEARLY_HUNDRED = Decimal("0.9995"), Decimal("99.95")
# How dates are written where the day is not first, by the language of who reads.
PATTERNS = {"en-us": "M j, Y", "en-ca": "Y-m-d"}
WORDS = {"green": "Green", "amber": "Amber", "red": "Red", "grey": "Not known"}
WORDS |= {"closed": "Closed", "terminated": "Stopped", "done": "Done"}
DIMENSIONS = (
    "schedule", "cost", "benefits", "disbenefits", "risk", "dependencies", "issues", "resources",
    "compliance", "assurance",
)  # fmt: skip


def decimal_of(value: Any) -> Decimal | None:
    if value is None or value == "" or isinstance(value, bool):
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _grouped(number: Decimal, places: int, bounds: Iterable[Decimal] = ()) -> str:
    """The number with thousands grouped, in as many more digits as keep it off the bounds."""
    return _signless_zero(rounded(number, places, bounds))


def _signless_zero(number: Decimal) -> str:
    return f"{MINUS if number < 0 else ''}{abs(number):,f}"


def money(value: Any, places: int = 0) -> str:
    """An amount in the page's unit: grouped, true minus; nothing known is a dash."""
    number = decimal_of(value)
    return NOTHING if number is None else _grouped(number, places)


def signed(value: Any, places: int = 0) -> str:
    """A difference with its sign; one that is not nothing never reads 0."""
    number = decimal_of(value)
    if number is None:
        return NOTHING
    text = _difference(number, places)
    return f"+{text}" if number > 0 and text != "0" else text


def by(value: Any) -> str:
    """The size of a difference, without its sign; one that is not nothing never reads 0."""
    number = decimal_of(value)
    return NOTHING if number is None else _difference(abs(number))


def _difference(number: Decimal, places: int = 0) -> str:
    """Grouped, in as many digits as tell it from 0, but none below the hundredth."""
    least = rounded(number, max(places, 2))
    return _grouped(least, places, [Decimal(0)]) if least else "0"


def ratio(value: Any, places: int = 2, bounds: Iterable[Decimal] = ()) -> str:
    """A ratio with two decimals, or as many as tell it from 0, 1 and what it is judged by."""
    number = decimal_of(value)
    return NOTHING if number is None else _grouped(number, places, [*SHARE, *bounds])


def percent(value: Any, places: int = 0) -> str:
    """A share of 1 as per cent; 100% and 0% are kept for just that."""
    number = decimal_of(value)
    return NOTHING if number is None else f"{_signless_zero(per_cent(number, places))}%"


def of_hundred(value: Any) -> str:
    """A percentage already out of 100."""
    number = decimal_of(value)
    if number is None:
        return NOTHING
    return percent(number / 100, 0 if number == number.to_integral_value() else 1)


def day(value: Any) -> str:
    """A plan date: 5 May 2029."""
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value)
        except ValueError:
            return value or NOTHING
    return _day(value, get_language()) if value else NOTHING


def when(value: datetime | None, clock: str = "H:i") -> str:
    """A moment in its own time zone: 5 May 2029 14:30; nothing for none."""
    return date_format(value, f"{pattern()} {clock}") if value else ""


def pattern() -> str:
    """Return how Django writes a date for who reads: day, month or year first."""
    return PATTERNS.get(get_language() or "", "j M Y")


@lru_cache(maxsize=4096)
def _day(value: date, language: str | None) -> str:
    return date_format(value, pattern())


def weekly(weeks: int) -> str:
    """How often something comes: every week, every 4 weeks."""
    return "every week" if weeks == 1 else f"every {weeks} weeks"


def days_off(value: Any) -> str:
    """A difference in days with its sign: +46 d."""
    number = decimal_of(value)
    if number is None:
        return NOTHING
    return "0 d" if number == 0 else f"{signed(number)} d"


def grouped(number: Decimal) -> str:
    """A number with thousands grouped, in as many digits as it has."""
    return _signless_zero(Decimal(exact(number)))


def amount(value: Any) -> str:
    """A number with thousands grouped, in as many digits as it has; nothing known is a dash."""
    number = decimal_of(value)
    return NOTHING if number is None else grouped(number)


def plain(value: Any) -> str:
    """A number as one would type it: no grouping, no trailing zeros."""
    number = decimal_of(value)
    return "" if number is None else exact(number)


def units(value: Any) -> str:
    """Units of a resource, to the hundredth, without trailing zeros."""
    number = decimal_of(value)
    return NOTHING if number is None else exact(rounded(number, 2))


# What the code alone does not say to who knows nothing of lines.
SAID = {"no_lines": "nothing known yet", "disbenefits": "dis-benefits"}


def says(value: Any) -> str:
    """A reason or state code in words: `no_actual_cost` → no actual cost."""
    code = str(value or "")
    return SAID.get(code) or code.replace("_", " ")


def money_unit(portfolio: Any) -> str:
    """The unit of a portfolio's money, said once on a page: £k."""
    return unit_of(portfolio.currency, portfolio.money_unit)


def unit_of(currency: str, size: int) -> str:
    """The unit of money in a currency: €k."""
    symbol = SYMBOLS.get(currency, f"{currency} ")
    return f"{symbol}{SUFFIXES.get(int(size), '')}".strip()


def unit_like(unit: str, currency: str) -> str:
    """The unit of money of the size of another, in a currency: €k for £k."""
    sizes = (size for size, suffix in SUFFIXES.items() if suffix and unit.endswith(suffix))
    return unit_of(currency, next(sizes, 1))


def exactly(value: Any, portfolio: Any) -> str:
    """An amount in a sentence that compares it with another, in full: £16,012,280."""
    number = decimal_of(value)
    if number is None:
        return "an unknown amount"
    symbol = SYMBOLS.get(portfolio.currency, f"{portfolio.currency} ")
    full = number * int(portfolio.money_unit)
    return f"{MINUS if full < 0 else ''}{symbol}{grouped(abs(full))}"


def spoken(value: Any, portfolio: Any) -> str:
    """An amount in a sentence: £48.3m."""
    number = decimal_of(value)
    if number is None:
        return "an unknown amount"
    symbol = SYMBOLS.get(portfolio.currency, f"{portfolio.currency} ")
    full = number * int(portfolio.money_unit)
    sign = MINUS if full < 0 else ""
    size = abs(full)
    for bound, suffix in (
        (Decimal(10) ** 9, "bn"),
        (Decimal(10) ** 6, "m"),
        (Decimal(10) ** 3, "k"),
    ):
        if (scaled := size / bound) >= NEARLY_ONE:
            places = 0 if scaled >= NEARLY_HUNDRED else 1
            return f"{sign}{symbol}{_grouped(scaled, places)}{suffix}"
    return f"{sign}{symbol}{_grouped(size, 2 if 0 < size < 1 else 0)}"


def in_order(dimensions: Mapping[str, str]) -> list[tuple[str, str]]:
    """Dimensions of health with their colours, in the order in which people speak of them."""
    ordered = [name for name in DIMENSIONS if name in dimensions]
    rest = sorted(set(dimensions) - set(ordered))
    return [(name, dimensions[name]) for name in (*ordered, *rest)]


LOOKS: dict[str, Callable[[Any], str]] = {
    "money": money,
    "exact": lambda value: money(value, 2),
    "count": money,
    "ratio": ratio,
    "percent": percent,
    "days": days_off,
    "date": day,
    "status": lambda value: WORDS.get(str(value), str(value)),
}


def look_for(unit: str, values: Iterable[Any]) -> str:
    """Return how amounts are shown that a reader may add up: exactly, unless all of them are
    whole."""
    broken = any(isinstance(value, Decimal) and value % 1 for value in values)
    return "exact" if unit == "money" and broken else unit


def shown(metric: Any, look: str = "") -> str:
    """A metric's value as its unit asks; undefined is said in words."""
    if not metric:
        return NOTHING
    if metric.value is None:
        return says(metric.reason) if metric.reason else "not known yet"
    return looks(metric.value, look or metric.unit, getattr(metric, "bounds", ()))


def looks(value: Any, look: str, bounds: Iterable[Decimal] = ()) -> str:
    """A value as its unit asks; a ratio on its own side of what it is judged by."""
    if value is None:
        return NOTHING
    if isinstance(value, str):
        return WORDS.get(value, value)
    return ratio(value, bounds=bounds) if look == "ratio" else LOOKS.get(look, money)(value)


def change(amount: Decimal | None, look: str) -> str:
    """A difference as its unit asks, with its sign: days for dates, levels for health."""
    if amount is None:
        return NOTHING
    if look in ("date", "days"):
        return days_off(amount)
    if look == "status":
        levels = f"{abs(int(amount))} level{'' if abs(amount) == 1 else 's'}"
        return f"{levels} {'worse' if amount > 0 else 'better'}"
    if look == "ratio":
        text = ratio(amount, 4)
        return f"+{text}" if amount > 0 else text
    return signed(amount, 2 if look == "exact" else 0)


def in_words(value: Any) -> str:
    """Return a detail of an act in words: what changed as before → after."""
    if isinstance(value, list) and len(value) == 2:
        return " → ".join(map(in_words, value))
    if isinstance(value, dict):
        return ", ".join(f"{name} {in_words(part)}" for name, part in value.items())
    return "–" if value in (None, "") else str(value)
