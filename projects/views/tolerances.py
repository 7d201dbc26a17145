"""The tolerances of a project on its page, and whether it keeps them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.db.models import Q

from pmhub import formats
from programmes import queries
from programmes.health.tolerances import BEYOND, WITHIN, excess, in_force
from programmes.models import Tolerance
from programmes.models.tolerance import OF_CASES, unit_of
from projects.models import Project

# The levels at which a tolerance is set, the most specific first.
LEVELS = ("stage", "project", "programme", "portfolio")


def tolerances(project: Project, request: Any) -> dict[str, Any] | None:
    """Return the tolerances that count for a live project, of each kind the most specific, with the
    level that set it and how far the project strays by its health; None where there are none.
    Whoever sees the project may know them, though they are set above it."""
    in_force = _in_force(project) if project.live else []
    if not in_force:
        return None
    strays, home = dict(_strays(project)), project.owner_portfolio
    return {
        "rows": [
            {
                "kind": tolerance.get_kind_display(),
                "may": formats.amount(tolerance.value),
                "unit": unit_of(tolerance.kind, home),
                "level": level,
                "rule": rule,
                "strays": formats.amount(far),
            }
            for tolerance, level in in_force
            for rule, far in [strays.get(tolerance.pk, ("", None))]
        ],
        "beyond": BEYOND,
        "within": WITHIN,
    }


def _in_force(project: Project) -> list[tuple[Tolerance, str]]:
    """Return the tolerance of each kind that counts, with its level; tolerances of business cases
    are left out."""
    where = Q(project=project, stage__in=["", project.stage])
    where |= Q(portfolio=project.owner_portfolio)
    if project.programme_id:
        where |= Q(programme=project.programme_id)
    by_level: dict[str, list[Tolerance]] = {level: [] for level in LEVELS}
    for tolerance in Tolerance.objects.filter(where).exclude(kind__in=OF_CASES):
        by_level[_level(tolerance)].append(tolerance)
    counting = in_force(*by_level.values())
    return [(counting[kind], _level(counting[kind])) for kind in sorted(counting)]


def _level(tolerance: Tolerance) -> str:
    if tolerance.project_id:
        return "stage" if tolerance.stage else "project"
    return "programme" if tolerance.programme_id else "portfolio"


def _strays(project: Project) -> Iterator[tuple[int, tuple[str, Decimal]]]:
    """Yield the tolerances that the project exceeds or comes near: id, rule, and by how much, from
    its stored health."""
    forecast = queries.open_forecast(project)
    for finding in forecast.health.get("findings", ()) if forecast else ():
        if finding["rule"] not in (BEYOND, WITHIN):
            continue
        for driver in finding["drivers"]:
            if driver["type"] == "tolerance":
                yield driver["id"], (finding["rule"], excess(finding))
