"""What the pages of projects' records show beside what their registers declare."""

from __future__ import annotations

from typing import Any

from pmhub.registers.panels import Panel
from projects import queries
from projects.models import Dependency, Side
from projects.services.negotiation import standing_offer


def days(dependency: Dependency, request: Any) -> dict[str, Any]:
    """Need against promise against plan of a dependency, and whom to call on either side."""
    ends = queries.ends_of([dependency.pk], request.user)
    figures = queries.figures_of(dependency)
    return {
        "dependency": dependency,
        "figures": figures,
        "offer": standing_offer(dependency),
        "ends": [(side.label, ends.get((dependency.pk, side.value))) for side in Side],
        "external": dependency.external_giver,
    }


def messages(dependency: Dependency, request: Any) -> dict[str, Any] | None:
    """What the two sides said to each other, the first first; of an end out of sight it is not told
    who wrote."""
    ends = queries.ends_of([dependency.pk], request.user)
    said = dependency.messages.select_related("author").order_by("pk")
    offer = standing_offer(dependency)
    lines = []
    for message in said:
        end = ends.get((dependency.pk, message.side))
        author = message.author if end is None or end.visible else None
        standing = offer is not None and message.pk == offer.pk
        lines.append({"said": message, "author": author, "stands": standing})
    zone = dependency.receiver.owner_portfolio.time_zone
    return {"lines": lines, "zone": zone} if lines else None


PANELS = {
    "dependency-days": Panel("Need, promise and plan", "projects/dependency_days.html", days),
    "dependency-messages": Panel("What was said", "projects/dependency_messages.html", messages),
}
