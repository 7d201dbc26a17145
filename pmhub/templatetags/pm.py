"""How values look: money, dates, ratios, status, icons, figures that open their explanation."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache, lru_cache
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import template
from django.templatetags.static import static
from django.urls import get_script_prefix, get_urlconf, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from pmhub import access, identity
from pmhub.rounding import SHARE, exact, rounded
from pmhub.rounding import percent as per_cent

register = template.Library()

MINUS = "\N{MINUS SIGN}"
NOTHING = "–"
SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$", "JPY": "¥"}
SUFFIXES = {1: "", 1_000: "k", 1_000_000: "m"}
# From here on a number of three digits, or of one place, is shown as a thousand or a hundred.
NEARLY_ONE, NEARLY_HUNDRED = Decimal("0.9995"), Decimal("99.95")
LETTERS = {"green": "G", "amber": "A", "red": "R"}
WORDS = {"green": "Green", "amber": "Amber", "red": "Red", "grey": "Not known"}
WORDS |= {"closed": "Closed", "terminated": "Stopped"}
DIMENSIONS = (
    "schedule", "cost", "benefits", "disbenefits", "risk", "dependencies", "issues", "resources",
    "compliance", "assurance",
)  # fmt: skip
GLOSSARY = {
    "CPI": "Cost performance index: earned value over actual cost; below 1 costs more than planned",
    "SPI": "Schedule performance index: earned value over planned value; below 1 is behind plan",
    "P50": "As likely to be exceeded as not",
    "P80": "Enough in four of five outcomes of the open risks",
    "P90": "Enough in nine of ten outcomes of the open risks",
    "DCA": "Delivery confidence assessment: a judgement by people, never computed",
    "SRO": "Senior responsible owner",
    "EAC": "Estimate at completion: spent so far plus still to come",
    "BCM": "Business change manager",
    "RAG": "Red, amber or green",
    "EV": "Earned value: the budgeted value of the work done",
    "PV": "Planned value: the budgeted value of the work that should be done by now",
    "AC": "Actual cost",
}


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


@register.filter
def money(value: Any, places: int = 0) -> str:
    """An amount in the page's unit: grouped, true minus; nothing known is a dash."""
    number = decimal_of(value)
    return NOTHING if number is None else _grouped(number, places)


@register.filter
def signed(value: Any, places: int = 0) -> str:
    """A difference with its sign; one that is not nothing never reads 0."""
    number = decimal_of(value)
    if number is None:
        return NOTHING
    text = _difference(number, places)
    return f"+{text}" if number > 0 and text != "0" else text


@register.filter
def by(value: Any) -> str:
    """The size of a difference, without its sign; one that is not nothing never reads 0."""
    number = decimal_of(value)
    return NOTHING if number is None else _difference(abs(number))


def _difference(number: Decimal, places: int = 0) -> str:
    """Grouped, in as many digits as tell it from 0, but none below the hundredth."""
    least = rounded(number, max(places, 2))
    return _grouped(least, places, [Decimal(0)]) if least else "0"


@register.filter
def ratio(value: Any, places: int = 2, bounds: Iterable[Decimal] = ()) -> str:
    """A ratio with two decimals, or as many as tell it from 0, 1 and what it is judged by."""
    number = decimal_of(value)
    return NOTHING if number is None else _grouped(number, places, [*SHARE, *bounds])


@register.filter
def percent(value: Any, places: int = 0) -> str:
    """A share of 1 as per cent; 100% and 0% are kept for just that."""
    number = decimal_of(value)
    return NOTHING if number is None else f"{_signless_zero(per_cent(number, places))}%"


@register.filter
def of_hundred(value: Any) -> str:
    """A percentage already out of 100."""
    number = decimal_of(value)
    if number is None:
        return NOTHING
    return percent(number / 100, 0 if number == number.to_integral_value() else 1)


@register.filter
def day(value: Any) -> str:
    """A plan date: 5 May 2029."""
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value)
        except ValueError:
            return value or NOTHING
    return _day(value, get_language()) if value else NOTHING


@lru_cache(maxsize=4096)
def _day(value: date, language: str | None) -> str:
    return date_format(value, "j M Y")


