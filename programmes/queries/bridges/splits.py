"""Edits that one computation saw together, told apart.

The engine works off edits in batches, so that several edits may share one movement of the ledger.
This module reads the facts as they were after each edit but the last (`database.past`), computes
the figures under the status date and the rules of that computation, and puts them into the ledger
just before it. So each part of a bridge belongs to one edit, in the order of edits, and the sum is
the same.

Some edits stay together: those of one request; those that added or removed a record; those of a
computation under another version of the engine, or with a new status date or new rules; those of
several sources of which the latest set a maximum; and, beginning with the oldest computations,
those for which more than `MOST` states would have to be computed.
"""

from __future__ import annotations

import logging
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

import orjson

from pmhub.database.past import as_at
from programmes.models import MetricValue, Programme, RollupBasis, valid, value_of
from programmes.queries.bridges.edits import NO_ACTS, Act, Acts, acts_of, last_until
from programmes.queries.bridges.surroundings import surroundings
from programmes.rollup.attribution import ruled
from programmes.rollup.causes import Cause, Surroundings, cause_of
from programmes.rollup.compute import ENGINE_VERSION, Results, compute
from programmes.rollup.facts import PortfolioFacts
from programmes.rollup.reading import portfolio_facts, read
from programmes.rollup.spans import Key, Period, Span, Turn, turns_of
from programmes.rollup.writer import line_rows
from programmes.sources import BASELINE, DEPENDENCY, MILESTONE, PROJECT
from projects.models import SETTLED, Dependency, Milestone, Project
from projects.schedule import Timeline

log = logging.getLogger(__name__)

MOST = 12  # states that are computed for one bridge
HOPS = 10  # from giver to giver, looking for edits behind a delay
INSTANT = timedelta(microseconds=1)
DATING = {kind.name for kind in (PROJECT, MILESTONE, DEPENDENCY, BASELINE)}
Spans = dict[str, list[Span]]
LineKey = tuple[str, Key]  # metric and source


@dataclass(frozen=True, slots=True)
class State:
    """What the ledger would have held after an edit: lines without their time, and timelines."""

    lines: Mapping[LineKey, Span]
    timelines: Mapping[int, Timeline]


def split_by_edit(
    programme: Programme, period: Period, spans: Spans, around: Surroundings
) -> tuple[Period, Spans, Surroundings, Acts]:
    """Return the period, lines and surroundings with edits told apart, as far as they can be; the
    surroundings name the record that was edited before each turn. With them, the acts that were
    read."""
    turns = [
        (name, turn) for name, turn in _turns(spans, period) if turn.at not in around.boundaries
    ]
    if not turns:
        return period, spans, around, NO_ACTS
    delayed = [pair for pair in turns if cause_of(*pair, around) is Cause.DATE_MOVED]
    upstream = _behind([turn for _, turn in delayed])
    behind = {
        (name, turn.source, turn.at): upstream[turn.source]
        for name, turn in delayed
        if turn.source in upstream
    }
    keys = {turn.source for _, turn in turns}.union(*upstream.values())
    acts = acts_of(keys, period)
    stages = _states(programme, period, spans, turns, behind, acts)
    if stages:
        period, spans, states = _inserted(period, spans, stages)
        around = surroundings(programme, period, spans, states)
    around = replace(around, edited=_edited(spans, period, around, acts))
    return period, spans, around, acts


def _turns(spans: Spans, period: Period) -> Iterator[tuple[str, Turn]]:
    for name, lines in spans.items():
        by_source: dict[Key, list[Span]] = {}
        for span in lines:
            by_source.setdefault(span.source, []).append(span)
        for mine in by_source.values():
            yield from ((name, turn) for turn in turns_of(mine, period))


def _edited(
    spans: Spans, period: Period, around: Surroundings, acts: Acts
) -> dict[tuple[Key, datetime], tuple[Key, int | None]]:
    """Return for each turn which record was edited last before it, and by whom."""
    edited = {}
    for _, turn in _turns(spans, period):
        last = last_until(acts.get(turn.source, ()), turn.window[1])
        if last and turn.holds(last.at):
            edited[turn.source, turn.at] = (last.record, last.by)
    return edited


# Which edits were seen together


