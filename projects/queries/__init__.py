"""Set-based reads of projects."""

from __future__ import annotations

import functools
import operator
from bisect import bisect_right
from collections.abc import Mapping, Sequence
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
    JSONField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    TextField,
    Value,
    When,
)
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast, Coalesce
from django.db.models.lookups import GreaterThan

from pmhub.database.collation import InOrder
from pmhub.database.past import Now
from pmhub.database.statements import ID, Rows
from pmhub.rounding import rounded
from programmes.delegated_limits import NOTHING
from programmes.models import Outcome, Portfolio, Programme
from programmes.models.closure_triggers import UNSETTLED_ISSUES
from programmes.models.states import DecisionState, RecommendationState
from programmes.queries.delegated_limits import budget_level, limits_of
from projects import evm
from projects.capacity import Booking, Period
from projects.models import (
    COUNTED,
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
    Project,
    Resource,
    Risk,
    RiskStatus,
    ended_on,
)
from projects.models.budget.request import lowest_level
from projects.models.budget.states import DECIDED
from projects.queries.approved import approved_by_place, place_of

ZERO = Value(Decimal("0.00"))
UNSETTLED = (RiskStatus.DRAFT, RiskStatus.OPEN)  # risks that may still happen


def with_figures(queryset: QuerySet) -> QuerySet:
    """Add the figures that are sums or choices of finer records: `baseline_start baseline_finish
    budget_at_completion planned_value_profile approved_budget actual_cost as_of`.

    The current baseline is the one with the highest number that is approved by the status date. Its
    profile is written out from its start, also where its budget is spent evenly.
    Money is in the portfolio's unit, 0 where there is no record; without a baseline its figures are
    None.
    """
    approved = Baseline.objects.filter(project=OuterRef("pk"), approved_on__lte=OuterRef("as_of"))
    current = approved.order_by("-number")
    return with_status_date(queryset).annotate(
        baseline_start=Subquery(current.values("starts_on")[:1]),
        baseline_finish=Subquery(current.values("finishes_on")[:1]),
        budget_at_completion=Subquery(current.values("budget_at_completion")[:1]),
        planned_value_profile=Subquery(current.values_list(_profile())[:1]),
        approved_budget=_total(BudgetLine.objects.all(), "approved")
        + _total(ContingencyMovement.objects.filter(moved_on__lte=OuterRef("as_of")), "amount"),
        actual_cost=_total(CostActual.objects.filter(posted_on__lte=OuterRef("as_of")), "amount"),
    )


def _profile() -> Case:
    """Return an expression for the planned value profile of a baseline: from 0 at its start, where
    the first point that it stores is later, and with its finish where it stores none."""

    def points(*parts: Any) -> Func:
        return Func(*parts, function="jsonb_build_array", output_field=JSONField())

    last = points("finishes_on", Cast("budget_at_completion", TextField()))
    first = points("starts_on", Cast(Value("0"), TextField()))
    stored = F("planned_value_profile")
    first_day = KeyTextTransform(0, KeyTransform(0, stored))
    return Case(
        When(
            GreaterThan(first_day, Cast("starts_on", TextField())),
            then=Func(points(first), stored, template="(%(expressions)s)", arg_joiner=" || "),
        ),
        When(~Q(planned_value_profile=[]), then=stored),
        When(starts_on__lt=F("finishes_on"), then=points(first, last)),
        default=points(last),
    )


def with_status_date(queryset: QuerySet) -> QuerySet:
    """Add `as_of`, the status date of the project's portfolio."""
    return queryset.annotate(as_of=status_date())


def status_date(project: str = "") -> Subquery | Coalesce:
    """Return an expression for the status date; `project` is the path to the project, such as
    `receiver__`."""
    # Exactly one of the two exists.
    return day_of(f"{project}programme__portfolio", f"{project}portfolio")


def day_of(*paths: str) -> Subquery | Coalesce:
    """Return an expression for the status date of a portfolio; of the `paths` to it exactly one
    leads to a row."""
    if len(paths) == 1:
        return _status_date(f"{paths[0]}__")
    # Joined by each path, dozens of portfolios would cost more to plan than all else to read.
    its = Portfolio._base_manager.filter(pk=Coalesce(*map(OuterRef, paths)))
    return Subquery(its.order_by().values(day=_status_date("")), output_field=DateField())


