"""Lines that projects and the programme's own budget add to cost and schedule metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal

from benefits.realisation import fiscal_year
from programmes import sources
from programmes.appraisal import present_value
from programmes.rollup.facts import (
    LineFacts,
    PortfolioFacts,
    ProgrammeFacts,
    ProjectResult,
)
from programmes.rollup.ledger import Line, Value, text

Lines = Iterable[Line]
PROJECT, PROGRAMME = sources.PROJECT.name, sources.PROGRAMME.name
DEPENDENCY = sources.DEPENDENCY.name
LINE, MOVEMENT = sources.PROGRAMME_LINE.name, sources.CONTINGENCY_MOVEMENT.name


def _one_each(
    facts: ProgrammeFacts,
    value: Callable[[ProjectResult], Value],
    missing: str,
    inputs: Callable[[ProjectResult], Mapping[str, str | None]] = lambda _: {},
) -> Iterator[Line]:
    for each in facts.projects:
        found = value(each)
        yield Line(
            PROJECT,
            each.facts.id,
            found,
            included=found is not None,
            reason="" if found is not None else missing,
            inputs=inputs(each),
        )


def budget(facts: ProgrammeFacts) -> Lines:
    """Budget at completion of each project's current baseline."""
    return _one_each(facts, lambda each: each.bac, "no_baseline")


def planned_value(facts: ProgrammeFacts) -> Lines:
    """Planned value of each project at the status date."""
    return _one_each(facts, lambda each: each.pv, "no_baseline")


def earned_value(facts: ProgrammeFacts) -> Lines:
    """Budget at completion times percent complete of each project."""
    return _one_each(
        facts,
        lambda each: each.ev,
        "no_baseline",
        lambda each: {
            "budget_at_completion": text(each.bac),
            "percent_complete": text(each.facts.percent_complete),
        },
    )


def actual_cost(facts: ProgrammeFacts) -> Lines:
    """Actual cost of each project, posted up to the status date."""
    return _one_each(facts, lambda each: each.ac, "no_baseline")


def estimate_at_completion(facts: ProgrammeFacts) -> Lines:
    """Actual cost plus estimate to complete of each project."""
    return _one_each(facts, lambda each: each.eac, "no_baseline", _estimate_inputs)


def _estimate_inputs(each: ProjectResult) -> dict[str, str | None]:
    to_go = None if each.eac is None else each.eac - each.ac
    return {
        "actual_cost": text(each.ac),
        "estimate_to_complete": text(to_go),
        "basis": each.etc_basis,
    }


def approved_budget(facts: ProgrammeFacts) -> Lines:
    """Approved budget of each project, with the contingency it drew; of a terminated one without
    what it released, for what is not spent there is no saving."""
    return _one_each(facts, lambda each: each.facts.budget, "no_budget", _budget_inputs)


def _budget_inputs(each: ProjectResult) -> dict[str, str | None]:
    if each.facts.released is None:
        return {}
    return {"approved": text(each.facts.approved), "released": text(each.facts.released)}


def budget_released(facts: ProgrammeFacts) -> Lines:
    """What each terminated project leaves of its approved budget."""
    for each in facts.projects:
        if each.facts.terminated:
            found = each.facts.released
            reason = "" if found is not None else "no_budget"
            inputs = {"approved": text(each.facts.approved), **_estimate_inputs(each)}
            yield Line(PROJECT, each.facts.id, found, not reason, reason, inputs)


def total_forecast(facts: ProgrammeFacts) -> Lines:
    """Estimate at completion of each project, and actual plus to-go of each programme line."""
    yield from estimate_at_completion(facts)
    for line in facts.lines:
        inputs = {"actual_cost": text(line.actual), "estimate_to_complete": text(line.to_go)}
        yield Line(LINE, line.id, line.actual + line.to_go, inputs=inputs)


def lines_budget(facts: ProgrammeFacts) -> Lines:
    """Approved budget of each line of the programme."""
    for line in facts.lines:
        yield Line(LINE, line.id, line.approved)


def contingency(facts: ProgrammeFacts) -> Lines:
    """The contingency budget, less each movement to a project."""
    yield Line(PROGRAMME, facts.id, facts.contingency)
    for id, project, amount in facts.movements:
        yield Line(MOVEMENT, id, -amount, inputs={"project": project})


# Dates


def _finishes(
    facts: ProgrammeFacts, value: Callable[[ProjectResult], date | None]
) -> Iterator[Line]:
    for each in facts.projects:
        found = value(each)
        reason = "terminated" if each.facts.terminated else "" if found else "no_dates"
        yield Line(PROJECT, each.facts.id, found, not reason, reason, _finish_inputs(each))