@register.simple_tag
def moment(value: datetime | None, zone: str = "UTC") -> SafeString | str:
    """A moment in the portfolio's time zone; hovering tells it in UTC."""
    return NOTHING if value is None else _moment(value, zone, get_language())


@lru_cache(maxsize=1024)
def _moment(value: datetime, zone: str, language: str | None) -> SafeString:
    return format_html(
        '<time datetime="{}" title="{} UTC">{}</time>',
        value.isoformat(), date_format(value.astimezone(UTC), "j M Y H:i:s"),
        date_format(value.astimezone(ZoneInfo(zone)), "j M Y H:i"),
    )  # fmt: skip


@register.filter
def days_off(value: Any) -> str:
    """A difference in days with its sign: +46 d."""
    number = decimal_of(value)
    if number is None:
        return NOTHING
    return "0 d" if number == 0 else f"{signed(number)} d"


def grouped(number: Decimal) -> str:
    """A number with thousands grouped, in as many digits as it has."""
    return _signless_zero(Decimal(exact(number)))


@register.filter
def amount(value: Any) -> str:
    """A number with thousands grouped, in as many digits as it has; nothing known is a dash."""
    number = decimal_of(value)
    return NOTHING if number is None else grouped(number)


@register.filter
def plain(value: Any) -> str:
    """A number as one would type it: no grouping, no trailing zeros."""
    number = decimal_of(value)
    return "" if number is None else exact(number)


@register.filter
def units(value: Any) -> str:
    """Units of a resource, to the hundredth, without trailing zeros."""
    number = decimal_of(value)
    return NOTHING if number is None else exact(rounded(number, 2))


@register.filter
def says(value: Any) -> str:
    """A reason or state code in words: `no_actual_cost` → no actual cost."""
    return str(value or "").replace("_", " ")


@register.filter
def money_unit(portfolio: Any) -> str:
    """The unit of a portfolio's money, said once on a page: £k."""
    symbol = SYMBOLS.get(portfolio.currency, f"{portfolio.currency} ")
    return f"{symbol}{SUFFIXES.get(int(portfolio.money_unit), '')}".strip()


@register.filter
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


@register.simple_tag
def rag(colour: Any, words: str = "") -> SafeString:
    """A status: letter in its shape, word, colour."""
    return _mark(str(colour), str(words), "")


@register.simple_tag
def rag_mark(colour: Any) -> SafeString:
    """A status where there is room for a letter only; the word is there for those who listen."""
    return _mark(str(colour), "", ' class="sr-only"')


@lru_cache(maxsize=64)
def _mark(colour: str, words: str, look: str) -> SafeString:
    name = colour if colour in LETTERS else "grey"
    return format_html(
        '<span class="rag rag-{}"><span class="rag-letter" aria-hidden="true">{}</span>'
        "<span{}>{}</span></span>",
        name, LETTERS.get(name, NOTHING), mark_safe(look),  # noqa: S308  # one of two literals
        words or WORDS.get(colour, WORDS["grey"]),
    )  # fmt: skip


def in_order(dimensions: Mapping[str, str]) -> list[tuple[str, str]]:
    """Dimensions of health with their colours, in the order in which people speak of them."""
    known = [name for name in DIMENSIONS if name in dimensions]
    rest = sorted(set(dimensions) - set(known))
    return [(name, dimensions[name]) for name in (*known, *rest)]


@register.simple_tag
@cache
def icon(name: str) -> SafeString:
    """One of Tabler's icons; the build collects the names that templates use."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>',
        static("pmhub/icons.svg"), name,
    )  # fmt: skip


@register.simple_tag
@cache
def term(abbreviation: str) -> SafeString:
    """An abbreviation with its meaning."""
    return format_html('<abbr title="{}">{}</abbr>', GLOSSARY[abbreviation], abbreviation)


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
    """How amounts are shown that a reader may add up: exactly, unless all of them are whole."""
    broken = any(isinstance(each, Decimal) and each % 1 for each in values)
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


@register.simple_tag
def value_of(metric: Any, look: str = "") -> str:
    """A metric's value in words and numerals."""
    return shown(metric, look)


