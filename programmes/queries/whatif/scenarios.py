"""Scenarios as stored: their changes, whether these are stale, and their trials."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max

from pmhub.database.statements import IDS, Rows
from pmhub.queries import changes_since
from programmes.models import (
    BenefitAssumption,
    Programme,
    Scenario,
    ScenarioChange,
    ScenarioState,
    ScenarioTrial,
)
from programmes.queries.freshness import freshness_of_all
from programmes.queries.previews import Effects
from programmes.queries.whatif.benefit_years import MovedYear
from programmes.queries.whatif.targets import WRITABLE, target_of
from programmes.rollup.ledger import Unit, Value
from programmes.rollup.metrics import BY_NAME

# Stale


@dataclass(frozen=True, slots=True)
class Freshness:
    """Whether a change still fits its record: `stale` where the record has changed since the change
    was written, `gone` where it is deleted; `since` says who changed which fields, and when
    last."""

    stale: bool = False
    gone: bool = False
    version: int | None = None
    since: Mapping[str, Any] | None = None


def freshness(changes: Collection[ScenarioChange], *, to: Any) -> dict[int, Freshness]:
    """Return by id whether each change still fits its record: one query for each resource, and a
    few more for stale changes."""
    freshness_by_change = {change.pk: Freshness() for change in changes}
    by_resource: dict[str, list[tuple[ScenarioChange, int]]] = defaultdict(list)
    for change in changes:
        target = target_of(change.path)
        if change.adopted_at is None and target.id is not None:
            by_resource[target.resource].append((change, target.id))
    for resource, about in by_resource.items():
        freshness_by_change |= _freshness(WRITABLE[resource].model, about, to)
    return freshness_by_change


def _freshness(
    model: Any, about: Sequence[tuple[ScenarioChange, int]], to: Any
) -> dict[int, Freshness]:
    ids = {id for _, id in about}
    rows = model._base_manager.filter(pk__in=ids)
    versions: dict[int, int] = dict(rows.values_list("pk", "version"))
    old: dict[int, int] = {}  # of each record that moved on, the oldest version written against
    for change, id in about:
        if id in versions and change.seen_version != versions[id]:
            old[id] = min(old.get(id, versions[id]), change.seen_version or 0)
    changes_told = changes_since(model, old, to=to) if old else {}
    return {
        change.pk: Freshness(
            stale=change.seen_version != versions.get(id),
            gone=id not in versions,
            version=versions.get(id),
            since=changes_told.get(id) if change.seen_version != versions.get(id) else None,
        )
        for change, id in about
    }


# Trials


def trial_subject(changes: Iterable[ScenarioChange]) -> list[list[int]]:
    """Return what a trial tries: the ids and versions of the changes that are not adopted, in their
    order."""
    return [[change.pk, change.version] for change in changes if change.adopted_at is None]


def stored(effects: Effects, own: int) -> dict[str, Any]:
    """Return effects as they are stored: all figures and years of the scenario's programme, and
    what moves of others. They are ids and values alone, since names depend on the reader."""
    before, after = effects.before.values, effects.after.values
    return {
        "values": [
            [*key, before.get(key), after.get(key)]
            for key in sorted(before.keys() | after.keys())
            if key[0] == own or before.get(key) != after.get(key)
        ],
        "projects": [[id, *ends] for id, ends in sorted(effects.projects.items())],
        "years": [
            [programme, year.year, year.planned, year.forecast, year.expected]
            for programme, years in sorted(effects.years.items())
            if programme == own or any(year.moves for year in years)
            for year in years
        ],
        "assumption": effects.assumption,
        "followed": [[id, change] for id, change in sorted(effects.followed.items())],
        "outturns": [[id, change] for id, change in sorted(effects.outturns.items())],
        "reasons": [
            [reason.person, reason.role, reason.kind, reason.id, reason.about]
            for reason in effects.reasons
        ],
    }


@dataclass(frozen=True, slots=True)
class StoredTrial:
    """What a trial has stored, as values: figures by programme and metric, finish and health by
    project, years by programme, each (before, after). `assumption` is what was assumed of benefits;
    `followed` and `outturns` are by how much present values and outturns change by that, empty in
    older trials. `reasons` are rows of whom to ask."""

    values: Mapping[tuple[int, str], tuple[Value, Value]]
    projects: Mapping[int, tuple[tuple[date | None, date | None], tuple[str, str]]]
    years: Mapping[int, Sequence[MovedYear]]
    assumption: str
    followed: Mapping[int, Decimal]
    outturns: Mapping[int, Decimal]
    reasons: Sequence[Sequence[Any]]


def read(trial: ScenarioTrial) -> StoredTrial:
    """Return what a trial has stored."""
    kept = trial.effects
    years: dict[int, list[MovedYear]] = defaultdict(list)
    for programme, year, planned, forecast, expected in kept["years"]:
        ends = [(Decimal(a), Decimal(b)) for a, b in (planned, forecast)]
        years[programme].append(MovedYear(year, ends[0], ends[1], Decimal(expected)))
    return StoredTrial(
        values={
            (programme, metric): (_value(metric, before), _value(metric, after))
            for programme, metric, before, after in kept["values"]
            if metric in BY_NAME
        },
        projects={
            id: ((_day(finish[0]), _day(finish[1])), (health[0], health[1]))
            for id, finish, health in kept["projects"]
        },
        years=years,
        assumption=assumption_of(trial),
        followed={id: Decimal(change) for id, change in kept.get("followed", ())},
        outturns={id: Decimal(change) for id, change in kept.get("outturns", ())},
        reasons=kept["reasons"],
    )


def assumption_of(trial: ScenarioTrial) -> str:
    """Return what was assumed of benefits in a trial."""
    return str(trial.effects.get("assumption", BenefitAssumption.FOLLOW_DELAY))


def _value(metric: str, kept: str | None) -> Value:
    unit = BY_NAME[metric].unit
    if kept is None or unit == Unit.STATUS:
        return kept
    return date.fromisoformat(kept) if unit == Unit.DATE else Decimal(kept)


def _day(kept: str | None) -> date | None:
    return date.fromisoformat(kept) if kept else None


@dataclass(frozen=True, slots=True)
class TrialState:
    """Whether a trial still says what would happen: `never` tried, `changed` where the list of
    changes or the assumption is another, `stale` where the figures of the programmes `moved` have
    changed, else `fresh`."""

    word: str
    moved: frozenset[int] = frozenset()


def trial_states(
    scenarios: Collection[Scenario],
    changes: Mapping[int, Sequence[ScenarioChange]],
    trials: Mapping[int, ScenarioTrial],
) -> dict[int, TrialState]:
    """Return the state of each scenario's trial, in one query."""
    touched = {int(id) for trial in trials.values() for id in trial.generations}
    now = freshness_of_all(sorted(touched))
    states = {}
    for scenario in scenarios:
        trial = trials.get(scenario.pk)
        if trial is None:
            states[scenario.pk] = TrialState("never")
            continue
        moved = frozenset(
            int(id)
            for id, generation in trial.generations.items()
            if now[int(id)].generation != generation or now[int(id)].waiting
        )
        same = assumption_of(trial) == scenario.benefit_assumption
        if trial.changes != trial_subject(changes.get(scenario.pk, ())) or not same:
            states[scenario.pk] = TrialState("changed", moved)
        else:
            states[scenario.pk] = TrialState("stale" if moved else "fresh", moved)
    return states


