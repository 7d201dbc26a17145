"""Lines that benefits add: one a benefit, signed, and only end benefits in money count."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from decimal import Decimal

from benefits.realisation import FlowFigures, profile_present_value
from programmes.rollup.facts import BenefitFacts, ProgrammeFacts, Stake
from programmes.rollup.ledger import Line, text

Lines = Iterable[Line]
BENEFIT, CONTRIBUTION = "benefit", "benefitcontribution"


def excluded(benefit: BenefitFacts) -> str:
    """Why a benefit does not count in value totals; nothing if it does."""
    if benefit.withdrawn:
        return "withdrawn"
    if not benefit.monetised:
        return "not_monetised"
    if benefit.level != "end":
        return "intermediate"
    return "" if benefit.planned or benefit.forecast or benefit.actual else "no_profile"


def _one_each(facts: ProgrammeFacts, value: Callable[[FlowFigures], Decimal]) -> Iterator[Line]:
    for each in facts.benefits:
        found = value(each.figures) if each.figures else None
        yield _line(each, found)


def _line(each: BenefitFacts, value: Decimal | None) -> Line:
    reason = excluded(each)
    inputs = {"category": each.category}
    if reason == "not_monetised":
        # Its own unit is never mixed with money: the record says its figures.
        return Line(BENEFIT, each.id, None, False, reason, {**inputs, "unit": each.unit})
    return Line(BENEFIT, each.id, value, not reason, reason, inputs)


def planned(facts: ProgrammeFacts) -> Lines:
    """Planned in the approved profile, in periods complete by the status date."""
    return _one_each(facts, lambda figures: figures.planned_to_date)


def actual(facts: ProgrammeFacts) -> Lines:
    """Verified measurements of complete periods."""
    return _one_each(facts, lambda figures: figures.actual_to_date)


def whole_life(facts: ProgrammeFacts) -> Lines:
    """Planned in the approved profile, all periods."""
    return _one_each(facts, lambda figures: figures.whole_life_planned)


def outturn(facts: ProgrammeFacts) -> Lines:
    """Verified so far plus the forecast of periods not yet measured."""
    for line, each in zip(
        _one_each(facts, lambda figures: figures.forecast_outturn), facts.benefits, strict=True
    ):
        figures = each.figures
        if figures is None or line.value is None:
            yield line
            continue
        inputs = {
            **line.inputs,
            "actual_to_date": text(figures.actual_to_date),
            "forecast_to_come": text(figures.remaining),
        }
        yield Line(line.source_type, line.source_id, line.value, line.included, line.reason, inputs)


def at_stake(facts: ProgrammeFacts) -> Lines:
    """What each contribution of a project that ended short should still bring, until the owner of
    the benefit has said what becomes of it: its weight times the remaining forecast."""
    for each in facts.benefits:
        for stake in each.stakes:
            yield _at_stake(each, stake)


def _at_stake(benefit: BenefitFacts, stake: Stake) -> Line:
    inputs = {"project": stake.project, "weight": text(stake.weight), "category": benefit.category}
    reason = excluded(benefit) or ("dis_benefit" if benefit.polarity < 0 else "")
    if benefit.figures is None or reason == "not_monetised":
        return Line(CONTRIBUTION, stake.contribution, None, False, reason, inputs)
    remaining = benefit.figures.remaining
    inputs["forecast_to_come"] = text(remaining)
    value = stake.weight * remaining
    return Line(CONTRIBUTION, stake.contribution, value, not reason, reason, inputs)


def confidence_weighted(facts: ProgrammeFacts) -> Lines:
    """Verified so far plus confidence times the forecast still to come."""
    for line, each in zip(
        _one_each(facts, lambda figures: figures.confidence_weighted), facts.benefits, strict=True
    ):
        yield replace(line, inputs={**line.inputs, "confidence": text(each.confidence)})


def _disbenefits(facts: ProgrammeFacts, value: Callable[[FlowFigures], Decimal]) -> Iterator[Line]:
    for each in facts.benefits:
        if each.category == "dis_benefit":
            found = None if each.figures is None else -value(each.figures)
            yield _line(each, found)


def disbenefits_planned(facts: ProgrammeFacts) -> Lines:
    """Magnitude of dis-benefits planned in complete periods."""
    return _disbenefits(facts, lambda figures: figures.planned_to_date)


def disbenefits_actual(facts: ProgrammeFacts) -> Lines:
    """Magnitude of dis-benefits measured in complete periods."""
    return _disbenefits(facts, lambda figures: figures.actual_to_date)


def present_value(facts: ProgrammeFacts) -> Lines:
    """Present value of each approved profile, by the portfolio's discount schedule."""
    portfolio = facts.portfolio
    for each in facts.benefits:
        value = profile_present_value(
            each.polarity,
            each.planned,
            portfolio.discount_base_year,
            portfolio.schedule,
            portfolio.rate,
            portfolio.fiscal_start_month,
        )
        yield _line(each, value)
