"""Benefits of a programme, each with its planned and realised value: money from the ledger, all
else from its profile and measurements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from benefits.models import Benefit
from benefits.realisation import FlowFigures, attainment, stock_figures
from pmhub.database.collation import InOrder
from programmes.models import LedgerLine, Programme, valid
from programmes.queries.benefit_facts import benefit_facts
from programmes.ratios import Ratio
from programmes.rollup.facts import BenefitFacts

PLANNED, MEASURED, ACTUAL = (
    "benefits_planned_to_date", "benefits_planned_measured", "benefits_actual_to_date",
)  # fmt: skip
METRICS = (PLANNED, MEASURED, ACTUAL)
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class BenefitRow:
    """A benefit with what is planned and realised on the status date: an amount of a flow, a level
    of a stock.

    `attainment` is realised over planned for the measured days of a flow; of a stock it is the
    share of the way to its target, and `against_profile` that of the way that was planned by now.
    None where it is undefined, with a reason. `unmeasured_from` is the first past day for which
    something was planned and nothing is measured.
    """

    benefit: Benefit
    planned: Decimal | None
    actual: Decimal | None
    attainment: Decimal | None
    reason: str = ""
    unmeasured_from: date | None = None
    against_profile: Decimal | None = None


def benefits_register(
    programme: Programme, user: Any, at: datetime | None = None
) -> list[BenefitRow]:
    """Return the benefits in sight, by code, in five queries."""
    day = programme.portfolio.as_of
    stored = _stored(programme, at)
    facts = {benefit_fact.id: benefit_fact for benefit_fact in benefit_facts(programme)}
    benefits = Benefit.objects.visible_to(user).filter(programme=programme)
    return [
        _row(benefit, stored.get(benefit.pk, {}), facts.get(benefit.pk), day)
        for benefit in benefits.select_related("owner").order_by(InOrder("code"))
    ]


def benefit_standing(benefit: Benefit) -> BenefitRow:
    """Return the row of one benefit, in the same number of queries."""
    programme = benefit.programme
    facts = {benefit_fact.id: benefit_fact for benefit_fact in benefit_facts(programme)}
    stored = _stored(programme, None).get(benefit.pk, {})
    return _row(benefit, stored, facts.get(benefit.pk), programme.portfolio.as_of)


def _stored(programme: Programme, at: datetime | None) -> Mapping[int, dict[str, Decimal]]:
    by_id: dict[int, dict[str, Decimal]] = {}
    lines = LedgerLine.objects.filter(valid(at), programme=programme, metric__in=METRICS)
    for id, metric, amount in lines.values_list("source_id", "metric", "amount"):
        if amount is not None:
            by_id.setdefault(id, {})[metric] = amount
    return by_id


def _row(
    benefit: Benefit, stored: Mapping[str, Decimal], facts: BenefitFacts | None, day: date
) -> BenefitRow:
    if facts is None:
        return BenefitRow(benefit, None, None, None, "not_computed_yet")
    if facts.unrated:
        return BenefitRow(benefit, None, None, None, "no_rate")
    if facts.figures is None:
        return _of_stock(benefit, facts, day)
    if benefit.monetised:
        return _of_money(benefit, stored, facts.figures)
    figures = facts.figures
    return BenefitRow(
        benefit,
        figures.planned_to_date,
        figures.actual_to_date if figures.measured else None,
        figures.attainment,
        figures.attainment_reason or "",
        figures.unmeasured_from,
    )


def _of_money(benefit: Benefit, stored: Mapping[str, Decimal], figures: FlowFigures) -> BenefitRow:
    """Return the row of a benefit in money, from the ledger. Before the first measurement its
    attainment is undefined."""
    actual = stored.get(ACTUAL)
    planned = stored.get(MEASURED, figures.planned_measured)
    attained = (
        Ratio(None, figures.attainment_reason or "not_computed_yet")
        if actual is None
        else attainment(benefit.polarity * planned, benefit.polarity * actual)
    )
    return BenefitRow(
        benefit,
        stored.get(PLANNED),
        actual,
        attained.value,
        attained.reason or "",
        figures.unmeasured_from,
    )


def _of_stock(benefit: Benefit, facts: BenefitFacts, day: date) -> BenefitRow:
    start, target = benefit.baseline_value, benefit.target_value
    figures = stock_figures(start or ZERO, target or ZERO, facts.planned, facts.actual, day)
    defined = start is not None and target is not None
    reason = figures.reasons.get("achievement", "") if defined else "no_baseline_or_target"
    return BenefitRow(
        benefit,
        figures.target_then,
        figures.latest,
        figures.achievement if defined else None,
        reason,
        figures.unmeasured_from,
        figures.against_profile if defined else None,
    )
