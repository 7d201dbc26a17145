"""Reality and scenarios side by side: figures, finishes, benefits by year, and whom to ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from pmhub.access.scoped_rows import ScopedRows
from pmhub.database.collation import InOrder
from pmhub.database.statements import IDS
from programmes.models import (
    BenefitAssumption,
    Programme,
    Scenario,
    ScenarioChange,
    ScenarioTrial,
)
from programmes.queries.benefit_facts import benefit_facts
from programmes.queries.contacts import Holder, Reason, holders
from programmes.queries.forecasts import open_forecasts
from programmes.queries.ledger import Rollup, rollups
from programmes.queries.whatif.benefit_years import MovedYear, moved_years, outlooks
from programmes.queries.whatif.scenarios import (
    Freshness,
    StoredTrial,
    TrialState,
    changes_of,
    freshness,
    read,
    trial_states,
    trials_of,
)
from programmes.queries.whatif.verdicts import Ends, Verdict, doubt, stops, unknown, verdict
from programmes.rollup.ledger import Metric, Value
from programmes.rollup.metrics import METRICS
from projects.models import Project

MOST = 5  # scenarios side by side


@dataclass(frozen=True, slots=True)
class LastTrial:
    """The last trial of a scenario, None where it was never tried, and whether it is still valid:
    `moved` are the programmes in sight whose figures have moved since."""

    trial: ScenarioTrial | None
    state: TrialState
    moved: Sequence[Programme]


@dataclass(frozen=True, slots=True)
class Column:
    """A scenario as one reader sees it; without a trial there are no effects."""

    scenario: Scenario
    changes: Sequence[ScenarioChange]
    freshness: Mapping[int, Freshness]
    tried: LastTrial
    effects: StoredTrial | None
    people: Sequence[Holder]
    hidden_programmes: int
    hidden_projects: int


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A figure now, and for each scenario (before, after) with its verdict; None where the scenario
    was not tried."""

    metric: Metric
    now: Value
    ends: Sequence[Ends | None]
    verdicts: Sequence[Verdict | None]

    @property
    def moves(self) -> bool:
        """Return whether a scenario changes the figure."""
        return any(end and end[0] != end[1] for end in self.ends)


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """A project that a scenario moves: finish and health now, and (before, after) in each scenario.
    `stops` says for each scenario whether a project stops in it, which may be why this one finishes
    earlier."""

    project: Project
    finish: date | None
    health: str
    ends: Sequence[tuple[tuple[date | None, date | None], tuple[str, str]] | None]
    stops: Sequence[bool]


