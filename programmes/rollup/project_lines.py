"""Lines that a project, and the programme's own budget, add to cost and schedule metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from benefits.realisation import fiscal_year
from programmes import sources
from programmes.appraisal import present_value
from programmes.rollup.cost_facts import ForeignLine, LineFacts, UnconvertedCost, UnconvertedLine
from programmes.rollup.facts import (
    ZERO,
    Discounting,
    PortfolioFacts,
    ProgrammeFacts,
    ProjectResult,
)
from programmes.rollup.ledger import Line, Unit, Value, as_computed, rounded, text

Lines = Iterable[Line]
PROJECT, PROGRAMME = sources.PROJECT.name, sources.PROGRAMME.name
DEPENDENCY = sources.DEPENDENCY.name
COST, BUDGET_LINE = sources.COST.name, sources.BUDGET_LINE.name
LINE, MOVEMENT = sources.PROGRAMME_LINE.name, sources.CONTINGENCY_MOVEMENT.name


def _one(
    project: ProjectResult,
    value: Value,
    missing: str,
    inputs: Mapping[str, str | None] | None = None,
) -> Lines:
    counts = value is not None
    yield Line(PROJECT, project.facts.id, value, counts, "" if counts else missing, inputs or {})


def budget(project: ProjectResult) -> Lines:
    """Budget at completion of the project's current baseline."""
    return _one(project, project.bac, "no_baseline")


def planned_value(project: ProjectResult) -> Lines:
    """Planned value of the project at the status date."""
    return _one(project, project.pv, "no_baseline", as_computed(project.pv, Unit.MONEY))


def earned_value(project: ProjectResult) -> Lines:
    """Budget at completion times percent complete of the project."""
    inputs = {
        "budget_at_completion": text(project.bac),
        "percent_complete": text(project.facts.percent_complete),
        **as_computed(project.ev, Unit.MONEY),
    }
    return _one(project, project.ev, "no_baseline", inputs)


def actual_cost(project: ProjectResult) -> Lines:
    """Return the actual cost of the project, posted up to the status date, and each cost for which
    there is no exchange rate."""
    return [*_one(project, project.ac, "no_baseline"), *map(unconverted, project.facts.unconverted)]


def estimate_at_completion(project: ProjectResult) -> Lines:
    """Return the lines of the estimate at completion: actual cost plus estimate to complete of the
    project. Each cost without an exchange rate has a line of its own, and each such budget line
    where the project forecasts by budget line."""
    yield from _one(project, project.eac, "no_forecast", _estimate_inputs(project))
    yield from map(unconverted, project.facts.unconverted)
    if project.etc_basis == "by_line":
        for line in project.facts.unconverted_lines:
            yield unconverted_line(line, line.forecast)


def variance_at_completion(project: ProjectResult) -> Lines:
    """Yield the approved budget of the project less its estimate at completion, both rounded as
    stored, below 0 where more is forecast. A project without a forecast does not count."""
    approved: Any = rounded(project.facts.budget, Unit.MONEY) or Decimal(0)
    forecast: Any = rounded(project.eac, Unit.MONEY)
    inputs = {"approved_budget": text(approved), "estimate_at_completion": text(forecast)}
    left = None if forecast is None else approved - forecast
    yield from _one(project, left, "no_forecast", inputs)


def unconverted(cost: UnconvertedCost) -> Line:
    """Return the line of a cost that does not count, since there is no exchange rate for its
    day."""
    inputs = {
        "posted_on": text(cost.posted_on),
        "foreign_currency": cost.currency,
        "foreign_amount": text(cost.amount),
    }
    return Line(COST, cost.id, None, included=False, reason="no_rate", inputs=inputs)


def _estimate_inputs(project: ProjectResult) -> dict[str, str | None]:
    to_go = None if project.eac is None else project.eac - project.ac
    return {
        "actual_cost": text(project.ac),
        "estimate_to_complete": text(to_go),
        "basis": project.etc_basis,
    }


def approved_budget(project: ProjectResult) -> Lines:
    """Yield the approved budget of the project with the contingency it drew, less what it released
    when terminated, so that unspent money of a terminated project is no saving. Each budget line
    without an exchange rate has a line of its own."""
    yield from _one(project, project.facts.budget, "no_budget", _budget_inputs(project))
    for line in project.facts.unconverted_lines:
        yield unconverted_line(line, line.approved)