def _status_date(portfolio: str) -> Coalesce:
    fixed = Q(**{f"{portfolio}status_date_policy": "fixed"})
    today = Cast(Func(F(f"{portfolio}time_zone"), Now(), function="timezone"), DateField())
    return Coalesce(Case(When(fixed, then=F(f"{portfolio}status_date"))), today)


def first_path(*paths: str) -> F | Coalesce:
    """Return an expression for the first of these paths that leads to a value."""
    return Coalesce(*map(F, paths)) if len(paths) > 1 else F(*paths)


def declared(project: str, event: str) -> Coalesce:
    """Return the declared `start` or `finish` of a project: the actual day, else the forecast."""
    return Coalesce(F(f"{project}actual_{event}"), F(f"{project}forecast_{event}"))


def _total(rows: QuerySet, column: str) -> Coalesce:
    """Return an expression for the sum of a column over a project's rows."""
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


# Risks


def open_risks(project: Project) -> QuerySet[Risk]:
    """Return the risks of a project that may still happen, drafts too, by code."""
    return project.risks.filter(status__in=UNSETTLED).order_by(InOrder("code"), "pk")


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
    """Return the budget and the days against which the impact of a risk is measured: those of its
    project; for a risk of a programme, those of all its projects, with its own budget lines."""
    one = risk.project_id is not None
    rows = PLAN(id=risk.project_id) if one else PLANS(id=risk.programme_id)
    budget = sum((approved for approved, _, _ in rows), Decimal(0))
    if risk.programme:
        lines = risk.programme.lines.aggregate(total=Sum("approved_budget"))
        budget += lines["total"] or 0
    plans = [(start, finish) for _, start, finish in rows if start and finish]
    if not plans:
        return budget, None
    return budget, (max(end for _, end in plans) - min(start for start, _ in plans)).days


# Actions

# The paths from an action to its portfolio, of which one exists.
HOMES = (
    *(f"assumption__{way}" for way in ("project__programme__portfolio", "project__portfolio",
                                       "programme__portfolio", "portfolio")),
    *(f"decision__{way}" for way in ("project__programme__portfolio", "project__portfolio",
                                     "programme__portfolio", "portfolio")),
    *(f"meeting__board__{way}" for way in ("programme__portfolio", "portfolio")),
    "outcome__programme__portfolio", "impacted_group__outcome__programme__portfolio",
    *(f"{source}__{way}" for source in ("risk", "issue", "recommendation__review")
      for way in ("project__programme__portfolio", "project__portfolio", "programme__portfolio")),
    "project__programme__portfolio", "project__portfolio", "programme__portfolio", "portfolio",
)  # fmt: skip


def is_overdue() -> Case:
    """Return an expression for whether an action should have been done before the status date."""
    late = Q(state__in=[str(state) for state in UNDONE], due_on__lt=day_of(*HOMES))
    return Case(When(late, then=Value(True)), default=Value(False))


def is_unvalidated() -> Case:
    """Return an expression for whether an open assumption should have been validated before the
    status date."""
    status_day = day_of(
        "project__programme__portfolio", "project__portfolio", "programme__portfolio", "portfolio"
    )
    late = Q(state=AssumptionState.OPEN, validate_by__lt=status_day)
    return Case(When(late, then=Value(True)), default=Value(False))


def is_past(field: str, *portfolios: str) -> Case:
    """Return an expression for whether a day lies before the status date of the portfolio."""
    late = Q(**{f"{field}__lt": day_of(*portfolios)})
    return Case(When(late, then=Value(True)), default=Value(False))


def is_unsaid() -> Case:
    """Return an expression for whether a communication should have been sent before the status
    date."""
    status_day = day_of(
        "project__programme__portfolio", "project__portfolio", "programme__portfolio", "portfolio"
    )
    late = Q(state=CommunicationState.PLANNED, planned_on__lt=status_day)
    return Case(When(late, then=Value(True)), default=Value(False))


def is_wanted() -> Case:
    """Return an expression for whether a post is wanted on the status date."""
    status_day = day_of(
        "project__programme__portfolio", "project__portfolio", "programme__portfolio", "portfolio"
    )
    wanted = Q(wanted_from__lte=status_day) & (
        Q(wanted_to__isnull=True) | Q(wanted_to__gte=status_day)
    )
    return Case(When(wanted, then=Value(True)), default=Value(False))


def is_vacant() -> Case:
    """Return an expression for whether a post is wanted on the status date and nobody holds it."""
    return Case(When(holder=None, then=is_wanted()), default=Value(False))


