"""The shape of what a metric answers: lines, figures, units and aggregates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any

from pmhub.rounding import SHARE
from programmes.health import Rag, worst
from programmes.rollup.facts import Discounting, ProgrammeFacts, ProjectResult

Value = Decimal | date | str | None

# A line is rounded once, before it is summed: money to the hundredth of the portfolio's unit, so
# that what a page shows adds up to the last figure, everything else to ten decimals.
TOLD = Decimal("0.000001")  # the least by which a ratio is said to move
MONEY_PLACES, PLACES = Decimal("0.01"), Decimal("0.0000000001")
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
# A sum of nothing but these is not known, and never 0.
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
    """The levels of figures: what a figure is one of."""

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
    """How included lines make a figure."""

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
    """What one source record adds, or why it does not count; one that counts for what is known of
    it has the reason why that is not all."""

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


Figures = Mapping[str, Figure]
Assessed = tuple[Figure, list[Line]]


@dataclass(frozen=True, slots=True)
class ProjectFigure:
    """How a metric stands at a project: what was computed says its value, records explain it.

    `value` reads it from the stored forecast of the project, with the reason where it is undefined;
    `keys` are the names that it has in that forecast's `figures`. Without `value` it follows from
    its `inputs` by `derive`, which takes those that are `optional` as 0 where they are undefined.
    `lines` say what each record adds; their `aggregate` is the value.
    `formula` says in words how it comes about; `label` is what it is called there, if it is not
    what it is called above. `moved_by` are the kinds of records that move the line of the project
    itself.
    """

    formula: str
    label: str = ""
    value: Callable[[Any], tuple[Value, str]] | None = None
    keys: Sequence[str] = ()
    aggregate: Aggregate | None = None
    lines: Callable[[Any], Iterable[Line]] | None = None
    inputs: Sequence[str] = ()
    optional: Sequence[str] = ()
    derive: Callable[[Figures, Any], Figure] | None = None
    moved_by: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Metric:
    """One declaration of a figure: an aggregate of lines, or a formula over other metrics.

    `of_project` gives the lines that a project adds, of its own result alone; `of_programme` those
    that what the programme holds itself adds; `of_case` those of a project that are discounted as
    the case of its programme. `lines_of` names a metric whose lines this one aggregates too.
    `formula` says in words what `derive` computes from `inputs` (names of metrics); with `of_lines`
    also from the facts behind the lines of its input. `assess` is for the one whose own line
    depends on other figures: of these, the facts and the lines of the projects it makes the figure
    and that line. `judged_by` names the thresholds that turn its colour: what is shown never rounds
    across them.

    `better` says which way it gets better, None where it is neither good nor bad by itself.
    `discounted` is one that a delay alone improves: the same cost later is worth less, and the
    approved profile of the benefits stays where it is. `levels` are those at which it exists: at
    a programme; at a portfolio those that its parts make as their unit allows; at a project as
    `project` says, some there alone. `correctable` is one whose past can be corrected late, `dated`
    one that moves with dates alone. `headline` is what a report calls it if it is one of the few
    that stand on top; `compared` are those that every comparison of scenarios shows.
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
    def line_source(self) -> str:
        """The metric under whose name the lines stand in the ledger."""
        return self.lines_of or self.name

    @property
    def explained_by(self) -> str:
        """The metric whose lines explain it: those of its input, where it is made of these too."""
        return self.inputs[0] if self.of_lines else self.line_source

    @property
    def at_portfolio(self) -> Metric:
        """The metric as it is explained at a portfolio: what its parts make, as their unit
        allows."""
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

    @property
    def at_project(self) -> Metric:
        """The metric as it is explained at a project."""
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
        )


def rounded(value: Value, unit: Unit) -> Value:
    """The value as the ledger keeps it, half a hundredth of money rounded away from zero; a ratio
    that is not just 0 or 1 is kept on its own side of these."""
    if not isinstance(value, Decimal):
        return value
    near = value.quantize(MONEY_PLACES if unit is Unit.MONEY else PLACES, ROUND_HALF_UP)
    if unit is Unit.RATIO and near in SHARE and near != value:
        return near + PLACES.copy_sign(value - near)
    return near


def moves(before: Value, after: Value, unit: Unit) -> bool:
    """Return whether a figure is another than it was. A ratio is where it differs by more than what
    amounts make of it that were only rounded otherwise."""
    if unit is Unit.RATIO and isinstance(before, Decimal) and isinstance(after, Decimal):
        return abs(after - before) >= TOLD
    return before != after


def aggregated(aggregate: Aggregate, lines: Sequence[Line]) -> Figure:
    """The figure that these lines make."""
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
        included=len(counted),
        excluded=len(left_out) - lacking,
        missing=lacking + sum(line.included and line.reason in MISSING for line in lines),
    )


def _combine(aggregate: Aggregate, values: Sequence[Any]) -> Value:
    if aggregate is Aggregate.SUM:
        return sum(values, Decimal(0))
    if aggregate is Aggregate.COUNT:
        return Decimal(len(values))
    if aggregate is Aggregate.MAX:
        return max(values, default=None)
    return worst(map(Rag, values)).value if values else None


def text(value: Value) -> str | None:
    """A value as JSON keeps it, trailing zeros dropped."""
    if isinstance(value, Decimal):
        return _plain(value)
    return value.isoformat() if isinstance(value, date) else value


@lru_cache(maxsize=4096)
def _plain(value: Decimal) -> str:
    """Remembered, for most amounts are those of the computation before."""
    return format(value.normalize() + 0, "f")
