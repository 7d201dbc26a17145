"""The causes of a difference between two moments: pure, from lines and values valid then.

The parts of a bridge sum to the difference exactly; nothing is left over for an "other".

- *Sum and count.* A source's part is what it counted for at the end less what it counted for at
  the beginning: movements on the way net out.
- *Max and worst.* The figure is walked from movement to movement. Each step, in days or levels,
  belongs to the source that set the value: the one that reached a new maximum, or whose leaving it
  lowered it. The steps of one source are added up.
- *Derived.* Sequential substitution: beginning with the inputs as they were, the parts of each
  input are put in one by one, inputs in the order of their declaration, and the formula is read
  after each; what it moves by is that part's. Sums and differences come out the same in any order.
  While the formula is undefined on the way, the next defined value carries the step.
- *Formulas of lines* (exposure percentiles and their spread). Each risk that moved carries the
  movement of its own expected value; what is left is the change of the distribution's spread, which
  they share in proportion to how far each one's variance moved.

What remains between the formula of today and a value stored under an older one is a changed rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from programmes.health import SEVERITY, Rag
from programmes.rollup.ledger import MONEY_PLACES, Aggregate, Figure, Metric, Value, rounded
from projects.risk import Impact, variance

Key = tuple[str, int]
ZERO = Decimal(0)


class Cause(StrEnum):
    """Why a source's part of a figure moved."""

    VALUE_EDITED = "value_edited"
    DATE_MOVED = "date_moved"
    PROJECT_JOINED = "project_joined"
    PROJECT_LEFT = "project_left"
    PROJECT_CLOSED = "project_closed"
    WEIGHT_CHANGED = "weight_changed"
    RULE_CHANGED = "rule_changed"
    LATE_CORRECTION = "late_correction"
    TIME_PASSED = "time_passed"


@dataclass(frozen=True, slots=True)
class Span:
    """A line of the ledger with the time it was valid."""

    source: Key
    value: Value
    included: bool
    reason: str
    inputs: Mapping[str, Any]
    valid_from: datetime
    valid_to: datetime | None

    @property
    def counted(self) -> Value:
        """The value, if it counts."""
        return self.value if self.included else None

    def valid_at(self, moment: datetime) -> bool:
        """Whether it was the current line then."""
        return self.valid_from <= moment and (self.valid_to is None or self.valid_to > moment)


@dataclass(frozen=True, slots=True)
class Step:
    """One source's part of a difference. `first` and `last` are its lines at either end; without a
    source it is the rule itself that changed. `through` names the input of a derived metric."""

    source: Key | None
    amount: Decimal
    moments: tuple[datetime, ...] = ()
    first: Span | None = None
    last: Span | None = None
    metric: str = ""
    through: str = ""


@dataclass(frozen=True, slots=True)
class Leg:
    """A figure at two moments with the steps between them."""

    before: Value
    after: Value
    steps: Sequence[Step]


@dataclass(frozen=True, slots=True)
class Period:
    """The time between two moments, after the first and up to the second."""

    begin: datetime
    end: datetime

    def holds(self, moment: datetime | None) -> bool:
        """Whether something at that moment happened within."""
        return moment is not None and self.begin < moment <= self.end


def difference(before: Value, after: Value) -> Decimal | None:
    """After less before: a number, days, or levels of health; None where one is undefined."""
    if before is None or after is None:
        return None
    return _number(after) - _number(before)


def _number(value: Value) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, date):
        return Decimal(value.toordinal())
    return Decimal(SEVERITY[Rag(str(value))])


# Aggregates


def aggregate_steps(
    metric: Metric, spans: Iterable[Span], unmoved: Value, period: Period
) -> list[Step]:
    """The parts of an aggregate, those of 0 too, for what is derived may have moved nevertheless;
    `unmoved` is the maximum of the lines that stayed throughout."""
    by_source: dict[Key, list[Span]] = {}
    for span in spans:
        by_source.setdefault(span.source, []).append(span)
    if metric.aggregate in (Aggregate.SUM, Aggregate.COUNT):
        amounts = {key: _net(metric, each, period) for key, each in by_source.items()}
    else:
        amounts = _walked(by_source, unmoved, period)
    return [
        replace(_step(key, spans, period), amount=amounts.get(key, ZERO), metric=metric.line_source)
        for key, spans in sorted(by_source.items())
    ]


