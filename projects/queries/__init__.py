"""Set-based reads of projects."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from operator import itemgetter
from typing import Any

from django.db.models import (
    Case,
    DateField,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce

from pmhub.database import replica
from pmhub.database.past import Now
from pmhub.database.statements import ID, IDS, Rows
from pmhub.rounding import rounded
from pmhub.scoped import ScopedRows
from programmes.models import Programme
from programmes.queries.delegated_limits import budget_level, limits_of
from projects import evm
from projects.capacity import Booking, Period
from projects.disclosure import End, told
from projects.models import (
    COUNTED,
    SETTLED,
    UNDONE,
    Action,
    Allocation,
    AssumptionState,
    Baseline,
    BudgetLine,
    BudgetRequest,
    CommunicationState,
    ConditionState,
    ContingencyMovement,
    CostActual,
    Dependency,
    DependencyStatus,
    Project,
    ProjectForecast,
    Resource,
    Risk,
    RiskStatus,
    ended_on,
)
from projects.models.budget.request import lowest_level
from projects.schedule import (
    FINISH,
    START,
    DependencyFigures,
    Event,
    Link,
    Timeline,
    dependency_figures,
)
from projects.schedule.links import COLUMNS

ZERO = Value(Decimal("0.00"))
ENDS = ("giver", "receiver")
OWED = (
    DependencyStatus.IDENTIFIED,
    DependencyStatus.PROPOSED,
    DependencyStatus.AGREED,
    DependencyStatus.REJECTED,
)
UNSETTLED = (RiskStatus.DRAFT, RiskStatus.OPEN)  # risks that may still happen


def with_figures(queryset: QuerySet) -> QuerySet:
    """Add what is a sum or a choice of finer records: `baseline_start baseline_finish
    budget_at_completion planned_value_profile approved_budget actual_cost as_of`.

    The current baseline is the highest one approved by the status date; money is in the
    portfolio's unit, 0 where there is no record, None for what a missing baseline would say.
    """
    approved = Baseline.objects.filter(project=OuterRef("pk"), approved_on__lte=OuterRef("as_of"))
    current = approved.order_by("-number")
    return with_status_date(queryset).annotate(
        baseline_start=Subquery(current.values("starts_on")[:1]),
        baseline_finish=Subquery(current.values("finishes_on")[:1]),
        budget_at_completion=Subquery(current.values("budget_at_completion")[:1]),
        planned_value_profile=Subquery(current.values("planned_value_profile")[:1]),
        approved_budget=_total(BudgetLine.objects.all(), "approved")
        + _total(ContingencyMovement.objects.filter(moved_on__lte=OuterRef("as_of")), "amount"),
        actual_cost=_total(CostActual.objects.filter(posted_on__lte=OuterRef("as_of")), "amount"),
    )


def with_status_date(queryset: QuerySet) -> QuerySet:
    """Add `as_of`: the day the figures of the project's portfolio speak of."""
    return queryset.annotate(as_of=status_date())


def status_date(project: str = "") -> Coalesce:
    """The status date in SQL; `project` is the path to the project, such as `receiver__`."""
    # Exactly one of the two is there.
    return day_of(f"{project}programme__portfolio", f"{project}portfolio")


def day_of(*paths: str) -> Coalesce:
    """The status date in SQL of the portfolio to which the only one of these paths leads that is
    there."""
    fixed = Q(*((f"{path}__status_date_policy", "fixed") for path in paths), _connector=Q.OR)
    day, zone = (
        first(*(f"{path}__{name}" for path in paths)) for name in ("status_date", "time_zone")
    )
    today = Cast(Func(zone, Now(), function="timezone"), DateField())
    return Coalesce(Case(When(fixed, then=day)), today)


def first(*paths: str) -> F | Coalesce:
    """The first of these paths in SQL at whose end there is something."""
    return Coalesce(*map(F, paths)) if len(paths) > 1 else F(*paths)


def declared(project: str, event: str) -> Coalesce:
    """The declared `start` or `finish`: the actual day, else the forecast."""
    return Coalesce(F(f"{project}actual_{event}"), F(f"{project}forecast_{event}"))


