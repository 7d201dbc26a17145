"""Scenarios: what their changes may write, which are stale, and what they came to, side by side."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.apps import apps
from django.db.models import Count, Max, Q

from pmhub.lifecycle import nouns
from pmhub.queries import since
from programmes.models import (
    BenefitAssumption,
    Programme,
    Scenario,
    ScenarioChange,
    ScenarioState,
    ScenarioTrial,
)
from programmes.models.scenario import Method
from programmes.queries.freshness import standings
from programmes.queries.previews import Effects
from programmes.queries.whatif.benefit_years import MovedYear
from programmes.rollup.ledger import Unit, Value
from programmes.rollup.metrics import BY_NAME

PATH = re.compile(r"([a-z-]{1,40})/(?:([0-9]{1,18})/(?:([a-z-]{1,40})/)?)?")
P, C, D = Method.PATCH, Method.POST, Method.DELETE


NAMED = re.compile(r"change:([0-9]{1,18})")


def name_of(change: int) -> str:
    """Return what stands in a body for the record that another change, by its id, adds."""
    return f"change:{change}"


def named_by(value: Any) -> int | None:
    """The change whose record a value of a body stands for, if it does."""
    found = NAMED.fullmatch(value) if isinstance(value, str) else None
    return int(found[1]) if found else None


class Target(NamedTuple):
    """What an address names: a collection, a record of it, and a verb of that."""

    resource: str
    id: int | None
    verb: str


@dataclass(frozen=True, slots=True)
class Home:
    """Where held writes belong: a programme, or a project that stands alone (ids)."""

    programme: int | None
    project: int | None = None


def home_of(row: Any) -> Home:
    """Return where the records belong that a scenario, or a change request, may write."""
    project = getattr(row, "project", None)
    return Home(project.programme_id, project.pk) if project else Home(row.programme_id)


@dataclass(frozen=True, slots=True)
class Writable:
    """A resource that a scenario may write: its model, the ways to its programme, what may be done
    to the collection and its records, and verbs of a record beside the moves of its life cycle."""

    label: str
    homes: tuple[str, ...]
    methods: frozenset[str]
    others: frozenset[str] = frozenset()

    @property
    def model(self) -> Any:
        """The model, which may be of an app below this one."""
        return apps.get_model(self.label)

    @property
    def verbs(self) -> frozenset[str]:
        """The verbs of a record."""
        return nouns(self.model) | self.others

    def ways(self, home: Home) -> dict[str, int]:
        """Return the ways up to a home, each with the id that it leads to."""
        if home.programme is not None:
            return dict.fromkeys(self.homes, home.programme)
        if home.project is None:
            return {}
        own = "projects.Project"
        if self.label == own:
            return {"pk": home.project}
        ends = (path.removesuffix("__programme") for path in self.homes if "__" in path)
        related = {end: self.model._meta.get_field(end).related_model for end in ends}
        found = [end for end, model in related.items() if model._meta.label == own]
        return dict.fromkeys(found, home.project)

    def of(self, home: Home, user: Any) -> Any:
        """The records of a programme, or of a project that stands alone, that a user may see."""
        ways = self.ways(home)
        if not ways:
            return self.model.objects.none()
        return self.model.objects.visible_to(user).filter(Q(*ways.items(), _connector=Q.OR))


def _writable(label: str, homes: str, *methods: str, verbs: Iterable[str] = ()) -> Writable:
    return Writable(label, tuple(homes.split()), frozenset(methods), frozenset(verbs))


WRITABLE = {
    "programmes": _writable("programmes.Programme", "pk", P),
    "programme-lines": _writable("programmes.ProgrammeLine", "programme", C, P, D),
    "projects": _writable("projects.Project", "programme", C, P, verbs=("move",)),
    "milestones": _writable("projects.Milestone", "project__programme", C, P, D),
    "outputs": _writable("projects.Output", "project__programme", C, P, D),
    "dependencies": _writable(
        "projects.Dependency", "giver__programme receiver__programme", C, P, D
    ),
    "risks": _writable("projects.Risk", "programme project__programme", C, P, D),
    "issues": _writable("projects.Issue", "programme project__programme", C, P, D),
    "compliance-items": _writable("projects.ComplianceItem", "project__programme", C, P, D),
    "budget-lines": _writable("projects.BudgetLine", "project__programme", C, P, D),
    "contingency-movements": _writable(
        "projects.ContingencyMovement", "programme project__programme", C
    ),
    "allocations": _writable("projects.Allocation", "project__programme", C, P, D),
    "benefits": _writable("benefits.Benefit", "programme", C, P),
    "profile-entries": _writable("benefits.BenefitProfileEntry", "benefit__programme", C, P, D),
    "contributions": _writable(
        "benefits.BenefitContribution", "benefit__programme project__programme", C, P, D
    ),
}


def target_of(path: str) -> Target:
    """Return what an address names. Raises ValueError when it names nothing a scenario may
    write."""
    found = PATH.fullmatch(path)
    if found is None or found[1] not in WRITABLE:
        names = ", ".join(f"{name}/" for name in WRITABLE)
        raise ValueError(f"Give an address below /api/v1/ that begins with one of: {names}.")
    target = Target(found[1], int(found[2]) if found[2] else None, found[3] or "")
    if target.verb and target.verb not in WRITABLE[target.resource].verbs:
        raise ValueError("A scenario does not use this address.")
    return target


def may(method: str, target: Target) -> bool:
    """Return whether a scenario may do this there: POST to a collection or a verb, others to a
    record."""
    if target.verb:
        return method == Method.POST
    return (method == Method.POST) == (target.id is None) and (
        method in WRITABLE[target.resource].methods
    )


def adds_to(target: Target, body: Mapping[str, Any], home: Home, user: Any) -> bool:
    """Return whether what the body would add belongs there, by one of the parents it names."""
    writable = WRITABLE[target.resource]
    for way, end in writable.ways(home).items():
        parent, _, rest = way.partition("__")
        id = body.get(parent)
        if isinstance(id, int | str) and re.fullmatch(r"[0-9]{1,18}", str(id)):
            model = writable.model._meta.get_field(parent).related_model
            rows = model.objects.visible_to(user).filter(pk=int(id))
            if rows.filter(**{rest or "pk": end}).exists():
                return True
    return False


def version_now(change: Any) -> int | None:
    """The version of the record that a held write is about; None if there is none."""
    target = target_of(change.path)
    rows = WRITABLE[target.resource].model._base_manager.filter(pk=target.id)
    version: int | None = rows.values_list("version", flat=True).first()
    return version


# Stale


@dataclass(frozen=True, slots=True)
class Freshness:
    """How a change stands to reality: `stale` when its record is not as it was when the change was
    written, `gone` when it is no more; and who changed what of it, last when."""

    stale: bool = False
    gone: bool = False
    version: int | None = None
    since: Mapping[str, Any] | None = None


def freshness(changes: Collection[ScenarioChange], *, to: Any) -> dict[int, Freshness]:
    """Return how each change stands, in a query a resource, and a few more for those that are
    stale."""
    found = {change.pk: Freshness() for change in changes}
    by_resource: dict[str, list[tuple[ScenarioChange, int]]] = defaultdict(list)
    for change in changes:
        target = target_of(change.path)
        if change.adopted_at is None and target.id is not None:
            by_resource[target.resource].append((change, target.id))
    for resource, about in by_resource.items():
        found |= _freshness(WRITABLE[resource].model, about, to)
    return found


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
    told = since(model, old, to=to) if old else {}
    return {
        change.pk: Freshness(
            stale=change.seen_version != versions.get(id),
            gone=id not in versions,
            version=versions.get(id),
            since=told.get(id) if change.seen_version != versions.get(id) else None,
        )
        for change, id in about
    }


# Trials


def tried(changes: Iterable[ScenarioChange]) -> list[list[int]]:
    """Return what a trial was of: the changes still to be adopted, in their order and versions."""
    return [[change.pk, change.version] for change in changes if change.adopted_at is None]


def stored(effects: Effects, own: int) -> dict[str, Any]:
    """Effects as they are kept: of the scenario's programme all figures and years, of others what
    moves. Ids and values alone: names depend on the reader."""
    before, after = effects.before.values, effects.after.values
    return {
        "values": [
            [*key, before.get(key), after.get(key)]
            for key in sorted(before.keys() | after.keys())
            if key[0] == own or before.get(key) != after.get(key)
        ],
        "projects": [[id, *ends] for id, ends in sorted(effects.projects.items())],
        "years": [
            [programme, each.year, each.planned, each.forecast, each.expected]
            for programme, years in sorted(effects.years.items())
            if programme == own or any(year.moves for year in years)
            for each in years
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
class Read:
    """What a trial kept, as values again: figures by programme and metric, finish and health by
    project, years by programme, each (before, after); what was assumed of benefits, and by how much
    their present values and outturns change by that (older trials do not say); and rows of whom to
    ask."""

    values: Mapping[tuple[int, str], tuple[Value, Value]]
    projects: Mapping[int, tuple[tuple[date | None, date | None], tuple[str, str]]]
    years: Mapping[int, Sequence[MovedYear]]
    assumption: str
    followed: Mapping[int, Decimal]
    outturns: Mapping[int, Decimal]
    reasons: Sequence[Sequence[Any]]


def read(trial: ScenarioTrial) -> Read:
    """The effects of a trial."""
    kept = trial.effects
    years: dict[int, list[MovedYear]] = defaultdict(list)
    for programme, year, planned, forecast, expected in kept["years"]:
        ends = [(Decimal(a), Decimal(b)) for a, b in (planned, forecast)]
        years[programme].append(MovedYear(year, ends[0], ends[1], Decimal(expected)))
    return Read(
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
    """Return what was assumed of benefits when it was tried."""
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
    """Whether a trial still says what would happen: `never` tried, `changed` list since, `stale`
    because the figures of these programmes moved since, or `fresh`."""

    word: str
    moved: frozenset[int] = frozenset()


def trial_states(
    scenarios: Collection[Scenario],
    changes: Mapping[int, Sequence[ScenarioChange]],
    trials: Mapping[int, ScenarioTrial],
) -> dict[int, TrialState]:
    """The state of each scenario's trial, in one query."""
    touched = {int(id) for each in trials.values() for id in each.generations}
    now = standings(sorted(touched))
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
        if trial.changes != tried(changes.get(scenario.pk, ())) or not same:
            states[scenario.pk] = TrialState("changed", moved)
        else:
            states[scenario.pk] = TrialState("stale" if moved else "fresh", moved)
    return states