def _step(key: Key, spans: Sequence[Span], period: Period) -> Step:
    ends = {span.valid_from for span in spans} | {span.valid_to for span in spans if span.valid_to}
    return Step(
        source=key,
        amount=ZERO,
        moments=tuple(sorted(each for each in ends if period.holds(each))),
        first=next((each for each in spans if each.valid_at(period.begin)), None),
        last=next((each for each in spans if each.valid_at(period.end)), None),
    )


def _net(metric: Metric, spans: Sequence[Span], period: Period) -> Decimal:
    def counts(moment: datetime) -> Decimal:
        span = next((each for each in spans if each.valid_at(moment)), None)
        if span is None or not span.included:
            return ZERO
        if metric.aggregate is Aggregate.COUNT or span.value is None:
            return Decimal(metric.aggregate is Aggregate.COUNT)
        return _number(span.value)

    return counts(period.end) - counts(period.begin)


def _walked(
    by_source: Mapping[Key, Sequence[Span]], unmoved: Value, period: Period
) -> dict[Key, Decimal]:
    """The steps of a maximum, by the source that set them."""
    floor = None if unmoved is None else _number(unmoved)
    moments = sorted(
        {
            each
            for spans in by_source.values()
            for span in spans
            for each in (span.valid_from, span.valid_to)
            if each is not None and period.holds(each)
        }
    )
    now = _standing(by_source, period.begin)
    best = known = _top(now, floor)
    steps: dict[Key, Decimal] = {}
    for moment in moments:
        was, now = now, _standing(by_source, moment)
        last, best = best, _top(now, floor)
        if best is None:
            continue
        if known is not None and best != known:
            setters = _setters(was, now, known, best) or _setters(was, now, last, best)
            key = min(setters, default=min(by_source))
            steps[key] = steps.get(key, ZERO) + best - known
        known = best
    return steps


def _standing(by_source: Mapping[Key, Sequence[Span]], moment: datetime) -> dict[Key, Decimal]:
    found = {}
    for key, spans in by_source.items():
        for span in spans:
            if span.valid_at(moment) and span.counted is not None:
                found[key] = _number(span.counted)
    return found


def _top(standing: Mapping[Key, Decimal], floor: Decimal | None) -> Decimal | None:
    known = [*standing.values(), *([] if floor is None else [floor])]
    return max(known, default=None)


def _setters(
    was: Mapping[Key, Decimal], now: Mapping[Key, Decimal], known: Decimal | None, best: Decimal
) -> list[Key]:
    """Who reached a new maximum, or whose leaving the old one lowered it."""
    if known is None or best > known:
        return [key for key, value in now.items() if value == best and was.get(key) != best]
    return [key for key, value in was.items() if value == known and now.get(key) != known]


# Derived


def derived_steps(
    metric: Metric, legs: Mapping[str, Leg], before: Value, after: Value
) -> list[Step]:
    """The parts of a derived figure, by those of its inputs."""
    whole = difference(before, after)
    if whole is None:
        return []
    if metric.of_lines:
        steps = _shared(metric, legs[metric.inputs[0]].steps, whole)
    else:
        steps = _substituted(metric, legs, before)
    left = whole - sum((each.amount for each in steps), ZERO)
    found = [each for each in steps if each.amount]
    return [*found, Step(None, left, metric=metric.name)] if left else found


def _substituted(metric: Metric, legs: Mapping[str, Leg], before: Value) -> list[Step]:
    now: dict[str, Value] = {name: legs[name].before for name in metric.inputs}
    # What today's formula makes of then; a difference to what was stored then is a changed rule.
    known = _read(metric, now)
    if known is None:
        known = before
    found = []
    for name in metric.inputs:
        steps = legs[name].steps
        for place, step in enumerate(steps, 1):
            done = place == len(steps)
            now[name] = legs[name].after if done else _moved(now[name], step.amount)
            value = _read(metric, now)
            amount = ZERO if value is None else difference(known, value) or ZERO
            known = known if value is None else value
            found.append(replace(step, amount=amount, through=name))
    return found


def _read(metric: Metric, values: Mapping[str, Value]) -> Value:
    assert metric.derive  # noqa: S101  # a derived metric has a formula
    figures = {name: Figure(value) for name, value in values.items()}
    return rounded(metric.derive(figures, None).value, metric.unit)  # type: ignore[arg-type]  # it reads figures alone