def _total(rows: QuerySet, column: str) -> Coalesce:
    """The sum of a column over a project's rows."""
    sums = rows.filter(project=OuterRef("pk")).order_by().values("project")
    return Coalesce(Subquery(sums.annotate(total=Sum(column)).values("total")), ZERO)


def planned_value(profile: Sequence[Sequence[str]] | None, as_of: date) -> Decimal | None:
    """Planned value at a day from the stored points of a baseline, to the cent.

    Only the points around the day are converted: days written this way sort as text.
    """
    if profile is None:
        return None
    after = bisect_right(profile, as_of.isoformat(), key=itemgetter(0))
    around = profile[max(0, after - 1) : after + 1]
    points = [(date.fromisoformat(day), Decimal(value)) for day, value in around]
    return rounded(evm.planned_value(points, as_of), 2)


# Dependencies


FORECASTS = Rows(
    lambda: ProjectForecast.objects.filter(project_id__in=[IDS], valid_to__isnull=True).only(
        "project_id", "starts_on", "finishes_on", "hidden_delay_days", "events"
    )
)


def stored_timelines(project_ids: Collection[int]) -> dict[int, Timeline]:
    """Return where the events of these projects stand by their open forecasts."""
    return {each.project_id: timeline_of(each) for each in FORECASTS(sorted(project_ids))}


def timeline_of(forecast: ProjectForecast) -> Timeline:
    """Return where the events of a project stand by its forecast; one that was computed before
    events were kept knows of start and finish alone."""
    if forecast.events is not None:
        return Timeline.from_json(forecast.events)
    hidden = forecast.hidden_delay_days or 0
    ends = {START: (forecast.starts_on, 0), FINISH: (forecast.finishes_on, hidden)}
    return Timeline(
        {
            name: Event(day.toordinal() - push, day.toordinal(), push)
            for name, (day, push) in ends.items()
            if day
        }
    )


def link_of(dependency: Dependency) -> Link:
    """A loaded dependency as the schedule takes it."""
    return Link.of({name: dependency.serializable_value(name) for name in COLUMNS})


def dependency_figures_of(
    row: Mapping[str, Any], timelines: Mapping[int, Timeline]
) -> DependencyFigures:
    """Lateness, float and colour of a dependency as read: its columns and its status date
    `_as_of`."""
    link = Link.of(row)
    giver = timelines.get(link.giver) if link.giver is not None else None
    return dependency_figures(link, giver, timelines.get(link.receiver), row["_as_of"])


def figures_of(dependency: Dependency) -> DependencyFigures:
    """Lateness, float and colour of one dependency, from what is stored of its two projects."""
    rows = Dependency.objects.filter(pk=dependency.pk).order_by()
    [row] = rows.annotate(_as_of=status_date("receiver__")).values(*COLUMNS, "_as_of")
    ends = {row[end] for end in ENDS if row[end] is not None}
    return dependency_figures_of(row, stored_timelines(ends))


CIRCULAR = """
WITH RECURSIVE reached(origin, project) AS (
    SELECT id, receiver_id FROM projects_dependency WHERE id = ANY(%s)
    UNION SELECT origin, d.receiver_id FROM reached
    JOIN projects_dependency d ON d.giver_id = project AND d.status NOT IN %s
)
SELECT d.id FROM projects_dependency d WHERE EXISTS (
    SELECT FROM reached WHERE origin = d.id AND project = d.giver_id
)
"""


def circular(dependency_ids: Collection[int]) -> set[int]:
    """Those of these dependencies that lead back to their giver, over whatever is still open, even
    where it does not drive."""
    if not dependency_ids:
        return set()
    with replica.connection().cursor() as cursor:
        cursor.execute(CIRCULAR, [list(dependency_ids), tuple(SETTLED)])
        return {id for (id,) in cursor.fetchall()}


def awaited_from(project: Project) -> QuerySet[Dependency]:
    """Return what others still wait for from a project, by code: nothing was delivered, or it was
    turned down."""
    return project.dependencies_out.filter(status__in=OWED).order_by("code")


def waited_for(project: Project) -> QuerySet[Dependency]:
    """Return what a project still waits for, by code."""
    return project.dependencies_in.filter(status__in=OWED).order_by("code")


