"""What moved the main figures of a portfolio, programme or project over a chosen period."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pmhub import formats
from pmhub.accounts.visits import last_visit
from pmhub.views.content import Caching
from programmes import queries
from programmes.models import Portfolio, Programme
from programmes.queries import Reading
from programmes.rollup.bridge import difference
from programmes.rollup.ledger import Metric, Value
from programmes.rollup.metrics import HEADLINES, OF_PORTFOLIOS, OF_PROJECTS
from programmes.rollup.spans import Period
from programmes.views.bridge import AnyBridge, end_of, explained_at, rows_of, then_of
from programmes.views.period import (
    LATELY,
    VISIT,
    ChosenPeriod,
    Owner,
    portfolio_of,
    requested_period,
)
from projects.models import Project, ProjectForecast

TOP = 3  # movements of a figure
MAIN = (*HEADLINES, "finish_declared", "approved_budget", "health")
Row = dict[str, Any]
Now = queries.Freshness | queries.PortfolioRollup | ProjectForecast | None
MovedFigures = tuple[
    datetime | None, list[Row]
]  # since when figures can be compared, and those that moved


class MovementsPage:
    """Mixin of pages that show what moved over the period in their address."""

    request: Any
    at: datetime | None
    caching: Caching

    def cache_for_reader(self) -> None:
        """Cache the page for its reader alone where it is about their last visit."""
        if self.request.GET.get("since") == VISIT:
            self.caching = Caching.PER_USER

    def since(self) -> str:
        """Return what the movements depend on beside the address and the figures: the last visit,
        where it is asked for."""
        asks = self.request.GET.get("since") == VISIT
        return str(last_visit(self.request.user, here=False)) if asks else ""

    def moved(self, owner: Owner, now: Now = None) -> dict[str, Any]:
        """Return which of the main figures moved, by how much and mostly by what; `now` are the
        present figures, where these were read already."""
        user = self.request.user
        chosen = requested_period(self.request.GET, owner, user, self.at)
        end = None if self.at or chosen.until else now
        since, rows = what_moved(owner, user, chosen, then_of(chosen, self.at), end)
        return {
            "asked": chosen,
            "since": since,
            "figures": rows,
            "zone": portfolio_of(owner).time_zone,
        }


def what_moved(
    owner: Owner, user: Any, chosen: ChosenPeriod, within: str, now: Now
) -> MovedFigures:
    """Return what moved, in a number of queries that does not depend on how much that is. `now` are
    the present figures, where these were read already and the period ends now: then they are not
    read again, and for a programme what moved in the last 30 days is cached."""
    if isinstance(owner, Programme):
        return _of_programme(owner, user, chosen, within, now)
    if isinstance(owner, Project):
        return _of_project(owner, chosen, within, now)
    return _of_portfolio(owner, user, chosen, within, now)


def _of_programme(
    programme: Programme, user: Any, chosen: ChosenPeriod, within: str, now: Now
) -> MovedFigures:
    if isinstance(now, queries.Freshness) and chosen.since == LATELY:
        begin, bridges = queries.recent_bridge(programme, HEADLINES, now, user)
    else:
        begin, bridges = _between(programme, user, chosen)
    place = "programme", programme.pk
    return begin, [_moved(bridge, place, within) for bridge in bridges.values() if bridge.parts]


def _between(
    programme: Programme, user: Any, chosen: ChosenPeriod
) -> tuple[datetime | None, dict[str, queries.Bridge]]:
    """Return since when figures can be compared, and the bridges of those that moved; one query
    where none did."""
    begin, names = queries.moved_since(programme, HEADLINES, chosen.begin)
    if begin is None or begin >= chosen.end:
        return None, {}
    moved, period = [name for name in HEADLINES if name in names], Period(begin, chosen.end)
    return begin, queries.bridges(programme, moved, period, user, edits=False) if moved else {}


def _of_portfolio(
    portfolio: Portfolio, user: Any, chosen: ChosenPeriod, within: str, now: Now
) -> MovedFigures:
    metrics = [OF_PORTFOLIOS[name] for name in MAIN if name in OF_PORTFOLIOS]
    place = "portfolio", portfolio.pk
    if isinstance(now, queries.PortfolioRollup) and chosen.since == LATELY:
        begin, bridges = queries.recent_bridge_of_portfolio(now, metrics, chosen.end, user)
        return begin, [_moved(bridge, place, within) for bridge in bridges if bridge.parts]
    first = queries.portfolio_known_since(portfolio)
    if first is None or first >= chosen.end:
        return None, []
    period = Period(max(first, chosen.begin), chosen.end)
    before = queries.portfolio_rollup_at(portfolio, user, period.begin, metrics)
    after = (
        now
        if isinstance(now, queries.PortfolioRollup)
        else queries.portfolio_rollup_at(portfolio, user, period.end, metrics)
    )
    bridges = queries.portfolio_bridges(metrics, period, before, after)
    return period.begin, [_moved(bridge, place, within) for bridge in bridges if bridge.parts]


def _of_project(project: Project, chosen: ChosenPeriod, within: str, now: Now) -> MovedFigures:
    """Return only both ends of the figures: the records between them are read where a figure is
    explained."""
    begin, moved = queries.project_moved_since(project, HEADLINES[0], chosen.begin)
    if begin is None or begin >= chosen.end or not moved:
        return begin, []
    end = now if isinstance(now, ProjectForecast) else queries.open_forecast(project, chosen.end)
    before = queries.project_readings(queries.open_forecast(project, begin))
    after = queries.project_readings(end)
    return begin, [
        _row(OF_PROJECTS[name].at_project, ends, ("project", project.pk), within)
        for name in MAIN
        for ends in [(before.get(name), after.get(name))]
        if all(ends) and _value(ends[0]) != _value(ends[1])
    ]


def _value(reading: Reading | None) -> Value:
    return reading.value if reading else None


def _moved(bridge: AnyBridge, place: tuple[str, int], within: str) -> Row:
    """Return a figure with its largest movements."""
    return {
        **_row(bridge.metric, (bridge.before, bridge.after), place, within, bridge.difference),
        "parts": rows_of(bridge, within, TOP),
        "more": max(0, len(bridge.parts) - TOP),
    }


def _row(
    metric: Metric, ends: tuple[Any, Any], place: tuple[str, int], within: str, change: Any = None
) -> Row:
    """Return a figure at both ends, and the address of its explanation."""
    if change is None:
        change = difference(*map(_value, ends))
    return {
        "label": metric.title,
        "before": end_of(ends[0], metric),
        "after": end_of(ends[1], metric),
        "change": formats.change(change, metric.unit),
        "address": explained_at(*place, metric.name) + within,
    }