def _moved(value: Value, by: Decimal) -> Value:
    if isinstance(value, date):
        return value + timedelta(days=int(by))
    return value + by if isinstance(value, Decimal) else value


def _shared(metric: Metric, steps: Sequence[Step], whole: Decimal) -> list[Step]:
    """The movement of an exposure, shared among the risks that moved."""
    if not steps or not whole:
        return []
    own = [ZERO if metric.name == "risk_sd" else each.amount for each in steps]
    sizes = [abs(_variance(each.last) - _variance(each.first)) for each in steps]
    if not any(sizes):
        sizes = [abs(each.amount) or Decimal(1) for each in steps]
    spread, total = whole - sum(own, ZERO), sum(sizes, ZERO)
    amounts = [
        (mine + spread * size / total).quantize(MONEY_PLACES)
        for mine, size in zip(own, sizes, strict=True)
    ]
    # What rounding leaves goes to the largest, so that nothing is lost.
    largest = max(range(len(steps)), key=sizes.__getitem__)
    amounts[largest] += whole - sum(amounts, ZERO)
    return [
        replace(step, amount=amount, through=metric.inputs[0])
        for step, amount in zip(steps, amounts, strict=True)
    ]


def _variance(span: Span | None) -> Decimal:
    if span is None or not span.included or "impact" not in span.inputs:
        return ZERO
    low, likely, high = (Decimal(each) for each in span.inputs["impact"])
    return variance(Impact(Decimal(span.inputs["probability"]), low, likely, high))


# Causes


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What happened to a programme between two moments, beside the lines of one metric.

    `boundaries` are the moments at which the status date or the rules changed; `home` tells the
    project of a source that is not one; `late` are sources whose past was corrected.
    """

    boundaries: Mapping[datetime, Cause]
    joined: frozenset[int] = frozenset()
    left: frozenset[int] = frozenset()
    closed: frozenset[int] = frozenset()
    home: Mapping[Key, int | None] | None = None
    late: frozenset[Key] = frozenset()


CORRECTED = {
    "actual_cost", "estimate_at_completion", "total_forecast", "costs_present_value",
    "benefits_actual_to_date", "benefits_forecast_outturn", "benefits_confidence_weighted",
    "disbenefits_actual_to_date",
}  # fmt: skip
DATED = {"finish_baseline", "finish_declared", "finish_propagated", "dependencies_late"}
SCHEDULE = ("schedule", "dependencies")


def cause_of(step: Step, around: Surroundings) -> Cause:
    """Why the part moved, from what its lines say and what happened around them."""
    if step.source is None:
        return Cause.RULE_CHANGED
    if found := _of_project(step, around):
        return found
    marks = [around.boundaries.get(moment) for moment in step.moments]
    if marks and all(marks):
        return Cause.RULE_CHANGED if Cause.RULE_CHANGED in marks else Cause.TIME_PASSED
    if step.metric in CORRECTED and step.source in around.late:
        return Cause.LATE_CORRECTION
    if _inputs(step, "confidence"):
        return Cause.WEIGHT_CHANGED
    return Cause.DATE_MOVED if _dated(step) else Cause.VALUE_EDITED


def _of_project(step: Step, around: Surroundings) -> Cause | None:
    assert step.source  # noqa: S101  # asked before
    kind, id = step.source
    project = id if kind == "project" else (around.home or {}).get(step.source)
    if project in around.joined and step.first is None:
        return Cause.PROJECT_JOINED
    if project in around.left and step.last is None:
        return Cause.PROJECT_LEFT
    counted = [bool(each and each.included) for each in (step.first, step.last)]
    if project in around.closed and counted[0] != counted[1]:
        return Cause.PROJECT_CLOSED
    return None


def _inputs(step: Step, name: str) -> bool:
    """Whether this input of a line changed."""
    if step.first is None or step.last is None:
        return False
    return step.first.inputs.get(name) != step.last.inputs.get(name)


def _dated(step: Step) -> bool:
    if step.metric in DATED:
        return True
    if step.first is None or step.last is None:
        return False
    if step.metric == "costs_present_value":
        # The same money at another time.
        return step.first.inputs == step.last.inputs
    if step.metric == "health":
        told = [set(each.inputs.get("reasons", ())) for each in (step.first, step.last)]
        changed = [text.split(" ")[0] for text in told[0] ^ told[1]]
        return bool(changed) and all(word in SCHEDULE for word in changed)
    return False