CHANGES = Rows(
    lambda: (
        ScenarioChange.objects.filter(scenario_id__in=[IDS])
        .select_related("adopted_by__person")
        .order_by("scenario_id", "position", "pk")
    )
)
TRIALS = Rows(lambda: ScenarioTrial.objects.filter(pk__in=[IDS]).select_related("tried_by__person"))


def changes_of(scenarios: Collection[int]) -> dict[int, list[ScenarioChange]]:
    """The changes of scenarios, each list in order."""
    changes: dict[int, list[ScenarioChange]] = {id: [] for id in scenarios}
    for row in CHANGES([*changes]):
        changes[row.scenario_id].append(row)
    return changes


def trials_of(scenarios: Collection[int]) -> dict[int, ScenarioTrial]:
    """The last trial of each scenario that was tried."""
    return {row.pk: row for row in TRIALS([*scenarios])}


def scenarios_of(programme: Programme, user: Any) -> list[Scenario]:
    """The scenarios of a programme that are not archived, the oldest first."""
    rows = Scenario.objects.visible_to(user).exclude(state=ScenarioState.ARCHIVED)
    return list(rows.filter(programme=programme).order_by("pk"))


def scenarios_stamp(programme: Programme) -> str:
    """Return a stamp that changes with the scenarios of a programme, their changes and trials, and
    with the figures of all programmes that they touched: two queries."""
    facts = Scenario.objects.filter(programme=programme).aggregate(
        number=Count("pk", distinct=True),
        written=Max("updated_at"),
        listed=Count("changes"),
        changed=Max("changes__updated_at"),
        tried_last=Max("trial__tried_at"),
    )
    trials = ScenarioTrial.objects.filter(scenario__programme=programme)
    touched = {int(id) for kept in trials.values_list("generations", flat=True) for id in kept}
    tags = [standing.etag for _, standing in sorted(freshness_of_all(sorted(touched)).items())]
    return "-".join(map(str, (*facts.values(), *tags)))