def unconverted_line(line: UnconvertedLine, amount: Decimal | None) -> Line:
    """Return the line of a budget line that does not count, since there is no budget rate for its
    year; `amount` is in its own currency."""
    inputs = {
        "fiscal_year": line.fiscal_year,
        "foreign_currency": line.currency,
        "foreign_amount": text(amount),
    }
    return Line(BUDGET_LINE, line.id, None, included=False, reason="no_rate", inputs=inputs)


def _budget_inputs(project: ProjectResult) -> dict[str, str | None]:
    if project.facts.released is None:
        return {}
    return {"approved": text(project.facts.approved), "released": text(project.facts.released)}


def budget_released(project: ProjectResult) -> Lines:
    """Yield what a terminated project releases of its approved budget."""
    if project.facts.terminated:
        inputs = {"approved": text(project.facts.approved), **_estimate_inputs(project)}
        yield from _one(project, project.facts.released, "no_budget", inputs)


# Money of the programme itself


def lines_forecast(facts: ProgrammeFacts) -> Lines:
    """Yield actual cost plus estimate to complete of each line of the programme; of a line without
    an exchange rate only the actual cost is known."""
    for line in facts.lines:
        inputs: dict[str, Any] = {
            "actual_cost": text(line.actual), "estimate_to_complete": text(line.to_go),
        }  # fmt: skip
        inputs |= _foreign(line.foreign, lambda foreign: foreign.to_go)
        yield Line(LINE, line.id, line.actual + line.to_go, True, _rated(line), inputs)
        yield from map(unconverted, line.unconverted)


def lines_budget(facts: ProgrammeFacts) -> Lines:
    """Yield the approved budget of each line of the programme, less what it released when
    terminated; a line without an exchange rate does not count."""
    for line in facts.lines:
        missing = _rated(line)
        inputs = _released(line) | _foreign(line.foreign, lambda foreign: foreign.approved)
        left = None if missing else line.approved - (line.released or ZERO)
        yield Line(LINE, line.id, left, not missing, missing, inputs)


def lines_released(facts: ProgrammeFacts) -> Lines:
    """Yield what a terminated programme releases of each of its lines."""
    for line in facts.lines:
        if line.released is not None and not _rated(line):
            yield Line(LINE, line.id, line.released, inputs=_released(line))


def _released(line: LineFacts) -> dict[str, Any]:
    if line.released is None:
        return {}
    return {"approved": text(line.approved), "released": text(line.released)}


def _rated(line: LineFacts) -> str:
    """Return the reason `no_rate` where a line has no exchange rate; else empty."""
    return "no_rate" if line.foreign and line.foreign.rate is None else ""


def _foreign(
    of: ForeignLine | None, amount: Callable[[ForeignLine], Decimal | None]
) -> dict[str, Any]:
    """Return the inputs that say what an amount of a line is in another currency; empty for a line
    in that of the portfolio."""
    if of is None:
        return {}
    return {
        "fiscal_year": of.fiscal_year,
        "foreign_currency": of.currency,
        "foreign_amount": text(amount(of)),
        **({} if of.rate is None else {"exchange_rate": text(of.rate)}),
    }


def contingency(facts: ProgrammeFacts) -> Lines:
    """Yield the contingency budget, and each movement to a project as a negative amount."""
    yield Line(PROGRAMME, facts.id, facts.contingency)
    for id, project, amount in facts.movements:
        yield Line(MOVEMENT, id, -amount, inputs={"project": project})


# Dates


def _finish(project: ProjectResult, value: date | None) -> Lines:
    reason = "terminated" if project.facts.terminated else "" if value else "no_dates"
    yield Line(PROJECT, project.facts.id, value, not reason, reason, _finish_inputs(project))


def _finish_inputs(project: ProjectResult) -> dict[str, str | int | None]:
    driver = project.timeline.driver
    if not project.driver_code:
        return {}
    return {
        "driver": project.driver_code,
        "dependency": driver if isinstance(driver, int) else None,
        "hidden_delay_days": project.timeline.hidden_delay_days,
    }


def finish_baseline(project: ProjectResult) -> Lines:
    """Finish of the project in its current baseline."""
    return _finish(project, project.facts.baseline.finish if project.facts.baseline else None)


def finish_declared(project: ProjectResult) -> Lines:
    """Finish of the project, actual or as its manager forecasts it."""
    return _finish(project, project.facts.declared_finish)


