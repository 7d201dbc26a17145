"""Reads registers: issues, dependencies, compliance, assurance, bookings."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache, partial
from itertools import product
from typing import Any

from django.db.models import QuerySet

from pmhub.database.statements import DAY, IDS, Statement
from programmes.health import Driver, Override, Rag
from programmes.health import Tolerance as Limit
from programmes.models import AssuranceRecommendation, HealthOverride, Tolerance
from programmes.rollup.facts import OutputFacts
from programmes.rollup.risk_facts import IssueFacts
from projects.calendar import Calendar
from projects.capacity import Booking, Month, monthly_load
from projects.models import (
    COUNTED,
    Allocation,
    ComplianceItem,
    Dependency,
    GateCondition,
    Issue,
    Output,
    ProjectForecast,
    ResourceCapacity,
    ended_on,
)
from projects.schedule import Link, Timeline
from projects.schedule.links import COLUMNS

LOADS = 1000  # loads of resources that a process remembers, as most are the same the next time


def _issues_of(parent: str) -> QuerySet[Any, Any]:
    return (
        Issue.objects.filter(**{f"{parent}__in": [IDS]})
        .exclude(state__in=["resolved", "closed"])
        .order_by("code")
        .values_list(parent, "id", "code", "severity", "due_on")
    )


def _recommended_to(parent: str) -> QuerySet[Any, Any]:
    return (
        AssuranceRecommendation.objects.filter(**{f"review__{parent}__in": [IDS]}, state="open")
        .order_by("review__code", "number")
        .values_list(f"review__{parent}", "id", "review__code", "number", "priority", "due_on")
    )


ISSUES = {p: Statement(partial(_issues_of, p)) for p in ("project_id", "programme_id")}
DEPENDENCIES = Statement(
    lambda: Dependency.objects.filter(receiver_id__in=[IDS])
    .order_by("code")
    .values_list(
        *COLUMNS,
    )
)  # fmt: skip
CAPACITIES = Statement(
    lambda: (
        ResourceCapacity.objects.filter(resource_id__in=[IDS])
        .order_by("period_start")
        .values_list("resource_id", "period_start", "period_end", "capacity")
    )
)
TIMELINES = Statement(
    lambda: ProjectForecast.objects.filter(
        project_id__in=[IDS], valid_to__isnull=True, events__isnull=False
    ).values_list("project_id", "events")
)
COMPLIANCE = Statement(
    lambda: (
        ComplianceItem.objects.filter(project_id__in=[IDS])
        .exclude(state="granted")
        .order_by("code")
        .values_list("project_id", "id", "code", "due_on", "blocks")
    )
)
ASSURANCE = {p: Statement(partial(_recommended_to, p)) for p in ("project_id", "programme_id")}
BOOKINGS = Statement(
    lambda: Allocation.objects.filter(
        resource_id__in=Allocation.objects.filter(project_id__in=[IDS]).values("resource_id")
    )
    .filter(firmness__in=COUNTED)
    .order_by("resource__code", "id")
    .values_list(
        "resource_id", "resource__code", "resource__capacity", "project_id", "units", "starts_on",
        "ends_on", ended_on("project__"),
    )
)  # fmt: skip


def _overriding(parent: str) -> QuerySet[Any, Any]:
    return HealthOverride.objects.filter(
        **{f"{parent}__in": [IDS]}, state="approved", starts_on__lte=DAY, expires_on__gte=DAY
    ).values_list(parent, "id", "colour", "expires_on", "reason")


OVERRIDES = {p: Statement(partial(_overriding, p)) for p in ("project_id", "programme_id")}


OF_TOLERANCE = ("id", "kind", "value", "side")
TOLERANCES = Statement(
    lambda: (
        Tolerance.objects.filter(project_id__in=[IDS])
        .order_by("-stage", "id")  # those of a stage before those of every other
        .values_list("project_id", "stage", *OF_TOLERANCE)
    )
)
OUTPUTS = Statement(
    lambda: (
        Output.objects.filter(project_id__in=[IDS])
        .order_by("id")
        .values_list("project_id", "state", "planned_on")
    )
)


def tolerances(stages: Mapping[int, str]) -> Mapping[int, list[Limit]]:
    """Return the tolerances of each project, given the stage it is in: those of the stage first."""
    limits: dict[int, list[Limit]] = defaultdict(list)
    for project, stage, id, kind, value, side in TOLERANCES([*stages]):
        if stage in ("", stages[project]):
            place = "stage" if stage else "project"
            limits[project].append(Limit(id, kind, value, side, place))
    return limits


def outputs(as_of: Mapping[int, date]) -> dict[int, OutputFacts]:
    """Return by project how many outputs it has, are due and are not accepted; a project without
    outputs is left out."""
    return {
        project: OutputFacts(
            count=len(rows),
            descoped=sum(state == "descoped" for state, _ in rows),
            due=sum(_is_due(state, day, as_of[project]) for state, day in rows),
            not_accepted=sum(
                _is_due(state, day, as_of[project]) for state, day in rows if state != "accepted"
            ),
        )
        for project, rows in grouped(OUTPUTS([*as_of])).items()
    }


def _is_due(state: str, planned: date | None, as_of: date) -> bool:
    return state != "descoped" and planned is not None and planned < as_of


def by_day(as_of: Mapping[int, date]) -> Mapping[date, list[int]]:
    """Return the ids by their status date: one day, except in an estate of many portfolios."""
    ids: dict[date, list[int]] = defaultdict(list)
    for id, day in as_of.items():
        ids[day].append(id)
    return ids


def grouped(rows: Iterable[tuple[Any, ...]]) -> Mapping[int, list[tuple[Any, ...]]]:
    """Return the rows by their first column, without it."""
    groups: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for row in rows:
        groups[row[0]].append(row[1:])
    return groups


def issues(parent: str, as_of: Mapping[int, date]) -> Mapping[int, list[IssueFacts]]:
    """Return the issues that are not settled, by parent."""
    by_parent: dict[int, list[IssueFacts]] = defaultdict(list)
    for id, issue, code, severity, due in ISSUES[parent]([*as_of]):
        overdue = due is not None and due < as_of[id]
        by_parent[id].append(IssueFacts(issue, code, severity, overdue))
    return by_parent


def dependencies(ids: Sequence[int]) -> Mapping[int, list[Link]]:
    """Inbound dependencies of each project."""
    inbound: dict[int, list[Link]] = defaultdict(list)
    for row in DEPENDENCIES(ids):
        link = Link.of(dict(zip(COLUMNS, row, strict=True)))
        inbound[link.receiver].append(link)
    return inbound


def settled_timelines(mine: Collection[int], links: Iterable[Link]) -> dict[int, Timeline]:
    """Return the timelines of the givers that are none of these projects, from their stored
    forecasts."""
    givers = {link.giver for link in links if link.giver and link.giver not in mine}
    rows = TIMELINES(sorted(givers)) if givers else ()
    return {project: Timeline.from_json(json.loads(events)) for project, events in rows}


def compliance(as_of: Mapping[int, date]) -> Mapping[int, list[tuple[Driver, bool, bool]]]:
    """Compliance items not granted, by project: (item, overdue, blocking)."""
    by_project: dict[int, list[tuple[Driver, bool, bool]]] = defaultdict(list)
    for id, item, code, due, blocks in COMPLIANCE([*as_of]):
        overdue = due is not None and due < as_of[id]
        by_project[id].append((Driver("complianceitem", item, code), overdue, blocks != "none"))
    return by_project


def _conditions(parent: str) -> QuerySet:
    return (
        GateCondition.objects.filter(**{f"{parent}__in": [IDS]}, state="open")
        .order_by("due_on", "id")
        .values_list(parent, "id", "due_on")
    )


CONDITIONS = {
    parent: Statement(partial(_conditions, parent)) for parent in ("project_id", "programme_id")
}


def assurance(
    parent: str, as_of: Mapping[int, date]
) -> Mapping[int, list[tuple[Driver, str, bool]]]:
    """Return what is open by parent: recommendations of its reviews (recommendation, priority,
    overdue) and conditions of its gates (condition, `condition`, lapsed)."""
    by_parent: dict[int, list[tuple[Driver, str, bool]]] = defaultdict(list)
    for id, asked, review, number, priority, due in ASSURANCE[parent]([*as_of]):
        driver = Driver("assurancerecommendation", asked, f"{review}.{number}")
        by_parent[id].append((driver, priority, due is not None and due < as_of[id]))
    for id, condition, due in CONDITIONS[parent]([*as_of]):
        driver = Driver("gatecondition", condition, str(condition))
        by_parent[id].append((driver, "condition", due < as_of[id]))
    return by_parent


def overrides(parent: str, as_of: Mapping[int, date]) -> dict[int, Override]:
    """Return by parent the override of health that is in force on the status date."""
    return {
        id: Override(override, Rag(colour), until, reason)
        for day, ids in by_day(as_of).items()
        for id, override, colour, until, reason in OVERRIDES[parent](ids, day=day)
    }


def overloads(
    asked: Mapping[int, tuple[date, Calendar]],
) -> Mapping[int, list[tuple[Driver, date, Decimal | None]]]:
    """Return by project the months ahead in which a resource that it booked is overloaded:
    (resource, month, demand over capacity as its fraction). `asked` has its status date and
    calendar."""
    by_project: dict[int, list[tuple[Driver, date, Decimal | None]]] = defaultdict(list)
    bookings = grouped(BOOKINGS([*asked]))
    periods = grouped(CAPACITIES(sorted(bookings))) if bookings else {}
    ahead = {id: (day, calendar.resources_months_ahead) for id, (day, calendar) in asked.items()}
    looks = product(sorted(set(ahead.values())), bookings.items())
    for (day, months), (resource, booked) in looks:
        apart = tuple(periods.get(resource, ()))
        loads = _loads(tuple(booked), apart, _next_month(day), months)
        driver = Driver("resource", resource, booked[0][0])
        for month in loads:
            share = month.over / month.capacity if month.capacity > 0 else None
            for project in month.projects if month.over > 0 else ():
                if ahead.get(project) == (day, months):
                    by_project[project].append((driver, month.month, share))
    return by_project


@lru_cache(maxsize=LOADS)
def _loads(
    booked: Sequence[Any], periods: Sequence[Any], first: date, months: int
) -> Sequence[Month]:
    """Return the load of one resource for so many months, from what is booked of it."""
    bookings = [
        Booking(project, units, start, end, counted=True, ended_on=ended)
        for _, _, project, units, start, end, ended in booked
    ]
    return monthly_load(booked[0][1], bookings, first, months, periods)


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)
