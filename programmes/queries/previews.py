"""What a write would move, as far as a user may see: the write is tried, and undone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Generic, TypeVar

from django.db import connection, transaction
from django.db.models import Q

from pmhub.access.grants import grants_of
from pmhub.access.scoped_rows import ScopedRows
from pmhub.database.statements import IDS
from pmhub.text import in_order
from programmes.models import BenefitAssumption, Programme, valid
from programmes.queries import contacts
from programmes.queries.contacts import Holder, Reason
from programmes.queries.forecasts import READ_ALONG, DependencyRow, dependency_rows
from programmes.queries.sources import Source, sources
from programmes.queries.whatif import benefit_years
from programmes.queries.whatif.benefit_years import MovedYear, Outlook, Weights
from programmes.rollup import dry_run
from programmes.rollup.ledger import Metric, Value, moves
from programmes.rollup.metrics import BY_NAME, METRICS, OF_PROJECTS
from programmes.rollup.project_level import figures_of
from programmes.rollup.requests import Scope
from projects.models import Dependency, Project, ProjectForecast, ProjectStatus

T = TypeVar("T")
OWN_UNITS = ("money", "ratio", "days")


@dataclass(frozen=True, slots=True)
class MovedLine:
    """A source record whose part in a figure would change; None does not count."""

    source: Source
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class MovedFigure:
    """A figure that would change, with the lines that move it; a derived one has none."""

    metric: Metric
    before: Value
    after: Value
    lines: Sequence[MovedLine]


@dataclass(frozen=True, slots=True)
class MovedProgramme:
    """A programme with the figures that would change."""

    programme: Programme
    figures: Sequence[MovedFigure]


def newly_broken(moved: MovedProgramme) -> list[MovedLine]:
    """Return the tolerances that would be broken and are not now: each would open an exception."""
    broken = (figure for figure in moved.figures if figure.metric.name == "case_breaches")
    return [line for row in broken for line in row.lines if line.before is None and line.after]


@dataclass(frozen=True, slots=True)
class MovedProject:
    """A project whose finish or health would change: (before, after) of each."""

    project: Project
    finish: tuple[date | None, date | None]
    health: tuple[str, str]


@dataclass(frozen=True, slots=True)
class MovedOwnFigures:
    """A project with its own figures that would change."""

    project: Project
    figures: Sequence[MovedFigure]


@dataclass(frozen=True, slots=True)
class MovedDependency:
    """A dependency whose day or status would change: (before, after) of each."""

    dependency: Dependency
    comes: tuple[date | None, date | None]
    status: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Effects:
    """All that a write would move, whoever may see it: figures before and after, what is assumed of
    benefits, their fiscal years by programme and by how much their present value and their outturn
    change by that, whom to ask; and the generation of each programme's figures."""

    before: dry_run.Figures
    after: dry_run.Figures
    assumption: str
    years: Mapping[int, Sequence[MovedYear]]
    followed: Mapping[int, Decimal]
    outturns: Mapping[int, Decimal]
    reasons: Sequence[Reason]
    generations: Mapping[int, int]

    @property
    def projects(self) -> dict[int, tuple[tuple[date | None, date | None], tuple[str, str]]]:
        """Finish and health of the projects for which either changes, each (before, after)."""
        return _moved(self.before.projects, self.after.projects)


@dataclass(frozen=True, slots=True)
class Preview(Generic[T]):
    """What the write returned, what it would move, and how much of that is out of sight."""

    answer: T
    programmes: Sequence[MovedProgramme]
    projects: Sequence[MovedProject]
    own: Sequence[MovedOwnFigures]
    dependencies: Sequence[MovedDependency]
    years: Sequence[tuple[Programme, Sequence[MovedYear]]]
    people: Sequence[Holder]
    hidden_programmes: int
    hidden_projects: int
    effects: Effects


@dataclass(frozen=True, slots=True)
class _State:
    """The ledger, benefits by year with the programmes they are of, projects that were stopped; and
    what of it the user sees."""

    figures: dry_run.Figures
    benefits: Mapping[int, Outlook]
    weights: Weights
    stopped: frozenset[int]
    owners: Mapping[int, Programme]
    programmes: Mapping[int, Programme]
    projects: Mapping[int, Project]


