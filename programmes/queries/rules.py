"""Rule sets: which are in force."""

from __future__ import annotations

from collections.abc import Sequence

from programmes.models import Portfolio, RuleKind, RuleSet
from programmes.rollup.ledger import Metric, Unit


def rules_in_force(portfolio: Portfolio) -> RuleSet | None:
    """Return the set by which colours are judged on the status date; None where there is none, and
    the defaults hold."""
    sets = RuleSet.objects.filter(
        portfolio=portfolio, kind=RuleKind.THRESHOLDS, valid_from__lte=portfolio.as_of
    )
    return sets.order_by("-valid_from", "-pk").first()


def rules_of(metric: Metric, portfolio: Portfolio) -> RuleSet | None:
    """Return the set in force that judges a metric; None also where none judges it."""
    judged = metric.judged_by or metric.unit is Unit.STATUS
    return rules_in_force(portfolio) if judged else None


def in_force(ids: Sequence[int]) -> set[int]:
    """Those of these rule sets that are in force on the status date of their portfolio."""
    portfolios = Portfolio.objects.filter(rule_sets__in=list(ids)).distinct()
    days = {each.pk: each.as_of for each in portfolios}
    latest: dict[tuple[int, str], int] = {}
    sets = RuleSet.objects.filter(portfolio__in=days).order_by("valid_from", "pk")
    for id, portfolio, kind, day in sets.values_list("pk", "portfolio_id", "kind", "valid_from"):
        if day <= days[portfolio]:
            latest[portfolio, kind] = id
    return {*latest.values()} & {*ids}