def open_risks(project: Project) -> QuerySet[Risk]:
    """The risks of a project that may still happen, drafts among them, by code."""
    return project.risks.filter(status__in=UNSETTLED).order_by("code")


def _told_of_ends() -> QuerySet[Any, dict[str, Any]]:
    names = {
        f"_{end}_{name}": found
        for end in ENDS
        for name, found in {
            "contact": Coalesce(f"{end}_owner__name", f"{end}__project_manager__name"),
            "policy": Coalesce(
                f"{end}__programme__portfolio__dependency_disclosure",
                f"{end}__portfolio__dependency_disclosure",
            ),
        }.items()
    }
    columns = [f"{end}{part}" for end in ENDS for part in ("_id", "__code", "__name")]
    rows = Dependency.objects.filter(pk__in=[IDS]).order_by().annotate(**names)
    return rows.values("pk", "status", *columns, *names)


TOLD_OF_ENDS = Rows(_told_of_ends)
VISIBLE = ScopedRows(
    lambda reader: (
        Project.objects.visible_to(reader)
        .filter(pk__in=[IDS])
        .order_by()
        .values_list("pk", flat=True)
    )
)


def ends_of(dependencies: Iterable[int], user: Any) -> dict[tuple[int, str], End]:
    """Return what a user is told of the projects at the ends of dependencies they see, by
    dependency and `giver` or `receiver`; nothing for a giver outside. Two queries."""
    rows = TOLD_OF_ENDS(list(dependencies))
    ids = {id for row in rows for end in ENDS if (id := row[f"{end}_id"]) is not None}
    visible = set(VISIBLE(user, sorted(ids)))
    return {
        (row["pk"], end): told(
            row[f"_{end}_policy"],
            row["status"],
            visible=row[f"{end}_id"] in visible,
            contact=row[f"_{end}_contact"],
            title=f"{row[f'{end}__code']} {row[f'{end}__name']}",
        )
        for row in rows
        for end in ENDS
        if row[f"{end}_id"] is not None
    }


# Risks


PLAN, PLANS = (
    Rows(
        partial(
            lambda home: with_figures(Project.objects.filter(**{home: ID})).values_list(
                "approved_budget", "baseline_start", "baseline_finish"
            ),
            home,
        )
    )
    for home in ("pk", "programme_id")
)


def base_of(risk: Risk) -> tuple[Decimal, int | None]:
    """Return the budget and the days that the impact of a risk is measured against: those of its
    project, or those of all projects of its programme with its own budget lines."""
    one = risk.project_id is not None
    found = PLAN(id=risk.project_id) if one else PLANS(id=risk.programme_id)
    budget = sum((approved for approved, _, _ in found), Decimal(0))
    if risk.programme:
        lines = risk.programme.lines.aggregate(total=Sum("approved_budget"))
        budget += lines["total"] or 0
    plans = [(start, finish) for _, start, finish in found if start and finish]
    if not plans:
        return budget, None
    return budget, (max(end for _, end in plans) - min(start for start, _ in plans)).days


# Actions

# From an action to its portfolio: one of these is there.
HOMES = (
    *(f"assumption__{way}" for way in ("project__programme__portfolio", "project__portfolio",
                                       "programme__portfolio", "portfolio")),
    *(f"decision__{way}" for way in ("project__programme__portfolio", "project__portfolio",
                                     "programme__portfolio", "portfolio")),
    *(f"meeting__board__{way}" for way in ("programme__portfolio", "portfolio")),
    *(f"{source}__{way}" for source in ("risk", "issue", "recommendation__review")
      for way in ("project__programme__portfolio", "project__portfolio", "programme__portfolio")),
    "project__programme__portfolio", "project__portfolio", "programme__portfolio", "portfolio",
)  # fmt: skip


def is_overdue() -> Case:
    """Return whether an action should have been done before the status date of its portfolio, in
    SQL."""
    late = Q(state__in=[str(each) for each in UNDONE], due_on__lt=day_of(*HOMES))
    return Case(When(late, then=Value(True)), default=Value(False))


