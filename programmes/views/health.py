"""Health on pages: findings with links to what drives them, and whether people disagree with the
figures."""

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import lru_cache
from typing import Any

import orjson
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import get_language

from pmhub import formats
from pmhub.page_addresses import address_of, then
from programmes import queries
from programmes.models import Programme
from programmes.wording import finding_reason, reasons_of, title
from projects.queries.dependencies import PROJECTS_SEEN

# Where a finding is explained: the metric behind what it is about.
BEHIND = {
    "benefits": "benefits_attainment",
    "disbenefits": "disbenefits_actual_to_date",
    "risk": "funding_cover",
    "projects": "health",
}
Address = Callable[[Mapping[str, Any]], str]


def health_of(
    programme: Programme, figures: queries.Rollup, user: Any, seen: Collection[int] = ()
) -> dict[str, Any]:
    """Return the derived health with its dimensions, and reasons with links to what drives them.
    `seen` are projects that the reader is known to see."""
    detail = detail_of(figures)
    mine = addresses(detail.get("findings", ()), user, seen)

    def of_driver(driver: Mapping[str, Any]) -> str:
        return mine.get(driver["id"], "") if driver["type"] == "project" else ""

    def of_title(finding: Mapping[str, Any]) -> str:
        name = BEHIND.get(finding["dimension"])
        return address_of("explain", programme.pk, name) + then(figures.at) if name else ""

    return {
        **judged(figures, programme),
        "dimensions": formats.in_order(detail.get("dimensions", {})),
        "reasons": reasons(detail, of_driver, of_title),
    }


def judged(figures: queries.Rollup, programme: Programme) -> dict[str, Any]:
    """Return the colour that counts, the derived one, whether an override counts in its place, and
    what people have declared."""
    detail, value = detail_of(figures), figures.value("health")
    return {
        "value": value,
        "derived": detail.get("derived", value),
        "overridden": "override" in detail,
        "declared": detail.get("declared") if figures.at else programme.dca,
        "declared_on": None if figures.at else programme.dca_on,
    }


def detail_of(figures: queries.Rollup) -> Mapping[str, Any]:
    """Return what is stored beside the colour of the health."""
    reading = figures.metrics.get("health")
    return reading.detail if reading else {}


def overridden_of(stored: Mapping[str, Any]) -> str:
    """Return the derived colour where an override counts in its place; empty where none does."""
    return str(stored.get("derived") or "grey") if "override" in stored else ""


def addresses(
    findings: Iterable[Mapping[str, Any]], user: Any, seen: Collection[int] = ()
) -> dict[int, str]:
    """Return the addresses of the projects that drive findings, as far as the reader may open
    them; those in `seen` are not looked up."""
    ids = {
        driver["id"]
        for finding in findings
        for driver in finding["drivers"]
        if driver["type"] == "project"
    }
    unknown = ids - {*seen}
    found = {*(PROJECTS_SEEN(user, sorted(unknown)) if unknown else ()), *(ids & {*seen})}
    return {pk: address_of("project", pk) for pk in found}


def reasons(
    stored: Mapping[str, Any], of_driver: Address, of_title: Address = lambda finding: ""
) -> list[dict[str, Any]]:
    """Return the reasons of a stored health as (colour, words), with links to drivers and to what a
    finding is about. Older reasons, which were stored as sentences, are returned as they are."""
    if "findings" not in stored:
        return [{"colour": "", "words": text} for text in reasons_of(stored)]

    def linked(driver: Mapping[str, Any]) -> str:
        return link(driver["code"], of_driver(driver))

    return [
        {
            "colour": finding["colour"],
            "words": format_html(
                "{}: {}",
                link(capfirst(title(finding)), of_title(finding), explained=True),
                finding_reason(finding, format_html, linked),
            ),
        }
        for finding in stored["findings"]
    ]


def link(words: str, address: str, *, explained: bool = False) -> str:
    """Return the words as a link, where there is an address."""
    if not address:
        return words
    pattern = '<a href="{}" data-explain>{}</a>' if explained else '<a href="{}">{}</a>'
    return format_html(pattern, address, words)


def troubles(figures: queries.Rollup) -> list[str]:
    """Return the reasons for amber and red, without the colour."""
    return troubles_of(detail_of(figures))


def troubles_of(stored: Mapping[str, Any]) -> list[str]:
    """Return the reasons for amber and red in a stored health; of older ones, which were stored as
    sentences, all."""
    if "findings" not in stored:
        return reasons_of(stored)
    return [
        _trouble(orjson.dumps(finding), get_language())
        for finding in stored["findings"]
        if finding["colour"] in ("amber", "red")
    ]


@lru_cache(maxsize=2000)
def _trouble(finding: bytes, language: str) -> str:
    """Return a stored finding in words. Cached, since a list shows those of a hundred
    programmes."""
    stored = orjson.loads(finding)
    return f"{capfirst(title(stored))}: {finding_reason(stored)}"


def disagreement(programme: Programme, figures: queries.Rollup) -> str:
    """Return a sentence where people and figures differ; else empty."""
    health = judged(figures, programme)
    derived, declared = health["derived"], health["declared"] or ""
    if not declared or derived not in ("green", "amber", "red") or derived == declared:
        return ""
    return f"People say {declared}, the figures say {derived}."