def _behind(delayed: Iterable[Turn]) -> dict[Key, dict[Key, int]]:
    """Return for each delayed source the records that can be behind its delay, each with its
    project: those of the projects that it waits for, directly or through others."""
    links = [turn.source[1] for turn in delayed if turn.source[0] == DEPENDENCY.name]
    starts = {(PROJECT.name, id): id for kind, id in _sources(delayed) if kind == PROJECT.name}
    receivers = Dependency.objects.filter(pk__in=links).values_list("pk", "receiver")
    starts |= {(DEPENDENCY.name, id): receiver for id, receiver in receivers}
    inbound: dict[int, list[tuple[int, int | None]]] = {}
    fresh = set(starts.values())
    for _ in range(HOPS):
        if not fresh:
            break
        inbound |= {id: [] for id in fresh}
        rows = Dependency.objects.filter(receiver__in=fresh, drives_schedule=True)
        rows = rows.exclude(status__in=SETTLED)
        for id, receiver, giver in rows.values_list("pk", "receiver", "giver"):
            inbound[receiver].append((id, giver))
        fresh = {giver for id in fresh for _, giver in inbound[id] if giver} - inbound.keys()
    steps: dict[int, list[int]] = {}
    for id, project in Milestone.objects.filter(project__in=inbound).values_list("pk", "project"):
        steps.setdefault(project, []).append(id)
    return {source: _upstream(project, inbound, steps) for source, project in starts.items()}


def _sources(turns: Iterable[Turn]) -> set[Key]:
    return {turn.source for turn in turns}


def _upstream(
    project: int,
    inbound: Mapping[int, Sequence[tuple[int, int | None]]],
    steps: Mapping[int, Sequence[int]],
) -> dict[Key, int]:
    """Return the records that can move the dates of a project, each with its own project."""
    records: dict[Key, int] = {}
    waiting, seen = [project], {project}
    while waiting:
        current = waiting.pop()
        records[PROJECT.name, current] = current
        records |= {(MILESTONE.name, id): current for id in steps.get(current, ())}
        for id, giver in inbound.get(current, ()):
            records[DEPENDENCY.name, id] = current
            if giver and giver not in seen:
                seen.add(giver)
                waiting.append(giver)
    return records


def _states(
    programme: Programme,
    period: Period,
    spans: Spans,
    turns: Iterable[tuple[str, Turn]],
    behind: Mapping[tuple[str, Key, datetime], Mapping[Key, int]],
    acts: Acts,
) -> dict[datetime, list[tuple[datetime, State]]]:
    """Return by computation, the latest first, the moments of all edits that it saw but the last,
    each with what the ledger would have held then."""
    moments: dict[datetime, set[datetime]] = {}
    projects: dict[datetime, set[int]] = {}
    computed = _computations(programme, period, spans)
    for name, turn in turns:
        if turn.before is None or turn.after is None:  # what came or went has one story
            continue
        earlier = bisect_left(computed, turn.at)
        since = max(computed[earlier - 1] if earlier else turn.since, turn.since)
        upstream = behind.get((name, turn.source, turn.at))
        ends = _ends(
            [
                act
                for key in ([turn.source] if upstream is None else upstream)
                for act in _done_within(acts.get(key, ()), since, turn.at)
                if upstream is None or act.record[0] in DATING
            ]
        )
        if len(ends) > 1:
            moments.setdefault(turn.at, set()).update(ends[:-1])
            edited = {project for key, project in (upstream or {}).items() if acts.get(key)}
            projects.setdefault(turn.at, set()).update(edited)
    stages: dict[datetime, list[tuple[datetime, State]]] = {}
    left = MOST
    for at in sorted(moments, reverse=True):
        if len(moments[at]) > left or not (under := _under(programme, at)):
            continue
        left -= len(moments[at])
        tried = [
            (moment, _state(programme, moment, under, projects[at]))
            for moment in sorted(moments[at])
        ]
        if kept := [(moment, state) for moment, state in tried if state]:
            stages[at] = kept
    return stages


def _done_within(acts: Sequence[Act], since: datetime, until: datetime) -> Sequence[Act]:
    """The acts, which are in order, after a moment and up to another."""
    begin, end = (bisect_right(acts, moment, key=attrgetter("at")) for moment in (since, until))
    return acts[begin:end]


def _ends(acts: list[Act]) -> list[datetime]:
    """Return the last moment of each edit."""
    ends: list[Act] = []
    for act in sorted(acts, key=lambda act: act.at):
        if ends and act.goes_on(ends[-1]):
            ends.pop()
        ends.append(act)
    return [act.at for act in ends]


def _computations(programme: Programme, period: Period, spans: Spans) -> list[datetime]:
    """Return the moments within a period at which figures of the programme changed, in order."""
    stored = MetricValue.objects.filter(
        programme=programme, valid_from__gt=period.since, valid_from__lte=period.end
    )
    ends = {time for every in spans.values() for span in every for time in _times(span)}
    return sorted({*stored.order_by().values_list("valid_from", flat=True).distinct(), *ends})


