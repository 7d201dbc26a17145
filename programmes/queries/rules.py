"""Rule sets: which are in force."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from pmhub.database import past
from pmhub.database.statements import BEGIN, DAY, ID, NAMES, Rows
from programmes.models import Portfolio, RuleKind, RuleSet
from programmes.rollup.ledger import Aggregate, Metric, Unit

# What a colour is judged by, and what a figure whose bounds are thresholds is.
OF_COLOURS = (RuleKind.THRESHOLDS, RuleKind.HEALTH, RuleKind.MATRIX, RuleKind.CALENDAR)
OF_BOUNDS = (RuleKind.THRESHOLDS,)


def _sets(*known: Q) -> QuerySet[RuleSet]:
    rows = RuleSet.objects.filter(
        *known, portfolio_id=ID, kind__in=[NAMES], valid_from__lte=DAY
    ).select_related("by")
    return rows.order_by("valid_from", "pk")


SETS, KNOWN_SETS = Rows(_sets), Rows(lambda: _sets(Q(created_at__lte=BEGIN)))


def sets_in_force(
    portfolio: Portfolio,
    kinds: Iterable[str] = RuleKind.values,
    on: date | None = None,
    at: datetime | None = None,
) -> list[RuleSet]:
    """Return the sets of these kinds that are in force in a portfolio on a day, the status date if
    none is given, as it was known at a moment; none of a kind of which the defaults hold."""
    parameters: dict[str, Any] = {"id": portfolio.pk, "names": [str(kind) for kind in kinds]}
    parameters["day"] = on or portfolio.as_of
    known = at is not None and not past.is_past()
    sets = KNOWN_SETS(begin=at, **parameters) if known else SETS(**parameters)
    by_kind = {row.kind: row for row in sets}
    return [by_kind[kind] for kind in RuleKind.values if kind in by_kind]


def rules_of(
    metric: Metric, portfolio: Portfolio, on: date | None = None, at: datetime | None = None
) -> list[RuleSet]:
    """Return the rule sets in force by which a metric is judged, thresholds first."""
    kinds = kinds_that_judge(metric)
    return sets_in_force(portfolio, kinds, on, at) if kinds else []


def kinds_that_judge(metric: Metric) -> Sequence[RuleKind]:
    """Return the kinds of rules that turn the colour of a metric, thresholds first; none at a
    portfolio, where the colour is the worst of its parts."""
    if metric.aggregate is Aggregate.WORST and not metric.assess and not metric.project:
        return ()
    return OF_COLOURS if metric.unit is Unit.STATUS else OF_BOUNDS if metric.judged_by else ()


def in_force(ids: Sequence[int]) -> set[int]:
    """Return those of these rule sets that are in force on the status date of their portfolio."""
    portfolios = Portfolio.objects.filter(rule_sets__in=list(ids)).distinct()
    days = {row.pk: row.as_of for row in portfolios}
    latest: dict[tuple[int, str], int] = {}
    sets = RuleSet.objects.filter(portfolio__in=days).order_by("valid_from", "pk")
    for id, portfolio, kind, day in sets.values_list("pk", "portfolio_id", "kind", "valid_from"):
        if day <= days[portfolio]:
            latest[portfolio, kind] = id
    return {*latest.values()} & {*ids}
