"""What a metric returns: lines and figures, with units and aggregates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Any

from pmhub.rounding import SHARE, WIDE
from programmes.health import Rag, worst
from programmes.rollup.facts import Discounting, ProgrammeFacts, ProjectResult

Value = Decimal | date | str | None

# A line is rounded once, before it is summed: money to the hundredth of the portfolio's unit, so
# that what a page shows adds up to the last figure, everything else to ten decimals.
TOLD = Decimal("0.000001")  # a ratio that differs by less counts as unchanged
MONEY_PLACES, PLACES = Decimal("0.01"), Decimal("0.0000000001")
# Where an amount was rounded that indices are computed from: the input of its line, and the detail
# of the sum, with the amount as it was computed.
UNROUNDED = "unrounded"
# Reasons of a source of which a fact is missing: it cannot count, or counts for what is known.
MISSING = frozenset(
    {
        "never_measured",
        "no_baseline",
        "no_budget",
        "no_dates",
        "no_forecast",
        "no_profile",
        "no_rate",
        "not_estimated",
        "not_measured",
        "overlap_open",
    }
)
# Without an included line, a sum with one of these reasons is undefined, and not 0.
UNKNOWN = frozenset({"never_measured", "no_approved_case", "no_forecast"})


class Unit(StrEnum):
    """What a figure is measured in."""

    MONEY = "money"
    RATIO = "ratio"
    COUNT = "count"
    DAYS = "days"
    DATE = "date"
    STATUS = "status"


class Level(StrEnum):
    """What a figure belongs to."""

    PROJECT = "project"
    PROGRAMME = "programme"
    PORTFOLIO = "portfolio"


PROJECTS = (Level.PROJECT,)
PROGRAMMES = (Level.PROGRAMME,)
BELOW_PORTFOLIOS = (Level.PROJECT, Level.PROGRAMME)
EVERYWHERE = (Level.PROJECT, Level.PROGRAMME, Level.PORTFOLIO)


class Better(StrEnum):
    """Which way a figure gets better."""

    LESS = "less"
    MORE = "more"


class Aggregate(StrEnum):
    """How the included lines make a figure."""

    SUM = "sum"
    MAX = "max"
    COUNT = "count"
    WORST = "worst"


# How figures of parts make one of the whole. Ratios, days and percentiles do not add up.
WHOLE = {
    Unit.MONEY: Aggregate.SUM,
    Unit.COUNT: Aggregate.SUM,
    Unit.DATE: Aggregate.MAX,
    Unit.STATUS: Aggregate.WORST,
}


@dataclass(frozen=True, slots=True)
class Line:
    """What one source record adds to a metric, or the reason why it does not count. An included
    line with a reason counts for what is known of it."""

    source_type: str
    source_id: int
    value: Value
    included: bool = True
    reason: str = ""
    inputs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a programme. Undefined is None with a reason, never 0 or 100 %."""

    value: Value
    reason: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    included: int = 0
    excluded: int = 0
    missing: int = 0

    @property
    def unrounded(self) -> Value:
        """Return the value as it was computed, for formulas that take no rounded amounts."""
        return unrounded(self.value, self.detail)


Figures = Mapping[str, Figure]
Assessed = tuple[Figure, list[Line]]


@dataclass(frozen=True, slots=True)
class ProjectFigure:
    """How a metric is computed and explained at a project.

    `value` reads it from the stored forecast of the project, with the reason where it is undefined;
    `keys` are its names in that forecast's `figures`. Without `value`, `derive` computes it from
    `inputs`; an undefined input is taken as 0 where it is `optional`. `lines` yields what each
    record adds; the `aggregate` of the lines is the value. `formula` says in words how the value is
    computed; `label` replaces the metric's label at projects. `moved_by` are the kinds of records
    that move the line of the project itself. Lines that are not `of_amounts` are made of the
    project, its baseline and what was computed, without its budget, costs and work.
    """

    formula: str
    label: str = ""
    value: Callable[[Any], tuple[Value, str]] | None = None
    keys: Sequence[str] = ()
    aggregate: Aggregate | None = None
    lines: Callable[[Any], Iterable[Line]] | None = None
    of_amounts: bool = True
    inputs: Sequence[str] = ()
    optional: Sequence[str] = ()
    derive: Callable[[Figures, Any], Figure] | None = None
    moved_by: Sequence[str] = ()


