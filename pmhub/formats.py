"""The look of values: money, dates, ratios, differences and states, in words and numerals."""

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
# From here on rounding to three digits, or to one place, gives a thousand or a hundred.
NEARLY_ONE, NEARLY_HUNDRED = Decimal("0.9995"), Decimal("99.95")
# Date formats by language, where the day does not come first.
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
    """Return the number with its thousands grouped, with as many more decimals as keep it apart
    from the bounds."""
    return _signless_zero(rounded(number, places, bounds))


def _signless_zero(number: Decimal) -> str:
    return f"{MINUS if number < 0 else ''}{abs(number):,f}"


def money(value: Any, places: int = 0) -> str:
    """Return an amount in the page's unit: grouped, with a true minus sign; a dash if unknown."""
    number = decimal_of(value)
    return NOTHING if number is None else _grouped(number, places)


def signed(value: Any, places: int = 0) -> str:
    """Return a difference with its sign; one that is not zero never reads 0."""
    number = decimal_of(value)
    if number is None:
        return NOTHING
    text = _difference(number, places)
    return f"+{text}" if number > 0 and text != "0" else text


def by(value: Any) -> str:
    """Return the size of a difference without its sign; one that is not zero never reads 0."""
    number = decimal_of(value)
    return NOTHING if number is None else _difference(abs(number))


def _difference(number: Decimal, places: int = 0) -> str:
    """Return the number grouped, with as many decimals as distinguish it from 0, but none beyond
    the hundredth."""
    least = rounded(number, max(places, 2))
    return _grouped(least, places, [Decimal(0)]) if least else "0"


def ratio(value: Any, places: int = 2, bounds: Iterable[Decimal] = ()) -> str:
    """Return a ratio with two decimals, or as many as distinguish it from 0, 1 and the bounds by
    which it is judged."""
    number = decimal_of(value)
    return NOTHING if number is None else _grouped(number, places, [*SHARE, *bounds])


def percent(value: Any, places: int = 0) -> str:
    """Return a share of 1 as a percentage; 100% and 0% appear only for exactly these."""
    number = decimal_of(value)
    return NOTHING if number is None else f"{_signless_zero(per_cent(number, places))}%"


def of_hundred(value: Any) -> str:
    """Return a number out of 100 as a percentage."""
    number = decimal_of(value)
    if number is None:
        return NOTHING
    return percent(number / 100, 0 if number == number.to_integral_value() else 1)


def day(value: Any) -> str:
    """Return a plan date such as 5 May 2029."""
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value)
        except ValueError:
            return value or NOTHING
    return _day(value, get_language()) if value else NOTHING


def when(value: datetime | None, clock: str = "H:i") -> str:
    """Return a moment in its own time zone, such as 5 May 2029 14:30; empty for none."""
    return date_format(value, f"{pattern()} {clock}") if value else ""


def pattern() -> str:
    """Return Django's date format for the active language: day, month or year first."""
    return PATTERNS.get(get_language() or "", "j M Y")


@lru_cache(maxsize=4096)
def _day(value: date, language: str | None) -> str:
    return date_format(value, pattern())


def weekly(weeks: int) -> str:
    """Return how often something happens: every week, every 4 weeks."""
    return "every week" if weeks == 1 else f"every {weeks} weeks"


def days_off(value: Any) -> str:
    """Return a difference in days with its sign: +46 d."""
    number = decimal_of(value)
    if number is None:
        return NOTHING
    return "0 d" if number == 0 else f"{signed(number)} d"


def grouped(number: Decimal) -> str:
    """Return a number with its thousands grouped, with as many decimals as it has."""
    return _signless_zero(Decimal(exact(number)))


def amount(value: Any) -> str:
    """Return a number with its thousands grouped, with as many decimals as it has; a dash if
    unknown."""
    number = decimal_of(value)
    return NOTHING if number is None else grouped(number)


def plain(value: Any) -> str:
    """Return a number as one would type it: without grouping and trailing zeros."""
    number = decimal_of(value)
    return "" if number is None else exact(number)


def units(value: Any) -> str:
    """Return units of a resource, to the hundredth, without trailing zeros."""
    number = decimal_of(value)
    return NOTHING if number is None else exact(rounded(number, 2))


# Words for codes that alone would not be understood.
SAID = {"no_lines": "nothing known yet", "disbenefits": "dis-benefits"}


def says(value: Any) -> str:
    """Return a reason or state code in words: `no_actual_cost` → no actual cost."""
    code = str(value or "")
    return SAID.get(code) or code.replace("_", " ")


def money_unit(portfolio: Any) -> str:
    """Return the unit of a portfolio's money, which a page shows once: £k."""
    return unit_of(portfolio.currency, portfolio.money_unit)


def unit_of(currency: str, size: int) -> str:
    """Return the unit of money in a currency and of a size: €k."""
    symbol = SYMBOLS.get(currency, f"{currency} ")
    return f"{symbol}{SUFFIXES.get(int(size), '')}".strip()


def unit_like(unit: str, currency: str) -> str:
    """Return the unit of the same size in another currency: €k for £k."""
    sizes = (size for size, suffix in SUFFIXES.items() if suffix and unit.endswith(suffix))
    return unit_of(currency, next(sizes, 1))


def exactly(value: Any, portfolio: Any) -> str:
    """Return an amount in full, for a sentence that compares it with another: £16,012,280."""
    number = decimal_of(value)
    if number is None:
        return "an unknown amount"
    symbol = SYMBOLS.get(portfolio.currency, f"{portfolio.currency} ")
    full = number * int(portfolio.money_unit)
    return f"{MINUS if full < 0 else ''}{symbol}{grouped(abs(full))}"


def spoken(value: Any, portfolio: Any) -> str:
    """Return an amount for a sentence: £48.3m."""
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
    """Return the dimensions of health with their colours, in the usual order."""
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
    """Return the look for amounts that a reader may add up: exact, unless all of them are whole."""
    broken = any(isinstance(value, Decimal) and value % 1 for value in values)
    return "exact" if unit == "money" and broken else unit


def shown(metric: Any, look: str = "") -> str:
    """Return the value of a metric in the look of its unit; in words if it is undefined."""
    if not metric:
        return NOTHING
    if metric.value is None:
        return says(metric.reason) if metric.reason else "not known yet"
    return looks(metric.value, look or metric.unit, getattr(metric, "bounds", ()))


def looks(value: Any, look: str, bounds: Iterable[Decimal] = ()) -> str:
    """Return a value in the look of its unit; a ratio stays on its own side of the bounds by which
    it is judged."""
    if value is None:
        return NOTHING
    if isinstance(value, str):
        return WORDS.get(value, value)
    return ratio(value, bounds=bounds) if look == "ratio" else LOOKS.get(look, money)(value)


def change(amount: Decimal | None, look: str) -> str:
    """Return a difference in the look of its unit, with its sign: days for dates, levels for
    health."""
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
    """Return a detail of an audited act in words: changes as before → after."""
    if isinstance(value, list) and len(value) == 2:
        return " → ".join(map(in_words, value))
    if isinstance(value, dict):
        return ", ".join(f"{name} {in_words(part)}" for name, part in value.items())
    return "–" if value in (None, "") else str(value)
