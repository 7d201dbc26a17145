"""The parts of a difference between two moments: pure, from lines and values valid then.

The parts of a bridge sum to the difference exactly; nothing is left over for an "other". A part is
one source, one cause and, where a delay travelled here from elsewhere, one record that was edited:
every turn of a line has its cause (`causes`), and the turns of a source that have the same one are
added up, so that movements there and back for one cause net out.

- *Sum and count.* A turn's amount is what the line counts for after it less what it did before.
- *Max and worst.* The figure is walked from movement to movement. Each step, in days or levels,
  belongs to the source that set the value: the one that reached a new maximum, or whose leaving it
  lowered it.
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

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from heapq import heappop, heappush
from itertools import groupby, zip_longest

from programmes.health import SEVERITY, Rag
from programmes.rollup.causes import Cause, Surroundings, TurnCause, turn_cause
from programmes.rollup.ledger import MONEY_PLACES, Aggregate, Figure, Metric, Value, rounded
from programmes.rollup.spans import NONE, Key, Last, Period, Span, Turn, turns_of
from programmes.sources import HEALTH_OVERRIDE
from projects.risk import Impact, variance

ZERO = Decimal(0)
Amounts = Mapping[tuple[Key, TurnCause], Decimal]
Turned = Mapping[Key, Sequence[tuple[Turn, TurnCause]]]  # by source


@dataclass(frozen=True, slots=True)
class Step:
    """What one source moved a figure by, for one cause. `before` and `after` are the values of the
    source itself. Without a source, a rule has changed. `through` names the input of a derived
    metric, `root` the record elsewhere whose edit moved the source."""

    source: Key | None
    cause: Cause
    amount: Decimal
    before: Value = None
    after: Value = None
    turns: Sequence[Turn] = ()
    through: str = ""
    root: Key | None = None

    @property
    def moments(self) -> tuple[datetime, ...]:
        """Return the moments at which the source moved."""
        return tuple(turn.at for turn in self.turns)


@dataclass(frozen=True, slots=True)
class Leg:
    """The values of a figure at two moments, with the steps between them."""

    before: Value
    after: Value
    steps: Sequence[Step]


def difference(before: Value, after: Value) -> Decimal | None:
    """Return after less before: a number, days, or levels of health; None where one is
    undefined."""
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


def turns_by_source(
    metric: str,
    spans: Iterable[Span],
    period: Period,
    around: Surroundings,
    last: Last = NONE,
) -> dict[Key, list[tuple[Turn, TurnCause]]]:
    """Return by source the turns of a metric's lines, each with its cause. `last` says when a line
    turned last before the period, where that is known."""
    return {
        source: [
            (turn, turn_cause(metric, turn, around))
            for turn in turns_of(lines, period, last.get((metric, source)))
        ]
        for source, lines in _by_source(spans).items()
    }


def joined(turns: Iterable[tuple[Turn, TurnCause]]) -> list[tuple[Turn, TurnCause]]:
    """Return the turns of one source, with consecutive turns of one cause joined to one: for a sum,
    the ends alone tell the movement."""
    merged: list[tuple[Turn, TurnCause]] = []
    for turn, reason in turns:
        last, same = merged[-1] if merged else (None, None)
        if last and same == reason and _begun(last.after) == _begun(turn.before):
            window = (last.window[0], turn.window[1])
            whole = replace(turn, since=last.since, before=last.before, window=window)
            merged[-1] = (whole, reason)
        else:
            merged.append((turn, reason))
    return merged


def _begun(span: Span | None) -> datetime | None:
    return span.valid_from if span else None


def aggregate_steps(metric: Metric, turns: Turned, unmoved: Value) -> list[Step]:
    """Return the steps of an aggregate, those of amount 0 too, since a derived figure may have
    moved nevertheless. Of a maximum, `unmoved` is the maximum of the lines that stayed as they
    were."""
    if is_sum(metric):
        return [step for own in turns.values() for step in _summed(metric, own)]
    amounts = _walked(turns, unmoved)
    return [step for own in turns.values() for step in _walked_by(metric, own, amounts)]


def is_sum(metric: Metric) -> bool:
    """Return whether a metric is a sum or a count, so that the turns of a line alone tell what it
    moved the figure by."""
    return metric.aggregate in (Aggregate.SUM, Aggregate.COUNT)


def _by_source(spans: Iterable[Span]) -> dict[Key, list[Span]]:
    by_source: dict[Key, list[Span]] = {}
    for span in sorted(spans, key=lambda span: span.source):
        by_source.setdefault(span.source, []).append(span)
    return by_source


def _by_cause(turns: Iterable[tuple[Turn, TurnCause]]) -> dict[TurnCause, list[Turn]]:
    groups: dict[TurnCause, list[Turn]] = {}
    for turn, reason in turns:
        groups.setdefault(reason, []).append(turn)
    return groups


def _summed(metric: Metric, turns: Sequence[tuple[Turn, TurnCause]]) -> Iterator[Step]:
    """Yield one step for each cause of the turns of one source of a sum. The values form a chain
    from step to step, as if all turns of one cause had come before those of the next."""
    groups = _by_cause(turns)
    if not groups:
        return
    before, last = (
        counted_value(metric, span) for span in (turns[0][0].before, turns[-1][0].after)
    )
    for place, (reason, group) in enumerate(groups.items(), 1):
        amount = _net(metric, group)
        after = last if place == len(groups) else _counts(before) + amount
        yield Step(
            group[0].source, reason.cause, amount, before, after, tuple(group), root=reason.root
        )
        before = after


def _net(metric: Metric, turns: Sequence[Turn]) -> Decimal:
    """Return the sum of the movements of these turns of one source."""
    amount, start = ZERO, turns[0].before
    for turn, following in zip_longest(turns, turns[1:]):
        if following is None or following.before is not turn.after:
            amount += _counts(counted_value(metric, turn.after)) - _counts(
                counted_value(metric, start)
            )
            start = following.before if following else None
    return amount


def _walked_by(
    metric: Metric, turns: Sequence[tuple[Turn, TurnCause]], amounts: Amounts
) -> Iterator[Step]:
    """Yield one step for each cause of the turns of one source of a maximum."""
    for reason, group in _by_cause(turns).items():
        source, amount = group[0].source, amounts.get((group[0].source, reason), ZERO)
        before, after = (
            counted_value(metric, group[0].before),
            counted_value(metric, group[-1].after),
        )
        yield Step(source, reason.cause, amount, before, after, tuple(group), root=reason.root)


def counted_value(metric: Metric, span: Span | None) -> Value:
    """Return what a line counted for, None where it did not count; in a count, each line counts as
    1."""
    if span is None or not span.included:
        return None
    return Decimal(1) if metric.aggregate is Aggregate.COUNT else span.value


def _counts(value: Value) -> Decimal:
    return ZERO if value is None else _number(value)


def _walked(turns: Turned, unmoved: Value) -> Amounts:
    """Return by what each source and cause moved a maximum, read at each moment at which a line
    began or ended. At a moment only the sources that turned then are looked at, so that the work
    grows with the number of turns."""
    standing = Standing(unmoved)
    for key, own in turns.items():
        if own:
            standing.put(key, _height(own[0][0].before))
    held = standing.top
    steps: dict[tuple[Key, TurnCause], Decimal] = {}
    for _, together in groupby(_in_order(turns), key=lambda pair: pair[0].at):
        moved = {turn.source: (turn, reason) for turn, reason in together}
        last = standing.top
        for key, (turn, _) in moved.items():
            standing.put(key, _height(turn.after))
        best = standing.top
        if best is None:
            continue
        if held is not None and best != held:
            heights = {
                key: (_height(turn.before), _height(turn.after)) for key, (turn, _) in moved.items()
            }
            setters = _setters(heights, held, best) or _setters(heights, last, best)
            # An override that comes or goes decides over all the others.
            deciding = [key for key in moved if key[0] == HEALTH_OVERRIDE.name]
            key = min(deciding or setters or moved)
            part = (key, moved[key][1])
            steps[part] = steps.get(part, ZERO) + best - held
        held = best
    return steps


def _in_order(turns: Turned) -> list[tuple[Turn, TurnCause]]:
    """Return the turns of all sources in the order of time."""
    return sorted((pair for own in turns.values() for pair in own), key=lambda pair: pair[0].at)


def _height(span: Span | None) -> Decimal | None:
    """Return what a line adds to a maximum as a number; None where it does not count."""
    if span is None or span.counted is None:
        return None
    return _number(span.counted)


class Standing:
    """What each source adds to a maximum at a moment, with the maximum of all."""

    def __init__(self, unmoved: Value) -> None:
        self._values: dict[Key, Decimal | None] = {}
        self._count: Counter[Decimal] = Counter()  # how many sources stand at a value
        self._heap: list[Decimal] = []  # values, negated; those that nobody has are passed over
        self._floor = None if unmoved is None else _number(unmoved)

    def put(self, key: Key, value: Decimal | None) -> None:
        """Set what a source adds; None for a source that does not count."""
        if (before := self._values.get(key)) is not None:
            self._count[before] -= 1
        self._values[key] = value
        if value is not None:
            self._count[value] += 1
            heappush(self._heap, -value)

    @property
    def top(self) -> Decimal | None:
        """Return the maximum; None where nothing counts."""
        while self._heap and not self._count[-self._heap[0]]:
            heappop(self._heap)
        values = [-self._heap[0]] if self._heap else []
        return max([*values, *([] if self._floor is None else [self._floor])], default=None)


def _setters(
    heights: Mapping[Key, tuple[Decimal | None, Decimal | None]],
    held: Decimal | None,
    best: Decimal,
) -> list[Key]:
    """Return the sources that moved the maximum from `held` to `best`, of those that turned: those
    that reached the new maximum or, where it fell, those that no longer have the old one."""
    if held is None or best > held:
        return [key for key, (was, now) in heights.items() if now == best and was != best]
    return [key for key, (was, now) in heights.items() if was == held and now != held]


# Derived


def derived_steps(
    metric: Metric, legs: Mapping[str, Leg], before: Value, after: Value
) -> list[Step]:
    """Return the steps of a derived figure, made from the steps of its inputs."""
    whole = difference(before, after)
    if whole is None:
        return []
    if metric.of_lines:
        steps = _shared(metric, legs[metric.inputs[0]].steps, whole)
    else:
        steps = _substituted(metric, legs, before)
    left = whole - sum((step.amount for step in steps), ZERO)
    moving = [step for step in steps if step.amount]
    return [*moving, Step(None, Cause.RULE_CHANGED, left)] if left else moving


def _substituted(metric: Metric, legs: Mapping[str, Leg], before: Value) -> list[Step]:
    now: dict[str, Value] = {name: legs[name].before for name in metric.inputs}
    # What today's formula makes of then; a difference to what was stored then is a changed rule.
    last = _read(metric, now)
    if last is None:
        last = before
    parts = []
    for name in metric.inputs:
        steps = legs[name].steps
        for place, step in enumerate(steps, 1):
            done = place == len(steps)
            now[name] = legs[name].after if done else _moved(now[name], step.amount)
            value = _read(metric, now)
            amount = ZERO if value is None else difference(last, value) or ZERO
            last = last if value is None else value
            parts.append(replace(step, amount=amount, through=name))
    return parts


def _read(metric: Metric, values: Mapping[str, Value]) -> Value:
    assert metric.derive  # noqa: S101  # a derived metric has a formula
    figures = {name: Figure(value) for name, value in values.items()}
    return rounded(metric.derive(figures, None).value, metric.unit)  # type: ignore[arg-type]  # it reads figures alone


def _moved(value: Value, by: Decimal) -> Value:
    if isinstance(value, date):
        return value + timedelta(days=int(by))
    return value + by if isinstance(value, Decimal) else value


def _shared(metric: Metric, steps: Sequence[Step], whole: Decimal) -> list[Step]:
    """Return the movement of the exposure, shared among the risks that moved."""
    if not steps or not whole:
        return []
    own = [ZERO if metric.name == "risk_sd" else step.amount for step in steps]
    sizes = [
        abs(sum((_variance(turn.after) - _variance(turn.before) for turn in step.turns), ZERO))
        for step in steps
    ]
    if not any(sizes):
        sizes = [abs(step.amount) or Decimal(1) for step in steps]
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
    low, likely, high = (Decimal(value) for value in span.inputs["impact"])
    return variance(Impact(Decimal(span.inputs["probability"]), low, likely, high))