def _finish_inputs(each: ProjectResult) -> dict[str, str | int | None]:
    driver = each.timeline.driver
    if not each.driver_code:
        return {}
    return {
        "driver": each.driver_code,
        "dependency": driver if isinstance(driver, int) else None,
        "hidden_delay_days": each.timeline.hidden_delay_days,
    }


def finish_baseline(facts: ProgrammeFacts) -> Lines:
    """Finish of each project in its current baseline."""
    return _finishes(
        facts, lambda each: each.facts.baseline.finish if each.facts.baseline else None
    )


def finish_declared(facts: ProgrammeFacts) -> Lines:
    """Finish of each project, actual or as its manager forecasts it."""
    return _finishes(facts, lambda each: each.facts.declared_finish)


def finish_propagated(facts: ProgrammeFacts) -> Lines:
    """Finish of each project that its driving dependencies and the status date allow."""
    return _finishes(facts, lambda each: each.timeline.finish)


# Counts


def live(facts: ProgrammeFacts) -> Lines:
    """Each project that is still to deliver something."""
    for each in facts.projects:
        reason = "" if each.facts.live else each.facts.status
        yield Line(PROJECT, each.facts.id, Decimal(1), not reason, reason)


def closed(facts: ProgrammeFacts) -> Lines:
    """Each closed project."""
    for each in facts.projects:
        if each.facts.status == "closed":
            yield Line(PROJECT, each.facts.id, Decimal(1))


def terminated(facts: ProgrammeFacts) -> Lines:
    """Each project that stopped before it had delivered."""
    for each in facts.projects:
        if each.facts.terminated:
            inputs = {"terminated_on": text(each.facts.terminated_on)}
            yield Line(PROJECT, each.facts.id, Decimal(1), inputs=inputs)


def stale(facts: ProgrammeFacts) -> Lines:
    """Each live project whose report is too old to rely on."""
    for each in facts.projects:
        if each.health.stale:
            declared_on = text(each.facts.declared_on)
            yield Line(PROJECT, each.facts.id, Decimal(1), inputs={"declared_on": declared_on})


def late_dependencies(facts: ProgrammeFacts) -> Lines:
    """Each open dependency that one of the programme's live projects waits for and that is late,
    or not safe: the days it comes after it is needed."""
    for each in facts.projects:
        for link, figures in each.dependencies if each.facts.live else ():
            if figures.status in ("amber", "red"):
                inputs = {
                    "status": figures.status,
                    "comes_on": text(figures.effective_forecast),
                    "need_by": text(link.need_by),
                    "remaining_float_days": figures.remaining_float_days,
                }
                yield Line(DEPENDENCY, link.id, Decimal(figures.lateness_days or 0), inputs=inputs)


# Present value of costs


def costs_present_value(facts: ProgrammeFacts) -> Lines:
    """Present value of each project's and line's forecast cost: what was spent in the fiscal year
    it was posted in, what is to go spread evenly by days to the forecast finish."""
    for each in facts.projects:
        to_go = Decimal(0) if each.eac is None else each.eac - each.ac
        finish = each.timeline.finish
        yield _discounted(
            facts.portfolio, PROJECT, each.facts.id, each.facts.actual_by_year, to_go, finish
        )
    for line in facts.lines:
        yield _line_discounted(facts, line)


def _line_discounted(facts: ProgrammeFacts, line: LineFacts) -> Line:
    return _discounted(
        facts.portfolio, LINE, line.id, line.actual_by_year, line.to_go, facts.ends_on
    )


def _discounted(
    portfolio: PortfolioFacts,
    source: str,
    id: int,
    actual: Mapping[int, Decimal],
    to_go: Decimal,
    until: date | None,
) -> Line:
    spread = spread_by_year(to_go, portfolio.as_of, until, portfolio.fiscal_start_month)
    flows = [*actual.items(), *spread.items()]
    value = present_value(
        [(year - portfolio.discount_base_year, amount) for year, amount in flows],
        portfolio.schedule,
        portfolio.rate,
    )
    inputs = {"spent": text(sum(actual.values(), Decimal(0))), "to_go": text(to_go)}
    return Line(source, id, value, inputs=inputs)


def spread_by_year(
    amount: Decimal, start: date, until: date | None, start_month: int
) -> dict[int, Decimal]:
    """An amount spread evenly over the days after `start` up to `until`, by fiscal year.

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
