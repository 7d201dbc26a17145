"""Facts: what a programme's figures are computed from, as plain values.

Pure data, with properties that follow from it alone. `reading` fills it from the database;
`projects` and `metrics` compute from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from hashlib import blake2b
from typing import Any

import orjson

from benefits.realisation import FlowFigures, Period
from pmhub.rules import Rules
from programmes.appraisal import Schedule
from programmes.health import (
    DEFAULT_RULE,
    Driver,
    Health,
    HealthRule,
    Override,
    Thresholds,
    Tolerance,
)
from programmes.rollup.cost_facts import LineFacts, UnconvertedCost, UnconvertedLine
from programmes.rollup.risk_facts import IssueFacts, RiskFacts
from projects.bands import DEFAULT_BANDS, Bands
from projects.calendar import DEFAULT_CALENDAR, Calendar
from projects.categories import DEFAULT_CATEGORIES, Categories
from projects.evm import budget_released, earned_value
from projects.schedule import FINISH, DependencyFigures, Link, Timeline, Work, days_between

ZERO = Decimal(0)
Discounting = tuple[int, Schedule, Decimal | None]  # base year, which rates apply, the fixed one


@dataclass(frozen=True, slots=True)
class PortfolioFacts:
    """The rules under which figures are computed."""

    id: int
    as_of: date
    thresholds: Thresholds
    discount_base_year: int
    schedule: Schedule
    rate: Decimal | None
    fiscal_start_month: int
    moves: bool  # whether the status date is today's
    time_zone: str
    # Those of the portfolio (0) and of its programmes, by their ids.
    tolerances: Sequence[tuple[int, Tolerance]] = ()
    bands: Bands = DEFAULT_BANDS
    categories: Categories = DEFAULT_CATEGORIES
    calendar: Calendar = DEFAULT_CALENDAR
    health: HealthRule = DEFAULT_RULE

    @property
    def discounting(self) -> Discounting:
        """Return the base year, the schedule and the fixed rate by which amounts are discounted."""
        return self.discount_base_year, self.schedule, self.rate

    def tolerances_of(self, programme: int | None) -> list[list[Tolerance]]:
        """Return the tolerances of a programme, and those of the portfolio."""
        of = [[limit for id, limit in self.tolerances if id == level] for level in (programme, 0)]
        return of if programme else of[1:]

    @property
    def rules(self) -> str:
        """Return a digest of the rules on which figures depend, beside facts and the status
        date."""
        rules_told = (
            self.thresholds,
            self.discount_base_year,
            self.schedule,
            self.rate,
            self.fiscal_start_month,
            *(rule for rule in self._others if rule != type(rule)()),
        )
        return blake2b(repr(rules_told).encode(), digest_size=8).hexdigest()

    @property
    def _others(self) -> tuple[Rules, ...]:
        """Return the rules beside thresholds, which are part of the digest where they differ from
        the defaults."""
        return self.bands, self.categories, self.calendar, self.health


@dataclass(frozen=True, slots=True)
class BaselineFacts:
    """The current approved plan."""

    start: date
    finish: date
    budget: Decimal
    profile: Sequence[tuple[date, Decimal]]


@dataclass(frozen=True, slots=True)
class OutputFacts:
    """How many outputs a project has, and how many were taken out of its scope; of the rest, how
    many are due, and how many of these are not accepted."""

    count: int = 0
    descoped: int = 0
    due: int = 0
    not_accepted: int = 0

    @property
    def descoped_pct(self) -> Decimal | None:
        """Return the per cent of all outputs that were taken out of the scope; None without
        outputs."""
        return Decimal(self.descoped * 100) / self.count if self.count else None

    @property
    def not_accepted_pct(self) -> Decimal | None:
        """Return the per cent of the due outputs that are not accepted; None where none is due."""
        return Decimal(self.not_accepted * 100) / self.due if self.due else None


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """The approved business case: present values of its preferred option, as approved."""

    id: int
    npsv: Decimal
    benefits: Decimal
    costs: Decimal
    discounting: Discounting | None = None  # None where it does not say how


@dataclass(frozen=True)
class ProjectFacts:
    """One project with its own registers."""

    id: int
    code: str
    programme: int | None
    status: str
    work: Work
    percent_complete: Decimal
    estimate_to_complete: Decimal | None
    declared: str
    declared_on: date | None
    terminated_on: date | None
    baseline: BaselineFacts | None
    approved: Decimal | None
    actual: Decimal
    actual_by_year: Mapping[int, Decimal]
    unconverted: Sequence[UnconvertedCost] = ()
    unconverted_lines: Sequence[UnconvertedLine] = ()
    # What is still to be spent by the forecasts of its lines; None where it is said in total.
    to_go_by_line: Decimal | None = None
    # Between which bounds that lies, however it is said; None where it is taken as it is.
    to_go_bounds: tuple[Decimal, Decimal] | None = None
    risks: Sequence[RiskFacts] = ()
    issues: Sequence[IssueFacts] = ()
    dependencies: Sequence[Link] = ()
    compliance: Sequence[tuple[Driver, bool, bool]] = ()
    assurance: Sequence[tuple[Driver, str, bool]] = field(default_factory=list)
    overloads: Sequence[tuple[Driver, date, Decimal | None]] = field(default_factory=list)
    override: Override | None = None
    tolerances: Sequence[Tolerance] = ()  # its own
    critical: bool = True
    weight: Decimal = Decimal(1)
    outputs: OutputFacts | None = None
    case: CaseFacts | None = None  # of one that stands alone

    @property
    def live(self) -> bool:
        """Return whether it is still to deliver something."""
        return self.status in ("active", "on_hold")

    @property
    def declared_finish(self) -> date | None:
        """Return the declared finish: actual, else forecast, else of the baseline."""
        finish = self.work.events.get(FINISH)
        return finish.declared if finish else None

    @property
    def terminated(self) -> bool:
        """Return whether it stopped before it had delivered."""
        return self.status == "terminated"

    @property
    def wound_up(self) -> Decimal:
        """Return the cost of a terminated project: what is spent, and what winding it down will
        still cost."""
        return self.actual + (self.estimate_to_complete or ZERO)

    @property
    def released(self) -> Decimal | None:
        """Return what a terminated project releases of its approved budget; None where it is not
        terminated or has no budget."""
        if not self.terminated or self.approved is None:
            return None
        return budget_released(self.approved, self.wound_up)

    @property
    def budget(self) -> Decimal | None:
        """Return the approved budget, less what the project released; None without one."""
        return None if self.approved is None else self.approved - (self.released or ZERO)

    @property
    def bac(self) -> Decimal | None:
        """Return the budget at completion; None without a baseline."""
        return self.baseline.budget if self.baseline else None

    @property
    def ev(self) -> Decimal | None:
        """Return the earned value; None without a baseline."""
        return earned_value(self.baseline.budget, self.percent_complete) if self.baseline else None

    @property
    def baseline_days(self) -> int | None:
        """Length of the baseline, in calendar days."""
        return (self.baseline.finish - self.baseline.start).days if self.baseline else None

    @cached_property
    def digest(self) -> str:
        """Return a digest of the facts of the project from which ranges are simulated."""
        work = self.work
        declared = work.start, work.finish, [*work.milestones.items()], work.cancelled, work.ended
        return digest_of(
            self.id,
            self.code,
            self.live,
            self.approved,
            self.baseline_days,
            declared,
            self.dependencies,
            self.risks,
        )


def digest_of(*told: Any) -> str:
    """Return a digest of plain values: decimals as they are written, sets in order."""
    return blake2b(orjson.dumps(told, _plain), digest_size=16).hexdigest()


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, frozenset) else str(value)


@dataclass(frozen=True, slots=True)
class ProjectResult:
    """What was computed for one project at the status date. Money in the portfolio's unit."""

    facts: ProjectFacts
    portfolio: PortfolioFacts
    timeline: Timeline
    bac: Decimal | None
    pv: Decimal | None
    ev: Decimal | None
    ac: Decimal
    eac: Decimal | None
    eac_cpi: Decimal | None
    etc_basis: str
    driver_code: str | None  # a dependency's, or "status_date"
    dependencies: Sequence[tuple[Link, DependencyFigures]]  # inbound and open
    health: Health

    @property
    def slip_days(self) -> int | None:
        """Days from the baseline to the computed finish."""
        baseline = self.facts.baseline
        return days_between(self.timeline.finish, baseline.finish if baseline else None)