@dataclass(frozen=True)  # without slots, so that what it is at a project is made once
class Metric:
    """One declaration of a figure: an aggregate of lines, or a formula over other metrics.

    `of_project` returns the lines that a project adds, from its own result alone; `of_programme`
    those that the programme itself adds; `of_case` those of a project that are discounted as the
    case of its programme. `lines_of` names a metric whose lines this one aggregates too. `formula`
    says in words what `derive` computes from `inputs` (names of metrics); with `of_lines` also from
    the facts behind the lines of its input. `assess` is for a metric whose own line depends on
    other figures: from these, the facts and the lines of projects it returns the figure and that
    line. `judged_by` names the thresholds that turn its colour: what is shown never rounds across
    them.

    `better` says which way it gets better, None where it is neither good nor bad by itself. A
    `discounted` one improves by a delay alone: the same cost later is worth less, and the approved
    profile of the benefits stays where it is. `levels` are those at which it exists. At a portfolio
    it is the aggregate of the parts that its unit allows; at a project it is as `project` says. The
    past of a `correctable` one can be corrected late; a `dated` one moves with dates alone.
    `headline` is its name in reports, where it is one of the few main figures; those that are
    `compared` are in every comparison of scenarios.
    """

    name: str
    label: str
    unit: Unit
    aggregate: Aggregate | None = None
    of_project: Callable[[ProjectResult], Iterable[Line]] | None = None
    of_programme: Callable[[ProgrammeFacts], Iterable[Line]] | None = None
    of_case: Callable[[ProjectResult, Discounting], Iterable[Line]] | None = None
    lines_of: str = ""
    formula: str = ""
    inputs: Sequence[str] = ()
    derive: Callable[[Figures, ProgrammeFacts], Figure] | None = None
    assess: Callable[[Figures, ProgrammeFacts, Sequence[Line]], Assessed] | None = None
    of_lines: bool = False
    judged_by: Sequence[str] = ()
    better: Better | None = None
    discounted: bool = False
    levels: Sequence[Level] = (Level.PROGRAMME, Level.PORTFOLIO)
    project: ProjectFigure | None = None
    correctable: bool = False
    dated: bool = False
    headline: str = ""
    compared: bool = False

    @property
    def title(self) -> str:
        """Return its name where main figures are told: that of reports, if it has one."""
        return self.headline or self.label

    @property
    def line_source(self) -> str:
        """Return the name of the metric under which the lines stand in the ledger."""
        return self.lines_of or self.name

    @property
    def explained_by(self) -> str:
        """Return the name of the metric whose lines explain this one: its first input where it is
        made from the lines of that."""
        return self.inputs[0] if self.of_lines else self.line_source

    @cached_property
    def at_portfolio(self) -> Metric:
        """Return the metric as it is explained at a portfolio: an aggregate of its parts, as its
        unit allows."""
        return replace(
            self,
            aggregate=WHOLE[self.unit],
            of_project=None,
            of_programme=None,
            of_case=None,
            lines_of="",
            formula="",
            inputs=(),
            derive=None,
            assess=None,
            judged_by=(),
            project=None,
        )

    @cached_property
    def at_project(self) -> Metric:
        """Return the metric as it is explained at a project."""
        assert self.project  # noqa: S101  # it exists there
        mine = self.project
        return replace(
            self,
            label=mine.label or self.label,
            aggregate=mine.aggregate,
            of_project=None,
            of_programme=None,
            of_case=None,
            lines_of="",
            formula=mine.formula,
            inputs=mine.inputs,
            derive=mine.derive,
            assess=None,
            headline="",
        )


def rounded(value: Value, unit: Unit) -> Value:
    """Return the value as the ledger keeps it. Half a hundredth of money is rounded away from zero;
    a ratio near 0 or 1 is never rounded to these."""
    if not isinstance(value, Decimal):
        return value
    near = value.quantize(MONEY_PLACES if unit is Unit.MONEY else PLACES, context=WIDE)
    if unit is Unit.RATIO and near in SHARE and near != value:
        return near + PLACES.copy_sign(value - near)
    return near


def as_computed(value: Value, unit: Unit) -> dict[str, str | None]:
    """Return what is stored beside a value where rounding changes it: the value as it was
    computed."""
    return {} if rounded(value, unit) == value else {UNROUNDED: text(value)}


def unrounded(value: Value, detail: Mapping[str, Any]) -> Value:
    """Return a value as it was computed, by what is stored beside it."""
    return Decimal(detail[UNROUNDED]) if UNROUNDED in detail else value


def moves(before: Value, after: Value, unit: Unit) -> bool:
    """Return whether a figure differs from what it was. A ratio differs from `TOLD` on: less may
    come from the rounding of amounts."""
    if unit is Unit.RATIO and isinstance(before, Decimal) and isinstance(after, Decimal):
        return abs(after - before) >= TOLD
    return before != after


def aggregated(aggregate: Aggregate, lines: Sequence[Line]) -> Figure:
    """Return the figure that these lines make."""
    counted = [line.value for line in lines if line.included]
    left_out = [line.reason for line in lines if not line.included]
    lacking = sum(reason in MISSING for reason in left_out)
    unknown = sorted(UNKNOWN.intersection(left_out))
    if aggregate is Aggregate.SUM and unknown and not counted:
        value, reason = None, unknown[0]
    else:
        value = _combine(aggregate, counted)
        summed = aggregate in (Aggregate.SUM, Aggregate.COUNT)
        reason = "" if counted or summed else "no_lines"
    return Figure(
        value=value,
        reason=reason,
        detail=_sum_as_computed(lines) if aggregate is Aggregate.SUM else {},
        included=len(counted),
        excluded=len(left_out) - lacking,
        missing=lacking + sum(line.included and line.reason in MISSING for line in lines),
    )


def _sum_as_computed(lines: Iterable[Line]) -> dict[str, str | None]:
    """Return the sum of the unrounded amounts of these lines, where any of them was rounded."""
    counted = [line for line in lines if line.included]
    if not any(UNROUNDED in line.inputs for line in counted):
        return {}
    amounts: list[Any] = [unrounded(line.value, line.inputs) for line in counted]
    return {UNROUNDED: text(sum(amounts, Decimal(0)))}


def _combine(aggregate: Aggregate, values: Sequence[Any]) -> Value:
    if aggregate is Aggregate.SUM:
        return sum(values, Decimal(0))
    if aggregate is Aggregate.COUNT:
        return Decimal(len(values))
    if aggregate is Aggregate.MAX:
        return max(values, default=None)
    return worst(map(Rag, values)).value if values else None


def text(value: Value) -> str | None:
    """Return a value as JSON keeps it, without trailing zeros."""
    if isinstance(value, Decimal):
        return _plain(value)
    return value.isoformat() if isinstance(value, date) else value


@lru_cache(maxsize=4096)
def _plain(value: Decimal) -> str:
    """Return a number as text. Cached, since most amounts are those of the computation before."""
    return format(value.normalize() + 0, "f")
