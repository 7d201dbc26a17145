"""Lines that the records of a project add to its own figures: pure, worked out when somebody looks
at them.

They are not rows of the ledger: a line for each cost and milestone of every project would make each
recompute several times as expensive. The computed figures of a project are stored in its forecast
(`ProjectForecast`), and the lines must sum to those values exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from programmes import sources
from programmes.health import OVERRIDDEN, Rag, worst
from programmes.rollup import case_lines
from programmes.rollup.derived import overridden
from programmes.rollup.facts import ProjectFacts
from programmes.rollup.ledger import Line, Unit, rounded, text
from programmes.rollup.projects import estimate_at_completion as estimate
from projects import evm
from projects.models import ProjectForecast
from projects.percent import split
from projects.schedule import FINISH, START, STATUS_DATE, Event, Timeline
from projects.schedule.events import EventName

Lines = Iterable[Line]
PROJECT, BASELINE = sources.PROJECT.name, sources.BASELINE.name
BUDGET_LINE, MOVEMENT = sources.BUDGET_LINE.name, sources.CONTINGENCY_MOVEMENT.name
COST, MILESTONE = sources.COST.name, sources.MILESTONE.name
DEPENDENCY = sources.DEPENDENCY.name
# Why a line says what sets a date, and is not one more date.
DRIVES, DRIVES_START = "drives_the_finish", "drives_the_start"
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class PostedCost:
    """A posted cost in the currency of the portfolio, None where there is no exchange rate, and
    when it was posted; of a cost in another currency also that amount and the rate."""

    amount: Decimal | None
    posted_on: date
    currency: str = ""
    foreign: Decimal | None = None
    rate: Decimal | None = None

    @property
    def inputs(self) -> dict[str, str | None]:
        """Return what is stored beside its line."""
        if not self.currency:
            return {"posted_on": text(self.posted_on)}
        return {
            "posted_on": text(self.posted_on),
            "foreign_currency": self.currency,
            "foreign_amount": text(self.foreign),
            "exchange_rate": text(self.rate),
        }


@dataclass(frozen=True, slots=True)
class BudgetedAmount:
    """The approved amount of a budget line, with its fiscal year; of a line in another currency
    also the approved and forecast amounts there, and the rate, None while there is none."""

    approved: Decimal
    fiscal_year: int | None
    currency: str = ""
    foreign_approved: Decimal | None = None
    foreign_forecast: Decimal | None = None
    rate: Decimal | None = None

    def budgeted(self, id: int) -> Line:
        """Return the line of its approved amount."""
        return self._line(id, self.approved, self.foreign_approved)

    def to_go(self, id: int, left: Decimal, inputs: Mapping[str, Any]) -> Line:
        """Return the line of what is still to be spent on it."""
        return self._line(id, left, self.foreign_forecast, inputs)

    def _line(
        self, id: int, value: Decimal, foreign: Decimal | None, inputs: Mapping[str, Any] = {}
    ) -> Line:
        """Return a line for this budget line, which does not count without a rate."""
        if not self.currency:
            return Line(BUDGET_LINE, id, value, inputs=inputs)
        details = {
            "fiscal_year": self.fiscal_year,
            "foreign_currency": self.currency,
            "foreign_amount": text(foreign),
        }
        if self.rate is None:
            return Line(BUDGET_LINE, id, None, False, "no_rate", {**inputs, **details})
        return Line(
            BUDGET_LINE, id, value, inputs={**inputs, **details, "exchange_rate": text(self.rate)}
        )


@dataclass(frozen=True, slots=True)
class WorkDone:
    """A milestone, a work package or an iteration, with its share of the work that is done."""

    kind: str
    id: int
    share: Decimal
    inputs: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class ProjectRecords:
    """A project, its records at a moment, and what was computed from them. `baseline` is the id of
    the one in force. Amounts are by id; those drawn and posted are up to the status date, and
    `to_go` is filled where the project forecasts by line. `work` holds the
    milestones, work packages or iterations, where progress is counted from them."""

    facts: ProjectFacts
    as_of: date
    baseline: int | None
    budgets: Mapping[int, BudgetedAmount]
    drawn: Mapping[int, Decimal]
    costs: Mapping[int, PostedCost]
    to_go: Mapping[int, Decimal]
    computed: ProjectForecast
    timeline: Timeline
    work: Sequence[WorkDone] = ()

    def own(self, value: Any, reason: str = "", inputs: Mapping[str, Any] = {}) -> Line:
        """Return a line of the project itself, which does not count where there is a reason."""
        return Line(PROJECT, self.facts.id, value, not reason, reason, inputs)


# Cost


def budget(records: ProjectRecords) -> Lines:
    """Return the budget of the baseline in force."""
    plan = records.facts.baseline
    if plan is None or records.baseline is None:
        return [records.own(None, "no_baseline")]
    return [Line(BASELINE, records.baseline, plan.budget)]


def planned_value(records: ProjectRecords) -> Lines:
    """Return what the baseline in force plans up to the status date, or to the day of a
    termination."""
    plan = records.facts.baseline
    if plan is None or records.baseline is None:
        return [records.own(None, "no_baseline")]
    until = min(records.as_of, records.facts.terminated_on or records.as_of)
    inputs = {"budget_at_completion": text(plan.budget), "until": text(until)}
    value = evm.planned_value(plan.profile, until)
    return [Line(BASELINE, records.baseline, value, inputs=inputs)]


def earned_value(records: ProjectRecords) -> Lines:
    """Return budget at completion times percent complete, shared among the milestones, work
    packages or iterations where progress is counted from them."""
    plan = records.facts.baseline
    if plan is None:
        return [records.own(None, "no_baseline")]
    done = text(records.facts.percent_complete)
    inputs = {"budget_at_completion": text(plan.budget), "percent_complete": done}
    earned = evm.earned_value(plan.budget, records.facts.percent_complete)
    parts = split(earned, [item.share for item in records.work])
    return [
        Line(item.kind, item.id, part, inputs={**inputs, **item.inputs})
        for item, part in zip(records.work, parts, strict=False)
    ] or [records.own(earned, inputs=inputs)]


def actual_cost(records: ProjectRecords) -> Lines:
    """Yield each cost that was posted up to the status date."""
    for id, cost in records.costs.items():
        reason = "no_rate" if cost.amount is None else ""
        yield Line(COST, id, cost.amount, not reason, reason, cost.inputs)


def estimate_at_completion(records: ProjectRecords) -> Lines:
    """Return each cost, and what the project is still to spend."""
    facts = records.facts
    eac, plan = estimate(facts), facts.baseline
    if eac.value is None:
        return [records.own(None, "no_forecast")]
    if eac.basis == "by_line":
        basis = {"basis": eac.basis}
        lines = (records.budgets[id].to_go(id, left, basis) for id, left in records.to_go.items())
        return [*actual_cost(records), *lines]
    # The whole is rounded once, and costs are exact.
    whole = rounded(eac.value, Unit.MONEY)
    assert isinstance(whole, Decimal)  # noqa: S101  # an amount stays one
    to_go = whole - facts.actual
    inputs = {
        "actual_cost": text(facts.actual),
        "estimate_to_complete": text(to_go),
        "basis": eac.basis,
    }
    if eac.basis == "remaining_at_budget" and plan:
        inputs |= {"budget_at_completion": text(plan.budget), "earned_value": text(facts.ev)}
    return [*actual_cost(records), records.own(to_go, inputs=inputs)]


def approved_budget(records: ProjectRecords) -> Lines:
    """Return each budget line and each movement of contingency, less what the project released."""
    facts = records.facts
    if facts.approved is None:
        return [records.own(None, "no_budget")]
    lines = [
        *(line.budgeted(id) for id, line in records.budgets.items()),
        *(Line(MOVEMENT, id, amount) for id, amount in records.drawn.items()),
    ]
    return (
        [*lines, records.own(-facts.released, inputs=_released(facts))] if facts.released else lines
    )


def budget_released(records: ProjectRecords) -> Lines:
    """Return what a terminated project leaves of its approved budget."""
    facts = records.facts
    if not facts.terminated:
        return []
    reason = "" if facts.released is not None else "no_budget"
    return [records.own(facts.released, reason, _released(facts))]


def _released(facts: ProjectFacts) -> dict[str, str | None]:
    return {"approved": text(facts.approved), "wound_up": text(facts.wound_up)}


# Dates


def start_declared(records: ProjectRecords) -> Lines:
    """Return the actual start, else the forecast one, else that of the baseline."""
    dates, day = records.facts.work.start, records.timeline.declared_day(START)
    if day is None:
        return [records.own(None, "no_dates")]
    if not dates.actual and not dates.forecast and records.baseline is not None:
        return [Line(BASELINE, records.baseline, day)]
    return [records.own(day, inputs={"declared_as": "actual" if dates.actual else "forecast"})]


def start_propagated(records: ProjectRecords) -> Lines:
    """Yield the computed start, and the dependency that sets it as a line that does not count."""
    day, start = records.computed.starts_on, records.timeline.events.get(START)
    if day is None or start is None:
        yield records.own(day, "no_dates")
        return
    inputs = {
        "declared": text(date.fromordinal(start.declared)),
        "hidden_delay_days": start.computed - start.declared,
    }
    if start.driver == STATUS_DATE:
        inputs["driver"] = STATUS_DATE
    yield records.own(day, inputs=inputs)
    if isinstance(start.driver, int):
        yield Line(DEPENDENCY, start.driver, day, included=False, reason=DRIVES_START)


def finish_baseline(records: ProjectRecords) -> Lines:
    """Finish of the baseline in force."""
    plan, reason = records.facts.baseline, "terminated" if records.facts.terminated else ""
    if plan is None or records.baseline is None:
        return [records.own(None, reason or "no_dates")]
    return [Line(BASELINE, records.baseline, plan.finish, not reason, reason)]


def finish_declared(records: ProjectRecords) -> Lines:
    """Return the actual finish, else the forecast one, else that of the baseline."""
    dates, day = records.facts.work.finish, records.facts.declared_finish
    reason = "terminated" if records.facts.terminated else "" if day else "no_dates"
    if day and not dates.actual and not dates.forecast and records.baseline is not None:
        return [Line(BASELINE, records.baseline, day, not reason, reason)]
    declared_as = "actual" if dates.actual else "forecast"
    return [records.own(day, reason, {} if reason else {"declared_as": declared_as})]


def finish_propagated(records: ProjectRecords) -> Lines:
    """Yield the computed finish, and the record that sets it as a line that does not count."""
    day = records.computed.finishes_on
    reason = "terminated" if records.facts.terminated else "" if day else "no_dates"
    finish = records.timeline.events.get(FINISH)
    if reason or finish is None:
        yield records.own(day, reason)
        return
    inputs = {
        "declared": text(date.fromordinal(finish.declared)),
        "driver": records.computed.figures.get("driver_code"),
        "hidden_delay_days": finish.computed - finish.declared,
    }
    yield records.own(day, inputs=inputs)
    if driver := _driver(records.timeline, finish):
        yield Line(*driver, day, included=False, reason=DRIVES)


def _driver(timeline: Timeline, finish: Event) -> tuple[str, int] | None:
    """Return the dependency that sets the finish, or a milestone that comes on the same day; None
    where neither does."""
    if isinstance(finish.driver, int):
        return DEPENDENCY, finish.driver
    if finish.driver == STATUS_DATE or finish.computed == finish.declared:
        return None
    return next(((MILESTONE, id) for id in _on(timeline, finish.computed)), None)


def _on(timeline: Timeline, day: int) -> Iterator[int]:
    """Yield the milestones that are computed to come on a day."""
    ends: Sequence[EventName] = (START, FINISH)
    for name, event in timeline.events.items():
        if name not in ends and isinstance(name, int) and event.computed == day:
            yield name


# Counts


def live(records: ProjectRecords) -> Lines:
    """The project, while it is still to deliver something."""
    facts = records.facts
    return [records.own(Decimal(1), "" if facts.live else facts.status)]


def closed(records: ProjectRecords) -> Lines:
    """The project, once it is closed."""
    return [records.own(Decimal(1))] if records.facts.status == "closed" else []


def terminated(records: ProjectRecords) -> Lines:
    """The project, if it stopped before it had delivered."""
    facts = records.facts
    inputs = {"terminated_on": text(facts.terminated_on)}
    return [records.own(Decimal(1), inputs=inputs)] if facts.terminated else []


def stale(records: ProjectRecords) -> Lines:
    """The project, where its report is too old to rely on."""
    if not records.computed.health.get("stale"):
        return []
    inputs = {"declared_on": text(records.facts.declared_on)}
    return [records.own(Decimal(1), inputs=inputs)]


def breaches(records: ProjectRecords) -> Lines:
    """Each tolerance that the project, or its approved case, breaks."""
    findings = records.computed.health.get("findings", ())
    for id, finding in case_lines.of_findings(records.facts.id, findings).items():
        yield case_lines.line(id, [finding])
    if of_case := (records.computed.figures.get("case") or {}).get("breach"):
        yield case_lines.line(of_case["tolerance"], [of_case])


# Health


def health(records: ProjectRecords) -> Lines:
    """Return a line for each record that drives a finding most, and one of the project for the
    other findings. Where the health is overridden, only the line of the override counts."""
    stored = records.computed.health
    if not records.facts.live:
        return [records.own(None, records.facts.status)]
    every = stored.get("findings", [])
    lines = _derived_health(records, [row for row in every if row["rule"] != OVERRIDDEN])
    if not (override := stored.get("override")):
        return lines
    inputs = {"findings": [row for row in every if row["rule"] == OVERRIDDEN]}
    return [
        *map(overridden, lines),
        Line(sources.HEALTH_OVERRIDE.name, override, stored.get("effective"), inputs=inputs),
    ]


def _derived_health(records: ProjectRecords, findings: Sequence[Mapping[str, Any]]) -> list[Line]:
    stored = records.computed.health
    colour, left = stored.get("derived"), dict(stored.get("dimensions", {}))
    if colour == Rag.GREY or not left:
        return [records.own(colour, inputs={"findings": findings})]
    by_driver: dict[tuple[str, int], list[Mapping[str, Any]]] = {}
    mine: list[Mapping[str, Any]] = []
    for finding in findings:
        driver = next(iter(finding["drivers"]), None)
        if driver and driver["type"] in sources.KINDS and finding["dimension"] in left:
            by_driver.setdefault((driver["type"], driver["id"]), []).append(finding)
            del left[finding["dimension"]]
        else:
            mine.append(finding)
    return [
        *([records.own(_worst(left.values()), inputs={"findings": mine})] if left else []),
        *(
            Line(*key, _worst(row["colour"] for row in findings), inputs={"findings": findings})
            for key, findings in by_driver.items()
        ),
    ]


def _worst(colours: Iterable[str]) -> str:
    return worst(map(Rag, colours)).value
