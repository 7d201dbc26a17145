"""Tags and filters of all pages: how values look, status, icons, figures that open their
explanation, addresses, headings that sort."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from pmhub import formats, identity, reading_clock
from pmhub.access import grants
from pmhub.page_addresses import address_of, clock, documented, then

register = template.Library()
for function in (
    formats.money,
    formats.signed,
    formats.by,
    formats.ratio,
    formats.percent,
    formats.of_hundred,
    formats.day,
    formats.days_off,
    formats.weekly,
    formats.amount,
    formats.plain,
    formats.units,
    formats.says,
    formats.money_unit,
    formats.spoken,
    formats.in_words,
    formats.when,
):
    register.filter(function)
register.simple_tag(documented)


@register.simple_tag
def address(page: str, *args: Any) -> str:
    """Return the address of one of our pages. The address of a record's page keeps the moment of
    the past that is being read."""
    link = address_of(page, *args)
    return link + then(reading_clock.moment()) if page == "record" else link


LETTERS = {"green": "G", "amber": "A", "red": "R"}
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
    "Float": "Days by which an event alone may come later; the programme finishes as computed",
    "Drag": "Days by which a record moves the programme's finish, against it being at its baseline",
    "EV": "Earned value: the budgeted value of the work done",
    "PV": "Planned value: the budgeted value of the work that should be done by now",
    "AC": "Actual cost",
}


@register.simple_tag
def moment(value: datetime | None, zone: str) -> SafeString | str:
    """Draw a moment in a time zone, the portfolio's or the reader's; a tooltip shows it in UTC."""
    return formats.NOTHING if value is None else _moment(value, str(zone), get_language())


@register.simple_tag
def time_of_day(value: datetime, zone: str) -> SafeString:
    """Draw the time of day of a moment, for places where the day is shown above it."""
    return _timed(value, f"{value.astimezone(ZoneInfo(str(zone))):%H:%M}")


@lru_cache(maxsize=1024)
def _moment(value: datetime, zone: str, language: str | None) -> SafeString:
    return _timed(value, formats.when(value.astimezone(ZoneInfo(zone))))


def _timed(value: datetime, words: str) -> SafeString:
    return format_html(
        '<time datetime="{}" title="{} UTC">{}</time>',
        value.isoformat(), formats.when(value.astimezone(UTC), "H:i:s"), words,
    )  # fmt: skip


@register.simple_tag
def rag(colour: Any, words: str = "") -> SafeString:
    """Draw a status as a coloured shape with a letter in it, and a word."""
    return _mark(str(colour), str(words), "")


@register.simple_tag
def rag_mark(colour: Any) -> SafeString:
    """Draw a status as a coloured shape with a letter in it; only screen readers get the word."""
    return _mark(str(colour), "", ' class="sr-only"')


@lru_cache(maxsize=64)
def _mark(colour: str, words: str, look: str) -> SafeString:
    name = colour if colour in LETTERS else "grey"
    return format_html(
        '<span class="rag rag-{}"><span class="rag-letter" aria-hidden="true">{}</span>'
        "<span{}>{}</span></span>",
        name, LETTERS.get(name, formats.NOTHING), mark_safe(look),  # noqa: S308  # one of two literals
        words or formats.WORDS.get(colour, formats.WORDS["grey"]),
    )  # fmt: skip


@register.simple_tag
@cache
def icon(name: str) -> SafeString:
    """Draw one of Tabler's icons; the build collects the names that templates use."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>',
        static("pmhub/icons.svg"), name,
    )  # fmt: skip


@register.simple_tag
@cache
def term(abbreviation: str) -> SafeString:
    """Draw an abbreviation with its meaning as a tooltip."""
    return format_html('<abbr title="{}">{}</abbr>', GLOSSARY[abbreviation], abbreviation)


@register.simple_tag
def clock_of(at: datetime | None) -> SafeString:
    """Draw the attributes that make an island read the same moment of the past as its page."""
    names = {"as_of": "as-of", "on": "true-on"}
    attributes = (format_html(' {}="{}"', names[name], value) for name, value in clock(at).items())
    return mark_safe("".join(attributes))  # noqa: S308  # of format_html


@register.simple_tag
def value_of(metric: Any, look: str = "") -> str:
    """Return a metric's value in words and numerals."""
    return formats.shown(metric, look)