@dataclass(frozen=True, slots=True)
class YearRow:
    """A fiscal year of benefits, now and in each scenario."""

    year: int
    planned: Decimal
    forecast: Decimal
    scenarios: Sequence[MovedYear | None]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A programme beside its scenarios, and the figures of other programmes that these move."""

    programme: Programme
    now: Rollup
    columns: Sequence[Column]
    figures: Sequence[FigureRow]
    projects: Sequence[ProjectRow]
    years: Sequence[YearRow]
    others: Sequence[tuple[Programme, Sequence[FigureRow]]]


TOUCHED = ScopedRows(
    lambda reader: (
        Programme.objects.visible_to(reader)
        .filter(pk__in=[IDS])
        .select_related("portfolio")
        .order_by(InOrder("code"), "pk")
    )
)


def comparison(programme: Programme, scenarios: Sequence[Scenario], user: Any) -> Comparison:
    """Return a programme and its scenarios side by side, as the user may see them; the number of
    queries does not depend on that of scenarios."""
    columns = columns_of(scenarios, user)
    tried = [column.effects for column in columns]
    touched = {programme.pk, *(id for trial in tried if trial for id, _ in trial.values)}
    now = rollups(TOUCHED(user, sorted(touched)))
    return Comparison(
        programme=programme,
        now=now[programme.pk],
        columns=columns,
        figures=[_figure(metric, now[programme.pk], tried) for metric in METRICS],
        projects=_projects(tried, user),
        years=_years(programme, tried),
        others=[
            (rollup.programme, rows)
            for id, rollup in now.items()
            if id != programme.pk
            and (rows := [row for m in METRICS if (row := _figure(m, rollup, tried)).moves])
        ],
    )


def tried_of(
    scenarios: Sequence[Scenario], changes: Mapping[int, Sequence[ScenarioChange]], user: Any
) -> dict[int, LastTrial]:
    """Return the last trial of each scenario, in three queries."""
    trials = trials_of([scenario.pk for scenario in scenarios])
    states = trial_states(scenarios, changes, trials)
    since = {id for state in states.values() for id in state.moved}
    seen = {programme.pk: programme for programme in TOUCHED(user, sorted(since))}
    return {
        id: LastTrial(trials.get(id), state, [seen[pk] for pk in sorted(state.moved & seen.keys())])
        for id, state in states.items()
    }


def columns_of(scenarios: Sequence[Scenario], user: Any) -> list[Column]:
    """Return each scenario with its changes, their freshness, and its trial."""
    changes = changes_of([scenario.pk for scenario in scenarios])
    fresh = freshness([change for some in changes.values() for change in some], to=user)
    tried = tried_of(scenarios, changes, user)
    effects = {id: read(one.trial) for id, one in tried.items() if one.trial}
    people = holders(
        {id: [Reason(*row) for row in effect.reasons] for id, effect in effects.items()}, user
    )
    hidden = _hidden(effects, user)
    return [
        Column(
            scenario=scenario,
            changes=changes[scenario.pk],
            freshness=fresh,
            tried=tried[scenario.pk],
            effects=effects.get(scenario.pk),
            people=people.get(scenario.pk, ()),
            hidden_programmes=hidden.get(scenario.pk, (0, 0))[0],
            hidden_projects=hidden.get(scenario.pk, (0, 0))[1],
        )
        for scenario in scenarios
    ]


def _hidden(effects: Mapping[int, StoredTrial], user: Any) -> dict[int, tuple[int, int]]:
    """Return how many programmes and projects each scenario moves that the user may not see."""
    if not effects:
        return {}
    programmes = {
        id: {key[0] for key, ends in effect.values.items() if ends[0] != ends[1]}
        for id, effect in effects.items()
    }
    projects = {id: set(effect.projects) for id, effect in effects.items()}
    unseen = []
    for model, moved in ((Programme, programmes), (Project, projects)):
        ids = set().union(*moved.values())
        rows: Any = model.objects.filter(pk__in=ids)  # not those that a scenario would add
        seen = rows.visible_to(user).order_by().values("pk")
        unseen.append(set(rows.exclude(pk__in=seen).values_list("pk", flat=True)))
    return {id: (len(programmes[id] & unseen[0]), len(projects[id] & unseen[1])) for id in effects}


def _figure(metric: Metric, now: Rollup, tried: Sequence[StoredTrial | None]) -> FigureRow:
    value, id = now.value(metric.name), now.programme.pk
    ends = [_ends(metric, value, trial, id) if trial else None for trial in tried]
    verdicts = [
        verdict(metric, pair, trial, id) if trial and pair else None
        for pair, trial in zip(ends, tried, strict=True)
    ]
    return FigureRow(metric, value, ends, verdicts)


def _ends(metric: Metric, now: Value, tried: StoredTrial, programme: int) -> Ends:
    """Return a figure before and after; `after` is None where it is not known."""
    before, after = tried.values.get((programme, metric.name), (now, now))
    return before, None if unknown(metric, tried, programme) else after


def _projects(tried: Sequence[StoredTrial | None], user: Any) -> list[ProjectRow]:
    ids = {id for trial in tried if trial for id in trial.projects}
    if not ids:
        return []
    projects = Project.objects.visible_to(user).filter(pk__in=ids).order_by(InOrder("code"), "pk")
    forecasts = open_forecasts(ids)
    stopping = [bool(trial and stops(trial)) for trial in tried]
    rows = []
    for project in projects:
        forecast = forecasts.get(project.pk)
        finish = forecast.finishes_on if forecast else None
        health = (forecast.health.get("effective") if forecast else "") or ""
        still = ((finish, finish), (health, health))
        ends = [trial.projects.get(project.pk, still) if trial else None for trial in tried]
        rows.append(ProjectRow(project, finish, health, ends, stopping))
    return rows


def _without_guess(year: MovedYear, tried: StoredTrial, programme: int) -> MovedYear:
    """Return a year, without its expected value where nothing is assumed of benefits and these may
    change."""
    nothing = tried.assumption == BenefitAssumption.NONE and doubt(tried, programme)
    return replace(year, expected=None) if nothing else year


def _years(programme: Programme, tried: Sequence[StoredTrial | None]) -> list[YearRow]:
    ahead = outlooks([programme], {programme.pk: benefit_facts(programme)})
    now = {year.year: year for year in moved_years(ahead, ahead, {}, {}).get(programme.pk, ())}
    then = [
        {
            year.year: _without_guess(year, trial, programme.pk)
            for year in trial.years.get(programme.pk, ())
        }
        if trial
        else None
        for trial in tried
    ]
    years = sorted({*now, *(year for by_year in then if by_year for year in by_year)})
    return [
        YearRow(
            year,
            now[year].planned[0] if year in now else Decimal(0),
            now[year].forecast[0] if year in now else Decimal(0),
            [by_year.get(year) if by_year else None for by_year in then],
        )
        for year in years
    ]