def finish_propagated(project: ProjectResult) -> Lines:
    """Finish of the project that its driving dependencies and the status date allow."""
    return _finish(project, project.timeline.finish)


# Counts


def live(project: ProjectResult) -> Lines:
    """A project that is still to deliver something."""
    reason = "" if project.facts.live else project.facts.status
    yield Line(PROJECT, project.facts.id, Decimal(1), not reason, reason)


def closed(project: ProjectResult) -> Lines:
    """A closed project."""
    if project.facts.status == "closed":
        yield Line(PROJECT, project.facts.id, Decimal(1))


def terminated(project: ProjectResult) -> Lines:
    """A project that stopped before it had delivered."""
    if project.facts.terminated:
        inputs = {"terminated_on": text(project.facts.terminated_on)}
        yield Line(PROJECT, project.facts.id, Decimal(1), inputs=inputs)


def stale(project: ProjectResult) -> Lines:
    """A live project whose report is too old to rely on."""
    if project.health.stale:
        declared_on = text(project.facts.declared_on)
        yield Line(PROJECT, project.facts.id, Decimal(1), inputs={"declared_on": declared_on})


def late_dependencies(project: ProjectResult) -> Lines:
    """Each open dependency that a live project waits for and that is late, or not safe: the days
    it comes after it is needed."""
    for link, figures in project.dependencies if project.facts.live else ():
        if figures.status in ("amber", "red"):
            inputs = {
                "status": figures.status,
                "comes_on": text(figures.effective_forecast),
                "need_by": text(link.need_by),
                "remaining_float_days": figures.remaining_float_days,
            }
            yield Line(DEPENDENCY, link.id, Decimal(figures.lateness_days or 0), inputs=inputs)


# Present value of costs


def cost_present_value(project: ProjectResult, by: Discounting | None = None) -> Lines:
    """Yield the present value of the project's forecast cost: what was spent counts in the fiscal
    year of its posting, the rest is spread evenly by days up to the forecast finish. It is
    discounted as the portfolio says, unless `by` says otherwise."""
    to_go = Decimal(0) if project.eac is None else project.eac - project.ac
    finish, spent = project.timeline.finish, project.facts.actual_by_year
    yield _discounted(project.portfolio, PROJECT, project.facts.id, spent, to_go, finish, by)


def lines_present_value(facts: ProgrammeFacts, by: Discounting | None = None) -> Lines:
    """Yield the present value of the forecast cost of each line of the programme, spread up to the
    programme's planned end."""
    for line in facts.lines:
        spent, until = line.actual_by_year, facts.ends_on
        yield _discounted(facts.portfolio, LINE, line.id, spent, line.to_go, until, by)


def _discounted(
    portfolio: PortfolioFacts,
    source: str,
    id: int,
    actual: Mapping[int, Decimal],
    to_go: Decimal,
    until: date | None,
    by: Discounting | None = None,
) -> Line:
    spread = spread_by_year(to_go, portfolio.as_of, until, portfolio.fiscal_start_month)
    base_year, schedule, rate = by or portfolio.discounting
    flows = [*actual.items(), *spread.items()]
    value = present_value([(year - base_year, amount) for year, amount in flows], schedule, rate)
    inputs: dict[str, Any] = {
        "spent": text(sum(actual.values(), Decimal(0))),
        "to_go": text(to_go),
    }
    if by is not None:  # another case may discount otherwise, and no date moves
        inputs |= {
            "base_year": base_year,
            "discount_schedule": schedule,
            "discount_rate": text(rate),
        }
    return Line(source, id, value, inputs=inputs)


def spread_by_year(
    amount: Decimal, start: date, until: date | None, start_month: int
) -> dict[int, Decimal]:
    """Return by fiscal year an amount that is spread evenly over the days after `start` up to
    `until`.

    All of it falls into the year of `start` when no time is left.
    """
    if not amount:
        return {}
    if until is None or until <= start:
        return {fiscal_year(start, start_month): amount}
    total = (until - start).days
    years: dict[int, Decimal] = {}
    done, year = 0, fiscal_year(start, start_month)
    while done < total:
        year_end = date(year + 1, start_month, 1)  # the first day of the next fiscal year
        upto = min((year_end - start).days - 1, total)
        years[year] = amount * (upto - done) / total
        done, year = upto, year + 1
    return years
