"""Lines that benefits add: one for each benefit, signed; only end benefits in money count."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any

from benefits.overlap import claimed_twice
from benefits.realisation import FlowFigures, profile_present_value
from programmes import sources
from programmes.rollup.facts import BenefitFacts, ProgrammeFacts, UndecidedContribution
from programmes.rollup.ledger import Line, text

Lines = Iterable[Line]
BENEFIT, CONTRIBUTION = sources.BENEFIT.name, sources.CONTRIBUTION.name
OVERLAP = sources.OVERLAP.name


def exclusion_reason(benefit: BenefitFacts) -> str:
    """Return why a benefit does not count in totals of value; empty where it counts."""
    if benefit.withdrawn:
        return "withdrawn"
    if not benefit.monetised:
        return "not_monetised"
    if benefit.level != "end":
        return "intermediate"
    if benefit.unrated:
        return "no_rate"
    return "" if benefit.planned or benefit.forecast or benefit.actual else "no_profile"


Amount = Callable[[FlowFigures], Decimal]


def _line(benefit: BenefitFacts, value: Decimal | None, lacks: str = "", **inputs: Any) -> Line:
    """Return the line of a benefit; `lacks` is the reason why its value is missing or not
    complete."""
    reason = exclusion_reason(benefit)
    details = {"category": benefit.category, **_rate_missing(benefit), **inputs}
    value = None if benefit.unrated else value
    if reason == "not_monetised":
        # Its own unit is never mixed with money: the record says its figures.
        return Line(BENEFIT, benefit.id, None, False, reason, {**details, "unit": benefit.unit})
    return Line(
        BENEFIT, benefit.id, value, not reason and value is not None, reason or lacks, details
    )


def _rate_missing(each: BenefitFacts) -> dict[str, Any]:
    """Return the exchange rate that a benefit lacks, as inputs of its line; empty where it lacks
    none."""
    if each.unrated is None:
        return {}
    named = "planned_on" if each.unrated.planned else "posted_on"
    return {"foreign_currency": each.unrated.currency, named: text(each.unrated.on)}


def _planned(facts: Iterable[BenefitFacts], amount: Amount) -> Iterator[Line]:
    for fact in facts:
        yield _line(fact, amount(fact.figures) if fact.figures else None)


def _measured(facts: Iterable[BenefitFacts], amount: Amount) -> Iterator[Line]:
    """Yield a line for each benefit with an amount of what was measured. Without a measurement the
    value is None and not 0."""
    for fact in facts:
        figures = fact.figures
        if figures is None:
            yield _line(fact, None)
        elif not figures.measured:
            why = figures.not_measured or "nothing_planned_yet"
            yield _line(fact, None, why, **_since(figures))
        else:
            yield _line(fact, amount(figures), figures.not_measured, **_since(figures))


def _since(figures: FlowFigures) -> dict[str, str]:
    first = figures.unmeasured_from
    return {"not_measured_since": first.isoformat()} if first else {}


def _expected(
    facts: ProgrammeFacts, amount: Amount, inputs: Callable[[BenefitFacts, FlowFigures], Any]
) -> Iterator[Line]:
    """Yield a line for each benefit with an amount of what was measured and is forecast. Without
    either the value is None and not 0."""
    for benefit in facts.benefits:
        figures = benefit.figures
        if figures is None:
            yield _line(benefit, None)
            continue
        value = amount(figures) if figures.has_outturn else None
        yield _line(benefit, value, figures.not_forecast, **inputs(benefit, figures))


def planned(facts: ProgrammeFacts) -> Lines:
    """Yield what the approved profiles plan for periods complete by the status date."""
    return _planned(facts.benefits, lambda figures: figures.planned_to_date)


def planned_measured(facts: ProgrammeFacts) -> Lines:
    """Yield what is planned for the days that verified measurements cover."""
    return _measured(facts.benefits, lambda figures: figures.planned_measured)


def actual(facts: ProgrammeFacts) -> Lines:
    """Yield the verified measurements of complete periods."""
    return _measured(facts.benefits, lambda figures: figures.actual_to_date)


def whole_life(facts: ProgrammeFacts) -> Lines:
    """Yield what the approved profiles plan for all periods."""
    return _planned(facts.benefits, lambda figures: figures.whole_life_planned)


def outturn(facts: ProgrammeFacts) -> Lines:
    """Yield what is verified so far plus the forecast of all days that are not measured."""

    def parts(benefit: BenefitFacts, figures: FlowFigures) -> dict[str, str | None]:
        return {
            "actual_to_date": text(figures.actual_to_date),
            "forecast_to_come": text(figures.remaining),
        }

    return _expected(facts, lambda figures: figures.forecast_outturn, parts)


def at_stake(facts: ProgrammeFacts) -> Lines:
    """Return what each contribution of a project that ended short should still bring, until the
    owner of the benefit has said what becomes of it: its weight times the remaining forecast."""
    for benefit in facts.benefits:
        for stake in benefit.stakes:
            yield _at_stake(benefit, stake)


def _at_stake(benefit: BenefitFacts, stake: UndecidedContribution) -> Line:
    inputs = {"project": stake.project, "weight": text(stake.weight), "category": benefit.category}
    inputs |= _rate_missing(benefit)
    figures = benefit.figures
    reason = exclusion_reason(benefit) or ("dis_benefit" if benefit.polarity < 0 else "")
    if figures is None or reason == "not_monetised":
        return Line(CONTRIBUTION, stake.contribution, None, False, reason, inputs)
    if figures.not_forecast == "no_forecast":
        return Line(CONTRIBUTION, stake.contribution, None, False, reason or "no_forecast", inputs)
    inputs["forecast_to_come"] = text(figures.remaining)
    value = stake.weight * figures.remaining
    return Line(CONTRIBUTION, stake.contribution, value, not reason, reason, inputs)


def overlap(facts: ProgrammeFacts) -> Lines:
    """Yield the agreed overlap of two benefits, as long as both count, and no more than they are
    still worth; an open one does not count. The sign is that of the benefits."""
    reasons = {benefit.id: exclusion_reason(benefit) for benefit in facts.benefits}
    worth = {
        benefit.id: benefit.figures.forecast_outturn if benefit.figures else Decimal(0)
        for benefit in facts.benefits
        if not reasons[benefit.id]
    }
    agreements = [
        (id, first, second, agreed)
        for id, first, second, agreed in facts.overlaps
        if agreed is not None and first in worth and second in worth
    ]
    twice = claimed_twice(agreements, worth)
    for id, first, second, agreed in facts.overlaps:
        left = reasons.get(first, "elsewhere") or reasons.get(second, "elsewhere")
        reason = left or ("overlap_open" if agreed is None else "")
        inputs = {"benefits": [first, second], "agreed": text(agreed)}
        yield Line(OVERLAP, id, twice.get(id, agreed), not reason, reason, inputs)


def confidence_weighted(facts: ProgrammeFacts) -> Lines:
    """Yield what is verified so far plus the forecast still to come times its confidence."""
    return _expected(
        facts,
        lambda figures: figures.confidence_weighted,
        lambda benefit, _: {"confidence": text(benefit.confidence)},
    )


def _dis_benefits(facts: ProgrammeFacts) -> list[BenefitFacts]:
    return [benefit for benefit in facts.benefits if benefit.category == "dis_benefit"]


def disbenefits_planned(facts: ProgrammeFacts) -> Lines:
    """Yield the magnitude of dis-benefits that is planned in complete periods."""
    return _planned(_dis_benefits(facts), lambda figures: -figures.planned_to_date)


def disbenefits_planned_measured(facts: ProgrammeFacts) -> Lines:
    """Yield the magnitude of dis-benefits that is planned for the days that verified measurements
    cover."""
    return _measured(_dis_benefits(facts), lambda figures: -figures.planned_measured)


def disbenefits_actual(facts: ProgrammeFacts) -> Lines:
    """Yield the magnitude of dis-benefits that was measured in complete periods."""
    return _measured(_dis_benefits(facts), lambda figures: -figures.actual_to_date)


def outturn_present_value(facts: ProgrammeFacts) -> Lines:
    """Yield the present value of what each benefit has brought and is forecast to bring, discounted
    as the business case."""

    def value(figures: FlowFigures) -> Decimal:
        return profile_present_value(
            1,  # its periods are signed
            figures.outturn,
            *facts.case_discounting,
            facts.portfolio.fiscal_start_month,
        )

    return _expected(facts, value, lambda benefit, figures: {})


def present_value(facts: ProgrammeFacts) -> Lines:
    """Yield the present value of each approved profile, discounted as the portfolio says."""
    portfolio = facts.portfolio
    for benefit in facts.benefits:
        value = profile_present_value(
            benefit.polarity,
            benefit.planned,
            portfolio.discount_base_year,
            portfolio.schedule,
            portfolio.rate,
            portfolio.fiscal_start_month,
        )
        yield _line(benefit, value)