def _times(span: Span) -> list[datetime]:
    return [moment for moment in (span.valid_from, span.valid_to) if moment]


# What the figures were in between


def _under(programme: Programme, at: datetime) -> PortfolioFacts | None:
    """Return the status date and the rules of a computation; None where its engine is not that of
    today."""
    basis = RollupBasis.objects.filter(
        valid(at), programme=programme, engine_version=ENGINE_VERSION
    ).first()
    if basis is None:
        return None
    rules = ruled(portfolio_facts(programme.portfolio), basis.rules)
    return rules and replace(rules, as_of=basis.as_of)


def _state(
    programme: Programme, moment: datetime, under: PortfolioFacts, projects: Collection[int]
) -> State | None:
    """Return what the ledger would have held after the edits up to a moment, with these projects of
    other programmes computed too; None where that fails."""
    try:
        with as_at(moment):
            homes = Project.objects.filter(pk__in=projects).values_list("pk", "programme")
            elsewhere = dict(homes)
            alone = [id for id, home in elsewhere.items() if home is None]
            programmes = {programme.pk, *filter(None, elsewhere.values())}
            results = compute(read(sorted(programmes), alone, {under.id: under}))
    except Exception:
        # In the midst of a transaction, rows may be as no rule allows them to be.
        log.info("Not told apart: programme %s at %s", programme.pk, moment, exc_info=True)
        return None
    return State(
        _lines(results, programme.pk, moment),
        {id: project.timeline for id, project in results.projects.items()},
    )


def _lines(results: Results, programme: int, moment: datetime) -> dict[LineKey, Span]:
    lines = {}
    for row in line_rows(results):
        if row["programme_id"] == programme:
            key = (row["source_type"], row["source_id"])
            value = value_of(row["amount"], row["day"], row["word"])
            inputs: dict[str, Any] = orjson.loads(orjson.dumps(row["inputs"]))
            lines[row["metric"], key] = Span(
                key, value, row["included"], row["reason"], inputs, moment, None
            )
    return lines


def _inserted(
    period: Period, spans: Spans, stages: Mapping[datetime, Sequence[tuple[datetime, State]]]
) -> tuple[Period, dict[str, list[Span]], dict[datetime, Mapping[int, Timeline]]]:
    """Return the period, the lines and the timelines with those of the states inserted just before
    the computations that saw the edits."""
    split: dict[datetime, tuple[datetime, datetime]] = {}
    states: dict[datetime, Mapping[int, Timeline]] = {}
    now = dict(spans)
    for at, edits in stages.items():
        stops = [at - (len(edits) - place) * INSTANT for place in range(len(edits))]
        for stop, (moment, state) in zip(stops, edits, strict=True):
            split[stop] = (moment, at)
            states[stop] = state.timelines
        lines = [(stop, state.lines) for stop, (_, state) in zip(stops, edits, strict=True)]
        now = {name: list(_parted(name, old, at, lines)) for name, old in now.items()}
    return replace(period, split=split), now, states


def _parted(
    name: str,
    spans: Iterable[Span],
    at: datetime,
    states: Sequence[tuple[datetime, Mapping[LineKey, Span]]],
) -> Iterator[Span]:
    """Yield the lines of a metric, with those of the states inserted for the sources that turned at
    a moment."""
    by_source: dict[Key, list[Span]] = {}
    for span in spans:
        by_source.setdefault(span.source, []).append(span)
    for source, mine in by_source.items():
        before = next((span for span in mine if span.valid_to == at), None)
        after = next((span for span in mine if span.valid_from == at), None)
        if before is None or after is None:
            yield from mine
            continue
        yield from (span for span in mine if span is not before and span is not after)
        steps = [*((stop, lines.get((name, source))) for stop, lines in states), (at, after)]
        yield from _chain(before, steps)


def _chain(before: Span | None, steps: Sequence[tuple[datetime, Span | None]]) -> Iterator[Span]:
    """Yield a line and those that follow it, each ending where the next one differs."""
    now = before
    for moment, then in steps:
        if _says(now) == _says(then):
            if now is not None and then is not None:
                now = replace(now, valid_to=then.valid_to)
            continue
        if now is not None:
            yield replace(now, valid_to=moment)
        now = then and replace(then, valid_from=moment)
    if now is not None:
        yield now


def _says(span: Span | None) -> tuple[Any, ...] | None:
    return (span.value, span.included, span.reason, span.inputs) if span else None