def preview(
    write: Callable[[], T],
    user: Any,
    also: Iterable[int] = (),
    assumption: str = BenefitAssumption.FOLLOW_DELAY,
) -> Preview[T]:
    """Try a write and undo it; `also` are programmes whose figures are told in any case. Raises
    what the write raises, PreviewTooLarge, PreviewFailed, and OperationalError when a worker holds
    what would have to be computed, or changed it meanwhile."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        start = dry_run.begin(outermost=outermost)
        grants_of(user)  # read, and kept, before the write: it gives nobody sight of anything
        with transaction.atomic():
            answer = write()
            scope = _wider(dry_run.refresh_within(start), also)
            after = _state(scope, start, user)
            named = _sources(after.figures.opened, after.programmes, user)
            dated = dry_run.redated(start)
            links, own = [_links(dated, user)], [_own(dated, user)]
            transaction.set_rollback(True)
        generations = dry_run.generations(scope)
        dry_run.catch_up(scope)
        before = _state(scope, start, user)
        links.insert(0, _links(dated, user))
        own.insert(0, _own(dated, user))
        changed = _changed_lines(before.figures, after.figures)
        visible = {**after.programmes, **before.programmes}
        named = _sources(changed - named.keys(), visible, user) | named
        effects = _effects(before, after, changed, generations, assumption)
        people = contacts.holders({0: effects.reasons}, user)[0]
        transaction.set_rollback(True)
    seen = {**after.projects, **before.projects}
    return Preview(
        answer=answer,
        programmes=list(_moved_programmes(visible, before.figures, after.figures, changed, named)),
        projects=_moved_projects(seen, effects),
        own=list(_moved_own(*own)),
        dependencies=list(_moved_links(*links)),
        years=list(_moved_years(visible, effects)),
        people=people,
        hidden_programmes=len(_changed_programmes(before.figures, after.figures) - visible.keys()),
        hidden_projects=len(effects.projects.keys() - seen.keys()),
        effects=effects,
    )


def _by_code(programmes: Mapping[int, Programme]) -> list[Programme]:
    return sorted(programmes.values(), key=lambda programme: in_order(programme.code))


def _moved_programmes(
    visible: Mapping[int, Programme],
    before: dry_run.Figures,
    after: dry_run.Figures,
    changed: set[dry_run.LineKey],
    named: Mapping[dry_run.LineKey, Source],
) -> Iterator[MovedProgramme]:
    """Yield the programmes in sight with a figure that would change, by code."""
    for programme in _by_code(visible):
        if figures := list(_figures(programme.pk, before, after, changed, named)):
            yield MovedProgramme(programme, figures)


def _moved_projects(seen: Mapping[int, Project], effects: Effects) -> list[MovedProject]:
    """Return the projects in sight whose finish or health would change, by code."""
    rows = [MovedProject(seen[id], *ends) for id, ends in effects.projects.items() if id in seen]
    return sorted(rows, key=lambda row: in_order(row.project.code))


def _moved_years(
    visible: Mapping[int, Programme], effects: Effects
) -> Iterator[tuple[Programme, Sequence[MovedYear]]]:
    """Return the fiscal years of benefits, of the programmes in sight of which one would change."""
    for programme in _by_code(visible):
        years = effects.years.get(programme.pk, ())
        if any(year.moves for year in years):
            yield programme, years


LINKS = ScopedRows(
    lambda reader: (
        Dependency.objects.visible_to(reader)
        .filter(Q(giver_id__in=[IDS]) | Q(receiver_id__in=[IDS]))
        .select_related(*READ_ALONG)
    )
)


def _links(projects: Sequence[int], user: Any) -> dict[int, DependencyRow]:
    """The dependencies of these projects that the user sees, by id."""
    rows = dependency_rows(LINKS(user, projects), user)
    return {row.dependency.pk: row for row in rows}


def _moved_links(
    before: Mapping[int, DependencyRow], after: Mapping[int, DependencyRow]
) -> Iterator[MovedDependency]:
    """Yield the dependencies whose day or status would change, by code."""
    both = [(before[id], after[id]) for id in before.keys() & after.keys()]
    for was, then in sorted(both, key=lambda pair: pair[1].dependency.code):
        ends = was.figures, then.figures
        comes = (ends[0].effective_forecast, ends[1].effective_forecast)
        status = (ends[0].status, ends[1].status)
        if comes[0] != comes[1] or status[0] != status[1]:
            yield MovedDependency(then.dependency, comes, status)


def _own(projects: Sequence[int], user: Any) -> dict[int, tuple[Project, Mapping[str, Value]]]:
    """The projects among these that the user sees, each with its own figures, by id."""
    rows = ProjectForecast.objects.filter(valid(), project__in=projects)
    seen = Project.objects.visible_to(user).filter(pk__in=projects)
    by_id = seen.select_related("programme__portfolio", "portfolio").in_bulk()
    return {
        row.project_id: (by_id[row.project_id], values_of(row))
        for row in rows
        if row.project_id in by_id
    }


def values_of(forecast: ProjectForecast) -> dict[str, Value]:
    """Return the figures of a project by name, without health and finish."""
    metrics = {name: metric for name, metric in OF_PROJECTS.items() if metric.unit in OWN_UNITS}
    figures = figures_of(forecast, OF_PROJECTS.values())
    return {name: figures[name].value for name in metrics}


def _moved_own(
    before: Mapping[int, tuple[Project, Mapping[str, Value]]],
    after: Mapping[int, tuple[Project, Mapping[str, Value]]],
) -> Iterator[MovedOwnFigures]:
    """Yield the projects with a figure of their own that would change, by code."""
    both = [(before[id][1], *after[id]) for id in before.keys() & after.keys()]
    for was, project, now in sorted(both, key=lambda row: in_order(row[1].code)):
        figures = [
            MovedFigure(OF_PROJECTS[name], was[name], now[name], ())
            for name in now
            if moves(was[name], now[name], OF_PROJECTS[name].unit)
        ]
        if figures:
            yield MovedOwnFigures(project, figures)


def _wider(scope: Scope, also: Iterable[int]) -> Scope:
    return Scope(tuple(sorted({*scope.programmes, *also})), scope.standalone)


def _state(scope: Scope, start: dry_run.Start, user: Any) -> _State:
    figures = dry_run.figures(scope, start)
    projects = Project.objects.filter(pk__in=figures.projects)
    weights, owners = benefit_years.weights_of(figures.projects)
    programmes = Programme.objects.filter(pk__in={*scope.programmes, *owners})
    visible = programmes.visible_to(user).values_list("pk", flat=True)
    by_id = programmes.select_related("portfolio").in_bulk()
    return _State(
        figures=figures,
        benefits=benefit_years.outlooks(by_id.values()),
        weights=weights,
        stopped=frozenset(
            projects.filter(status=ProjectStatus.TERMINATED).values_list("pk", flat=True)
        ),
        owners=by_id,
        programmes={id: by_id[id] for id in visible},
        projects=projects.visible_to(user).in_bulk(),
    )


def _effects(
    before: _State,
    after: _State,
    changed: set[dry_run.LineKey],
    generations: Mapping[int, int],
    assumption: str,
) -> Effects:
    was, then = before.figures, after.figures
    ends = [{id: finish for id, (finish, _) in figures.projects.items()} for figures in (was, then)]
    delays = benefit_years.delays_of(ends[0], ends[1], after.stopped - before.stopped)
    moving = benefit_years.assumed(delays, assumption)
    years = benefit_years.moved_years(before.benefits, after.benefits, after.weights, moving)
    value = benefit_years.value_moved(after.benefits, after.weights, moving, after.owners)
    moved: dict[str, set[int]] = {"project": set(_moved(was.projects, then.projects))}
    moved["project"] |= after.stopped - before.stopped
    moved["programme"] = _changed_programmes(was, then)
    moved |= {
        kind: {id for *_, name, id in changed if name == kind} for kind in ("benefit", "risk")
    }
    moved["benefit"] |= {id for id, parts in after.weights.items() if parts.keys() & delays.keys()}
    later = {id for id in ends[0].keys() | ends[1].keys() if ends[0].get(id) != ends[1].get(id)}
    return Effects(
        before=was,
        after=then,
        assumption=assumption,
        years=years,
        followed=value,
        outturns=benefit_years.outturns_moved(years),
        reasons=contacts.reasons_for(moved, later),
        generations=generations,
    )


def _sources(
    keys: Iterable[dry_run.LineKey], visible: Mapping[int, Programme], user: Any
) -> dict[dry_run.LineKey, Source]:
    """Return the sources of lines of programmes in sight."""
    wanted = [key for key in keys if key[0] in visible]
    named = sources({(kind, id) for *_, kind, id in wanted}, user)
    return {key: named[key[2:]] for key in wanted}


def _changed_lines(before: dry_run.Figures, after: dry_run.Figures) -> set[dry_run.LineKey]:
    keys = before.lines.keys() | after.lines.keys()
    return {key for key in keys if before.lines.get(key) != after.lines.get(key)}


def _changed_programmes(before: dry_run.Figures, after: dry_run.Figures) -> set[int]:
    """Return the programmes with a figure that would change."""
    return {
        key[0]
        for key in before.values.keys() | after.values.keys()
        if key[1] in BY_NAME
        and moves(before.values.get(key), after.values.get(key), BY_NAME[key[1]].unit)
    }


def _figures(
    programme: int,
    before: dry_run.Figures,
    after: dry_run.Figures,
    changed: set[dry_run.LineKey],
    named: Mapping[dry_run.LineKey, Source],
) -> Iterator[MovedFigure]:
    for metric in METRICS:
        ends = [figures.values.get((programme, metric.name)) for figures in (before, after)]
        if moves(ends[0], ends[1], metric.unit):
            keys = [key for key in changed if key[:2] == (programme, metric.line_source)]
            lines = [
                MovedLine(named[key], before.lines.get(key), after.lines.get(key)) for key in keys
            ]
            lines.sort(
                key=lambda line: (line.source.type, in_order(line.source.code), line.source.id)
            )
            yield MovedFigure(metric, ends[0], ends[1], lines if metric.aggregate else [])


def _moved(
    before: Mapping[int, tuple[date | None, str]], after: Mapping[int, tuple[date | None, str]]
) -> dict[int, tuple[tuple[date | None, date | None], tuple[str, str]]]:
    """Return (before, after) of finish and health of the projects where either changes."""
    nothing = (None, "")
    moved = {}
    for id in before.keys() | after.keys():
        then, now = before.get(id, nothing), after.get(id, nothing)
        if then != now:
            moved[id] = ((then[0], now[0]), (then[1], now[1]))
    return moved
