"""Health in words: reasons that lead to what drives them, and disagreement."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.urls import reverse

from pmhub.templatetags import pm
from programmes import queries
from programmes.models import Programme
from projects.models import Project

# Where a dimension of health is explained: the metric behind it.
BEHIND = {
    "benefits": "benefits_attainment",
    "dis-benefits": "disbenefits_actual_to_date",
    "funding cover": "funding_cover",
    "risk": "risk_p80",
    "projects": "health",
}
REASON = re.compile(r"^(?P<what>[\w -]+?) (?P<colour>green|amber|red|grey): (?P<why>.*)$")


CODE = re.compile(r"([A-Z][A-Z0-9]*-[0-9A-Z]+)")


def health_of(programme: Programme, figures: queries.Rollup, user: Any) -> dict[str, Any]:
    """Derived health with its dimensions, and reasons that lead to what drives them."""
    reading = figures.metrics.get("health")
    detail = reading.detail if reading else {}
    reasons = detail.get("reasons", [])
    drivers = addresses({code for text in reasons for code in CODE.findall(text)}, user)
    return {
        "value": figures.value("health"),
        "declared": detail.get("declared") if figures.at else programme.dca,
        "dimensions": pm.in_order(detail.get("dimensions", {})),
        "reasons": [reason_of(programme, each, drivers, figures.at) for each in reasons],
    }


def addresses(codes: Iterable[str], user: Any) -> dict[str, str]:
    """The pages of the projects of these codes that the reader may open."""
    mine = Project.objects.visible_to(user).filter(code__in=codes)
    return {code: reverse("project", args=[pk]) for pk, code in mine.values_list("pk", "code")}


def reason_of(
    programme: Programme, text: str, drivers: dict[str, str], at: datetime | None = None
) -> dict[str, Any]:
    """A reason as parts of text, the codes in it and the dimension itself being links."""
    found = REASON.match(text)
    if not found:
        return {"colour": "grey", "parts": [(text, "", False)]}
    what = found["what"]
    metric = BEHIND.get(what.removesuffix(" grey"))
    explained = reverse("explain", args=[programme.pk, metric]) + pm.then(at) if metric else ""
    parts: list[tuple[str, str, bool]] = [(what[:1].upper() + what[1:], explained, True)]
    words = CODE.split(f": {found['why']}")
    parts.extend((word, drivers.get(word, ""), False) for word in words)
    return {"colour": found["colour"], "parts": parts}


def troubles(figures: queries.Rollup) -> list[str]:
    """The reasons for a colour other than green, without the colour."""
    reading = figures.metrics.get("health")
    found = [REASON.match(text) for text in (reading.detail.get("reasons", []) if reading else [])]
    return [
        f"{each['what'][:1].upper()}{each['what'][1:]}: {each['why']}"
        for each in found
        if each and each["colour"] in ("amber", "red")
    ]


def disagreement(programme: Programme, figures: queries.Rollup) -> str:
    """Judgement and arithmetic, where they differ."""
    derived, declared = figures.value("health"), programme.dca
    if figures.at:
        reading = figures.metrics.get("health")
        declared = (reading.detail.get("declared") if reading else None) or ""
    if not declared or derived not in ("green", "amber", "red") or derived == declared:
        return ""
    return f"People say {declared}, the figures say {derived}."