def is_unvalidated() -> Case:
    """Return whether it should have been known before the status date if an assumption is true, in
    SQL."""
    status_day = day_of(
        "project__programme__portfolio", "project__portfolio", "programme__portfolio", "portfolio"
    )
    late = Q(state=AssumptionState.OPEN, validate_by__lt=status_day)
    return Case(When(late, then=Value(True)), default=Value(False))


def is_past(field: str, *portfolios: str) -> Case:
    """Return whether a day lies before the status date of the portfolio, in SQL."""
    late = Q(**{f"{field}__lt": day_of(*portfolios)})
    return Case(When(late, then=Value(True)), default=Value(False))


def is_unsaid() -> Case:
    """Return whether something should have been said to stakeholders before the status date, in
    SQL."""
    status_day = day_of(
        "project__programme__portfolio", "project__portfolio", "programme__portfolio", "portfolio"
    )
    late = Q(state=CommunicationState.PLANNED, planned_on__lt=status_day)
    return Case(When(late, then=Value(True)), default=Value(False))


def is_vacant() -> Case:
    """Return whether a post is wanted on the status date and nobody holds it, in SQL."""
    status_day = day_of(
        "project__programme__portfolio", "project__portfolio", "programme__portfolio", "portfolio"
    )
    wanted = Q(wanted_from__lte=status_day) & (
        Q(wanted_to__isnull=True) | Q(wanted_to__gte=status_day)
    )
    return Case(When(wanted & Q(holder=None), then=Value(True)), default=Value(False))


def is_lapsed() -> Case:
    """Return whether a condition of a gate is open past its day on the status date, in SQL."""
    homes = ("project__programme__portfolio", "project__portfolio", "programme__portfolio")
    late = Q(state=ConditionState.OPEN, due_on__lt=day_of(*homes))
    return Case(When(late, then=Value(True)), default=Value(False))


def actions_of(programme: Programme) -> Q:
    """Return the condition under which an action is of a programme: its own, of its projects, or
    of what either holds."""
    met = Q(meeting__board__programme=programme)
    return met | _of("programme", programme) | _of("project__programme", programme)


def actions_in(project: Project) -> Q:
    """Return the condition under which an action is of a project, or of what it holds."""
    return _of("project", project)


def _of(path: str, home: Any) -> Q:
    held = ("", "risk__", "issue__", "assumption__", "recommendation__review__", "decision__")
    return Q(*((f"{each}{path}", home) for each in held), _connector=Q.OR)


def undone(source: Any) -> QuerySet[Action]:
    """Return the actions of a source that are still to be done, locked, by id."""
    rows: QuerySet[Action] = source.actions.filter(state__in=UNDONE).order_by("pk")
    return rows.select_for_update(of=("self",), no_key=True)


# Budgets


def levels_of_requests(amounts: Mapping[int, Decimal]) -> dict[int, str | None]:
    """Return the level that decides about each of these requests (ids, with what they ask for);
    None where it is above every limit. Two queries."""
    rows = BudgetRequest.objects.filter(pk__in=amounts).values_list(
        "pk",
        "project",
        Coalesce("project__programme__portfolio", "project__portfolio", "programme__portfolio"),
    )
    homes = {pk: (lowest_level(project is not None), home) for pk, project, home in rows}
    limits = limits_of({home for _, home in homes.values()})
    return {
        pk: budget_level(limits[home], amounts[pk], lowest) for pk, (lowest, home) in homes.items()
    }


# Resources


def bookings(resource: Resource) -> list[Booking]:
    """Return what projects have booked of a resource, or ask for, which does not count."""
    rows = Allocation.objects.filter(resource=resource).values_list(
        "project_id", "units", "starts_on", "ends_on", "firmness", ended_on("project__")
    )
    return [
        Booking(project, units, start, end, firmness in COUNTED, ended)
        for project, units, start, end, firmness, ended in rows
    ]


def capacities(resource: Resource) -> list[Period]:
    """The periods in which there is more or less of a resource than usual."""
    return list(resource.capacities.values_list("period_start", "period_end", "capacity"))


def units(value: Decimal) -> Decimal:
    """Units of a resource, to the ten-thousandth."""
    return rounded(value, 4)