@dataclass(frozen=True, slots=True)
class UndecidedContribution:
    """A contribution of a project that ended short, about which the benefit's owner has not
    decided."""

    contribution: int
    project: int
    weight: Decimal


@dataclass(frozen=True, slots=True)
class MissingRate:
    """The exchange rate that a benefit lacks: of its currency on a day; the budget rate where
    `planned`."""

    currency: str
    planned: bool
    on: date


@dataclass(frozen=True, slots=True)
class BenefitFacts:
    """One benefit with its profiles and verified measurements, in the currency of the portfolio;
    where it is `unrated` these are empty."""

    id: int
    code: str
    level: str
    category: str
    monetised: bool
    withdrawn: bool
    unit: str
    polarity: int
    confidence: Decimal
    planned: Sequence[Period]
    forecast: Sequence[Period]
    actual: Sequence[Period]
    figures: FlowFigures | None
    stakes: Sequence[UndecidedContribution] = ()
    unrated: MissingRate | None = None
    bounds: tuple[Decimal, Decimal] | None = None  # of what is still to come


@dataclass(frozen=True, slots=True)
class ProgrammeFacts:
    """Everything that the metrics of one programme read; `projects` is empty until they are
    computed."""

    id: int
    code: str
    portfolio: PortfolioFacts
    dca: str
    ends_on: date | None
    contingency: Decimal
    movements: Sequence[tuple[int, int, Decimal]]  # id, project, amount to the project
    lines: Sequence[LineFacts]
    risks: Sequence[RiskFacts]
    issues: Sequence[IssueFacts]
    assurance: Sequence[tuple[Driver, str, bool]]
    benefits: Sequence[BenefitFacts]
    override: Override | None = None
    case: CaseFacts | None = None
    overlaps: Sequence[tuple[int, int, int, Decimal | None]] = ()  # id, two benefits, agreed
    projects: Sequence[ProjectResult] = ()

    @property
    def case_discounting(self) -> Discounting:
        """Return how the present figures of the business case are discounted: as the approved case,
        else as the portfolio says."""
        return (self.case and self.case.discounting) or self.portfolio.discounting


@dataclass(slots=True)
class Facts:
    """A batch: programmes and projects that stand alone, read together."""

    portfolios: Mapping[int, PortfolioFacts] = field(default_factory=dict)
    projects: Sequence[ProjectFacts] = ()
    portfolio_of: Mapping[int, int] = field(default_factory=dict)  # project -> portfolio
    settled: Mapping[int, Timeline] = field(default_factory=dict)  # givers outside the batch
    programmes: Sequence[ProgrammeFacts] = ()