def changes_of(scenarios: Collection[int]) -> dict[int, list[ScenarioChange]]:
    """The changes of scenarios, each list in order."""
    found: dict[int, list[ScenarioChange]] = {id: [] for id in scenarios}
    rows = ScenarioChange.objects.filter(scenario__in=found).select_related("adopted_by__person")
    for row in rows.order_by("scenario", "position", "pk"):
        found[row.scenario_id].append(row)
    return found


def trials_of(scenarios: Collection[int]) -> dict[int, ScenarioTrial]:
    """The last trial of each scenario that was tried."""
    rows = ScenarioTrial.objects.filter(pk__in=scenarios).select_related("tried_by__person")
    return {row.pk: row for row in rows}


def scenarios_of(programme: Programme, user: Any) -> list[Scenario]:
    """The scenarios of a programme that are not archived, the oldest first."""
    rows = Scenario.objects.visible_to(user).exclude(state=ScenarioState.ARCHIVED)
    return list(rows.filter(programme=programme).order_by("pk"))


def scenarios_stamp(programme: Programme) -> str:
    """Changes with the scenarios of a programme, their changes and trials, and with the figures of
    whatever those touched: two queries."""
    found = Scenario.objects.filter(programme=programme).aggregate(
        number=Count("pk", distinct=True),
        written=Max("updated_at"),
        listed=Count("changes"),
        changed=Max("changes__updated_at"),
        tried_last=Max("trial__tried_at"),
    )
    trials = ScenarioTrial.objects.filter(scenario__programme=programme)
    touched = {int(id) for kept in trials.values_list("generations", flat=True) for id in kept}
    tags = [each.etag for _, each in sorted(standings(sorted(touched)).items())]
    return "-".join(map(str, (*found.values(), *tags)))
