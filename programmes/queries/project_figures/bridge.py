"""What moved a figure of a project between two moments, by the records that make it.

The lines of each computation in between are worked out from the records as they were then. What the
line of a record moved by is its part, so that the parts sum to the difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.db.models import Q, QuerySet

from pmhub.database.statements import BEGIN, END, ID, Rows
from programmes import sources
from programmes.models import RollupBasis
from programmes.queries.bridges import Bridge, undefined_reason, without_zero
from programmes.queries.bridges.edits import Acts, acts_of, last_until, what_happened
from programmes.queries.bridges.parts import Part, PartDescriber
from programmes.queries.bridges.roots import ways_of
from programmes.queries.ledger import Reading
from programmes.queries.project_figures.records import ForecastRecords, bases_of
from programmes.rollup.bridge import (
    Leg,
    Turned,
    aggregate_steps,
    derived_steps,
    difference,
    is_sum,
    turns_by_source,
)
from programmes.rollup.causes import Cause, Surroundings, cause_of
from programmes.rollup.ledger import Aggregate, Figure, Level, Line, Metric, Unit, Value, aggregated
from programmes.rollup.metrics import OF_PROJECTS, made_of
from programmes.rollup.project_level import figures_of, lines_of
from programmes.rollup.record_lines import BASELINE, PROJECT
from programmes.rollup.spans import Key, Period, Span, Turn, turns_of
from projects.models import Project, ProjectForecast

MOST = 12  # computations whose lines are worked out for one bridge, the latest


def _within() -> QuerySet[ProjectForecast]:
    return ProjectForecast.objects.filter(
        Q(valid_to=None) | Q(valid_to__gt=BEGIN), project_id=ID, valid_from__lte=END
    )


FIRST = Rows(lambda: _within().order_by("valid_from")[:1])
LATEST = Rows(lambda: _within().order_by("-valid_from")[: MOST + 1])
SINCE = Rows(
    lambda: (
        ProjectForecast.objects.filter(Q(valid_to=None) | Q(valid_to__gt=BEGIN), project_id=ID)
        .order_by("valid_from")
        .values_list("valid_from", flat=True)[:2]
    )
)
Spans = Mapping[str, Sequence[Span]]


@dataclass(slots=True, eq=False)
class State:
    """A project as one computation left it, which was valid from `since` on."""

    since: datetime
    behind: ForecastRecords
    figures: Mapping[str, Figure]
    basis: RollupBasis | None
    lines: dict[str, list[Line]] = field(default_factory=dict)

    @property
    def computed(self) -> ProjectForecast:
        """Return the stored forecast."""
        return self.behind.computed

    def value(self, name: str) -> Value:
        """Return the value of a figure in this state."""
        return self.figures[name].value

    def learn(self, metric: Metric, *, exact: bool) -> bool:
        """Work out the lines of a figure; return False where no records make it."""
        if metric.at_project.aggregate is None:
            return True
        records = self.behind.records(metric, self.value(metric.name))
        if records is None:
            return False
        self.lines[metric.name] = lines_of(metric, records, exact=exact)
        return True


def project_bridge(project: Project, name: str, period: Period, user: Any) -> Bridge:
    """Return what moved a figure of a project, and who. Raises KeyError for one that a project does
    not have."""
    metric = OF_PROJECTS[name]
    states = _states(project, period, made_of(name))
    ends = [_reading(metric, state, project) for state in _ends(states, period)]
    whole = difference(*(reading.value if reading else None for reading in ends))
    bridge = Bridge(
        owner=project,
        metric=metric.at_project,
        period=period,
        before=ends[0],
        after=ends[1],
        difference=whole,
        reason=undefined_reason(*ends) if whole is None else "",
        parts=[],
    )
    if whole is None or len(states) == 1:
        return bridge
    wanted = [metric, *(OF_PROJECTS[part] for part in metric.at_project.inputs)]
    told = [state for state in states if _known(state, wanted)]
    for end in (states[0], states[-1]):
        if end not in told:
            return replace(bridge, reason=end.behind.reason)
    return replace(bridge, parts=_parts(metric, wanted, told, period, user))


def project_moved_since(
    project: Project, name: str, since: datetime
) -> tuple[datetime | None, bool]:
    """Return from when on a figure of a project can be compared, and whether it has been computed
    anew since then."""
    starts = SINCE(id=project.pk, begin=since)
    return (max(since, starts[0]), len(starts) > 1) if starts else (None, False)


def _states(project: Project, period: Period, metrics: Mapping[str, Metric]) -> list[State]:
    """Return the project as it stood at the beginning, and as the latest computations left it, with
    these figures."""
    asked: dict[str, Any] = {"id": project.pk, "begin": period.begin, "end": period.end}
    forecasts = LATEST(**asked)[::-1]
    if len(forecasts) > MOST:
        forecasts = [*FIRST(**asked), *forecasts[-MOST:]]
    begun = [(computed, max(computed.valid_from, period.begin)) for computed in forecasts]
    return [
        _state(computed, period, metrics, basis)
        for (computed, _), basis in zip(begun, bases_of(begun), strict=True)
    ]


def _state(
    computed: ProjectForecast,
    period: Period,
    metrics: Mapping[str, Metric],
    basis: RollupBasis | None,
) -> State:
    began = computed.valid_from
    if began <= period.begin:
        since, moments = period.begin, (period.begin, began)
    else:
        since, moments = began, (began, period.end)
    return State(
        since=since,
        behind=ForecastRecords(computed, moments, metrics.values()),
        figures=figures_of(computed, metrics.values()),
        basis=basis,
    )


def _ends(states: Sequence[State], period: Period) -> tuple[State | None, State | None]:
    first = states[0] if states and states[0].since == period.begin else None
    return first, states[-1] if states else None


def _reading(metric: Metric, state: State | None, project: Project) -> Reading | None:
    if state is None:
        return None
    figure = state.figures[metric.name]
    since = state.computed.valid_from
    return Reading(metric.at_project, figure.value, figure.reason, {}, 0, 0, 0, since)


def _known(state: State, wanted: Sequence[Metric]) -> bool:
    """Return whether the lines of all these figures can be worked out. For a ratio, lines are exact
    and not rounded."""
    exact = wanted[0].unit is Unit.RATIO
    return all(state.learn(metric, exact=exact) for metric in wanted)


# Steps


def _parts(
    metric: Metric,
    wanted: Sequence[Metric],
    states: Sequence[State],
    period: Period,
    user: Any,
) -> list[Part]:
    period = replace(period, computed=states[0].computed.valid_from)
    spans = {part.name: _spans(part, states) for part in wanted if part.at_project.aggregate}
    apart = _apart(wanted, spans)
    around, acts = _surroundings(states, spans, period, apart)
    steps = without_zero(_leg(metric, states, spans, period, around).steps)
    teller = PartDescriber(around, period, user, Level.PROJECT, apart, acts)
    teller.learn(steps, edits=True)
    ordered = sorted(steps, key=lambda step: (-abs(step.amount), step.source or ()))
    return [teller.part(step) for step in ordered]


def _apart(wanted: Sequence[Metric], spans: Spans) -> set[str]:
    """Return the kinds of records that do not move the line of the project itself."""
    lines = {span.source[0] for own in spans.values() for span in own}
    moving = {kind for metric in wanted if metric.project for kind in metric.project.moved_by}
    parts = {label.split(".")[1].lower() for label in sources.PROJECT.parts}
    return parts - (moving - lines)


def _leg(
    metric: Metric, states: Sequence[State], spans: Spans, period: Period, around: Surroundings
) -> Leg:
    """Return a figure at both ends, with the steps between them."""
    before, after = states[0].value(metric.name), states[-1].value(metric.name)
    mine = metric.at_project
    if mine.aggregate is not None:
        lines = spans[metric.name]
        turns = turns_by_source(mine.line_source, lines, period, around)
        steps = aggregate_steps(mine, turns, _unmoved(mine, lines, turns))
        if mine.unit is Unit.MONEY:  # exact for a ratio
            ends = (_sum(states[0].lines[metric.name]), _sum(states[-1].lines[metric.name]))
            return Leg(*ends, steps)
    else:
        legs = {
            name: _leg(OF_PROJECTS[name], states, spans, period, around) for name in mine.inputs
        }
        steps = derived_steps(mine, legs, before, after)
    return Leg(before, after, steps)


def _unmoved(metric: Metric, spans: Iterable[Span], turns: Turned) -> Value:
    """Return the maximum of the lines that stayed as they were through the whole period; None for
    sums."""
    if metric.aggregate is None or is_sum(metric):
        return None
    stayed = [span for span in spans if not turns.get(span.source)]
    lines = [Line(*span.source, span.value, span.included) for span in stayed]
    return aggregated(metric.aggregate, lines).value


def _sum(lines: Iterable[Line]) -> Value:
    return aggregated(Aggregate.SUM, [*lines]).value


# Lines over time


def _spans(metric: Metric, states: Sequence[State]) -> list[Span]:
    """Return the lines of a figure, each with the interval in which it was valid."""
    in_force = next(
        (
            line.source_id
            for state in reversed(states)
            for line in state.lines[metric.name]
            if line.source_type == BASELINE
        ),
        None,
    )
    by_source: dict[Key, list[Span]] = {}
    ends = [*(state.since for state in states[1:]), None]
    for state, end in zip(states, ends, strict=True):
        for line in state.lines[metric.name]:
            # One baseline is in force at a time: the next takes the place of the last.
            id = in_force if line.source_type == BASELINE and in_force else line.source_id
            span = _span(line, (line.source_type, id), state.since, end)
            mine = by_source.setdefault(span.source, [])
            if mine and mine[-1].valid_to == state.since and _says(mine[-1]) == _says(span):
                mine[-1] = replace(mine[-1], valid_to=end)
            else:
                mine.append(span)
    return [span for mine in by_source.values() for span in mine]


def _span(line: Line, key: Key, since: datetime, end: datetime | None) -> Span:
    return Span(key, line.value, line.included, line.reason, line.inputs, since, end)


def _says(span: Span) -> tuple[Value, bool, str]:
    return span.value, span.included, span.reason


# What happened around them


def _surroundings(
    states: Sequence[State], spans: Spans, period: Period, apart: set[str]
) -> tuple[Surroundings, Acts]:
    """Return what happened around these lines, and the acts that were read for that."""
    turns = [(name, turn) for name, lines in spans.items() for turn in _turns(lines, period)]
    acts = acts_of({turn.source for _, turn in turns}, period, apart)
    come_or_gone = {turn.source for _, turn in turns if turn.before is None or turn.after is None}
    ended = {status: _ended(states, status) for status in ("closed", "terminated")}
    around = Surroundings(
        boundaries=dict(_boundaries(states, acts)),
        closed=ended["closed"],
        terminated=ended["terminated"],
        happened=what_happened({key for key in come_or_gone if key[0] != PROJECT}, period),
        edited={
            (turn.source, turn.at): (last.record, last.by)
            for _, turn in turns
            if (last := last_until(acts.get(turn.source, ()), turn.window[1]))
            and turn.holds(last.at)
        },
    )
    delayed = {
        (turn.source, turn.at): turn
        for name, turn in turns
        if turn.source[0] == PROJECT and cause_of(name, turn, around) is Cause.DATE_MOVED
    }
    return replace(around, ways=ways_of(delayed.values(), {})), acts


def _turns(spans: Sequence[Span], period: Period) -> Iterator[Turn]:
    by_source: dict[Key, list[Span]] = {}
    for span in spans:
        by_source.setdefault(span.source, []).append(span)
    for mine in by_source.values():
        yield from turns_of(mine, period)


def _boundaries(states: Sequence[State], acts: Acts) -> Iterator[tuple[datetime, Cause]]:
    """Yield the computations at which the status date or the rules were new. Edits before are
    computed apart from that; for a standalone project, time has passed only where nothing was
    edited."""
    for before, after in pairwise(states):
        if before.basis and after.basis:
            bases = (before.basis, after.basis)
            then, now = ((basis.engine_version, basis.rules) for basis in bases)
            if then != now:
                yield after.since, Cause.RULE_CHANGED
            elif before.basis.as_of != after.basis.as_of:
                yield after.since, Cause.TIME_PASSED
        elif _days(before) != _days(after) and not any(
            before.computed.valid_from < act.at <= after.since
            for own in acts.values()
            for act in own
        ):
            yield after.since, Cause.TIME_PASSED


def _days(state: State) -> set[object]:
    return {records.as_of for records in state.behind.read.values() if records}


def _ended(states: Sequence[State], status: str) -> frozenset[tuple[int, datetime]]:
    """Return the computation that saw the project end with this status, with its id; empty where it
    did not."""
    return frozenset(
        (after.computed.project_id, after.since)
        for before, after in pairwise(states)
        if after.computed.health.get("effective") == status
        and before.computed.health.get("effective") != status
    )