@register.simple_tag
def figure(
    owner_id: int, metric: Any, look: str = "", page: str = "explain", place: str = ""
) -> SafeString:
    """Draw a figure of a programme, or of the record that the page named explains. Its value is a
    link that opens its explanation, and is marked when it changes. A figure that stands on a page
    twice names the second place, for no two elements have one id."""
    if not metric:  # before the first computation
        return mark_safe(formats.NOTHING)  # noqa: S308  # a literal
    address = address_of(page, owner_id, metric.name) + then(getattr(metric, "at", None))
    return format_html(
        '<a class="fig" id="fig-{6}{0}-{1}" href="{2}" data-explain data-figure="{0}-{1}"'
        ' data-value="{3}" data-label="{4}" aria-label="{4}: {5}. Explain">{5}</a>',
        f"{page.removesuffix('explain')}{owner_id}", metric.name, address,
        metric.value if metric.value is not None else "", metric.label, formats.shown(metric, look),
        place and f"{place}-",
    )  # fmt: skip


@register.simple_tag
def hung(value: Any, what: str, at: datetime | None, page: str, *args: Any) -> SafeString:
    """Draw a float or a drag, as days or as a word, with a link that opens its explanation."""
    if value is None:
        return mark_safe(formats.NOTHING)  # noqa: S308  # a literal
    return format_html(
        '<a class="fig" href="{}" data-explain aria-label="{}: {}. Explain">{}</a>',
        address_of(page, *args) + then(at), what, value, value,
    )  # fmt: skip


@register.simple_tag
def looks(user: Any) -> SafeString:
    """Draw the attributes of a page that carry its reader's theme, density and language, by which
    dates are written. The system's own theme is applied before the first paint."""
    theme, density, language = (
        getattr(user, name, usual)
        for name, usual in (("theme", "system"), ("density", "compact"), ("language", "en-gb"))
    )
    return format_html(
        'lang="{}" data-bs-theme="{}" data-theme-choice="{}" data-density="{}"',
        language, "dark" if theme == "dark" else "light", theme, density,
    )  # fmt: skip


@register.filter
def marked(tree: SafeString, places: Mapping[str, str]) -> SafeString:
    """Return the navigation's tree with the reader's places in it marked and opened."""
    for address, kind in (places or {}).items():
        link = f'href="{address}"'
        tree = mark_safe(tree.replace(link, f'{link} aria-current="{kind}"', 1))  # noqa: S308  # of ours
        branch = f'data-branch="{address}"'
        tree = mark_safe(tree.replace(branch, f"{branch} open", 1))  # noqa: S308  # as above
    return tree


@register.filter
def clock_names(parameters: Mapping[str, str]) -> list[str]:
    """Return the parameters of an address that ask for the past."""
    return [name for name in ("as_of", "on") if parameters.get(name)]


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """Return the value of a mapping under a key that is itself a variable."""
    return mapping.get(key) if mapping else None


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: Any) -> str:
    """Return the page's query string with some parameters changed; an empty value removes one."""
    params = context["request"].GET.copy()
    for name, value in changes.items():
        if value in ("", None):
            params.pop(name, None)
        else:
            params[name] = value
    return f"?{params.urlencode()}" if params else "?"


@register.simple_tag(takes_context=True)
def paged(context: template.Context, name: str, page: int) -> str:
    """Return the page's query string with another page of one of its lists, where `name` is the
    parameter of that list's page."""
    return query(context, **{name: page})


@register.inclusion_tag("parts/heading.html", takes_context=True)
def heading(context: template.Context, column: str, label: str, look: str = "") -> dict[str, Any]:
    """Return the context of a column heading that sorts its table through the address."""
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
    """Return the context of a register's column heading, which sorts the list through the
    address."""
    name = head["name"]
    return {
        "label": head["label"],
        "look": "num" if head["figure"] else "",
        "title": "",
        "address": query(context, ordering=f"-{name}" if now == name else name, page=""),
        "order": {name: "ascending", f"-{name}": "descending"}.get(now, ""),
    }


@register.filter
def audits(user: Any) -> bool:
    """Return whether a user reads the audit register, or a part of it."""
    return grants.audits(user)


@register.filter
def lacks_factor(user: Any) -> bool:
    """Return whether a user has to set up a second factor before they see anything."""
    return identity.lacks_factor(user)