def is_lapsed() -> Case:
    """Return an expression for whether a condition of a gate is open past its day on the status
    date."""
    homes = ("project__programme__portfolio", "project__portfolio", "programme__portfolio")
    late = Q(state=ConditionState.OPEN, due_on__lt=day_of(*homes))
    return Case(When(late, then=Value(True)), default=Value(False))


def actions_of(programme: Programme) -> Q:
    """Return the condition under which an action is of a programme: of itself, of its projects, or
    of records within either."""
    led = Q(meeting__board__programme=programme) | transition_of(outcome__programme=programme)
    return led | _of("programme", programme) | _of("project__programme", programme)


def transition_of(**outcome: Any) -> Q:
    """Return the condition under which an action is of the transition to an outcome: its own, or of
    one of its impacted groups."""
    return Q(**outcome) | Q(**{f"impacted_group__{way}": row for way, row in outcome.items()})


def actions_in(project: Project) -> Q:
    """Return the condition under which an action is of a project or of records within it."""
    return _of("project", project)


def _of(path: str, home: Any) -> Q:
    held = ("", "risk__", "issue__", "assumption__", "recommendation__review__", "decision__")
    return Q(*((f"{prefix}{path}", home) for prefix in held), _connector=Q.OR)


def open_actions(source: Any) -> QuerySet[Action]:
    """Return the open actions of a source, locked, by id; those of an outcome include those of its
    impacted groups."""
    own: QuerySet[Action] = source.actions.all()
    if isinstance(source, Outcome):
        own = Action.objects.filter(transition_of(outcome=source))
    rows = own.filter(state__in=UNDONE).order_by("pk")
    return rows.select_for_update(of=("self",), no_key=True)


def undone_with(place: Any, *, stopped: bool) -> QuerySet[Action]:
    """Return, by id, the open actions of a project or programme that ends, and of those of its
    records that lapse with it; more records lapse where it is `stopped`."""
    at = place.grant_kind
    falling: dict[str, tuple[str, Sequence[str]]] = {
        "assumption": (at, [AssumptionState.OPEN]),
        "decision": (at, [DecisionState.PROPOSED]),
    }
    if stopped:
        falling["issue"] = at, UNSETTLED_ISSUES
        falling["recommendation"] = f"review__{at}", [RecommendationState.OPEN]
    theirs = (
        Q(**{f"{source}__{way}": place, f"{source}__state__in": states})
        for source, (way, states) in falling.items()
    )
    rows = Action.objects.filter(functools.reduce(operator.or_, theirs, Q(**{at: place})))
    return rows.filter(state__in=UNDONE).order_by("pk")


# Budgets


def levels_of_requests(amounts: Mapping[int, Decimal]) -> dict[int, str | None]:
    """Return the level that decides about each request, given the ids with the amounts: of one that
    is not decided, beside what was approved since the last plan. None for an amount above every
    limit. A fixed number of queries."""
    rows = BudgetRequest.objects.filter(pk__in=amounts).values_list(
        "pk",
        "project",
        "programme",
        "state",
        Coalesce("project__programme__portfolio", "project__portfolio", "programme__portfolio"),
    )
    homes = {
        pk: (place_of(project, programme), state in DECIDED, home)
        for pk, project, programme, state, home in rows
    }
    limits = limits_of({home for *_, home in homes.values()})
    open_at = {place for place, decided, _ in homes.values() if not decided}
    approved = approved_by_place(open_at)
    return {
        pk: budget_level(
            limits[home],
            amounts[pk],
            lowest_level(place[0] == "project"),
            NOTHING if decided else approved[place],
        )
        for pk, (place, decided, home) in homes.items()
    }


# Resources


def bookings(resource: Resource) -> list[Booking]:
    """Return the bookings of a resource by projects; those only asked for are among them and do not
    count."""
    rows = Allocation.objects.filter(resource=resource).values_list(
        "project_id", "units", "starts_on", "ends_on", "firmness", ended_on("project__")
    )
    return [
        Booking(project, units, start, end, firmness in COUNTED, ended)
        for project, units, start, end, firmness, ended in rows
    ]


def capacities(resource: Resource) -> list[Period]:
    """Return the periods in which a resource has another capacity than usual."""
    return list(resource.capacities.values_list("period_start", "period_end", "capacity"))


def units(value: Decimal) -> Decimal:
    """Return units of a resource, rounded to the ten-thousandth."""
    return rounded(value, 4)