def then(at: datetime | None) -> str:
    """The query that stays at a past moment."""
    return f"?{urlencode({'as_of': at.isoformat()})}" if at else ""


@register.simple_tag
def figure(owner_id: int, metric: Any, look: str = "", page: str = "explain") -> SafeString:
    """A figure of a programme, or of what the page named is about: its value as a link that opens
    its explanation, marked when it changes."""
    if not metric:  # before the first computation
        return mark_safe(NOTHING)  # noqa: S308  # a literal
    address = address_of(page, owner_id, metric.name) + then(getattr(metric, "at", None))
    return format_html(
        '<a class="fig" id="fig-{0}-{1}" href="{2}" data-explain data-figure="{0}-{1}"'
        ' data-value="{3}" data-label="{4}" aria-label="{4}: {5}. Explain">{5}</a>',
        f"{page.removesuffix('explain')}{owner_id}", metric.name, address,
        metric.value if metric.value is not None else "", metric.label, shown(metric, look),
    )  # fmt: skip


@register.simple_tag(name="address")
def address_of(page: str, *args: Any) -> str:
    """The address of a page of ours. To make one costs more than all else of a link, and pages
    lead to the same ones again and again."""
    return _address(page, args, get_script_prefix(), get_urlconf())


@lru_cache(maxsize=8192)
def _address(page: str, args: tuple[Any, ...], prefix: str, urlconf: str | None) -> str:
    return reverse(page, args=args)


@register.filter
def marked(tree: SafeString, places: Mapping[str, str]) -> SafeString:
    """The tree with the places where one is."""
    for address, kind in (places or {}).items():
        link = f'href="{address}"'
        tree = mark_safe(tree.replace(link, f'{link} aria-current="{kind}"', 1))  # noqa: S308  # of ours
    return tree


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """The value of a mapping under a key that is itself a variable."""
    return mapping.get(key) if mapping else None


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: Any) -> str:
    """The page's query string with some parameters changed; an empty value drops one."""
    params = context["request"].GET.copy()
    for name, value in changes.items():
        if value in ("", None):
            params.pop(name, None)
        else:
            params[name] = value
    return f"?{params.urlencode()}" if params else "?"


@register.inclusion_tag("parts/heading.html", takes_context=True)
def heading(context: template.Context, column: str, label: str, look: str = "") -> dict[str, Any]:
    """A column heading that sorts its table through the address."""
    now = context["sort"]
    return {
        "label": label,
        "look": look,
        "title": GLOSSARY.get(label, ""),
        "address": query(context, sort=f"-{column}" if now == column else column),
        "order": {column: "ascending", f"-{column}": "descending"}.get(now, ""),
    }


@register.inclusion_tag("parts/heading.html", takes_context=True)
def ordered(context: template.Context, head: Mapping[str, Any], now: str) -> dict[str, Any]:
    """The heading of a register's column, which orders the list through the address."""
    name = head["name"]
    return {
        "label": head["label"],
        "look": "num" if head["figure"] else "",
        "title": "",
        "address": query(context, ordering=f"-{name}" if now == name else name, page=""),
        "order": {name: "ascending", f"-{name}": "descending"}.get(now, ""),
    }


@register.simple_tag(takes_context=True)
def drop(context: template.Context, name: str) -> str:
    """The page's query string without one parameter, and from the first page on."""
    return query(context, **{name: "", "page": ""})


@register.filter
def told(value: Any) -> str:
    """Return a detail of an act in words: what changed as before → after."""
    if isinstance(value, list) and len(value) == 2:
        return " → ".join(map(told, value))
    if isinstance(value, dict):
        return ", ".join(f"{name} {told(each)}" for name, each in value.items())
    return "–" if value in (None, "") else str(value)


@register.filter
def audits(user: Any) -> bool:
    """Return whether somebody reads the audit register, or a part of it."""
    return access.audits(user)


@register.filter
def lacks_factor(user: Any) -> bool:
    """Return whether somebody has to set up a second factor before they see anything."""
    return identity.lacks_factor(user)
