"""Reads risks, and whether each of them counts where it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q

from pmhub.database.statements import IDS, OTHER_IDS, Statement
from programmes.rollup.risk_facts import ForeignRisk, RiskEstimate, RiskFacts
from projects.models import Risk
from projects.risk import Impact

RISK = (
    "id", "code", "project_id", "programme_id", "kind", "status", "aggregated_into_id",
    "proximity_on", "residual_probability", "residual_cost_min", "residual_cost_most_likely",
    "residual_cost_max", "residual_days_most_likely", "benefit_effect_percent", "category",
    "escalated_to_id", "residual_days_min", "residual_days_max", "inherent_probability",
    "inherent_cost_min", "inherent_cost_most_likely", "inherent_cost_max",
    "inherent_days_most_likely", "foreign_currency", "foreign_residual_cost_most_likely",
    "exchange_rate",
)  # fmt: skip
RISKS = Statement(
    lambda: (
        Risk.objects.filter(Q(project_id__in=[IDS]) | Q(programme_id__in=[OTHER_IDS]))
        .order_by("code")
        .values_list(*RISK)
    )
)
PARENTS = Statement(lambda: Risk.objects.filter(pk__in=[IDS]).order_by("pk").values_list(*RISK))


def risks_by_level(
    project_dates: Mapping[int, date],
    programme_dates: Mapping[int, date],
    ended: Collection[int] = (),
) -> dict[str, Mapping[int, list[RiskFacts]]]:
    """Return the risks by level (project or programme) and by the id of what holds them; those of
    projects that have `ended` do not count."""
    by_level: dict[str, Mapping[int, list[RiskFacts]]] = {
        "project": defaultdict(list),
        "programme": defaultdict(list),
    }
    for row in RISKS([*project_dates], [*programme_dates]):
        project, programme = row[2], row[3]
        as_of = project_dates[project] if project else programme_dates[programme]
        level = "project" if project else "programme"
        by_level[level][project or programme].append(_risk(row, as_of, ended=project in ended))
    return by_level


def _risk(row: tuple[Any, ...], as_of: date, *, ended: bool) -> RiskFacts:
    (id, code, project, programme, kind, status, aggregated, proximity, chance,
     low, likely, high, days, benefit, category, escalated, days_low, days_high,
     *inherent, currency, paid, rate) = row  # fmt: skip
    estimate = RiskEstimate(
        category, escalated or aggregated, chance, (days_low, days, days_high), *inherent
    )
    foreign = ForeignRisk(currency, paid, rate) if currency and paid is not None else None
    impact = None
    if chance is not None and likely is not None:
        low, high = (likely if low is None else low), (likely if high is None else high)
        impact = Impact(chance, low, likely, high, kind == "opportunity")
    return RiskFacts(
        id=id,
        code=code,
        project=project,
        programme=programme,
        impact=impact,
        days=days or 0,
        benefit_percent=benefit,
        proximity=proximity,
        threat=kind == "threat",
        reason=_uncounted(status, aggregated, proximity, as_of, ended=ended)
        or _missing_for_count(chance, impact, foreign),
        estimate=estimate,
        foreign=foreign,
    )


def _uncounted(
    status: str,
    aggregated: int | None,
    proximity: date | None,
    as_of: date,
    *,
    ended: bool,
) -> str:
    """Return why a risk does not count at this level; empty where it does."""
    if status != "open":
        return status
    if ended:
        return "project_ended"
    if aggregated is not None:
        return "aggregated"
    if proximity is not None and proximity < as_of:
        return "proximity_passed"
    return ""


def risks_of_project(project: int, as_of: date, *, ended: bool) -> Sequence[RiskFacts]:
    """Return the risks of one project, which do not count where it has `ended`."""
    found = risks_by_level({project: as_of}, {}, [project] if ended else [])["project"][project]
    return counted_apart(found, as_of, counted_parents(found, as_of))


def counted_apart(
    risks: Sequence[RiskFacts], as_of: date, parents: Collection[int]
) -> Sequence[RiskFacts]:
    """Return the risks of a project in which one that is aggregated does not count while its parent
    counts, and counts by itself while its parent does not. `parents` are the parents that count.
    The same list, where nothing differs."""
    found = [_apart(risk, as_of, parents) if risk.aggregated else risk for risk in risks]
    return risks if found == risks else found


def _apart(risk: RiskFacts, as_of: date, parents: Collection[int]) -> RiskFacts:
    inside = risk.estimate.parent if risk.estimate.parent in parents else None
    reason = _uncounted("open", inside, risk.proximity, as_of, ended=False) or _missing_for_count(
        risk.estimate.probability, risk.impact, risk.foreign
    )
    return risk if reason == risk.reason else replace(risk, reason=reason)


def counted_parents(risks: Iterable[RiskFacts], as_of: date) -> set[int]:
    """Return the parents of the aggregated ones of these risks that count at their programme."""
    asked = {risk.estimate.parent for risk in risks if risk.aggregated}
    rows = PARENTS(sorted(filter(None, asked))) if asked else ()
    return {row[0] for row in rows if _risk(row, as_of, ended=False).counted}


def _missing_for_count(
    chance: Decimal | None, impact: Impact | None, foreign: ForeignRisk | None
) -> str:
    """Return what a risk lacks to be counted, an estimate or an exchange rate; empty where
    nothing."""
    if impact:
        return ""
    return "no_rate" if foreign and chance is not None else "not_estimated"
