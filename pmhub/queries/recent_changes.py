"""What changed since a moment in the user's programmes and projects, and by whom: figures, and
records that others wrote."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, CharField, Func, Q, QuerySet, Value
from django.db.models.functions import Cast

from benefits.models import Benefit, BenefitMeasurement, OverlapCase, ProfileVersion
from pmhub.access import ways_up
from pmhub.access.grants import Reader, grants_of
from pmhub.database.cached_reads import CachedReads
from pmhub.database.collation import InOrder
from pmhub.database.past import as_at
from pmhub.queries.actors import last_writer
from pmhub.queries.history import name_users
from programmes import queries
from programmes.models import (
    Decision,
    ExceptionReport,
    HealthOverride,
    ImpactedGroup,
    Outcome,
    Programme,
    StatusReport,
    Tranche,
)
from programmes.rollup.ledger import Metric
from programmes.rollup.ledger import Value as Figure
from programmes.rollup.metrics import BY_NAME, HEADLINES, OF_PROJECTS
from programmes.rollup.project_level import figures_of
from projects.models import (
    Action,
    Assumption,
    BudgetLine,
    BudgetRequest,
    ChangeRequest,
    Communication,
    ComplianceItem,
    CostActual,
    Dependency,
    Gate,
    Issue,
    Iteration,
    Lesson,
    Milestone,
    Output,
    Project,
    ProjectForecast,
    Risk,
    Stakeholder,
    WorkPackage,
)

MINE = 12  # programmes, and projects, that are listed
WRITTEN = 100  # latest records of a table that are searched
BY, AT = 6, 7  # positions in a row of who wrote it and when
# Bytes kept by a process, and of a row and of a record, about.
KEPT, ROW, RECORD = 5_000_000, 200, 4000
NAMES = (*HEADLINES, "health")
METRICS = [BY_NAME[name] for name in NAMES]

# The records that are listed, with their collections and the fields that name them.
TOLD: tuple[tuple[Any, str, str, str], ...] = (
    (Programme, "programmes", "code", "name"),
    (Project, "projects", "code", "name"),
    (Tranche, "tranches", "code", "name"),
    (Outcome, "outcomes", "code", "title"),
    (ImpactedGroup, "impacted-groups", "code", "name"),
    (Milestone, "milestones", "code", "title"),
    (Output, "outputs", "code", "title"),
    (WorkPackage, "work-packages", "code", "title"),
    (Iteration, "iterations", "number", "goal"),
    (Dependency, "dependencies", "code", "deliverable"),
    (Risk, "risks", "code", "title"),
    (Issue, "issues", "code", "title"),
    (Assumption, "assumptions", "code", "text"),
    (Action, "actions", "", "title"),
    (Lesson, "lessons", "code", "title"),
    (Stakeholder, "stakeholders", "code", "name"),
    (Communication, "communications", "code", "title"),
    (ComplianceItem, "compliance-items", "code", "title"),
    (BudgetLine, "budget-lines", "code", ""),
    (CostActual, "cost-actuals", "budget_line__code", ""),
    (BudgetRequest, "budget-requests", "code", "title"),
    (Gate, "gates", "code", "title"),
    (ChangeRequest, "change-requests", "code", "title"),
    (Decision, "decisions", "", "title"),
    (ExceptionReport, "exceptions", "", ""),
    (HealthOverride, "health-overrides", "", ""),
    (StatusReport, "status-reports", "", ""),
    (Benefit, "benefits", "code", "title"),
    (OverlapCase, "overlap-cases", "first__code", "first__title"),
    (ProfileVersion, "profile-versions", "benefit__code", "benefit__title"),
    (BenefitMeasurement, "measurements", "benefit__code", "benefit__title"),
)

cache = CachedReads(KEPT)


@dataclass(frozen=True, slots=True)
class WrittenRecord:
    """The last write to a record: its moment, and `by`, who wrote it, as {id, name}; None if
    unknown, or if the reader may not know. `new` says that the record was created then."""

    model: Any
    collection: str
    id: int
    code: str
    called: str
    at: datetime
    by: dict[str, Any] | None
    new: bool


@dataclass(slots=True)
class RecentChanges:
    """What changed in a programme or project of the user: its health, the figures with another
    value than at the moment, as (metric, value then, value now), and what others wrote, the latest
    first. `since` is that moment, or the first from which on its figures can be compared; None
    while there are no figures."""

    record: Programme | Project
    collection: str
    health: str
    figures: list[tuple[Metric, Figure, Figure]]
    since: datetime | None = None
    written: list[WrittenRecord] = field(default_factory=list)

    @property
    def by(self) -> list[str]:
        """The names of those who wrote, the latest first."""
        return [*dict.fromkeys(str(entry.by["name"]) for entry in self.written if entry.by)]


@as_at(None)
def recent_changes(user: Any, since: datetime) -> list[RecentChanges]:
    """Return what changed since a moment in the user's programmes and projects, programmes first.
    The number of queries depends neither on how many these are nor on how much changed."""
    programmes, projects = cache(
        "mine",
        Reader(user).key,
        lambda: own_places(user),
        lambda read: RECORD * len([*read[0], *read[1]]),
    )
    moves = [*_programmes(programmes, since), *_projects(projects, since)]
    written = _written(user, since, [row.pk for row in programmes], [row.pk for row in projects])
    for moved in moves:
        moved.written = written[moved.collection, moved.record.pk]
    return moves


def own_places(user: Any) -> tuple[list[Programme], list[Project]]:
    """Return the programmes and projects on which the user holds a role. For a user who holds none
    on any, these are the programmes that they see and the projects outside programmes. At most
    `MINE` of each, by code."""
    grants = grants_of(user)
    ids_by_kind = {kind: grants.ids(kind) for kind in ("programme", "project")}
    from_above = not any(ids_by_kind.values())

    def rows(model: Any, kind: str, *related: str) -> Any:
        seen = model.objects.visible_to(user).filter(archived_at=None)
        seen = seen if from_above else seen.filter(pk__in=ids_by_kind[kind])
        return seen.select_related(*related).order_by(InOrder("code"), "pk")

    projects = rows(Project, "project", "portfolio", "programme__portfolio")
    if from_above:
        projects = projects.filter(programme=None)
    programmes = rows(Programme, "programme", "portfolio")
    return list(programmes[:MINE]), list(projects[:MINE])


def _programmes(programmes: Sequence[Programme], since: datetime) -> list[RecentChanges]:
    if not programmes:
        return []
    now = queries.rollups(programmes, NAMES)
    then = queries.first_values([programme.pk for programme in programmes], NAMES, since)
    return [
        RecentChanges(
            programme, "programmes", str(now[programme.pk].value("health") or ""),
            [
                (metric, values[metric.name], after.value)
                for metric in METRICS
                for after in [now[programme.pk].metrics.get(metric.name)]
                if after and metric.name in values and values[metric.name] != after.value
            ],
            begin,
        )
        for programme in programmes
        for begin, values in [then.get(programme.pk, (None, {}))]
    ]  # fmt: skip


def _projects(projects: Sequence[Project], since: datetime) -> list[RecentChanges]:
    metrics = [OF_PROJECTS[name] for name in NAMES if name in OF_PROJECTS]
    spans = ProjectForecast.objects.filter(project__in=projects).defer("events")
    still = Q(valid_to=None) | Q(valid_to__gt=since)
    first = spans.filter(still).order_by("project_id", "valid_from").distinct("project_id")
    begins = {span.project_id: span for span in first} if projects else {}
    ends = {span.project_id: span for span in spans.filter(valid_to=None)} if projects else {}
    return [
        RecentChanges(
            project, "projects", str(now["health"].value or "") if now else "",
            [
                (metric.at_project, then[metric.name].value, now[metric.name].value)
                for metric in metrics
                if then and now and then[metric.name].value != now[metric.name].value
            ],
            max(since, begin.valid_from) if begin else None,
        )
        for project in projects
        for begin, end in [(begins.get(project.pk), ends.get(project.pk))]
        for then, now in [(_figures(begin), _figures(end))]
    ]  # fmt: skip


def _figures(span: ProjectForecast | None) -> dict[str, Any]:
    return figures_of(span, OF_PROJECTS.values()) if span else {}


def _written(
    user: Any, since: datetime, programmes: Sequence[int], projects: Sequence[int]
) -> dict[tuple[str, int], list[WrittenRecord]]:
    """Return what others wrote since a moment, by the collection and id of the programme or project
    to which it belongs."""
    by_home: dict[tuple[str, int], list[WrittenRecord]] = defaultdict(list)
    if not programmes and not projects:
        return by_home
    key = user.pk, Reader(user).key, since, tuple(programmes), tuple(projects)
    rows = [
        (place, *row)
        for place in range(len(TOLD))
        for row in _read(place, key, user, since, programmes, projects)
    ]
    rows.sort(key=lambda row: row[AT], reverse=True)
    people: list[dict[str, Any]] = [{"by": row[BY]} for row in rows]
    name_users(people)
    for (place, id, code, called, above, beyond, _, at, version), who in zip(
        rows, people, strict=True
    ):
        model, collection, *_ = TOLD[place]
        one = WrittenRecord(model, collection, id, code, called, at, who["by"], version == 1)
        for kind, homes in (("projects", above), ("programmes", beyond)):
            for home in {*homes} - {None}:
                by_home[kind, home].append(one)
    return by_home


def _read(
    place: int,
    key: Hashable,
    user: Any,
    since: datetime,
    programmes: Sequence[int],
    projects: Sequence[int],
) -> Sequence[tuple[Any, ...]]:
    """Return what others wrote in one table, from the cache if possible."""
    return cache(
        ("lately", place),
        key,
        lambda: list(_of_table(place, user, since, programmes, projects)[:WRITTEN]),
        lambda rows: ROW * len(rows),
    )


def _of_table(
    place: int, user: Any, since: datetime, programmes: Sequence[int], projects: Sequence[int]
) -> QuerySet[Any, tuple[Any, ...]]:
    """Return a query for what others wrote in one table since a moment, the latest first."""
    model, _, code, called = TOLD[place]
    within = Q()
    for kind, ids in (("programme", programmes), ("project", projects)):
        for way in ways_up(model, kind) if ids else ():
            within |= Q(**{f"{way}__in": ids})
    rows = model.objects.visible_to(user).filter(within, updated_at__gt=since)
    return (
        rows.exclude(updated_by=user.pk)
        .order_by("-updated_at", "pk")
        .annotate(
            _code=_text(code),
            _called=_text(called),
            _projects=_ends(ways_up(model, "project")),
            _programmes=_ends(ways_up(model, "programme")),
        )
        .values_list(
            "pk", "_code", "_called", "_projects", "_programmes", last_writer(model, user),
            "updated_at", "version",
        )
    )  # fmt: skip


def _text(name: str) -> Any:
    return Cast(name, CharField()) if name else Value("", output_field=CharField())


def _ends(ways: Iterable[str]) -> Any:
    """Return an expression for the ids at the ends of these lookup paths, as an array: a dependency
    belongs to its giver and its receiver."""
    casts = [Cast(way, BigIntegerField()) for way in ways]
    ids = ArrayField(BigIntegerField())
    return Func(*casts, template="ARRAY[%(expressions)s]::bigint[]", output_field=ids)
