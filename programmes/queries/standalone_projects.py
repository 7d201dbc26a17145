"""When projects stood outside the programmes of a portfolio: from the lines that programmes have of
their members, and the forecasts that are kept of each project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pmhub.access.past_rights import seen_now
from pmhub.database.statements import Statement
from programmes.models import Portfolio
from programmes.queries.bridges.lines import MEMBERS
from projects.models import Project
from projects.queries.portfolios import of_portfolio

# Of a project that was inside from its first forecast on, no forecast is read.
ALONE = Statement(
    """
WITH inside AS (
    SELECT source_id AS id, range_agg(tstzrange(valid_from, valid_to)) AS spans
    FROM programmes_ledgerline
    WHERE programme_id = ANY(%(ids)s) AND metric = %(metric)s AND source_type = 'project'
    GROUP BY source_id
), outside AS (
    SELECT p.id, coalesce(inside.spans, '{}') AS inside
    FROM unnest(%(other_ids)s::bigint[]) p(id) LEFT JOIN inside USING (id)
    WHERE inside.spans IS NULL OR NOT inside.spans @> tstzrange(
        (SELECT min(valid_from) FROM projects_projectforecast f WHERE f.project_id = p.id), NULL)
)
SELECT f.id, lower(alone.span), upper(alone.span)
FROM outside JOIN projects_projectforecast f ON f.project_id = outside.id,
    unnest(tstzmultirange(tstzrange(f.valid_from, f.valid_to)) - outside.inside) AS alone(span)
""",
    types={"metric": "text"},
    parted=True,
)


@dataclass(frozen=True, slots=True)
class StandalonePeriod:
    """The time over which a forecast of a project counted for itself; its end is None while it
    still does."""

    forecast: int
    begin: datetime
    end: datetime | None


def standalone_periods(
    programmes: Sequence[int], projects: Sequence[int]
) -> list[StandalonePeriod]:
    """Return when these projects were in none of the programmes and counted for themselves: one
    query."""
    return [StandalonePeriod(*row) for row in ALONE(programmes, projects, metric=MEMBERS)]


def projects_inside(portfolio: Portfolio, user: Any) -> list[int]:
    """Return the projects of a portfolio that a user may see, of its programmes and standalone."""
    inside = Project.objects.visible_to(user).filter(of_portfolio(portfolio))
    projects = seen_now(inside, user)
    return list(projects.order_by().values_list("pk", flat=True))
